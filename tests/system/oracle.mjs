// oracle.mjs: what fits, decided the slow and obvious way: every application of a product against every configuration of a
// car, straight from the source files. It knows the file formats (ACES with its side map, PIES, JSONL) and the rules below,
// and shares nothing with index/: no grouping, no bit sets, no dictionaries of ids.
//
// Rules
//  - A term of an application against a configuration: known and among the values yes, known and not no; unknown: what the
//    answers say (all answered values among the term's: yes, none: no), else maybe. An application is yes when all terms are, no
//    when one is, else maybe.
//  - Answers remove configurations that know better; "?" removes none.
//  - An application with a condition answered no counts as no; with one not answered yes it is open.
//  - fits: every possible configuration is a yes under some application that is not open. conditional: some application is yes
//    or maybe for some configuration. no: none is, every application's vehicle is known, and the brand lists the type for this
//    base vehicle. universal: the record says so. unknown: all else.
import fs from 'node:fs';
import readline from 'node:readline';
import { spawn } from 'node:child_process';
import { createGunzip } from 'node:zlib';
import path from 'node:path';

// ---- files ------------------------------------------------------------------------------------------------------------------------
export function open(file) { // a stream of bytes, decompressed by the file's first bytes
    const head = Buffer.alloc(4);
    const fd = fs.openSync(file, 'r');
    fs.readSync(fd, head, 0, 4, 0);
    fs.closeSync(fd);
    if (head.readUInt32LE(0) === 0xfd2fb528) {
        const child = spawn('zstd', ['-dcq', file], { stdio: ['ignore', 'pipe', 'inherit'] });
        child.on('error', (e) => child.stdout.destroy(e));
        child.on('close', (code) => { if (code) child.stdout.destroy(new Error(`zstd -dc ${file}: exit ${code}`)); });
        return child.stdout;
    }
    const bytes = fs.createReadStream(file, { highWaterMark: 1 << 20 });
    return head.readUInt16LE(0) === 0x8b1f ? bytes.pipe(createGunzip()) : bytes;
}

// A reader that stops early lets go of the file, and of the program that unpacks it.
export async function* lines(file) {
    const input = open(file);
    try {
        yield* readline.createInterface({ input, crlfDelay: Infinity });
    } finally {
        input.destroy();
    }
}

