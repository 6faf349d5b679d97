// shutdown.test.mjs: SIGTERM ends the server within the drain's time and a few seconds, whoever is connected and whatever it is doing; who is
// under way is answered until then, streams end at once, and nothing that was acknowledged is lost.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import test, { afterEach } from 'node:test';
import { Client, Server, copyDatabase, fixture, scratch } from './lib.mjs';

const DRAIN_MS = 2000, REST_MS = 8000; // the jobs' five seconds, and a busy machine
const started = [];
afterEach(() => { for (const server of started.splice(0)) server.child.kill('SIGKILL'); }); // of a test that failed

async function open(name, args = []) {
    const data = copyDatabase(fixture().data, path.join(scratch(`shutdown-${name}`), 'data'));
    return { data, server: await start(data, args) };
}

async function start(data, args = []) {
    const server = await Server.start(data, ['--drain-time-ms', String(DRAIN_MS), ...args]);
    started.push(server);
    return server;
}

// How long it took from SIGTERM to its end, which must be a good one.
async function stopped(server) {
    const began = Date.now(), { code, signal } = await server.stop();
    assert.deepEqual([code, signal], [0, null], server.log);
    return Date.now() - began;
}

// A raw connection: said(mark) is when the mark has come, ended when the server has closed it.
function raw(port, text, { reads = true } = {}) {
    const c = { text: '', socket: net.connect(port, '127.0.0.1'), waiting: [] };
    if (reads) c.socket.setEncoding('utf8').on('data', (d) => {
        c.text += d;
        c.waiting = c.waiting.filter(([mark, resolve]) => !c.text.includes(mark) || resolve());
    });
    else c.socket.pause();
    c.socket.on('error', () => {});
    c.ended = new Promise((resolve) => c.socket.on('close', () => resolve(Date.now())));
    c.said = (mark) => c.text.includes(mark) ? Promise.resolve() : new Promise((resolve) => c.waiting.push([mark, resolve]));
    c.socket.write(text);
    return c;
}

const KEPT = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
const EVENT = JSON.stringify({ id: 'late', user: 'late', type: 'click', product: 'p' });
const post = (body, n = body.length) => `POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${n}\r\n\r\n`;

test('idle connections and streams end at once', async () => {
    const { server } = await open('idle', ['--drain-time-ms', '60000']); // not by that
    const idle = raw(server.port, KEPT), silent = raw(server.port, ''), stream = raw(server.port, 'GET /v1/cockpit/stream?users=u HTTP/1.1\r\nHost: x\r\n\r\n');
    await idle.said('\r\n\r\n');
    await stream.said('id: ');
    server.client.close();
    const took = await stopped(server);
    await Promise.all([idle.ended, silent.ended, stream.ended]);
    assert.ok(stream.text.endsWith('0\r\n\r\n'), 'the stream was cut');
    assert.ok(took < REST_MS, `${took} ms`);
});

