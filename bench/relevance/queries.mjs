// queries.mjs: the labelled set, drawn from the catalogue with a seed of its own: what people would type, which products are right
// for it, and how it should be read. A query is {id, intent, q, lang, relevant: {product: gain}, reading}. Gains: 3 fits the car
// or is the number, 1 may fit, or belongs to a wider question (no year named, a brand and a type, a specification).
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalNumber } from '../../tests/system/oracle.mjs';
import { Random } from '../../tests/system/lib.mjs';
import { Homophones, mistype, pinyin, traditional } from './errors.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const HAN = /\p{Script=Han}/u;
const nothing = () => ({ only: -1, answers: new Map(), conditions: new Map() });

function heldOut() {
    const words = new Map();
    for (const line of fs.readFileSync(path.join(here, 'held_out.tsv'), 'utf8').split('\n')) {
        const [type, en, zh] = line.split('\t');
        if (zh && type !== 'type') words.set(type, { en: en.split('|'), zh: zh.split('|') });
    }
    return words;
}

const BASES = { 9005: 'HB3', 9006: 'HB4' }; // one base, two names

export class Generator {
    constructor({ oracle, documents, cars, types, client, seed, each }) {
        Object.assign(this, { oracle, documents, cars, client, each });
        this.random = new Random(seed);
        this.types = new Map(types.map((t) => [t.id, t]));
        this.words = heldOut();
        this.homophones = new Homophones();
        this.vehicles = new Map();
        this.queries = [];
        this.byModelZh = new Map(); // "make|中文" -> the models of that name
        this.makesOfModel = new Map();
        for (const c of cars.values()) {
            for (const name of [c.model_zh, c.model].filter(Boolean)) {
                const key = `${c.make}|${name.toLowerCase()}`;
                this.byModelZh.set(key, [...(this.byModelZh.get(key) ?? []), c]);
                this.makesOfModel.set(name.toLowerCase(), (this.makesOfModel.get(name.toLowerCase()) ?? new Set()).add(c.make));
            }
        }
        this.numbers();
    }

    add(intent, q, fields) {
        if (q) this.queries.push({ id: `${intent}-${this.queries.length}`, intent, q, lang: HAN.test(q) ? 'zh' : 'en', relevant: {}, reading: null, ...fields });
        return !!q;
    }

    fill(intent, n, make) {
        for (let done = 0, tries = 0; done < n && tries < n * 30; tries++) if (make.call(this, intent)) done++;
    }

    // ---- numbers --------------------------------------------------------------------------------------------------------------
    numbers() {
        this.own = new Map(); // canonical -> [product]
        this.crossed = new Map();
        for (const d of this.documents) {
            const put = (map, n) => { const c = canonicalNumber(n); if (c) map.set(c, [...(map.get(c) ?? []), d.id]); };
            put(this.own, d.number);
            for (const n of new Set(d.cross)) put(this.crossed, n);
        }
        this.all = [...new Set([...this.own.keys(), ...this.crossed.keys()])];
        this.joined = `\n${this.all.join('\n')}\n`;
    }

    holding(fragment) { // products with a number that holds the fragment: {product: gain}
        const relevant = {};
        for (let at = this.joined.indexOf(fragment); at >= 0; at = this.joined.indexOf(fragment, at + 1)) {
            const number = this.joined.slice(this.joined.lastIndexOf('\n', at) + 1, this.joined.indexOf('\n', at));
            for (const id of this.own.get(number) ?? []) relevant[id] = 3;
            for (const id of this.crossed.get(number) ?? []) relevant[id] ??= 1;
            if (Object.keys(relevant).length > 5000) return null;
        }
        return relevant;
    }

    exactly(canonical) {
        const relevant = {};
        for (const id of this.crossed.get(canonical) ?? []) relevant[id] = 1;
        for (const id of this.own.get(canonical) ?? []) relevant[id] = 3;
        return relevant;
    }