// ---- names --------------------------------------------------------------------------------------------------------------------------
export const canonicalNumber = (text) => text.normalize('NFKC').toUpperCase().replace(/[^0-9A-Z]/g, '');
export const slug = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').normalize('NFKC').toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
const nameKey = (text) => text.trim().replace(/\s+/g, ' ').toLowerCase();
const squeeze = (text) => text.trim().replace(/\s+/g, ' ').toLowerCase().replace(/\.$/, '');
const XML_ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescapeXml = (text) => text.includes('&') ? text.replace(/&(#x?[0-9a-fA-F]+|\w+);/g, (whole, e) =>
    e[0] === '#' ? String.fromCodePoint(e[1] === 'x' ? parseInt(e.slice(2), 16) : Number(e.slice(1))) : XML_ENTITIES[e] ?? whole) : text;

// One spelling per value. Only what differs between a source and what the server shows: litres with one decimal.
export function spelled(attribute, value) {
    const text = value.trim().replace(/\s+/g, ' ');
    if (attribute === 'displacement' && /^[0-9.]+L?$/i.test(text)) {
        const litres = parseFloat(text);
        return (litres >= 50 ? litres / 1000 : litres).toFixed(1);
    }
    return text;
}

// The attribute a plain ACES element speaks about, from the documentation of the side map (data-tools/idmap.h).
const ELEMENT_ATTRIBUTE = { SubModel: 'trim', BodyType: 'body', DriveType: 'drive', EngineDesignation: 'engine_code', FuelType: 'fuel',
    Aspiration: 'aspiration', BrakeABS: 'abs', Region: 'market', BodyNumDoors: 'doors', BrakeSystem: 'brake',
    TransmissionType: 'transmission_type', TransmissionControlType: 'transmission_type', EngineVIN: 'engine_vin' };
const IDENTITY = new Set(['App', 'BaseVehicle', 'Years', 'Make', 'Model', 'Qual', 'text', 'Note', 'Qty', 'PartType', 'Position',
    'Part', 'MfrLabel', 'param', 'DisplayOrder', 'AssetName']);

// ---- a growing table of numbers ----------------------------------------------------------------------------------------------------
class Column {
    constructor() { this.n = 0; this.at = new Int32Array(1 << 16); }
    push(value) {
        if (this.n === this.at.length) {
            const more = new Int32Array(this.n * 2);
            more.set(this.at);
            this.at = more;
        }
        this.at[this.n++] = value;
    }
}
class Interned {
    constructor() { this.ids = new Map(); this.list = []; }
    id(key, make) {
        let id = this.ids.get(key);
        if (id === undefined) {
            id = this.list.length;
            this.ids.set(key, id);
            this.list.push(make ? make() : key);
        }
        return id;
    }
}

export class Oracle {
    constructor() {
        this.map = new Map();            // "Element\tid" -> text
        this.informational = [];
        this.brands = new Interned();    // by slug
        this.types = new Interned();
        this.products = [];              // {id, brand, type, universal, unresolved, apps:[first application, ...]}
        this.byId = new Map();
        this.byNumber = new Map();       // brand slug + canonical number
        this.cars = new Interned();      // make|model as name keys; model may be empty
        this.predicates = new Interned();// [{attribute, values:Set}]
        this.notes = new Interned();     // [text]
        this.positions = new Interned();
        this.sources = new Interned();
        this.unknownElements = new Map();
        for (const c of ['product', 'car', 'from', 'to', 'predicate', 'conditions', 'position', 'quantity', 'source', 'line']) this[c] = new Column();
        this.byCar = new Map();          // car -> [application]
        this.noPredicate = this.predicates.id('', () => []);
        this.noConditions = this.notes.id('', () => []);
    }

    get applicationCount() { return this.product.n; }

    // ---- reading ------------------------------------------------------------------------------------------------------------------
    async readMap(file) {
        for await (const line of lines(file)) {
            if (!line || line[0] === '#') continue;
            const [element, id, value = ''] = line.split('\t');
            if (element !== 'element') this.map.set(`${element.trim()}\t${id.trim()}`, value.trim());
        }
    }

    async readTypes(file) { // PartType numbers of the facts table; the side map wins
        let columns = null;
        for await (const line of lines(file)) {
            if (!line || line[0] === '#') continue;
            const cells = line.split('\t');
            if (!columns) { columns = { id: cells.indexOf('id'), pcdb: cells.indexOf('pcdb') }; continue; }
            const key = `PartType\t${cells[columns.pcdb]}`;
            if (cells[columns.pcdb] && !this.map.has(key)) this.map.set(key, cells[columns.id]);
        }
    }

    async readNotes(file) {
        for await (const line of lines(file)) if (line.trim() && line[0] !== '#') this.informational.push(squeeze(line));
    }

    isInformational(text) {
        const t = squeeze(text);
        return this.informational.some((n) => (n.endsWith('*') ? t.startsWith(n.slice(0, -1)) : t === n));
    }

    productOf(brand, number, type) {
        const key = `${slug(brand)}-${canonicalNumber(number)}`;
        let p = this.byNumber.get(key);
        if (!p) {
            p = this.addProduct({ id: key, brand, type });
            this.byNumber.set(key, p);
        }
        return p;
    }

    addProduct({ id, brand, type, universal = false }) {
        let p = this.byId.get(id);
        if (!p) {
            p = { index: this.products.length, id, apps: [], unresolved: false };
            this.products.push(p);
            this.byId.set(id, p);
        }
        p.brand = this.brands.id(slug(brand));
        p.type = this.types.id(type);
        p.universal = universal;
        return p;
    }

    addApplication(p, { make, model, from, to, pairs, conditions, position, quantity, source, line }) {
        const sorted = new Map();
        for (const [name, value] of pairs) {
            if (!sorted.has(name)) sorted.set(name, new Set());
            sorted.get(name).add(spelled(name, value));
        }
        const predicateKey = sorted.size ? JSON.stringify([...sorted].map(([k, v]) => [k, [...v].sort()]).sort()) : '';
        const car = this.cars.id(`${nameKey(make)}|${nameKey(model)}`);
        const app = this.product.n;
        this.product.push(p.index);
        this.car.push(car);
        this.from.push(from);
        this.to.push(to);
        this.predicate.push(sorted.size ? this.predicates.id(predicateKey, () => [...sorted].map(([attribute, values]) => ({ attribute, values }))) : this.noPredicate);
        this.conditions.push(conditions.length ? this.notes.id(JSON.stringify(conditions), () => conditions) : this.noConditions);
        this.position.push(this.positions.id(position));
        this.quantity.push(quantity);
        this.source.push(this.sources.id(source));
        this.line.push(line);
        p.apps.push(app);
        let list = this.byCar.get(car);
        if (!list) this.byCar.set(car, (list = []));
        list.push(app);
    }

    resolve(element, id) {
        const value = this.map.get(`${element}\t${id}`);
        if (value === undefined) this.unknownElements.set(element, (this.unknownElements.get(element) || 0) + 1);
        return value;
    }

    // One <App> ... </App>. The text is trusted to be well formed: it is the sample's own file.
    readApp(text, source, line) {
        const app = { pairs: [], conditions: [], quantity: 1, position: '', model: '', source, line };
        let known = true, brand = this.headerBrand, number = '', type = '';
        const tag = /<(\w+)([^>]*)>([^<]*)/g;
        for (let m; (m = tag.exec(text)) !== null;) {
            const [, name, attributes, content] = m;
            const id = /\bid="([^"]*)"/.exec(attributes)?.[1];
            switch (name) {
            case 'BaseVehicle': {
                const v = this.resolve(name, id);
                if (v === undefined) known = false;
                else {
                    const [year, make, model] = v.split('|');
                    Object.assign(app, { from: Number(year), to: Number(year), make, model });
                }
                break;
            }
            case 'Years':
                app.from = Number(/from="(\d+)"/.exec(attributes)[1]);
                app.to = Number(/to="(\d+)"/.exec(attributes)[1]);
                break;
            case 'Make': case 'Model': {
                const v = this.resolve(name, id);
                if (v === undefined) known = false;
                else app[name.toLowerCase()] = v;
                break;
            }
            case 'text': case 'Note': {
                const note = unescapeXml(content).trim();
                if (note && !this.isInformational(note)) app.conditions.push(note);
                break;
            }
            case 'Qty': app.quantity = Number(content.trim()); break;
            case 'PartType': type = this.map.get(`PartType\t${id}`) ?? `pcdb-${id}`; break;
            case 'Position': {
                const v = this.resolve(name, id);
                if (v === undefined) known = false;
                else app.position = v;
                break;
            }
            case 'Part': {
                number = unescapeXml(content).trim();
                const code = /(?:BrandAAIAID|BrandID)="([^"]*)"/.exec(attributes)?.[1] ?? this.headerBrand;
                brand = this.map.get(`Brand\t${code}`) ?? code;
                break;
            }
            default:
                if (IDENTITY.has(name) || id === undefined) break;
                known = this.readAttribute(name, id, app.pairs) && known;
            }
        }
        const p = this.productOf(brand, number, type);
        if (known && app.make) this.addApplication(p, app);
        else p.unresolved = true;
    }

    readAttribute(element, id, pairs) {
        const value = this.resolve(element, id);
        if (value === undefined) return false;
        if (!value) return true; // says nothing
        if (!value.includes('=')) {
            if (!ELEMENT_ATTRIBUTE[element]) throw new Error(`the oracle does not know the ACES element ${element}`);
            for (const v of value.split('|')) pairs.push([ELEMENT_ATTRIBUTE[element], v]);
            return true;
        }
        for (const part of value.split(';')) {
            const [name, list] = part.split('=');
            for (const v of list.split('|')) pairs.push([name.trim(), v]);
        }
        return true;
    }

    async readAces(file) {
        const source = path.basename(file);
        let rest = '', line = 1;
        for await (const chunk of open(file).setEncoding('utf8')) {
            rest += chunk;
            let at = 0;
            for (;;) {
                const end = rest.indexOf('</App>', at);
                if (end < 0) break;
                const start = rest.indexOf('<App', at);
                const header = rest.slice(at, start);
                if (this.headerBrand === undefined) this.headerBrand = /<(?:BrandAAIAID|BrandID)>([^<]*)</.exec(header)?.[1]?.trim() ?? '';
                line += newlines(header);
                const text = rest.slice(start, end + 6);
                this.readApp(text, source, line);
                line += newlines(text);
                at = end + 6;
            }
            rest = rest.slice(at);
        }
        this.headerBrand = undefined;
    }

    async readPies(file) { // only who is there and what fits anything
        let rest = '';
        const take = (text, name) => unescapeXml(new RegExp(`<${name}[^>]*>([^<]*)<`).exec(text)?.[1] ?? '').trim();
        for await (const chunk of open(file).setEncoding('utf8')) {
            rest += chunk;
            let at = 0;
            for (let end; (end = rest.indexOf('</Item>', at)) >= 0; at = end + 7) {
                const text = rest.slice(rest.indexOf('<Item', at), end);
                const code = take(text, 'BrandAAIAID'), id = take(text, 'PartTerminologyID');
                const p = this.productOf(this.map.get(`Brand\t${code}`) ?? code, take(text, 'PartNumber'), this.map.get(`PartType\t${id}`) ?? `pcdb-${id}`);
                p.universal = take(text, 'ACESApplications') === 'N';
            }
            rest = rest.slice(at);
        }
    }

    async readJsonl(file) {
        const source = path.basename(file);
        let line = 0;
        for await (const text of lines(file)) {
            line++;
            if (!text.includes('"applications"') && !text.includes('"universal"') && !text.includes('"type"')) continue;
            const o = JSON.parse(text);
            if (['offer', 'workshop', 'depot', 'district', 'dealer', 'price_band', 'stock', 'user', 'event'].includes(o.kind)) continue;
            const p = this.addProduct({ id: o.id ?? `${slug(o.brand)}-${canonicalNumber(o.number)}`, brand: o.brand, type: o.type, universal: o.universal === true });
            for (const a of o.applications ?? []) this.readJsonApplication(p, a, source, line);
        }
    }

    readJsonApplication(p, a, source, line) {
        for (const v of a.vehicles) {
            const pairs = v.market ? [['market', v.market]] : [];
            for (const [name, value] of Object.entries(v.attrs ?? {})) for (const one of [value].flat()) pairs.push([name, String(one)]);
            const [from, to] = [v.years].flat();
            this.addApplication(p, { make: v.make, model: v.model ?? '', from, to: to ?? from, pairs, source, line,
                conditions: (a.conditions ?? []).map((c) => c.text), position: a.position ?? '', quantity: a.quantity ?? 1 });
        }
    }

    // ---- cars ---------------------------------------------------------------------------------------------------------------------
    // A car as GET /v1/vehicles/{id} shows it, with the applications of the whole catalogue that name it.
    carFrom(vehicle) {
        const make = nameKey(vehicle.make), apps = new Map(), covered = new Set();
        for (const key of [`${make}|${nameKey(vehicle.model)}`, `${make}|`]) {
            const list = this.byCar.get(this.cars.ids.get(key)) ?? [];
            for (const a of list) {
                if (vehicle.year < this.from.at[a] || vehicle.year > this.to.at[a]) continue;
                const product = this.products[this.product.at[a]];
                if (!apps.has(product.index)) apps.set(product.index, []);
                apps.get(product.index).push(a);
                covered.add(product.type * 65536 + product.brand);
            }
        }
        for (const list of apps.values()) list.sort((x, y) => x - y);
        return { id: vehicle.id, make: vehicle.make, model: vehicle.model, year: vehicle.year, apps, covered,
            configurations: vehicle.configuration_list.map((c) => ({ id: c.id, attrs: c.attrs })) };
    }

    // ---- matching -----------------------------------------------------------------------------------------------------------------
    // knowledge: {only: configuration index or -1, answers: Map attribute -> ['?'] or values, conditions: Map text -> 'yes'|'no'|'?'}
    possible(car, k) {
        const left = [];
        car.configurations.forEach((c, i) => {
            if (k.only >= 0 && k.only !== i) return;
            for (const [attribute, values] of k.answers) {
                const known = c.attrs[attribute];
                if (values[0] !== '?' && known !== undefined && !values.includes(known)) return;
            }
            left.push(c);
        });
        return left;
    }

    term(term, configuration, answers) {
        const known = configuration.attrs[term.attribute];
        if (known !== undefined) return term.values.has(known) ? 2 : 0;
        const answer = answers.get(term.attribute);
        if (!answer || answer[0] === '?') return 1;
        const inside = answer.filter((v) => term.values.has(v)).length;
        return inside === answer.length ? 2 : inside === 0 ? 0 : 1;
    }

    match(app, configuration, k) { // 2 yes, 1 maybe, 0 no
        let least = 2;
        for (const t of this.predicates.list[this.predicate.at[app]]) {
            least = Math.min(least, this.term(t, configuration, k.answers));
            if (least === 0) return 0;
        }
        return least;
    }

    state(app, k) { // 'live', 'open', 'dead'
        let open = false;
        const position = this.positions.list[this.position.at[app]] || 'none';
        if (k.position && k.position !== '?' && k.position !== position) return 'dead';
        if (k.quantity && k.quantity !== '?' && Number(k.quantity) !== this.quantity.at[app]) return 'dead';
        for (const text of this.notes.list[this.conditions.at[app]]) {
            const answer = k.conditions.get(text);
            if (answer === 'no') return 'dead';
            if (answer !== 'yes') open = true;
        }
        return open ? 'open' : 'live';
    }

    // {verdict, best: applications that are not a no}
    verdict(product, car, k) {
        if (product.universal) return { verdict: 'universal', best: [] };
        const apps = car.apps.get(product.index) ?? [];
        const cars = this.possible(car, k);
        const states = apps.map((a) => this.state(a, k));
        const best = [];
        let all = cars.length > 0, open = false;
        for (const c of cars) {
            let yes = false;
            apps.forEach((a, i) => {
                if (states[i] === 'dead') return;
                const m = this.match(a, c, k);
                if (m && !best.includes(a)) {
                    best.push(a);
                    open = open || states[i] === 'open';
                }
                if (m === 2 && states[i] === 'live') yes = true;
            });
            all = all && yes;
        }
        if (best.length) return { verdict: all ? 'fits' : 'conditional', best, open };
        if (!product.apps.length || product.unresolved) return { verdict: 'unknown', best };
        return { verdict: car.covered.has(product.type * 65536 + product.brand) ? 'no' : 'unknown', best };
    }

    // Every answer that would decide, by itself, whether the product fits. `other`: also "none of the values named", which is an
    // answer wherever a configuration does not know the attribute.
    deciding(product, car, k, other = true) {
        const apps = car.apps.get(product.index) ?? [], cars = this.possible(car, k), found = [];
        const attributes = new Map(), conditions = new Set();
        for (const a of apps) {
            if (this.state(a, k) === 'dead' || !cars.some((c) => this.match(a, c, k))) continue;
            for (const t of this.predicates.list[this.predicate.at[a]]) {
                const answer = k.answers.get(t.attribute);
                if (answer && (answer[0] === '?' || answer.length === 1)) continue;
                if (!attributes.has(t.attribute)) attributes.set(t.attribute, new Set());
                for (const v of t.values) if (!answer || answer.includes(v)) attributes.get(t.attribute).add(v);
            }
            for (const text of this.notes.list[this.conditions.at[a]]) if (!k.conditions.has(text)) conditions.add(text);
        }
        const decides = (next) => this.verdict(product, car, next).verdict !== 'conditional';
        for (const [attribute, values] of attributes) {
            const known = new Set(cars.map((c) => c.attrs[attribute]));
            const legal = new Set([...known].filter((v) => v !== undefined));
            if (known.has(undefined)) for (const v of values) legal.add(v);
            if (known.has(undefined) && other && !k.answers.has(attribute)) legal.add('\u0000');
            for (const v of legal) if (decides({ ...k, answers: new Map([...k.answers, [attribute, [v]]]) })) { found.push({ attribute, value: v }); break; }
        }
        for (const text of conditions)
            for (const v of ['yes', 'no']) if (decides({ ...k, conditions: new Map([...k.conditions, [text, v]]) })) { found.push({ condition: text, value: v }); break; }
        return found;
    }

    // Everything an application that is not a no leaves open and nobody has been asked: attributes (with more than one answer left) and
    // conditions.
    askable(product, car, k) {
        const cars = this.possible(car, k), attributes = new Set(), conditions = new Set();
        for (const a of car.apps.get(product.index) ?? []) {
            if (this.state(a, k) === 'dead' || !cars.some((c) => this.match(a, c, k))) continue;
            for (const t of this.predicates.list[this.predicate.at[a]]) {
                const answer = k.answers.get(t.attribute), known = new Set(cars.map((c) => c.attrs[t.attribute]));
                if (answer && (answer[0] === '?' || answer.length === 1)) continue;
                if (known.size > 1 || known.has(undefined)) attributes.add(t.attribute);
            }
            for (const text of this.notes.list[this.conditions.at[a]]) if (!k.conditions.has(text)) conditions.add(text);
        }
        return { attributes, conditions };
    }

    // What of a type fits or may fit: Map product id -> verdict.
    set(type, car, k) {
        const out = new Map(), wanted = this.types.ids.get(type);
        for (const index of car.apps.keys()) {
            const p = this.products[index];
            if (p.type !== wanted || p.universal) continue;
            const { verdict } = this.verdict(p, car, k);
            if (verdict === 'fits' || verdict === 'conditional') out.set(p.id, verdict);
        }
        for (const p of this.universalOf(wanted)) out.set(p.id, 'universal');
        return out;
    }

    universalOf(type) {
        if (!this.universals) {
            this.universals = new Map();
            for (const p of this.products) {
                if (!p.universal) continue;
                if (!this.universals.has(p.type)) this.universals.set(p.type, []);
                this.universals.get(p.type).push(p);
            }
        }
        return this.universals.get(type) ?? [];
    }
}

function newlines(text) {
    let n = 0;
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) n++;
    return n;
}

// Every source file of a folder that `rightfit synth` wrote (or anybody): the map first, then what refers to it.
export async function readSample(folder, facts) {
    const o = new Oracle(), files = fs.readdirSync(folder).sort().map((f) => path.join(folder, f));
    const named = (pattern) => files.filter((f) => pattern.test(path.basename(f)));
    await o.readTypes(path.join(facts, 'types.tsv'));
    await o.readNotes(path.join(facts, 'informational_notes.txt'));
    for (const f of named(/map.*\.tsv(\.zst|\.gz)?$|\.map(\.zst)?$/)) await o.readMap(f);
    for (const f of named(/pies.*\.xml(\.zst|\.gz)?$/i)) await o.readPies(f);
    for (const f of named(/aces.*\.xml(\.zst|\.gz)?$/i)) await o.readAces(f);
    for (const f of named(/\.jsonl(\.zst|\.gz)?$/)) await o.readJsonl(f);
    return o;
}
