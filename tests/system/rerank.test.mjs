// rerank.test.mjs: batch re-ranking as it is shipped: nothing that does not fit in any answer, the same answers from all forms and from the
// server, an output that was cut by kill -9 completed to the byte, and a stream that costs neither memory nor other clients anything.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { Random, Server, copyDatabase, fixture, inParallel, query, rightfit, run, scratch, seed } from './lib.mjs';
import { lines } from './oracle.mjs';

const AS_OF = '2026-11-23T00:00:00Z', CARS = 40, LENGTH = 40;
const dir = scratch('rerank'), data = path.join(dir, 'data');
const file = (name) => path.join(dir, name);
const random = new Random(seed);
let server, products, people;

async function collect(name) {
    const out = [];
    for await (const line of lines(path.join(fixture().sample, name))) if (line.trim()) out.push(JSON.parse(line));
    return out;
}

function rerank(args, input) {
    const r = run(['rerank', '-q', '--data', data, '--as-of', AS_OF, ...args], { input });
    assert.ok(r.status === 0 || r.status === 1, `rightfit rerank ${args.join(' ')}: ${r.status ?? r.signal} ${r.stderr}`);
    return r.stdout;
}
const objects = (text) => text.trim().split('\n').map((l) => JSON.parse(l));
const ndjson = (list) => list.map((l) => JSON.stringify(l)).join('\n') + '\n';
const some = (n) => Array.from({ length: n }, () => random.pick(products));
const plainLines = (n) => Array.from({ length: n }, (_, i) => ({ user: i % 7 ? random.pick(people).id : `stranger${i}`, items: some(1 + random.below(LENGTH)) }));