    numbered(intent) {
        const d = this.random.pick(this.documents), number = intent === 'number_cross' ? d.cross.length && this.random.pick(d.cross) : d.number;
        if (!number || !/\d{3}/.test(number)) return false;
        const canonical = canonicalNumber(number), reading = `number=${canonical}`;
        if (intent === 'number_exact') return this.add(intent, number, { relevant: this.exactly(canonical), reading });
        if (intent === 'number_cross') {
            const relevant = this.exactly(canonical);
            if (this.own.has(canonical)) return false;
            return this.add(intent, number, { relevant, reading });
        }
        if (intent === 'number_dirty') return this.add(intent, this.dirty(canonical), { relevant: this.exactly(canonical), reading });
        if (intent === 'number_none') return this.oneWrong(intent, canonical);
        const bare = canonical.slice(3), length = 5 + this.random.below(3), kind = intent.slice('number_'.length);
        if (!canonical.startsWith('SMP') || bare.length < length) return false;
        const from = kind === 'suffix' ? canonical.length - length : kind === 'prefix' ? 0 : 3 + this.random.below(Math.max(1, bare.length - length));
        const fragment = kind === 'prefix' ? canonical.slice(0, 3 + length) : canonical.slice(from, from + length);
        if (fragment === canonical || this.own.has(fragment) || this.crossed.has(fragment) || !/\d{3}/.test(fragment)) return false;
        const relevant = this.holding(fragment);
        return !!relevant && this.add(intent, fragment, { relevant });
    }

    dirty(canonical) {
        const r = this.random, pieces = [];
        for (let at = 0; at < canonical.length;) { const n = 2 + r.below(4); pieces.push(canonical.slice(at, at + n)); at += n; }
        let text = pieces.join(r.pick(['-', ' ', '.', '/', '_', '']));
        if (r.chance(0.5)) text = text.toLowerCase();
        if (r.chance(0.15)) text = text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
        return text;
    }

    oneWrong(intent, canonical) { // one digit another: nobody's number, nor a part of one
        const digits = [...canonical].map((c, i) => i).filter((i) => /\d/.test(canonical[i])), at = this.random.pick(digits);
        const wrong = canonical.slice(0, at) + (Number(canonical[at]) + 1 + this.random.below(9)) % 10 + canonical.slice(at + 1);
        const alike = wrong.replace(/O/g, '0').replace(/[IL]/g, '1');
        if (this.joined.includes(wrong) || this.alike().has(alike)) return false;
        return this.add(intent, this.random.chance(0.5) ? wrong : `${wrong.slice(0, 3)}-${wrong.slice(3)}`, {});
    }

    alike() {
        return (this.alikeNumbers ??= new Set(this.all.map((n) => n.replace(/O/g, '0').replace(/[IL]/g, '1'))));
    }

    // ---- cars and parts -------------------------------------------------------------------------------------------------------
    async car(id) {
        if (!this.vehicles.has(id)) this.vehicles.set(id, this.oracle.carFrom(await this.client.ok('GET', `/v1/vehicles/${encodeURIComponent(id)}`)));
        return this.vehicles.get(id);
    }

    // A car and a type that something fits, with what a customer says of them: {names, year, litres, type, vehicles, relevant}
    async need(zh, withYear) {
        const { oracle, random } = this;
        for (let tries = 0; tries < 200; tries++) {
            const app = random.below(oracle.applicationCount), car = this.cars.get(oracle.cars.list[oracle.car.at[app]]);
            const type = oracle.types.list[oracle.products[oracle.product.at[app]].type];
            if (!car?.first || !this.types.get(type)) continue;
            const name = zh ? car.model_zh : car.model, make = zh ? car.make_zh : car.make;
            if (!name || !make || name.length < 2 || (zh && !HAN.test(name) && name !== car.model)) continue;
            const models = this.byModelZh.get(`${car.make}|${name.toLowerCase()}`);
            const years = [...new Set(models.flatMap((m) => [...m.years.keys()]))].sort();
            const inside = years.filter((y) => y >= oracle.from.at[app] && y <= oracle.to.at[app] && y >= 1995);
            if (!inside.length) continue;
            const year = withYear ? random.pick(inside) : null, k = nothing();
            const ids = models.flatMap((m) => [...m.years].filter(([y]) => !year || y === year).map(([, id]) => id));
            if (ids.length > 60) continue;
            const cars = await Promise.all(ids.map((id) => this.car(id)));
            const litres = year && random.chance(0.4) ? random.pick([...new Set(cars.flatMap((c) => c.configurations.map((x) => x.attrs.displacement)).filter(Boolean))]) : undefined;
            if (litres) k.answers.set('displacement', [litres]);
            const relevant = {};
            for (const c of cars) for (const [id, verdict] of oracle.set(type, c, k)) {
                const gain = year && verdict !== 'conditional' ? 3 : 1;
                relevant[id] = Math.max(relevant[id] ?? 0, gain);
            }
            if (!Object.keys(relevant).length) continue;
            const alone = this.makesOfModel.get(name.toLowerCase()).size === 1 && name.length > 2;
            return { make, name, model: car.model, makeName: car.make, alone, year, litres, type, relevant,
                reading: [`make=${car.make}`, models.length === 1 ? `model=${car.model}` : `model~${car.model}`, year && `year=${year}`, litres && `displacement=${litres}`, `type=${type}`].filter(Boolean).join(';') };
        }
        return null;
    }

