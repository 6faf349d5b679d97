// incremental.test.mjs: the data changes while people search and act: single changes are visible when they are acknowledged, an import
// handed over is atomic to readers, survives a kill and can be taken back, and events go on meanwhile.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Client, Server, cleanEnvironment, copyDatabase, fixture, rightfit, root, run, scratch } from './lib.mjs';

const VISIBLE_MS = 50, EVENT_P99_MS = 100, READERS = 4;
const WIDE = 5000; // base vehicles of one product
const LARGE = 20000; // products of one file: more than one transaction takes, so that the catalogue's other slot is built
// What the server says it is doing with a file that is large.
const PHASES = ['reading', 'comparing', 'carrying over', 'writing products', 'reading words', 'writing words', 'counting vehicles', 'matching vehicles', 'writing groups'];
const CAR = { make: 'Volkswagen', model: 'Golf' };

const product = (id, version, vehicles) => ({ id, brand: 'Mann', number: id, type: 'oil_filter', title: `${id} ${version}`,
    price: { amount: 1000, currency: 'CNY' }, applications: [{ quantity: 1, vehicles }] });
const golf = (from, to) => [{ ...CAR, years: [from, to] }];
const body = (p) => { const { id, ...rest } = p; return rest; };
const p99 = (list) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * 0.99))];
const ms = (since) => Number(process.hrtime.bigint() - since) / 1e6;

function freshData(name) { return copyDatabase(fixture().data, path.join(scratch(`incremental-${name}`), 'data')); }

// ---- what goes on meanwhile -----------------------------------------------------------------------------------------------------
// People who act and read until stopped; every reader checks what it sees.
class Traffic {
    constructor(port, name, check) {
        this.client = new Client(port, READERS + 2);
        this.latency = [];
        this.reads = 0;
        this.serial = 0;
        this.going = true;
        this.workers = [this.act(`${name}-1`), this.act(`${name}-2`)];
        for (let i = 0; check && i < READERS; i++) this.workers.push(this.read(check));
    }
    async act(name) {
        while (this.going) {
            const began = process.hrtime.bigint();
            await this.client.ok('POST', '/v1/events', { id: `${name}-${this.serial++}`, user: `${name}-u`, type: 'click', product: 'inc-a' });
            this.latency.push(ms(began));
        }
    }
    async read(check) {
        while (this.going) {
            await check(this.client);
            this.reads++;
        }
    }
    async stop(what) {
        this.going = false;
        await Promise.all(this.workers);
        this.client.close();
        const slow = p99(this.latency);
        console.log(`incremental: ${what}: ${this.latency.length} events, p99 ${slow.toFixed(1)} ms, max ${Math.max(...this.latency).toFixed(1)} ms; ${this.reads} reads`);
        return slow;
    }
}

