// oracle.test.mjs: GET /v1/fitment and /v1/search against the brute-force oracle, pair by pair and list by list.
//
// Zero false `fits`, zero missed ones, every other verdict equal; a question exactly where an answer would decide.
// Environment: RIGHTFIT_ORACLE_DATA and RIGHTFIT_ORACLE_SAMPLE (a database and the folder it was made from; the fixture's
// unless said), RIGHTFIT_ORACLE_PAIRS (20,000, or 100,000 with a database of one's own), RIGHTFIT_ORACLE_LISTS (300),
// RIGHTFIT_TEST_SEED.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { Random, ServedCars, Server, copyDatabase, fixture, inParallel, query, root, scratch, seed } from './lib.mjs';
import { readSample } from './oracle.mjs';

const own = process.env.RIGHTFIT_ORACLE_DATA;
const PAIRS = Number(process.env.RIGHTFIT_ORACLE_PAIRS || (own ? 100000 : 20000));
const LISTS = Number(process.env.RIGHTFIT_ORACLE_LISTS || 300);
const PAIRS_PER_CAR = 64, WIDTH = 8, EXAMPLES = 12;
const SEPARATORS = /[,:|~]/, NONE_OF_THEM = '\u0000';

const random = new Random(seed);
const tally = { kinds: {}, verdicts: {}, mismatches: {}, examples: [] };
const count = (group, key, n = 1) => { tally[group][key] = (tally[group][key] || 0) + n; };
function wrong(what, details) {
    count('mismatches', what);
    if ((tally.mismatches[what] || 0) <= EXAMPLES) tally.examples.push({ what, ...details });
}

let server, oracle, cars, ids = [];

// Half of the cars by how often the catalogue names them, half evenly over the picker.
async function chooseCars(n) {
    const chosen = new Set(), makes = (await server.client.ok('GET', '/v1/makes?all=1')).makes;
    const models = new Map();
    for (let tries = 0; chosen.size < n / 2 && tries < n * 4; tries++) {
        const app = random.below(oracle.applicationCount);
        const [make, model] = oracle.cars.list[oracle.car.at[app]].split('|');
        const list = model ? (await cars.years(make, model)).filter((y) => y.year >= oracle.from.at[app] && y.year <= oracle.to.at[app]) : [];
        if (list.length) chosen.add(random.pick(list).vehicle);
    }
    for (let tries = 0; chosen.size < n && tries < n * 4; tries++) {
        const make = random.pick(makes).make;
        if (!models.has(make)) models.set(make, (await server.client.ok('GET', `/v1/models?${query({ make, all: 1 })}`)).models);
        const list = await cars.years(make, random.pick(models.get(make)).model);
        if (list.length) chosen.add(random.pick(list).vehicle);
    }
    return [...chosen];
}

// ---- pairs ------------------------------------------------------------------------------------------------------------------------
const knowledge = () => ({ only: -1, answers: new Map(), conditions: new Map() });
const parameters = (car, k, hashes = new Map()) => {
    const parts = [...k.answers].map(([a, v]) => `${a}:${v.join('|')}`);
    for (const [text, answer] of k.conditions) parts.push(`${hashes.get(text)}:${answer}`);
    if (k.position) parts.push(`position:${k.position}`);
    if (k.quantity) parts.push(`quantity:${k.quantity}`);
    return { vehicle: k.only >= 0 ? car.configurations[k.only].id : car.id, attrs: parts.join(',') };
};

// What the application says the car must be, or else what the configuration says it is.
function answersFor(app, configuration, k, share = 1) {
    for (const t of oracle.predicates.list[oracle.predicate.at[app]]) {
        if (!random.chance(share)) continue;
        const known = configuration?.attrs[t.attribute];
        k.answers.set(t.attribute, [known ?? random.pick([...t.values])]);
    }
}

function trueFit(car) {
    const apps = random.pick([...car.apps.values()]), app = random.pick(apps), k = knowledge();
    const yes = car.configurations.map((c, i) => i).filter((i) => oracle.match(app, car.configurations[i], k) === 2);
    const at = yes.length ? random.pick(yes) : random.below(car.configurations.length);
    const style = random.below(4);
    if (style === 1) k.only = at;
    if (style === 2) answersFor(app, car.configurations[at], k);
    if (style === 3) for (const [a, v] of Object.entries(car.configurations[at].attrs)) k.answers.set(a, [v]);
    return { car, product: oracle.products[oracle.product.at[app]], k };
}

