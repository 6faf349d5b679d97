// run.mjs: `make bench-relevance`. Draws the labelled set, asks rightfit, Groonga and Xapian over the same products, prints figures by
// intent. What the peers answer depends on documents and queries alone and is kept in build/relevance until one of them changes.
//
// RIGHTFIT_DATA (data) and RIGHTFIT_SAMPLE (build/sample-S, what it was made from), RELEVANCE_EACH (queries of an intent, 150),
// RELEVANCE_SEED, RELEVANCE_PEERS=0 (ours alone), RELEVANCE_SHOW=INTENT (print its failures; `all`).
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { canonicalNumber } from '../../tests/system/oracle.mjs';
import { Server, inParallel, query, root } from '../../tests/system/lib.mjs';
import { differences } from '../../tests/system/reading.mjs';
import { fitmentText, readCars, readCatalogue } from './catalogue.mjs';
import { groonga } from './groonga.mjs';
import { Generator } from './queries.mjs';

const env = process.env, data = env.RIGHTFIT_DATA || path.join(root, 'data'), sample = env.RIGHTFIT_SAMPLE || path.join(root, 'build/sample-S');
const each = Number(env.RELEVANCE_EACH || 150), seed = Number(env.RELEVANCE_SEED || 7411), show = env.RELEVANCE_SHOW || '';
const work = path.join(root, 'build/relevance'), file = (name) => path.join(work, name);
const TOP = 10;
fs.mkdirSync(work, { recursive: true });

const began = Date.now();
const said = (what) => console.log(`${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s  ${what}`);

function writeLines(name, items) {
    const out = fs.openSync(file(name), 'w'), hash = createHash('sha256');
    let block = '';
    const flush = () => { fs.writeSync(out, block); hash.update(block); block = ''; };
    for (const item of items) if ((block += `${JSON.stringify(item)}\n`).length > 1 << 22) flush();
    flush();
    fs.closeSync(out);
    return hash.digest('hex');
}

// ---- the engines: each gives Map query id -> product ids, best first -----------------------------------------------------------------
async function ours(client, queries) {
    const results = new Map();
    let micros = 0;
    await inParallel(queries, 4, async (q) => {
        const r = await client.get(`/v1/search?${query({ q: q.q, lang: q.lang, limit: TOP })}`);
        const hits = r.status === 200 ? [...r.json.number_matches, ...r.json.hits].slice(0, TOP) : [];
        micros += r.json?.took_us ?? 0;
        results.set(q.id, { ids: hits.map((h) => h.id), wrong: q.reading ? differences(r, q.reading) : [] });
    });
    said(`rightfit: ${queries.length} queries, ${(micros / queries.length).toFixed(0)} us each by its own clock`);
    return results;
}