function importFile(file, data, args = []) {
    const child = spawn(rightfit, ['import', '-q', '--data', data, ...args, file], { cwd: root, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
    const out = { stdout: '', stderr: '' };
    child.stdout.on('data', (c) => { out.stdout += c; });
    child.stderr.on('data', (c) => { out.stderr += c; });
    return new Promise((resolve) => child.on('exit', (status) => resolve({ status, ...out })));
}

function writeLines(name, products) {
    const file = path.join(scratch('incremental-file'), name);
    fs.writeFileSync(file, products.map((p) => JSON.stringify({ kind: 'product', ...p })).join('\n'));
    return file;
}

// The first and the last of a large file change together; what stands between makes it large.
const largeFile = (version) => writeLines(`large-${version}.jsonl`,
    Array.from({ length: LARGE }, (_, i) => product(`inc-large-${String(i).padStart(5, '0')}`, version, golf(2000 + (i % 20), 2020 + (i % 8)))));
const FIRST = 'inc-large-00000', LAST = `inc-large-${String(LARGE - 1).padStart(5, '0')}`;
const titleOf = async (client, id) => (await client.get(`/v1/products/${id}`)).json?.title ?? null;
const imports = (server) => server.client.ok('GET', '/v1/imports');

async function jobDone(server) {
    for (;;) {
        const { jobs } = await imports(server);
        if (jobs.length && jobs.every((j) => j.state === 'done' || j.state === 'failed')) return jobs[0];
    }
}

// ---- the tests --------------------------------------------------------------------------------------------------------------------
test('single changes are visible when they are acknowledged', { timeout: 120000 }, async (t) => {
    const server = await Server.start(freshData('single')), client = server.client;
    t.after(() => server.kill());
    const verdict = async (id, vehicle) => (await client.ok('GET', `/v1/fitment?product=${id}&vehicle=${vehicle}`)).verdict;
    const within = async (what, wanted, ask) => {
        const began = process.hrtime.bigint();
        for (;;) {
            const got = await ask(), took = ms(began);
            if (got === wanted) { assert.ok(took < VISIBLE_MS, `${what}: ${took.toFixed(1)} ms`); return; }
            assert.ok(took < VISIBLE_MS, `${what}: ${got} instead of ${wanted} after ${took.toFixed(1)} ms`);
        }
    };

    await client.ok('PUT', '/v1/products/inc-a', body(product('inc-a', 1, golf(2018, 2030))));
    await within('a product', 'fits', () => verdict('inc-a', '2018-volkswagen-golf'));
    await client.ok('PUT', '/v1/exclusions', { product: 'inc-a', vehicle: '2018-volkswagen-golf', who: 'anna', why: 'returned' });
    await within('an exclusion', 'no', () => verdict('inc-a', '2018-volkswagen-golf'));
    await client.ok('DELETE', '/v1/exclusions?product=inc-a&vehicle=2018-volkswagen-golf');
    await within('an exclusion taken back', 'fits', () => verdict('inc-a', '2018-volkswagen-golf'));

    // Of 1,000 lines all are there when they are answered, in order.
    const n = 1000, lines = Array.from({ length: n }, (_, i) => JSON.stringify({ op: 'put', kind: 'product', ...product(`inc-b-${i}`, 1, golf(2018, 2018)) }));
    const began = process.hrtime.bigint(), r = await client.post('/v1/bulk', `${lines.join('\n')}\n`);
    const answers = r.text.trim().split('\n').map((l) => JSON.parse(l));
    console.log(`incremental: ${n} bulk lines in ${ms(began).toFixed(0)} ms`);
    assert.deepEqual(answers, lines.map((_, i) => ({ line: i + 1, ok: true })));
    await within('the first line', 'fits', () => verdict('inc-b-0', '2018-volkswagen-golf'));
    await within('the last line', 'fits', () => verdict(`inc-b-${n - 1}`, '2018-volkswagen-golf'));

    // A line that is too long is answered in its place.
    const long = await client.post('/v1/bulk', `${lines[0]}\n${JSON.stringify({ op: 'put', kind: 'offer', id: 'x'.repeat(300000) })}\n${lines[1]}\n`);
    assert.deepEqual(long.text.trim().split('\n').map((l) => [JSON.parse(l).line, JSON.parse(l).ok ?? JSON.parse(l).error.code]),
        [[1, true], [2, 'too_large'], [3, true]]);

    await t.test('a new base vehicle: what fits it is there at once, what waited for it follows', async () => {
        const parked = product('inc-parked', 1, [{ make: 'Xpeng', model: 'Testcar', years: [2027, 2029] }]);
        await client.ok('PUT', '/v1/products/inc-parked', body(parked));
        const put = (make, model, year) => client.ok('PUT', `/v1/vehicles/${year}-${make}-${model}`.toLowerCase(),
            { make, model, year, market: 'CN', configurations: [{ fuel: 'gasoline' }] });
        await put('Volkswagen', 'Golf', 2029);
        await within('an open range', 'fits', () => verdict('inc-a', '2029-volkswagen-golf'));
        const shown = await client.ok('GET', '/v1/search?vehicle=2029-volkswagen-golf&type=oil_filter&limit=100&fields=id');
        assert.ok(shown.hits.some((h) => h.id === 'inc-a' && h.verdict === 'fits'), `search shows ${JSON.stringify(shown.hits.map((h) => [h.id, h.verdict]))}`);
        await put('Xpeng', 'Testcar', 2028);
        while (await verdict('inc-parked', '2028-xpeng-testcar') !== 'fits'); // the test's time limit ends a wait in vain
        while (!(await client.ok('GET', '/v1/models?make=Xpeng')).models.some((m) => m.model === 'Testcar'));
    });
});

test('an import handed over', { timeout: 300000 }, async (t) => {
    const data = freshData('import');
    let server = await Server.start(data);
    t.after(() => server.kill());
    await server.client.ok('PUT', '/v1/products/inc-a', body(product('inc-a', 1, golf(2018, 2030))));
    assert.equal((await importFile(largeFile(1), data)).status, 0);
    assert.deepEqual([await titleOf(server.client, FIRST), await titleOf(server.client, LAST)], [`${FIRST} 1`, `${LAST} 1`]);

    await t.test('is seen whole or not at all, and events go on', async () => {
        const files = [2, 3, 4].map(largeFile), seen = new Set();
        let half = null;
        // One search is one snapshot: both products or neither are of the new version.
        const traffic = new Traffic(server.port, 'whole', async (client) => {
            const r = await client.ok('GET', `/v1/search?q=${FIRST}&limit=5`), other = await client.ok('GET', `/v1/search?q=${LAST}&limit=5`);
            const first = r.hits.find((h) => h.id === FIRST), last = other.hits.find((h) => h.id === LAST);
            if (!first || !last) half = half ?? `${FIRST}: ${first?.title}, ${LAST}: ${last?.title}`;
            // The second question is asked later: it may be newer than the first, never older.
            if (first && last && Number(first.title.split(' ')[1]) > Number(last.title.split(' ')[1])) half = `${first.title} before ${last.title}`;
            seen.add(`${first?.title.split(' ')[1]}${last?.title.split(' ')[1]}`);
        });
        for (const file of files) {
            const r = await importFile(file, data);
            assert.equal(r.status, 0, r.stderr);
        }
        const slow = await traffic.stop(`${files.length} imports of ${LARGE} products`);
        assert.equal(half, null);
        for (const version of ['11', '22', '33']) assert.ok(seen.has(version), [...seen].join());
        assert.equal(await titleOf(server.client, LAST), `${LAST} 4`);
        assert.equal((await imports(server)).batches[0].kind, 'switched');
        assert.ok(slow < EVENT_P99_MS, `p99 ${slow}`);
    });

    await t.test('makes no batch when nothing differs', async () => {
        const before = (await imports(server)).batches[0].id;
        assert.equal((await importFile(largeFile(4), data)).status, 0);
        assert.equal((await imports(server)).batches[0].id, before);
    });

    await t.test('is whole or nothing after kill -9 at any time', async () => {
        // What the job says it is doing is the moment: the first look that finds it there, or further.
        let late = false;
        for (const [round, phase] of PHASES.entries()) {
            const before = await titleOf(server.client, FIRST), version = 10 + round, file = largeFile(version);
            const done = importFile(file, data);
            let running = null;
            for (;;) {
                const job = (await imports(server)).jobs.find((x) => x.sources.includes(`large-${version}.`));
                running = job?.state === 'running' && job.what ? job.what : running;
                if (job?.state === 'done' || (running && PHASES.indexOf(running) >= PHASES.indexOf(phase))) break;
            }
            await server.kill();
            await done;
            server = await Server.start(data);
            const [first, last] = [await titleOf(server.client, FIRST), await titleOf(server.client, LAST)];
            console.log(`incremental: killed at ${phase}, found ${running}: ${first}`);
            assert.equal(first.split(' ')[1], last.split(' ')[1], `${first}, ${last}`);
            assert.ok([before, `${FIRST} ${version}`].includes(first), first);
            late = first !== before;
            const hits = await server.client.ok('GET', '/v1/search?vehicle=2019-volkswagen-golf&type=oil_filter&limit=1');
            assert.ok(hits.total > 1000, `${hits.total}`);
        }
        const checked = run(['check', '-q', '--data', data]);
        assert.equal(checked.status, 0, `check: ${checked.status} ${checked.stderr}`);
        // A kill may come too late; then there is an import to take back. Else what the last one could be taken back to went with the place the killed ones were built in.
        const batch = (await imports(server)).batches[0];
        assert.equal(batch.kind, 'switched');
        const answer = await server.client.post(`/v1/imports/${batch.id}/rollback`, '');
        assert.equal(answer.status, late ? 200 : 409, `rollback: ${answer.text}`);
        assert.equal((await titleOf(server.client, FIRST)).split(' ')[1], (await titleOf(server.client, LAST)).split(' ')[1]);
    });

    await t.test('can be taken back', async () => {
        const before = await titleOf(server.client, LAST), small = [product(LAST, 'small', golf(2018, 2018)), product('inc-new', 1, golf(2018, 2018))];
        const ask = async (id) => (await server.client.get(`/v1/fitment?product=${id}&vehicle=2018-volkswagen-golf`)).json;
        const old = await ask(LAST);
        assert.equal((await importFile(writeLines('small.jsonl', small), data)).status, 0);
        assert.equal(await titleOf(server.client, LAST), `${LAST} small`);
        const batch = (await imports(server)).batches[0];
        assert.equal(batch.sources, 'small.jsonl');
        const r = run(['rollback', '--data', data, String(batch.id)]);
        assert.equal(r.status, 0, r.stderr);
        assert.equal(await titleOf(server.client, LAST), before);
        assert.deepEqual(await ask(LAST), old);
        assert.equal(await titleOf(server.client, 'inc-new'), null);
        // A large one as well.
        assert.equal((await importFile(largeFile('large'), data)).status, 0);
        assert.equal(await titleOf(server.client, FIRST), `${FIRST} large`);
        await server.client.ok('POST', `/v1/imports/${(await imports(server)).batches[0].id}/rollback`, '');
        assert.equal(await titleOf(server.client, LAST), before);
        assert.deepEqual(await ask(LAST), old);
    });

    await t.test('says what a dry run would change and changes nothing', async () => {
        const before = (await imports(server)).batches[0].id;
        const r = await importFile(writeLines('dry.jsonl', [product('inc-dry', 1, golf(2018, 2018))]), data, ['--dry-run', '--server', `127.0.0.1:${server.port}`]);
        assert.equal(r.status, 0, r.stderr);
        assert.match(r.stdout, /would be: 1 products new/);
        assert.equal((await imports(server)).batches[0].id, before);
        assert.equal(await titleOf(server.client, 'inc-dry'), null);
    });

    await t.test('rejects single lines with file and line', async () => {
        const staging = path.join(data, 'staging');
        fs.writeFileSync(path.join(staging, 'mixed.ndjson'), [
            { op: 'put', kind: 'exclusion', product: 'inc-mixed', vehicle: '2018-volkswagen-golf', who: 'anna', why: 'returned' },
            { op: 'put', kind: 'product', ...product('inc-mixed', 1, golf(2018, 2031)) }, { op: 'put', kind: 'product', id: 'inc-broken' },
            { op: 'put', kind: 'vehicle', make: 'Volkswagen', model: 'Golf', year: 2031, market: 'CN', configurations: [{ fuel: 'gasoline' }] },
            { op: 'put', kind: 'exclusion', product: 'inc-nobody', vehicle: '2018-volkswagen-golf', who: 'anna', why: 'returned' },
        ].map((o) => JSON.stringify(o)).join('\n'));
        await server.client.ok('POST', '/v1/imports', { path: 'mixed.ndjson', sources: 'mixed' });
        const job = await jobDone(server);
        assert.equal(job.state, 'done');
        assert.deepEqual(job.errors.map((e) => [e.source, e.line, e.field]), [['mixed.ndjson', 3, 'brand'], ['mixed.ndjson', 5, 'product']]);
        assert.deepEqual([job.report.vehicles, job.report.others, job.report.products_new], [1, 1, 1]);
        assert.equal((await server.client.ok('GET', '/v1/fitment?product=inc-mixed&vehicle=2031-volkswagen-golf')).verdict, 'fits');
        assert.equal((await server.client.ok('GET', '/v1/fitment?product=inc-mixed&vehicle=2018-volkswagen-golf')).verdict, 'no');
        assert.ok(!fs.existsSync(path.join(staging, 'mixed.ndjson')), 'the file is used up');
    });
});

test('a product of thousands of vehicles changes while events flow', { timeout: 120000 }, async (t) => {
    const server = await Server.start(freshData('wide')), client = server.client;
    t.after(() => server.kill());
    await client.ok('PUT', '/v1/products/inc-a', body(product('inc-a', 1, golf(2018, 2030))));
    let total = 0; // of base vehicles
    const vehicles = [];
    for (const m of (await client.ok('GET', '/v1/makes')).makes.sort((a, b) => a.vehicles - b.vehicles)) {
        if (total >= WIDE) break;
        total += m.vehicles;
        vehicles.push({ make: m.make, years: [1900, 2030] });
    }
    assert.ok(total >= WIDE, `${total}`);
    const wide = (version) => body(product('inc-wide', version, vehicles));
    await client.ok('PUT', '/v1/products/inc-wide', wide(1));
    const reach = await client.ok('GET', '/v1/products/inc-wide/vehicles');
    console.log(`incremental: a product of ${vehicles.length} makes, ${total} base vehicles, ${reach.total} lines`);
    const traffic = new Traffic(server.port, 'wide', null);
    for (let version = 2; version < 12; version++) {
        await client.ok('PUT', '/v1/products/inc-wide', wide(version));
        assert.equal(await titleOf(client, 'inc-wide'), `inc-wide ${version}`);
    }
    // Until it is folded into its groups, which is the long part.
    while (/^rightfit_products_changed (\d+)/m.exec((await client.get('/metrics')).text)[1] !== '0');
    const slow = await traffic.stop('a wide product changes ten times and is folded in');
    assert.ok(slow < EVENT_P99_MS, `p99 ${slow}`);
});
