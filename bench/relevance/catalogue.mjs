// catalogue.mjs: the sample as documents, from its source files: what a shop would hand to any search engine. Fitment comes from
// the oracle of the system tests, which shares no code with index/; names of cars in both languages from the vehicle picker.
import path from 'node:path';
import { canonicalNumber, lines, open, readSample, slug } from '../../tests/system/oracle.mjs';
import { inParallel, query, root } from '../../tests/system/lib.mjs';

const unescapeXml = (text) => text.replace(/&(#x?[0-9a-f]+|\w+);/gi, (whole, e) =>
    e[0] === '#' ? String.fromCodePoint(e[1] === 'x' ? parseInt(e.slice(2), 16) : Number(e.slice(1))) : { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[e] ?? whole);

function pies(text, map) {
    const take = (pattern) => unescapeXml(pattern.exec(text)?.[1] ?? '').trim();
    const number = take(/<PartNumber>([^<]*)</), code = take(/<BrandAAIAID>([^<]*)</), brand = map.get(`Brand\t${code}`) ?? code;
    const attributes = {}, cross = [];
    for (const m of text.matchAll(/AttributeID="([^"]+)"[^>]*>([^<]*)/g)) attributes[m[1]] = unescapeXml(m[2]);
    for (const m of text.matchAll(/<PartInterchange [^>]*>\s*<PartNumber[^>]*>([^<]*)</g)) cross.push(unescapeXml(m[1]).trim());
    return { id: `${slug(brand)}-${canonicalNumber(number)}`, brand, number, cross, attributes,
        title: take(/LanguageCode="EN">([^<]*)</), title_zh: take(/LanguageCode="ZH">([^<]*)</) };
}

async function* piesItems(file, map) {
    let rest = '';
    for await (const chunk of open(file).setEncoding('utf8')) {
        rest += chunk;
        let at = 0;
        for (let end; (end = rest.indexOf('</Item>', at)) >= 0; at = end + 7) yield pies(rest.slice(rest.indexOf('<Item', at), end), map);
        rest = rest.slice(at);
    }
}

// {oracle, documents: [{id, type, brand, number, cross, attributes, title, title_zh, universal}] in the oracle's order of products}
export async function readCatalogue(sample) {
    const oracle = await readSample(sample, path.join(root, 'data-tools/facts')), byId = new Map();
    const add = (d) => {
        const p = oracle.byId.get(d.id);
        if (p) byId.set(d.id, { ...d, index: p.index, type: oracle.types.list[p.type], universal: p.universal });
    };
    for await (const d of piesItems(path.join(sample, 'sample-pies.xml.zst'), oracle.map)) add(d);
    for await (const text of lines(path.join(sample, 'goods.jsonl.zst'))) {
        const { id, brand, number, title, title_zh, attributes = {} } = JSON.parse(text);
        add({ id, brand, number, cross: [], attributes, title, title_zh });
    }
    return { oracle, documents: [...byId.values()] };
}

// Map "make|model" (lower case) -> {make, make_zh, model, model_zh, years: Map year -> vehicle id}
export async function readCars(client) {
    const cars = new Map();
    const { makes } = await client.ok('GET', '/v1/makes?all=1&lang=zh');
    await inParallel(makes, 8, async (m) => {
        const { models } = await client.ok('GET', `/v1/models?${query({ make: m.make, all: 1, lang: 'zh' })}`);
        for (const x of models) {
            const { years } = await client.ok('GET', `/v1/years?${query({ make: m.make, model: x.model, all: 1 })}`);
            cars.set(`${m.make}|${x.model}`.toLowerCase(), { make: m.make, make_zh: m.name_zh, model: x.model, model_zh: x.name_zh,
                first: false, years: new Map(years.map((y) => [y.year, y.vehicle])) });
        }
    });
    for (const m of (await client.ok('GET', '/v1/makes')).makes)
        for (const x of (await client.ok('GET', `/v1/models?${query({ make: m.make })}`)).models) {
            const car = cars.get(`${m.make}|${x.model}`.toLowerCase());
            if (car) car.first = true; // on the picker's first list: a car people ask for
        }
    return cars;
}

// The cars a product is made for, as text: each make and model in both languages, then the years, all once.
export function fitmentText(oracle, document, cars) {
    const names = new Set(), years = new Set();
    for (const a of oracle.products[document.index].apps) {
        const key = oracle.cars.list[oracle.car.at[a]], car = cars.get(key);
        if (!car) continue;
        names.add([car.make, car.model, car.make_zh, car.model_zh].filter(Boolean).join(' '));
        for (let y = oracle.from.at[a]; y <= oracle.to.at[a]; y++) if (car.years.has(y)) years.add(y);
    }
    return [...names, ...[...years].sort()].join(' ');
}