test('re-ranking', { timeout: 600000 }, async (t) => {
    copyDatabase(fixture().data, data);
    people = (await collect('users.jsonl.zst')).filter((p) => p.kind === 'user');
    server = await Server.start(data, ['--workers', '1', '--progress-time-ms', '60000']);
    t.after(() => { server.kill(); fs.rmSync(dir, { recursive: true, force: true }); });
    products = run(['export', '-q', '--data', data, '--format', 'jsonl']).stdout.trim().split('\n').map((l) => JSON.parse(l).id);

    await t.test('what does not fit is in no answer', async () => {
        const cars = people.flatMap((p) => (p.garage ?? []).map((g) => ({ user: p.id, vehicle: g.vehicle, attrs: random.chance(0.7) ? g.attrs : {} }))).slice(0, CARS);
        const all = [];
        for (const car of cars) {
            const fitting = (await server.client.get(`/v1/search?${query({ vehicle: car.vehicle, limit: 20 })}`)).json.hits.map((h) => h.id);
            all.push({ ...car, items: [...fitting, ...some(LENGTH - fitting.length), 'nothing'] }, { ...car, items: some(5) }, { ...car, limit: 30 });
        }
        const answers = objects(rerank([], ndjson(all)));
        assert.equal(answers.length, all.length);
        let hits = 0, dropped = 0;
        await inParallel(answers, 8, async (a, i) => {
            const attrs = Object.entries(all[i].attrs ?? {}).map(([k, v]) => `${k}:${v}`).join(',');
            const verdict = async (product) => (await server.client.ok('GET', `/v1/fitment?${query({ product, vehicle: all[i].vehicle, attrs })}`)).verdict;
            if (all[i].items) assert.equal(a.items.length + a.dropped.length, all[i].items.length);
            for (const hit of a.items) {
                assert.equal(hit.verdict, await verdict(hit.id), `${hit.id} for ${JSON.stringify(all[i])}`);
                if (hit.verdict === 'unknown') assert.equal((await server.client.get(`/v1/products/${hit.id}`)).json.non_vehicle, true);
                else assert.ok(['fits', 'conditional', 'universal'].includes(hit.verdict));
                hits++;
            }
            for (const d of a.dropped) assert.equal(d.why === 'unknown_product' ? d.id : d.why, d.why === 'unknown_product' ? 'nothing' : await verdict(d.id));
            dropped += a.dropped.length;
            const order = ['fits', 'universal', 'conditional', 'unknown'];
            for (let k = 1; k < a.items.length; k++) {
                const [x, y] = [a.items[k - 1], a.items[k]], by = order.indexOf(x.verdict) - order.indexOf(y.verdict);
                assert.ok(by < 0 || (by === 0 && (x.score > y.score || x.score === y.score)), `${x.id} before ${y.id}`);
            }
        });
        assert.ok(hits > 500 && dropped > 500, `${hits} hits, ${dropped} dropped`);
        const served = objects((await server.client.request('POST', '/v1/rerank', ndjson(all), { 'content-type': 'application/x-ndjson' })).text);
        for (let i = 0; i < all.length; i++) {
            assert.deepEqual(served[i].dropped, answers[i].dropped);
            const scores = new Map(served[i].items.map((h) => [h.id, h]));
            if (all[i].items) assert.equal(scores.size, new Set(answers[i].items.map((h) => h.id)).size);
            for (const h of answers[i].items) assert.ok(!scores.has(h.id) || Math.abs(scores.get(h.id).score - h.score) < 1e-4, `${h.id} ${h.score}`);
        }
    });

    await t.test('all forms give the same answers, shards add up', () => {
        const text = ndjson([...plainLines(3000), { limit: 5 }, { user: people[0].id, limit: 3 }, { vehicle: people[0].garage[0].vehicle, limit: 4, items: some(20) }]);
        fs.writeFileSync(file('lists'), text);
        const answers = rerank([file('lists')]);
        assert.equal(rerank(['--threads', '5'], text), answers);
        rerank(['--convert', file('lists'), '--out', file('lists.bin')]);
        assert.equal(rerank(['--convert', file('lists.bin')]), text.replace(/"limit":4,"items"/, '"limit":4,"items"'));
        rerank([file('lists.bin'), '--out', file('answers.bin')]);
        assert.equal(rerank(['--convert', file('answers.bin')]), answers);
        const parts = [0, 1, 2].map((i) => rerank(['--shard', `${i}/3`, file('lists')]).trim().split('\n'));
        assert.equal(parts.flat().length, 3003);
        for (const p of parts) assert.ok(p.length > 500);
        const left = new Map(parts.map((p, i) => [i, p]));
        for (const line of answers.trim().split('\n')) { // each is the next of one of them
            const from = [...left.values()].find((p) => p[0] === line);
            assert.ok(from, line.slice(0, 100));
            from.shift();
        }
        for (let i = 0; i < 3; i++) {
            rerank(['--shard', `${i}/3`, file('lists.bin'), '--out', file('shard.bin')]);
            assert.equal(rerank(['--convert', file('shard.bin')]), rerank(['--shard', `${i}/3`, file('lists')]));
        }
    });

    await t.test('lines that cannot be used are answered as errors', () => {
        const r = run(['rerank', '-q', '--data', data], { input: '{"items":[]}\n\nnot json\n{"items":"x"}\n' + '{"items":["' + 'x'.repeat(300000) + '"]}\n{"items":[]}' });
        const a = objects(r.stdout);
        assert.equal(r.status, 1);
        assert.equal(a.length, 5);
        assert.deepEqual(a.map((x) => x.line), [undefined, 3, 4, 5, undefined]);
        assert.equal(a[3].error.code, 'too_large');
    });

    for (const form of ['ndjson', 'bin']) {
        await t.test(`kill -9 and going on, ${form}`, async () => {
            const input = file(`long.${form}`), out = file(`cut.${form}`), whole = file(`whole.${form}`);
            const list = [...plainLines(12000), { limit: 2 }, { user: people[3].id, limit: 7 }, ...plainLines(12000)];
            if (form === 'bin') {
                fs.writeFileSync(file('long'), ndjson(list));
                rerank(['--convert', file('long'), '--out', input]);
            } else fs.writeFileSync(input, ndjson(list));
            rerank([input, '--out', whole]);
            const wanted = fs.readFileSync(whole);
            let kills = 0;
            fs.rmSync(out, { force: true });
            for (let round = 0; round < 30; round++) {
                const goal = fs.existsSync(out) ? fs.statSync(out).size + random.below(wanted.length / 6) : 0;
                const child = spawn(rightfit, ['rerank', '-q', '--data', data, '--as-of', AS_OF, input, '--out', out, '--resume'], { stdio: 'ignore' });
                const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
                let end = null;
                ended.then((e) => { end = e; });
                while (!end && !(fs.existsSync(out) && fs.statSync(out).size >= goal)) await new Promise((resolve) => setImmediate(resolve));
                child.kill('SIGKILL');
                const e = await ended;
                if (e.signal) kills++;
                else assert.equal(e.code, 0);
                if (fs.statSync(out).size === wanted.length) break;
            }
            rerank([input, '--out', out, '--resume']);
            assert.ok(fs.readFileSync(out).equals(wanted), 'the output differs from one that was never cut');
            assert.ok(kills > 0);
            for (let i = 0; i < 12; i++) { // and cut anywhere, as a full disk does it
                fs.truncateSync(out, random.below(wanted.length));
                rerank([input, '--out', out, '--resume']);
                assert.ok(fs.readFileSync(out).equals(wanted));
            }
            console.log(`rerank: ${form}: ${kills} kills`);
        });
    }

    await t.test('a damaged or foreign file is refused', () => {
        const bytes = fs.readFileSync(file('lists.bin'));
        for (let i = 0; i < 40; i++) {
            const at = random.below(bytes.length);
            bytes[at] ^= 1 << random.below(8);
            fs.writeFileSync(file('damaged'), bytes);
            assert.equal(run(['rerank', '-q', '--data', data, ...(at < 8 ? ['--format', 'binary'] : []), file('damaged'), '--out', file('x')]).status, 2, `byte ${at}`);
            bytes[at] = fs.readFileSync(file('lists.bin'))[at];
        }
        fs.writeFileSync(file('damaged'), bytes.subarray(0, bytes.length - 100));
        assert.equal(run(['rerank', '-q', '--data', data, file('damaged'), '--out', file('x')]).status, 2);
        assert.equal(run(['rerank', '-q', '--data', data, file('answers.bin')]).status, 2);
        fs.writeFileSync(file('foreign'), fs.readFileSync(file('whole.bin')));
        assert.equal(run(['rerank', '-q', '--data', data, '--shard', '1/2', file('long.bin'), '--out', file('foreign'), '--resume']).status, 2);
    });

    // ---- the server -------------------------------------------------------------------------------------------------------------

    const rss = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))[1]) / 1024;
    // Streams `count` lines and gives every answer line to `each`, which may take its time.
    const stream = (count, line, each = () => {}) => new Promise((resolve, reject) => {
        let answered = 0, rest = '', sent = 0;
        const rq = http.request({ host: '127.0.0.1', port: server.port, method: 'POST', path: '/v1/rerank', headers: { 'content-type': 'application/x-ndjson' } }, async (rs) => {
            try {
                for await (const chunk of rs) {
                    const parts = (rest + chunk).split('\n');
                    rest = parts.pop();
                    for (const p of parts) await each(p, answered++);
                }
                resolve(answered);
            } catch (e) { reject(e); }
        });
        rq.on('error', reject);
        const send = () => {
            while (sent < count) if (!rq.write(line(sent++))) { rq.once('drain', send); return; }
            rq.end();
        };
        send();
    });

    await t.test('100,000 lines in constant memory', async () => {
        const text = plainLines(200).map((l) => JSON.stringify(l) + '\n');
        await stream(20000, (i) => text[i % 200]);
        const before = rss();
        assert.equal(await stream(100000, (i) => text[i % 200]), 100000);
        console.log(`rerank: memory ${before.toFixed(0)} MB before, ${rss().toFixed(0)} MB after 100,000 lines`);
        assert.ok(rss() - before < 16, `${before} MB before, ${rss()} MB after`);
    });

    await t.test('who does not read slows only himself', async () => {
        const text = Buffer.from(plainLines(200).map((l) => JSON.stringify(l) + '\n').join(''));
        const before = rss(), socket = net.connect(server.port, '127.0.0.1');
        socket.pause();
        socket.on('error', () => {});
        socket.write('POST /v1/rerank HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
        let sent = 0;
        const put = () => new Promise((resolve) => {
            socket.write(`${text.length.toString(16)}\r\n`);
            socket.write(text);
            const flowing = socket.write('\r\n');
            sent += text.length;
            if (flowing) resolve(true);
            else {
                const drained = () => resolve(true);
                socket.once('drain', drained);
                // Stalled: two hundred other requests are answered by the one worker, and still nothing has been taken.
                others(200).then(() => { socket.off('drain', drained); resolve(socket.writableLength === 0); });
            }
        });
        const others = async (n) => { for (let i = 0; i < n; i++) assert.equal((await server.client.get('/v1/types')).status, 200); };
        while (sent < 64 * text.length && await put()) {}
        assert.ok(socket.writableLength > 0, `${sent} bytes were taken from a client that reads nothing`);
        assert.ok(rss() - before < 16);
        await others(100);
        let answers = 0;
        let tail = '';
        const all = new Promise((resolve) => {
            socket.on('data', (c) => {
                for (const b of c) answers += b === 123 && 1; // every object begins with {
                tail = (tail + c.toString('latin1')).slice(-7);
                if (tail.endsWith('\r\n0\r\n\r\n')) resolve();
            }).on('close', resolve);
        });
        socket.write('0\r\n\r\n');
        socket.resume(); // and now he reads, and gets all of it
        await all;
        assert.ok(answers > (sent / text.length) * 200, `${answers} objects for ${(sent / text.length) * 200} lines`);
        socket.destroy();
    });

    await t.test('long lines leave the loop, a client that vanishes leaves nothing', async () => {
        const answered = [];
        const long = stream(600, () => '{"limit":1000}\n', (l) => { answered.push(l); });
        let during = 0;
        while (answered.length < 600) {
            assert.equal((await server.client.get('/healthz')).status, 200);
            during++;
            if (during > 100000) break;
        }
        await long;
        for (const l of answered) assert.equal(JSON.parse(l).items.length, 1000);
        assert.ok(during > 20, `${during} other requests meanwhile`);
        for (let i = 0; i < 20; i++) {
            const socket = net.connect(server.port, '127.0.0.1');
            socket.on('error', () => {});
            socket.write('POST /v1/rerank HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
            socket.write(`f\r\n{"limit":1000}\n\r\n`);
            if (i % 2) await new Promise((resolve) => socket.once('data', resolve));
            socket.destroy();
        }
        assert.equal((await server.client.get('/readyz')).status, 200);
        assert.equal(await stream(10, () => '{"items":[]}\n'), 10);
    });

    await t.test('a generation that changes in the middle', async () => {
        const line = JSON.stringify({ user: people[1].id, items: products.slice(0, 50) }) + '\n', seen = new Set();
        let trained = null, after = 0;
        const total = 6000;
        await stream(total, () => line, async (l, i) => {
            const a = JSON.parse(l);
            assert.equal(a.items.length, 50);
            seen.add(JSON.stringify(a.items));
            if (i === 100) trained = new Promise((resolve) => spawn(rightfit, ['train', '-q', '--data', data, '--seed', '7', '--epochs', '2'], { stdio: 'ignore' }).on('exit', resolve));
            if (i === 1000) assert.equal(await trained, 0);
            after += i > 1000;
        });
        assert.ok(after > 1000);
        assert.equal(seen.size, 2, 'each line is wholly of one generation, and there were two');
    });
});
