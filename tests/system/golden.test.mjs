// golden.test.mjs: tests/golden/*.tsv against GET /v1/search: is every query read as it should be, do the right products come first?
// A file is an intent; its rows are read as tests/golden/README.md says. Every failing query is printed with what was expected and
// what came, then a figure per intent; an intent below its floor fails. On the fixture of scale S, or on the running server of
// RIGHTFIT_URL. RIGHTFIT_GOLDEN=typo_zh,year runs these alone.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { canonicalNumber } from './oracle.mjs';
import { Client, Server, copyDatabase, fixture, inParallel, query, root, scratch } from './lib.mjs';
import { differences, parseExpectation } from './reading.mjs';

// Per cent of each intent's queries that must be read right, and of those with rules for their first results that must keep them; clean:
// answered, or refused with a 4xx that says why. What an intent does not name here it takes from `rest`.
const FLOORS = {
    rest: { read: 100, first: 95, clean: 100 },
    badge: { read: 90 },
    bulb_belt_battery: { read: 91 },
    car_part_en: { read: 97 },
    car_part_zh: { first: 92 }, // the sample sells no clutch, throttle body or timing belt for some of the cars
    generation: { read: 93 },
    hostile: { read: 97 },
    unknown: { read: 96 },
};

const folder = path.join(root, 'tests/golden'), only = process.env.RIGHTFIT_GOLDEN?.split(',');
const FIRST = 3; // results a rule speaks of

// ---- the files --------------------------------------------------------------------------------------------------------------------
// A query in quotes is a JSON string, with "..."×N for N times.
function unquoted(cell) {
    const m = /^(".*")(?:×(\d+))?$/u.exec(cell);
    return m ? JSON.parse(m[1]).repeat(Number(m[2] ?? 1)) : cell;
}

function readGolden(file) {
    const rows = [];
    fs.readFileSync(path.join(folder, file), 'utf8').split('\n').forEach((line, i) => {
        if (!line || line[0] === '#' || line.startsWith('query\tcontext')) return;
        const [q, context = '', reading = '', first = ''] = line.split('\t');
        rows.push({ q: unquoted(q), shown: q, where: `${file}:${i + 1}`, context: Object.fromEntries(context.split(';').filter(Boolean).map((p) => p.split('='))),
            reading, first: first.split(';').map((r) => r.trim()).filter(Boolean) });
    });
    return rows;
}

const files = fs.readdirSync(folder).filter((f) => f.endsWith('.tsv')).sort().map((f) => ({ intent: f.replace('.tsv', ''), rows: readGolden(f) }));

// ---- the server -------------------------------------------------------------------------------------------------------------------
let client, server;
const wanted = process.env.RIGHTFIT_URL || process.env.RIGHTFIT_TEST_SCALE === 'S';
const skip = wanted ? false : 'wants the data of scale S: RIGHTFIT_TEST_SCALE=S';

before(async () => {
    if (skip) return;
    if (process.env.RIGHTFIT_URL) {
        client = new Client(Number(new URL(process.env.RIGHTFIT_URL).port));
        return;
    }
    const data = path.join(scratch('golden'), 'data');
    copyDatabase(fixture().data, data);
    server = await Server.start(data);
    client = server.client;
});
after(async () => {
    if (server) await server.stop();
    else client?.close();
});

// ---- the first results ------------------------------------------------------------------------------------------------------------
// Rules, all of them about the first three results (the number rules: about the very first, with number_matches before):
//   type=, brand=, position=            each result has it
//   size=, rim=, viscosity=, base=, capacity_ah=, technology=   each result's attribute
//   fit      each says that it fits, may fit, or fits anything;   nofit: none claims to
//   for=ID   each fits or may fit that vehicle, as GET /v1/fitment says
//   number=, id=, contains=   the first is this number, this product, has a number that holds this
//   none, some   no result at all, at least one
const CLAIMS = ['fits', 'conditional', 'universal'];
const ATTRIBUTES = ['size', 'rim', 'viscosity', 'base', 'capacity_ah', 'technology'];
const same = (a, b) => String(a ?? '').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '') === b.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

async function breaks(rule, answer) {
    const [name, value = ''] = rule.split(/=(.*)/s), hits = answer.hits.slice(0, FIRST), all = [...answer.number_matches, ...answer.hits];
    const each = (what, good) => (hits.length === 0 ? 'nothing found' : hits.every(good) ? null : hits.map(what).join(', '));
    if (ATTRIBUTES.includes(name)) return each((h) => h.attributes[name], (h) => same(h.attributes[name], value));
    switch (name) {
    case 'none': return all.length ? `${answer.total} found` : null;
    case 'some': return all.length ? null : 'nothing found';
    case 'type': case 'brand': case 'position': return each((h) => h[name], (h) => same(h[name], value));
    case 'fit': return each((h) => h.fit?.verdict ?? 'no verdict', (h) => CLAIMS.includes(h.fit?.verdict));
    case 'nofit': return hits.some((h) => ['fits', 'conditional'].includes(h.fit?.verdict)) ? 'something claims to fit' : null;
    case 'id': return all[0]?.id === value ? null : all[0]?.id ?? 'nothing found';
    case 'number': return all.length && canonicalNumber(all[0].number) === value ? null : all[0]?.number ?? 'nothing found';
    case 'contains': return all.length && canonicalNumber(all[0].number).includes(value) ? null : all[0]?.number ?? 'nothing found';
    case 'for': {
        const verdicts = await Promise.all(hits.map(async (h) => (await client.ok('GET', `/v1/fitment?${query({ product: h.id, vehicle: value })}`)).verdict));
        return verdicts.length === 0 ? 'nothing found' : verdicts.every((v) => CLAIMS.includes(v)) ? null : verdicts.join(', ');
    }
    default: throw new Error(`there is no rule ${rule}`);
    }
}