function nearYear(car) { // an application that ends the year before, or begins the year after
    const key = oracle.cars.ids.get(`${car.make.toLowerCase()}|${car.model.toLowerCase()}`), list = oracle.byCar.get(key) ?? [];
    for (let tries = 0; list.length && tries < 64; tries++) {
        const app = random.pick(list);
        if (oracle.to.at[app] === car.year - 1 || oracle.from.at[app] === car.year + 1) return { car, product: oracle.products[oracle.product.at[app]], k: knowledge() };
    }
    return null;
}

function nearMiss(car) {
    const style = random.below(7);
    if (style === 0) {
        const near = nearYear(car);
        if (near) return near;
    }
    const apps = random.pick([...car.apps.values()]), app = random.pick(apps), k = knowledge();
    const i = random.below(car.configurations.length), c = car.configurations[i];
    const predicate = oracle.predicates.list[oracle.predicate.at[app]];
    if (style === 1) { // a sibling: another engine or trim of the same car
        const no = car.configurations.map((_, j) => j).filter((j) => oracle.match(app, car.configurations[j], k) === 0);
        k.only = no.length ? random.pick(no) : i;
    } else if (style === 2) { // nobody knows
        for (const t of predicate) if (random.chance(0.5)) k.answers.set(t.attribute, ['?']);
        k.answers.set(random.pick(['abs', 'transmission_type', 'engine_code', 'trim', 'drive']), ['?']);
    } else if (style === 3) { // some of what the application asks for
        answersFor(app, c, k, 0.5);
    } else if (style === 4) { // alternatives
        const names = [...new Set(car.configurations.flatMap((x) => Object.keys(x.attrs)).concat(predicate.map((t) => t.attribute)))];
        const name = random.pick(names.length ? names : ['fuel']);
        const values = new Set([random.pick(car.configurations).attrs[name], c.attrs[name], ...predicate.filter((t) => t.attribute === name).map((t) => random.pick([...t.values]))]);
        values.delete(undefined);
        if (values.size) k.answers.set(name, [...values]);
    } else if (style === 5) { // one configuration, and a word about what it does not know
        k.only = i;
        for (const t of predicate) if (c.attrs[t.attribute] === undefined) k.answers.set(t.attribute, [random.chance(0.5) ? random.pick([...t.values]) : '?']);
    } else { // a claim that may contradict the car, or a place
        if (predicate.length) k.answers.set(random.pick(predicate).attribute, [...random.pick(predicate).values].slice(0, 1));
        const position = oracle.positions.list[oracle.position.at[app]];
        if (position && random.chance(0.5)) k.position = position;
        for (const [name] of k.answers) if (!predicate.some((t) => t.attribute === name && t.values.has(k.answers.get(name)[0]))) k.answers.delete(name);
    }
    return { car, product: oracle.products[oracle.product.at[app]], k };
}

function anyPair(car) {
    const k = knowledge();
    if (random.chance(0.3)) k.only = random.below(car.configurations.length);
    return { car, product: random.pick(oracle.products), k };
}

// ---- one comparison -----------------------------------------------------------------------------------------------------------------
const sourceOf = (app) => `${oracle.sources.list[oracle.source.at[app]]}:${oracle.line.at[app]}`;

function compareReasons(pair, expected, got, where) {
    const first = got.because?.[0];
    if (expected.verdict === 'fits' || expected.verdict === 'conditional') {
        if (!first) wrong('no reason given', where);
        else if (!expected.best.some((a) => sourceOf(a) === first.source)) wrong('reason names another application', { ...where, got: first.source, expected: expected.best.slice(0, 3).map(sourceOf) });
    }
    if (expected.verdict === 'no' && !first?.failed?.length) wrong('no without what failed', where);
}

function compareQuestion(pair, got, where) {
    const { car, product, k } = pair, q = got.question;
    const deciding = oracle.deciding(product, car, k), askable = oracle.askable(product, car, k);
    const open = askable.attributes.size + askable.conditions.size;
    if (!q && open) wrong(deciding.length ? 'question missing' : 'question missing that would lead on', { ...where, deciding: deciding.slice(0, 3), askable: [...askable.attributes, ...askable.conditions] });
    else if (!q) count('kinds', 'conditional, all else waved aside with ?');
    if (!q) return;
    if (q.attribute.startsWith('cond.') ? !askable.conditions.has(q.text) : !askable.attributes.has(q.attribute)) wrong('question is beside the point', { ...where, question: q });
    const values = [...q.options.map((o) => o.value), ...(q.attribute.startsWith('cond.') ? [] : [NONE_OF_THEM])];
    const decides = (v) => oracle.possible(car, answered(pair, q, v)).length && oracle.verdict(product, car, answered(pair, q, v)).verdict !== 'conditional';
    if (deciding.length && !values.some(decides)) wrong('question decides nothing where another would', { ...where, question: q, deciding });
    if (!deciding.length) count('kinds', 'questions that lead on');
    for (const option of q.options) {
        const next = answered(pair, q, option.value);
        if (!oracle.possible(car, next).length) { wrong('option contradicts what is known', { ...where, attribute: q.attribute, option: option.value }); continue; }
        const still = ['fits', 'conditional'].includes(oracle.verdict(product, car, next).verdict) ? 1 : 0;
        if (still !== option.count) wrong('option counts wrongly', { ...where, attribute: q.attribute, option, expected: still });
    }
}