    noun(type, zh) { return zh ? this.types.get(type).name_zh : this.types.get(type).name.toLowerCase(); }

    phrase(need, noun, zh) {
        const { random } = this, bare = (need.alone && random.chance(0.5)) || need.name.toLowerCase().startsWith(need.make.toLowerCase());
        const name = bare ? need.name : zh ? `${need.make}${need.name}` : `${need.make} ${need.name}`;
        const litres = need.litres && (zh ? `${need.litres}L` : random.pick([`${need.litres}`, `${need.litres}L`]));
        const year = need.year && (zh ? random.pick([`${need.year}款`, `${need.year}年`, `${String(need.year).slice(2)}款`]) : String(need.year));
        const parts = random.pick([[year, name, litres, noun], [name, year, litres, noun], [noun, year, name, litres], [name, litres, year, noun]]).filter(Boolean);
        const joined = zh && random.chance(0.5) && !/[a-z0-9]$/i.test(name) && parts[1] !== litres ? parts.join('') : parts.join(' ');
        return zh ? joined : random.chance(0.6) ? joined.toLowerCase() : joined;
    }

    async fitting(intent) {
        const { random } = this, zh = intent.endsWith('_zh') || ['pinyin', 'traditional'].includes(intent), need = await this.need(zh, random.chance(0.7));
        if (!need) return false;
        const fields = { relevant: need.relevant, reading: need.reading };
        const held = this.words.get(need.type), noun = this.noun(need.type, zh);
        switch (intent.replace(/_(en|zh)$/, '')) {
        case 'vehicle': return this.add(intent, this.phrase(need, noun, zh), fields);
        case 'synonym': {
            const word = held && random.pick(held[zh ? 'zh' : 'en']);
            return !!word && this.add(intent, this.phrase(need, word, zh), { ...fields, word });
        }
        case 'typo': return this.misheard(intent, need, noun, zh, fields);
        case 'traditional': { const [q] = traditional([this.phrase(need, noun, true)]); return this.add(intent, q, fields); }
        case 'pinyin': {
            if (!HAN.test(need.name) || [...need.name].length < 2) return false;
            const [name, part] = pinyin([need.name, noun]);
            return this.add(intent, `${name} ${random.chance(0.5) ? part : noun}`, { ...fields, ...await this.anyYear(need) });
        }
        default: throw new Error(intent);
        }
    }

    async anyYear(need) { // the same need without its year and engine
        const models = this.byModelZh.get(`${need.makeName}|${need.name.toLowerCase()}`), relevant = {};
        for (const m of models) for (const id of m.years.values())
            for (const [product] of this.oracle.set(need.type, await this.car(id), nothing())) relevant[product] = 1;
        return { relevant, reading: need.reading.replace(/;(year|displacement)=[^;]*/g, '') };
    }

    misheard(intent, need, noun, zh, fields) {
        if (!zh) {
            const wrong = mistype(`${need.name} ${noun}`, this.random);
            return !!wrong && this.add(intent, [need.year, need.make, wrong, need.litres && `${need.litres}L`].filter(Boolean).join(' '), fields);
        }
        const inName = this.random.chance(0.5) && HAN.test(need.name) && [...need.name].length > 2;
        const name = inName ? this.homophones.replace(need.name, this.random) : need.name, part = inName ? noun : this.homophones.replace(noun, this.random);
        return !!name && !!part && this.add(intent, [need.year && `${need.year}款`, need.name.startsWith(need.make) ? name : `${need.make}${name}`, need.litres && `${need.litres}L`, part].filter(Boolean).join(this.random.chance(0.5) && !/[a-z0-9]$/i.test(name) ? '' : ' '), fields);
    }

    // ---- specifications, brands -----------------------------------------------------------------------------------------------
    where(test) {
        const relevant = {};
        for (const d of this.documents) if (test(d)) relevant[d.id] = 1;
        return Object.keys(relevant).length ? relevant : null;
    }