async function ask(row) {
    const { vehicle, market, lang } = row.context;
    const response = await client.get(`/v1/search?${query({ q: row.q, vehicle, market, lang, limit: 10 })}`);
    row.clean = response.status === 200 || response.status >= 400 && response.status < 500 && typeof response.json?.error?.message === 'string';
    row.wrong = differences(response, row.reading);
    row.broken = [];
    if (response.status !== 200) {
        if (row.first.length) row.broken.push(`status ${response.status}`);
        return;
    }
    for (const rule of row.first) {
        const got = await breaks(rule, response.json);
        if (got) row.broken.push(`${rule}: ${got}`);
    }
}

// ---- the tests --------------------------------------------------------------------------------------------------------------------
const share = (rows, good) => (rows.length ? 100 * rows.filter(good).length / rows.length : 100);
const percent = (n) => `${n.toFixed(1).padStart(5)} %`;
const figures = [];

const CAR_ATTRIBUTES = ['displacement', 'aspiration', 'fuel', 'drive', 'transmission', 'body', 'badge'];
const letters = (text) => String(text).toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

// The first of the models an expectation names, in one of its years, has a configuration with all the attributes it names.
async function carExists(expected, makesOf) {
    const value = (key) => expected.find((e) => e.key === key && !e.ignored)?.alternatives[0][0];
    const model = value('model'), make = value('make') ?? makesOf.get(model)?.[0], asked = value('year')?.split('-').map(Number);
    if (!model || model === '*') return true;
    const { years } = await client.ok('GET', `/v1/years?${query({ make, model, all: 1 })}`);
    const inside = years.filter((y) => !asked || (y.year >= asked[0] && y.year <= (asked[1] ?? asked[0])));
    const attributes = CAR_ATTRIBUTES.map((a) => [a, value(a)]).filter(([, v]) => v), [generation] = (value('gen') ?? '').split('@');
    if (generation) attributes.push(['generation', generation]);
    if (!attributes.length) return inside.length > 0;
    const cars = await Promise.all(inside.map((y) => client.ok('GET', `/v1/vehicles/${encodeURIComponent(y.vehicle)}`)));
    return cars.some((c) => c.configuration_list.some((x) => attributes.every(([a, v]) => letters(x.attrs[a] ?? '') === letters(v))));
}

test('the expectations speak of what the data has', { skip }, async () => {
    const wrong = [], models = new Map(), { makes } = await client.ok('GET', '/v1/makes?all=1');
    await inParallel(makes, 8, async (m) => {
        for (const x of (await client.ok('GET', `/v1/models?${query({ make: m.make, all: 1 })}`)).models) models.set(x.model, [...(models.get(x.model) ?? []), m.make]);
    });
    const types = new Set((await client.ok('GET', '/v1/types')).types.map((t) => t.id));
    const known = { make: new Set(makes.map((m) => m.make)), model: models, type: types, service: types,
        brand: new Set((await client.ok('GET', '/v1/brands')).brands.map((b) => b.brand ?? b.name ?? b)) };
    await inParallel(files.flatMap((f) => f.rows), 4, async (row) => {
        const expected = parseExpectation(row.reading);
        for (const e of expected) for (const v of known[e.key] ? e.alternatives.flat() : []) if (v !== '*' && !known[e.key].has(v)) wrong.push(`${row.where}: no ${e.key} ${v}`);
        if (!expected.some((e) => e.key === 'unknown') && !await carExists(expected, models)) wrong.push(`${row.where}: no such car: ${row.reading}`);
        for (const rule of row.first) {
            const [key, value] = rule.split('=');
            if (known[key] && !known[key].has(value)) wrong.push(`${row.where}: no ${key} ${value}`);
            if (key === 'for' && (await client.get(`/v1/vehicles/${encodeURIComponent(value)}`)).status !== 200) wrong.push(`${row.where}: no vehicle ${value}`);
        }
    });
    assert.deepEqual(wrong.sort(), []);
});

for (const { intent, rows } of files) {
    if (only && !only.includes(intent)) continue;
    test(`${intent}: ${rows.length} queries`, { skip }, async () => {
        await inParallel(rows, 4, ask);
        for (const row of rows) {
            if (row.wrong.length) console.log(`  ${row.where}  ${row.shown}  ${row.wrong.map((w) => `${w.key} is ${JSON.stringify(w.got)}, not ${w.expected || 'nothing'}`).join('; ')}`);
            if (row.broken.length) console.log(`  ${row.where}  ${row.shown}  first: ${row.broken.join('; ')}`);
        }
        const figure = { intent, n: rows.length, read: share(rows, (r) => !r.wrong.length), first: share(rows.filter((r) => r.first.length), (r) => !r.broken.length), clean: share(rows, (r) => r.clean), rows };
        figures.push(figure);
        const floor = { ...FLOORS.rest, ...FLOORS[intent] };
        for (const [what, least] of Object.entries(floor)) assert.ok(figure[what] >= least, `${intent}: ${what} ${percent(figure[what])}, floor ${least} %`);
    });
}

test('figures', { skip }, () => {
    const line = (f) => console.log(`golden: ${f.intent.padEnd(20)} ${String(f.n).padStart(4)} queries, read right ${percent(f.read)}, first results right ${percent(f.first)}`);
    figures.forEach(line);
    const rows = figures.flatMap((f) => f.rows);
    line({ intent: 'all', n: rows.length, read: share(rows, (r) => !r.wrong.length), first: share(rows.filter((r) => r.first.length), (r) => !r.broken.length) });
});