function answered(pair, q, value) {
    const k = { ...pair.k, answers: new Map(pair.k.answers), conditions: new Map(pair.k.conditions) };
    if (q.attribute.startsWith('cond.')) k.conditions.set(q.text, value);
    else if (q.attribute === 'position' || q.attribute === 'quantity') k[q.attribute] = value;
    else k.answers.set(q.attribute, [value]);
    return k;
}

async function compare(pair, kind, luck, hashes = new Map(), depth = 0) {
    const { car, product, k } = pair, asked = parameters(car, k, hashes);
    if ([...k.answers.values()].flat().some((v) => SEPARATORS.test(v))) { count('kinds', 'skipped: a value attrs cannot spell'); return; }
    const target = `/v1/fitment?${query({ product: product.id, ...asked })}`, where = { target: decodeURIComponent(target), kind };
    const r = await server.client.get(target);
    count('kinds', depth ? 'answered questions' : kind);
    if (!oracle.possible(car, k).length) { // what was said leaves nothing: an error that lists what would, never a verdict
        if (r.status !== 400 || r.json?.error?.field !== 'attrs') wrong('contradiction not refused', { ...where, got: r.status });
        count('verdicts', 'contradiction (400)');
        return;
    }
    if (r.status !== 200) { wrong(`status ${r.status}`, { ...where, got: r.text.slice(0, 300) }); return; }
    const expected = oracle.verdict(product, car, k), got = r.json;
    count('verdicts', expected.verdict);
    if (got.verdict !== expected.verdict) {
        const what = got.verdict === 'fits' ? 'FALSE FITS' : expected.verdict === 'fits' ? 'MISSED FITS' : `${expected.verdict} answered as ${got.verdict}`;
        wrong(what, { ...where, expected: expected.verdict, got: got.verdict, best: expected.best.slice(0, 3).map(sourceOf) });
        return;
    }
    compareReasons(pair, expected, got, where);
    if (expected.verdict === 'conditional') compareQuestion(pair, got, where);
    else compareChoice(expected, k, got.question, where);
    if (got.question && depth < 8 && luck.chance(depth ? 0.9 : 0.3)) {
        const option = luck.pick([...got.question.options.map((o) => o.value), '?']);
        if (got.question.attribute.startsWith('cond.')) hashes.set(got.question.text, got.question.attribute);
        await compare({ car, product, k: answered(pair, got.question, option) }, kind, luck, hashes, depth + 1);
    }
}

// What is decided asks only where its applications differ in position, then in quantity, and the customer has not said which.
function compareChoice(expected, k, question, where) {
    const fits = expected.verdict === 'fits';
    const places = new Set(expected.best.map((a) => oracle.positions.list[oracle.position.at[a]] || 'none'));
    const numbers = new Set(expected.best.map((a) => String(oracle.quantity.at[a])));
    const asks = fits && places.size > 1 && !k.position ? 'position' : fits && numbers.size > 1 && !k.quantity ? 'quantity' : null;
    if ((question?.attribute ?? null) !== asks) wrong('question about position or quantity', { ...where, expected: asks, question });
    if (!asks || !question) return;
    count('kinds', `fits, ${asks} asked`);
    const options = new Set(question.options.map((o) => o.value)), legal = asks === 'position' ? places : numbers;
    if (options.size !== legal.size || ![...legal].every((v) => options.has(v))) wrong(`options of ${asks}`, { ...where, expected: [...legal], question });
}

function table(title, rows) {
    const list = Object.entries(rows).sort((a, b) => b[1] - a[1]);
    console.log(`${title}\n${list.map(([k, v]) => `  ${String(v).padStart(9)}  ${k}`).join('\n') || '          0  -'}`);
}