    specified(intent) {
        const { random } = this, kind = random.below(5), d = random.pick(this.withSpecification ??= this.documents.filter((x) => ['tyre', 'engine_oil', 'headlight_bulb', 'fog_lamp_bulb', 'wheel', 'battery'].includes(x.type)));
        const a = d.attributes, same = (type, name, value) => this.where((x) => type.includes(x.type) && x.attributes[name] === value);
        const words = { tyre: ['轮胎', 'tire', 'tyres', ''], engine_oil: ['机油', 'engine oil', 'motor oil', ''], wheel: ['轮毂', 'wheel', 'rims'], battery: ['蓄电池', 'car battery', '电瓶'] }[d.type] ?? ['大灯灯泡', 'headlight bulb', '灯泡', 'bulb'];
        if (d.type === 'tyre' && a.size) {
            const [, w, p, r] = /^(\d+)\/(\d+)R(\d+)$/.exec(a.size) ?? [];
            if (!w) return false;
            const size = [`${w}/${p}R${r}`, `${w} ${p} ${r}`, `${w}${p}${r}`, `${w}/${p}/${r}`, `${w}-${p}-r${r}`, `${w}/${p} R${r}`, `${w} ${p}r${r}`, `${w}/${p}ZR${r}`][(kind + random.below(4)) % 8];
            return this.add(intent, [size, random.pick(words)].filter(Boolean).join(' '), { relevant: same(['tyre'], 'size', a.size), reading: `tyre=${a.size}` });
        }
        if (d.type === 'engine_oil') {
            const v = random.pick([a.viscosity, a.viscosity.replace('-', ''), a.viscosity.toLowerCase().replace('-', ' '), a.viscosity.toLowerCase()]);
            return this.add(intent, [v, random.pick(words)].filter(Boolean).join(random.chance(0.3) ? '' : ' '), { relevant: same(['engine_oil'], 'viscosity', a.viscosity), reading: `oil=${a.viscosity}` });
        }
        if (/bulb/.test(d.type)) return this.add(intent, `${random.chance(0.5) ? a.base : a.base.toLowerCase()} ${random.pick(words)}`, { relevant: same(['headlight_bulb', 'fog_lamp_bulb'], 'base', a.base), reading: `spec=${a.base}${BASES[a.base] ? `|${BASES[a.base]}` : ''}` });
        if (d.type === 'wheel' && a.diameter_in) return this.add(intent, random.pick([`${a.diameter_in}寸轮毂`, `${a.diameter_in} inch wheels`, `${a.diameter_in}寸钢圈`, `${a.diameter_in}" wheel`]), { relevant: same(['wheel'], 'diameter_in', a.diameter_in), reading: `type=wheel;spec~${a.diameter_in}` });
        if (d.type === 'battery' && a.capacity_ah) return this.add(intent, `${a.capacity_ah}${random.pick(['Ah', 'ah', 'AH', '安时'])} ${random.pick(words)}`, { relevant: same(['battery'], 'capacity_ah', a.capacity_ah), reading: `type=battery;spec~${a.capacity_ah}|${a.capacity_ah}Ah` });
        return false;
    }

    branded(intent) {
        const { random } = this, zh = random.chance(0.5), d = random.pick(this.documents), type = this.types.get(d.type);
        const name = zh ? d.title_zh.split(' ')[0] : d.brand;
        if (!type || (zh && !HAN.test(name))) return false;
        const noun = this.noun(d.type, zh), relevant = this.where((x) => x.type === d.type && (zh ? x.title_zh.startsWith(`${name} `) : x.brand === d.brand));
        return this.add(intent, zh && random.chance(0.5) ? `${name}${noun}` : random.chance(0.7) ? `${name} ${noun}` : `${noun} ${name}`, { relevant, reading: `brand=${d.brand};type=${d.type}` });
    }

    async run() {
        for (const kind of ['exact', 'dirty', 'cross', 'prefix', 'suffix', 'infix', 'none']) this.fill(`number_${kind}`, this.each, this.numbered);
        for (const [intent, make] of [['specification', this.specified], ['brand_type', this.branded]]) this.fill(intent, this.each, make);
        for (const intent of ['vehicle_en', 'vehicle_zh', 'synonym_en', 'synonym_zh', 'typo_en', 'typo_zh', 'pinyin', 'traditional'])
            for (let done = 0, tries = 0; done < this.each && tries < this.each * 30; tries++) if (await this.fitting(intent)) done++;
        return this.queries;
    }
}
