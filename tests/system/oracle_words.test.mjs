// oracle_words.test.mjs: cars named in the words of a query, against the brute-force oracle and against the same car as vehicle=.
//
// "2018 Volkswagen Golf Oil Filter", "2018款大众高尔夫机油滤清器", and both without the year. Whatever is read into the words, nothing is said to
// fit that does not fit the car they name; where they are read as that car, hits, verdicts and totals are those of vehicle= and of
// brute force, without a year those of all years together. RIGHTFIT_ORACLE_WORDS says how many (400), RIGHTFIT_TEST_SEED which.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { Random, ServedCars, Server, copyDatabase, fixture, inParallel, query, root, scratch, seed } from './lib.mjs';
import { readSample } from './oracle.mjs';

const own = process.env.RIGHTFIT_ORACLE_DATA, COUNT = Number(process.env.RIGHTFIT_ORACLE_WORDS || 400);
const WIDTH = 8, EXAMPLES = Number(process.env.RIGHTFIT_ORACLE_EXAMPLES || 12), PAGE = 100, YEARS_MOST = 40;
const READ_LEAST = 0.8; // share of queries that must be read as the car they name; names that several cars share are not

const random = new Random(seed), tally = {}, wrongs = [];
const count = (key) => { tally[key] = (tally[key] || 0) + 1; };
let server, oracle, cars, types;

// A car, a type of which something names it, and one of its markets, drawn by how often the catalogue names the car.
async function draw() {
    for (;;) {
        const app = random.below(oracle.applicationCount), [make, model] = oracle.cars.list[oracle.car.at[app]].split('|');
        const list = model ? (await cars.years(make, model)).filter((y) => y.year >= oracle.from.at[app] && y.year <= oracle.to.at[app]) : [];
        if (!list.length) continue;
        const car = await cars.car(random.pick(list).vehicle), type = types.get(oracle.types.list[oracle.products[oracle.product.at[app]].type]);
        const markets = [...new Set(car.configurations.map((c) => c.attrs.market).filter(Boolean))];
        if (type && markets.length) return { car, type, market: random.pick(markets) };
    }
}

const known = (market) => ({ only: -1, answers: new Map([['market', [market]]]), conditions: new Map() });

// Map product -> verdict of all that fit or may fit one of the cars: fits where it fits each.
function expectedOf(type, list, market) {
    const out = new Map(), k = known(market), meant = list.filter((c) => oracle.possible(c, k).length);
    for (const car of meant)
        for (const [id, verdict] of oracle.set(type, car, k)) out.set(id, verdict === 'universal' || (verdict === 'fits' && out.get(id) !== 'conditional') ? verdict : 'conditional');
    for (const [id, verdict] of out)
        if (verdict === 'fits' && !meant.every((c) => oracle.verdict(oracle.byId.get(id), c, k).verdict === 'fits')) out.set(id, 'conditional');
    return out;
}

async function hitsOf(parameters) {
    const got = new Map();
    let answer, total = 0;
    for (let offset = 0; offset < 1000; offset += PAGE) {
        const { status, json: r, text } = await server.client.get(`/v1/search?${query({ ...parameters, limit: PAGE, offset: offset || '' })}`);
        if (status === 400 && r.error.field === 'market') return null; // the words mean a car of another market
        assert.equal(status, 200, text);
        answer ??= r;
        total = r.total;
        for (const h of r.hits) got.set(h.id, h.fit?.verdict ?? null);
        if (r.hits.length < PAGE) break;
    }
    return { got, total, understood: answer.understood };
}

const difference = (what, where) => { count(what); if (wrongs.length < EXAMPLES) wrongs.push({ what, ...where }); };

function compareSets(what, expected, { got, total }, where) {
    if (total !== expected.size) difference(`${what}: total`, { ...where, got: total, expected: expected.size });
    for (const [id, verdict] of expected)
        if (got.get(id) !== verdict && (got.has(id) || total <= 1000)) difference(`${what}: verdict`, { ...where, id, got: got.get(id) ?? 'nothing', expected: verdict });
    for (const id of got.keys()) if (!expected.has(id)) difference(`${what}: should not be there`, { ...where, id });
}

// What the words were taken for: the car and the type, and nothing beside them.
function readRight(understood, { car, type }, year) {
    const { car: read } = understood, models = read?.models ?? [];
    return models.length === 1 && models[0].make === car.make && models[0].model === car.model && !read.unknown && !understood.position &&
        (year ? read.years?.[0] === year && read.years[1] === year : !read.years) && !Object.keys(read.attrs).length &&
        understood.types.length === 1 && understood.types[0].id === type.id && !understood.words.length && !understood.brands.length;
}

async function check(job) {
    const { car, type, market, zh, wide } = job, name = zh ? car.nameZh.replace(/^\d{4}\D?款?\s*/u, '') : `${car.make} ${car.model}`;
    const q = zh ? `${wide ? '' : `${car.year}款`}${name} ${type.name_zh}` : `${wide ? '' : `${car.year} `}${name} ${type.name}`;
    const answer = await hitsOf({ q, market }), where = { q, market, car: car.id };
    count('queries');
    if (!answer) return count('refused: another market');
    for (const [id, verdict] of answer.got) {
        if (verdict !== 'fits') continue;
        const right = oracle.verdict(oracle.byId.get(id), car, known(market)).verdict;
        if (right !== 'fits') difference('FALSE FITS', { ...where, id, right, read: answer.understood.car });
    }
    if (!readRight(answer.understood, job, wide ? 0 : car.year)) {
        count('read otherwise');
        if (process.env.RIGHTFIT_ORACLE_SHOW) console.log(JSON.stringify({ q, car: answer.understood.car, words: answer.understood.words, types: answer.understood.types.map((t) => t.id) }));
        return;
    }
    count('read right');
    const list = wide ? await Promise.all((await cars.years(car.make, car.model)).map((y) => cars.car(y.vehicle))) : [car];
    compareSets('brute force', expectedOf(type.id, list, market), answer, where);
    if (!wide) compareSets('vehicle=', (await hitsOf({ vehicle: car.id, market, type: type.id })).got, answer, where);
}

test('cars in words', { timeout: 600000 }, async (t) => {
    const f = own ? null : fixture();
    const data = own ? path.resolve(own) : copyDatabase(f.data, path.join(scratch('oracle-words'), 'data'));
    oracle = await readSample(own ? path.resolve(process.env.RIGHTFIT_ORACLE_SAMPLE) : f.sample, path.join(root, 'data-tools/facts'));
    server = await Server.start(data);
    cars = new ServedCars(server.client, oracle);
    t.after(() => server.stop());
    types = new Map((await server.client.ok('GET', '/v1/types')).types.map((type) => [type.id, type]));
    const jobs = [];
    for (let i = 0; i < COUNT; i++) {
        const job = { ...(await draw()), zh: i % 2 === 1, wide: i % 4 >= 2 };
        job.wide &&= (await cars.years(job.car.make, job.car.model)).length <= YEARS_MOST;
        jobs.push(job);
    }
    await inParallel(jobs, WIDTH, check);
    console.log(`cars in words: ${JSON.stringify(tally)}, seed ${seed}`);
    for (const w of wrongs) console.log(`  ${JSON.stringify(w)}`);
    assert.equal(tally['FALSE FITS'] || 0, 0, 'false fits');
    assert.deepEqual(wrongs, []);
    assert.ok(tally['read right'] >= READ_LEAST * tally.queries, `only ${tally['read right']} of ${tally.queries} are read as the car they name`);
});