function xapian(name) {
    const r = spawnSync('/usr/bin/python3', [path.join(root, 'bench/relevance/xapian_peer.py'), work, String(TOP)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    if (r.status !== 0) throw new Error(`${name}: xapian_peer.py ended with ${r.status ?? r.error}`);
    return r.stdout.split('\n').filter(Boolean).map((l) => JSON.parse(l));
}

async function peer(name, hash, ask) {
    const kept = file(`${name}-${hash.slice(0, 16)}.jsonl`);
    if (!fs.existsSync(kept)) {
        for (const old of fs.readdirSync(work)) if (old.startsWith(`${name}-`) && old.endsWith('.jsonl')) fs.rmSync(file(old));
        const lines = await ask(name);
        fs.writeFileSync(`${kept}.new`, lines.map((l) => JSON.stringify(l)).join('\n'));
        fs.renameSync(`${kept}.new`, kept);
        said(`${name}: done`);
    } else said(`${name}: answers of an earlier run, same documents and queries`);
    return new Map(fs.readFileSync(kept, 'utf8').split('\n').filter(Boolean).map((l) => JSON.parse(l)).map((x) => [x.id, x]));
}

// ---- figures ----------------------------------------------------------------------------------------------------------------------
function measure(queries, results) {
    const sum = { n: queries.length, s1: 0, s3: 0, ndcg: 0, read: 0, readable: 0, none: 0 };
    for (const q of queries) {
        const r = results.get(q.id) ?? { ids: [] }, gains = r.ids.map((id) => q.relevant[id] ?? 0);
        const ideal = Object.values(q.relevant).sort((a, b) => b - a).slice(0, TOP), dcg = (list) => list.reduce((s, g, i) => s + (2 ** g - 1) / Math.log2(i + 2), 0);
        sum.s1 += gains[0] > 0;
        sum.s3 += gains.slice(0, 3).some((g) => g > 0);
        sum.ndcg += ideal.length ? dcg(gains) / dcg(ideal) : 0;
        sum.none += r.ids.length === 0;
        if (q.reading && r.wrong) { sum.readable++; sum.read += r.wrong.length === 0; }
    }
    return sum;
}

const share = (a, n) => (n ? (100 * a / n).toFixed(1) : '–').padStart(5);
function table(queries, engines) {
    const intents = [...new Set(queries.map((q) => q.intent))], names = [...engines.keys()];
    console.log(`\n| intent | n | read right | ${names.map((n) => `${n} s@1 · s@3 · nDCG`).join(' | ')} |\n|---|---|---|${names.map(() => '---|').join('')}`);
    for (const intent of [...intents.filter((i) => i !== 'number_none'), 'all']) {
        const some = queries.filter((q) => (intent === 'all' ? q.intent !== 'number_none' : q.intent === intent));
        const cells = names.map((n) => { const m = measure(some, engines.get(n)); return `${share(m.s1, m.n)} · ${share(m.s3, m.n)} · ${(m.ndcg / m.n).toFixed(3)}`; });
        const m = measure(some, engines.get(names[0]));
        console.log(`| ${intent} | ${some.length} | ${share(m.read, m.readable)} | ${cells.join(' | ')} |`);
    }
}

function numbers(queries, engines, owns) {
    console.log(`\n| numbers | goal | ${[...engines.keys()].join(' | ')} |\n|---|---|${[...engines].map(() => '---|').join('')}`);
    const row = (name, goal, cell) => console.log(`| ${name} | ${goal} | ${[...engines.values()].map(cell).join(' | ')} |`);
    const of = (...intents) => queries.filter((q) => intents.includes(q.intent));
    const first = (q, r) => owns(q).has(r.get(q.id)?.ids[0]);
    row('as printed: own number first', '100 %', (r) => share(of('number_exact').filter((q) => first(q, r)).length, of('number_exact').length));
    row('canonical: own number first', '100 %', (r) => share(of('number_dirty').filter((q) => first(q, r)).length, of('number_dirty').length));
    row('separators, prefix, suffix, infix: in the first three', '≥ 99 %', (r) => {
        const some = of('number_dirty', 'number_prefix', 'number_suffix', 'number_infix'), m = measure(some, r);
        return share(m.s3, m.n);
    });
    row('cross reference: in the first three', '', (r) => { const m = measure(of('number_cross'), r); return share(m.s3, m.n); });
    row('one digit wrong: queries answered with somebody else\'s number', '0', (r) => `${of('number_none').filter((q) => (r.get(q.id)?.ids.length ?? 0) > 0).length} of ${of('number_none').length}`);
}

// Synonyms count twice: those the server's vocabulary happens to hold, and those nobody told it.
function synonyms(queries, results) {
    const facts = path.join(root, 'data-tools/facts');
    const cells = new Set(fs.readdirSync(facts).filter((f) => f.endsWith('.tsv')).flatMap((f) => fs.readFileSync(path.join(facts, f), 'utf8').toLowerCase().split(/[\t\n|;,]/)).map((c) => c.trim()));
    for (const [what, known] of [['in the vocabulary', true], ['not in it', false]]) {
        const some = queries.filter((q) => q.word && cells.has(q.word.toLowerCase()) === known), m = measure(some, results);
        if (m.n) console.log(`synonyms ${what}: ${m.n} queries, read right ${share(m.read, m.readable).trim()} %, s@3 ${share(m.s3, m.n).trim()} %`);
    }
}

// ---- the run ----------------------------------------------------------------------------------------------------------------------
const server = await Server.start(data);
try {
    const [{ oracle, documents }, cars] = [await readCatalogue(sample), await readCars(server.client)];
    said(`${documents.length} products, ${oracle.applicationCount} applications, ${cars.size} models`);
    const { types } = await server.client.ok('GET', '/v1/types?lang=zh');
    const generator = new Generator({ oracle, documents, cars, types, client: server.client, seed, each });
    const queries = await generator.run();
    writeLines('queries.jsonl', queries);
    const queryHash = createHash('sha256').update(JSON.stringify(queries.map((q) => [q.id, q.q]))).digest('hex');
    said(`${queries.length} queries, seed ${seed}`);
    const engines = new Map([['rightfit', await ours(server.client, queries)]]);
    if (env.RELEVANCE_PEERS !== '0') {
        const documentHash = writeLines('documents.jsonl', (function* () {
            for (const d of documents) {
                yield { id: d.id, title: d.title, title_zh: d.title_zh, brand: d.brand, number: d.number, cross: d.cross,
                    specs: Object.entries(d.attributes).filter(([k]) => !['source', 'rating', 'rating_count', 'popularity', 'tier'].includes(k)).map(([, v]) => v).join(' '),
                    vehicles: fitmentText(oracle, d, cars) };
            }
        })());
        const code = ['groonga.mjs', 'xapian_peer.py'].map((f) => fs.readFileSync(path.join(root, 'bench/relevance', f))).join('');
        const hash = createHash('sha256').update(documentHash + queryHash + code).digest('hex');
        said(`documents: ${(fs.statSync(file('documents.jsonl')).size / 1e6).toFixed(0)} MB`);
        engines.set('Groonga', await peer('groonga', hash, () => groonga(work, TOP, queries)));
        engines.set('Xapian', await peer('xapian', hash, xapian));
    }
    table(queries, engines);
    numbers(queries, engines, (q) => new Set(generator.own.get(canonicalNumber(q.q)) ?? []));
    const readable = queries.filter((q) => q.reading), right = readable.filter((q) => engines.get('rightfit').get(q.id).wrong.length === 0);
    console.log(`\nread right: ${right.length} of ${readable.length} (${share(right.length, readable.length).trim()} %, goal 95 %)`);
    synonyms(queries, engines.get('rightfit'));
    if (show) for (const q of queries) {
        const r = engines.get('rightfit').get(q.id);
        if ((show === 'all' || show === q.intent) && (r.wrong.length || !r.ids.slice(0, 3).some((id) => q.relevant[id]))) console.log(`  ${q.intent}  ${q.q}  ${r.wrong.map((w) => `${w.key}: ${JSON.stringify(w.got)} not ${w.expected}`).join('; ')}  ${r.ids.slice(0, 3).join(' ')}`);
    }
    said('end');
} finally {
    await server.stop();
}
