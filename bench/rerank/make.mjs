// make.mjs DIR PRODUCTS USERS EVENTS: a catalogue of that many products without fitment and people with events that prefer some of them.
// Writes DIR/products.jsonl and events.jsonl.
// make.mjs lists PRODUCTS USERS LISTS LENGTH: lists of candidates drawn uniformly, to stdout. Both the same for the same numbers.
import fs from 'node:fs';
import path from 'node:path';

const [what, ...numbers] = process.argv.slice(2);
const [products, users, third, length] = numbers.map(Number);
const types = ['oil_filter', 'air_filter', 'cabin_filter', 'brake_pad', 'brake_disc', 'spark_plug', 'wiper_blade', 'battery', 'floor_mat', 'wiper_blade'];

let state = 20261123;
function below(n) { // mulberry32
    let t = (state = (state + 0x6d2b79f5) >>> 0);
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
}

// Appends `count` lines of `line(i)` to a file, a megabyte at a time.
function write(name, count, line) {
    const fd = name ? fs.openSync(path.join(what, name), 'w') : 1;
    let text = '';
    for (let i = 0; i < count; i++) {
        text += line(i) + '\n';
        if (text.length > 1 << 20 || i + 1 === count) {
            for (let bytes = Buffer.from(text); bytes.length; bytes = bytes.subarray(fs.writeSync(fd, bytes))); // a pipe takes what it can
            text = '';
        }
    }
    if (name) fs.closeSync(fd);
}

const product = (i) => `brand${i % 500}-sku${i}`;
const user = (i) => `user${i}`;
const now = Date.now(), day = 86400000;

function catalogue() {
    fs.mkdirSync(what, { recursive: true });
    write('products.jsonl', products, (i) => JSON.stringify({ kind: 'part', id: product(i), brand: `Brand ${i % 500}`, number: `N${i}`, type: types[i % types.length],
        title: `Part ${i}`, prices: [{ amount: 1000 + below(50000), currency: 'CNY' }], stock: below(20), rating: { value: 3 + below(20) / 10, count: below(500) } }));
    // Everybody has a favourite stretch of the catalogue, so that there is something to learn.
    write('events.jsonl', third, (i) => {
        const who = i % users, home = (who % 100) * Math.floor(products / 100);
        const wanted = below(4) ? (home + below(200)) % products : below(products);
        return JSON.stringify({ kind: 'event', id: `e${i}`, user: user(who), type: below(8) ? 'click' : 'purchase', product: product(wanted), ts: now - below(120) * day });
    });
}

function lists() {
    write(null, third, () => {
        let items = '';
        for (let k = 0; k < length; k++) items += (k ? '","' : '') + product(below(products));
        return `{"user":"${user(below(users))}","items":["${items}"]}`;
    });
}

if (what === 'lists') lists();
else catalogue();