test('what is under way is answered while the drain lasts, what never ends is cut', async () => {
    const { data, server } = await open('way');
    const finishes = raw(server.port, post(EVENT) + EVENT.slice(0, 10)), kept = raw(server.port, KEPT);
    const stuck = [raw(server.port, 'GET /healthz HTTP/1.1\r\nHo'), raw(server.port, post(EVENT)), raw(server.port, post(EVENT) + EVENT.slice(0, 10))];
    const upload = raw(server.port, 'POST /v1/rerank HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    await kept.said('\r\n\r\n');
    const end = stopped(server);
    await kept.ended; // the drain has begun
    finishes.socket.write(EVENT.slice(10));
    await finishes.ended;
    assert.match(finishes.text, /^HTTP\/1.1 200 /);
    assert.match(finishes.text, /Connection: close/);
    const took = await end;
    await Promise.all([...stuck, upload].map((c) => c.ended));
    assert.ok(took >= DRAIN_MS / 2 && took < DRAIN_MS + REST_MS, `${took} ms`);
    const again = await start(data), r = await again.client.ok('POST', '/v1/events', JSON.parse(EVENT));
    assert.equal(r.duplicates, 1, 'what was acknowledged in the drain is lost');
    await stopped(again);
});

test('a reader of /v1/rerank that does not read holds it up no longer than the drain', async () => {
    const { server } = await open('rerank');
    const line = `${JSON.stringify({ user: 'u000001', vehicle: '2018-volkswagen-lavida', limit: 100 })}\n`.repeat(200), chunk = `${line.length.toString(16)}\r\n${line}\r\n`;
    const slow = raw(server.port, 'POST /v1/rerank HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', { reads: false });
    const feed = () => { while (!slow.socket.destroyed && slow.socket.write(chunk)); };
    slow.socket.on('drain', feed);
    feed();
    const sent = async () => Number(/^rightfit_received_bytes_total (\d+)$/m.exec((await server.client.get('/metrics')).text)[1]);
    for (let before = -1, now = await sent(); now - before > 1000; before = now, now = await sent()) { // until it is read no more
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const took = await stopped(server);
    slow.socket.destroy();
    assert.ok(took < DRAIN_MS + REST_MS, `${took} ms`);
});

test('an import under way is given up, and nothing of it shows', async () => {
    const { data, server } = await open('import');
    const staging = path.join(data, 'staging'), products = 30000;
    fs.mkdirSync(staging, { recursive: true });
    fs.writeFileSync(path.join(staging, 'large.ndjson'), Array.from({ length: products }, (_, i) => JSON.stringify({ op: 'put', kind: 'product', id: `stop-${i}`,
        type: 'oil_filter', brand: 'Bosch', title: `Stop ${i}`, applications: [{ make: 'Volkswagen', model: 'Golf', years: [2000, 2020] }] })).join('\n'));
    await server.client.ok('POST', '/v1/imports', { path: 'large.ndjson', sources: 'large.' });
    for (;;) {
        const { jobs } = await server.client.ok('GET', '/v1/imports');
        assert.ok(jobs[0].state === 'waiting' || jobs[0].state === 'running', JSON.stringify(jobs[0]));
        if (jobs[0].done > 0) break;
    }
    const write = server.client.ok('POST', '/v1/events', { id: 'beside', user: 'beside', type: 'click', product: 'p' }), took = await stopped(server);
    const acknowledged = await write.then(() => true, () => false);
    assert.ok(took < DRAIN_MS + REST_MS, `${took} ms`);
    const again = await start(data);
    assert.equal((await again.client.get('/v1/products/stop-0')).status, 404);
    if (acknowledged) assert.equal((await again.client.ok('POST', '/v1/events', { id: 'beside', user: 'beside', type: 'click', product: 'p' })).duplicates, 1);
    await stopped(again);
});

test('what was acknowledged under load is there afterwards', async () => {
    const { data, server } = await open('load'), events = [];
    let stopping = false;
    const clients = Array.from({ length: 5 }, async (_, c) => {
        const client = new Client(server.port);
        for (let i = 0; ; i++) {
            const e = { id: `load-${c}-${i}`, user: `l${c}`, type: 'click', product: 'p' };
            try { if ((await client.post('/v1/events', e)).status === 200) events.push(e); } catch { break; }
        }
        client.close();
    });
    while (events.length < 500) await new Promise((resolve) => setImmediate(resolve));
    const took = await stopped(server);
    stopping = true;
    await Promise.all(clients);
    assert.ok(stopping && took < DRAIN_MS + REST_MS, `${took} ms`);
    const again = await start(data);
    for (let at = 0; at < events.length; at += 100) {
        const some = events.slice(at, at + 100);
        assert.equal((await again.client.ok('POST', '/v1/events', some)).duplicates, some.length);
    }
    await stopped(again);
});

test('nobody reads the logs', async () => {
    const fifo = path.join(scratch('shutdown-log'), 'log');
    assert.equal(spawnSync('mkfifo', [fifo]).status, 0);
    const held = fs.openSync(fifo, 'r+'); // a reader that never reads
    const { server } = await open('log', ['--request-log', fifo]);
    server.child.stderr.pause();
    while (!/^rightfit_request_log_dropped_total [1-9]/m.test((await server.client.get('/metrics')).text)) {
        await Promise.all(Array.from({ length: 500 }, () => server.client.get(`/v1/products/${'x'.repeat(100)}`)));
    }
    const took = await stopped(server);
    fs.closeSync(held);
    assert.ok(took < REST_MS, `${took} ms`);
});