// ---- the tests --------------------------------------------------------------------------------------------------------------------
test('oracle', { timeout: 600000 }, async (t) => {
    const f = own ? null : fixture();
    const data = own ? path.resolve(own) : copyDatabase(f.data, path.join(scratch('oracle'), 'data'));
    const sample = own ? path.resolve(process.env.RIGHTFIT_ORACLE_SAMPLE) : f.sample;

    await t.test('the source files can be read', async () => {
        const began = Date.now();
        oracle = await readSample(sample, path.join(root, 'data-tools/facts'));
        console.log(`oracle: ${oracle.products.length} products, ${oracle.applicationCount} applications, ${oracle.predicates.list.length} predicates, ${Date.now() - began} ms`);
        assert.ok(oracle.applicationCount > 1000);
        assert.deepEqual([...oracle.unknownElements], [], 'ids without a meaning in the map');
    });
    server = await Server.start(data);
    cars = new ServedCars(server.client, oracle);
    t.after(() => server.stop());

    await t.test(`${PAIRS} verdicts`, async () => {
        const began = Date.now();
        ids = await chooseCars(Math.ceil(PAIRS / PAIRS_PER_CAR));
        await inParallel(ids, WIDTH, (id) => cars.car(id));
        const usable = ids.filter((id) => cars.known(id).apps.size && cars.known(id).configurations.length);
        assert.ok(usable.length, 'no car has an application');
        console.log(`oracle: ${ids.length} cars, ${usable.length} with applications, ${Date.now() - began} ms`);
        const jobs = [];
        for (let i = 0; i < PAIRS; i++) {
            const car = cars.known(random.pick(i % 3 === 2 ? ids : usable));
            if (!car.configurations.length) continue;
            const [kind, make] = [['true fit', trueFit], ['near miss', nearMiss], ['random', anyPair]][i % 3];
            jobs.push({ kind, pair: make(car), luck: new Random(seed + i) });
        }
        const started = Date.now();
        await inParallel(jobs, WIDTH, (j) => compare(j.pair, j.kind, j.luck));
        const seconds = (Date.now() - started) / 1000;
        table('pairs', tally.kinds);
        table('verdicts', tally.verdicts);
        table('differences', tally.mismatches);
        console.log(`oracle: ${seconds.toFixed(1)} s, ${Math.round(jobs.length / seconds)} pairs/s, seed ${seed}`);
        for (const e of tally.examples) console.log(`  ${JSON.stringify(e)}`);
        assert.equal(tally.mismatches['FALSE FITS'] || 0, 0, 'false fits');
        assert.equal(tally.mismatches['MISSED FITS'] || 0, 0, 'missed fits');
        assert.deepEqual(tally.mismatches, {}, 'differences');
        for (const v of ['fits', 'conditional', 'no', 'unknown', 'universal']) assert.ok(tally.verdicts[v] > 0, `no pair was ${v}`);
    });

    await t.test(`${LISTS} lists`, async () => {
        const differences = [], known = { fits: 0, conditional: 0 };
        let hits = 0;
        const jobs = [];
        const usable = ids.filter((id) => cars.known(id).apps.size && cars.known(id).configurations.length);
        for (let i = 0; i < LISTS; i++) {
            const car = cars.known(random.pick(usable)), k = knowledge();
            const type = oracle.types.list[oracle.products[random.pick([...car.apps.keys()])].type];
            if (i % 2) k.only = random.below(car.configurations.length);
            jobs.push({ car, type, k });
        }
        await inParallel(jobs, WIDTH, async ({ car, type, k }) => {
            const expected = oracle.set(type, car, k), got = new Map();
            let total = 0;
            for (let offset = 0; offset < 1000; offset += 100) {
                const r = await server.client.ok('GET', `/v1/search?${query({ ...parameters(car, k), type, limit: 100, offset: offset || '' })}`);
                total = r.total;
                for (const h of r.hits) {
                    if (got.has(h.id)) differences.push(`${car.id} ${type}: ${h.id} twice`);
                    got.set(h.id, h.fit.verdict);
                }
                if (r.hits.length < 100) break;
            }
            hits += got.size;
            const name = `${parameters(car, k).vehicle} ${type}`;
            if (total !== expected.size) differences.push(`${name}: total ${total}, expected ${expected.size}`);
            for (const [id, verdict] of expected) if (got.get(id) !== verdict && (got.has(id) || total <= 1000)) differences.push(`${name}: ${id} is ${verdict}, got ${got.get(id) ?? 'nothing'}`);
            for (const id of got.keys()) if (!expected.has(id)) differences.push(`${name}: ${id} should not be there`);
            if (k.only < 0) return;
            for (const [id, verdict] of expected) {
                const product = oracle.byId.get(id);
                if (verdict === 'universal' || oracle.verdict(product, car, k).open) continue;
                known[verdict]++;
            }
        });
        const share = known.fits / (known.fits + known.conditional || 1);
        console.log(`oracle: ${LISTS} lists, ${hits} hits, ${differences.length} differences; configuration known and nothing open: ${known.fits} fits, ${known.conditional} conditional (${(100 * share).toFixed(1)} %)`);
        assert.deepEqual(differences.slice(0, EXAMPLES), []);
        assert.ok(share >= 0.95, `only ${(100 * share).toFixed(1)} % are decided once the configuration is known`);
    });
});
