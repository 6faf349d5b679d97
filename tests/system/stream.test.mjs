// stream.test.mjs: GET /v1/cockpit/stream: what becomes due is told within a second, once, not while it is snoozed; each key hears of its own
// people, on one stream; whoever comes back misses nothing or is told so; a reader that reads nothing disturbs nobody and is let go; a stream
// goes on after the server was killed, and ends when it is told to stop.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import test, { afterEach } from 'node:test';
import { Server, copyDatabase, fixture, inParallel, makeKey, scratch } from './lib.mjs';

const CAR = '2018-volkswagen-lavida', SOON_MS = 1000;

// One stream: next() is the next event as {id, event, data}.
class Stream {
    static open(port, query, headers = {}) {
        const s = new Stream();
        Object.assign(s, { events: [], waiting: [], text: '', id: '', silent: [] }); // id: what a client would come back with
        s.ended = new Promise((resolve) => { s.end = resolve; });
        return new Promise((resolve, reject) => {
            s.rq = http.get({ port, host: '127.0.0.1', path: `/v1/cockpit/stream?${query}`, headers, agent: false }, (rs) => {
                assert.equal(rs.statusCode, 200);
                assert.match(rs.headers['content-type'], /event-stream/);
                rs.setEncoding('utf8');
                rs.on('data', (d) => { s.take(d); resolve(s); });
                rs.on('close', () => s.end());
                rs.on('error', () => s.end());
            }).on('error', (e) => { s.end(); reject(e); });
        });
    }

    take(text) {
        this.text += text;
        for (let at = this.text.indexOf('\n\n'); at >= 0; at = this.text.indexOf('\n\n')) {
            const message = Object.fromEntries(this.text.slice(0, at).split('\n').map((l) => [l.slice(0, l.indexOf(':')), l.slice(l.indexOf(':') + 2)]));
            this.text = this.text.slice(at + 2);
            if (message.id) this.id = message.id;
            if (!message.event) {
                if (message.id) this.silent.splice(0).forEach((tell) => tell(message.id));
                continue;
            }
            message.data = JSON.parse(message.data);
            const waiting = this.waiting.shift();
            if (waiting) waiting(message);
            else this.events.push(message);
        }
    }

    next() { return this.events.length ? Promise.resolve(this.events.shift()) : new Promise((resolve) => this.waiting.push(resolve)); }
    async caughtUp() { return this.id || new Promise((resolve) => this.silent.push(resolve)); }
    close() { this.rq.destroy(); }
}

const started = [];
afterEach(() => { for (const server of started.splice(0)) server.child.kill('SIGKILL'); }); // of a test that failed

async function open(name, args = []) {
    const data = copyDatabase(fixture().data, path.join(scratch(`stream-${name}`), 'data')), server = await Server.start(data, args);
    started.push(server);
    return { data, server };
}

// A server with keys; ask(key, ...) is a request with one of them.
async function openKeys(name, args = []) {
    const file = path.join(scratch(`stream-${name}`), 'keys'), shop = makeKey(file, 'search,write,events,admin');
    const keys = { a: makeKey(file, 'search,events'), b: makeKey(file, 'search,events'), search: makeKey(file, 'search'), viewed: makeKey(file, 'search,events', 'part') };
    const { data, server } = await open(name, ['--keys', file, ...args]);
    const ask = async (key, method, target, body, status = 200) => {
        const r = await server.client.request(method, target, body, key ? { authorization: `Bearer ${key}` } : {});
        assert.equal(r.status, status, `${method} ${target}: ${r.status} ${r.text}`);
        return r;
    };
    return { data, server, shop, keys, ask, metricsOf: async () => (await ask(shop, 'GET', '/metrics')).text };
}
const bearer = (key, more) => ({ authorization: `Bearer ${key}`, ...more });
const reading = (id, user, value, more) => ({ id, user, type: 'telemetry', service: 'odometer_km', vehicle: CAR, value, ...more });
const garage = (server, user) => server.client.ok('PUT', `/v1/users/${user}`, { garage: [{ vehicle: CAR, attrs: 'displacement:1.5' }] }).catch(() =>
    server.client.ok('PUT', `/v1/users/${user}`, { garage: [{ vehicle: CAR }] }));
const services = (message) => message.data.suggestions.map((s) => s.service);

test('telemetry that makes something due is told within a second, and once', async () => {
    const { server } = await open('due');
    for (const user of ['due', 'other']) await garage(server, user);
    const s = await Stream.open(server.port, 'users=due');
    await server.client.ok('POST', '/v1/events', reading('d0', 'other', 62300)); // somebody else's
    const began = Date.now();
    await server.client.ok('POST', '/v1/events', reading('d1', 'due', 62300));
    const first = await s.next();
    assert.ok(Date.now() - began < SOON_MS, `${Date.now() - began} ms`);
    assert.equal(first.event, 'suggestion');
    assert.equal(first.data.user, 'due');
    assert.ok(first.data.suggestions.length > 0 && first.data.suggestions.every((o) => o.reason && o.severity));
    await server.client.ok('POST', '/v1/events', reading('d2', 'due', 62301)); // nothing new by that
    await server.client.ok('POST', '/v1/events', { id: 'd3', user: 'due', type: 'telemetry', service: 'dtc', query: 'P1F2A', vehicle: CAR });
    const second = await s.next();
    assert.ok(Number(second.id) > Number(first.id));
    assert.ok(!services(second).some((o) => services(first).includes(o)), 'told twice');
    s.close();
    await server.stop();
});

test('what was dismissed is not told before its time', async () => {
    const { server } = await open('snooze');
    await garage(server, 'a');
    await garage(server, 'b');
    const s = await Stream.open(server.port, 'users=a,b');
    await server.client.ok('POST', '/v1/events', reading('a1', 'a', 62300));
    const aside = services(await s.next())[0];
    await server.client.ok('POST', '/v1/events', { id: 'b0', user: 'b', type: 'dismiss', service: aside, vehicle: CAR, value: 5 });
    await server.client.ok('POST', '/v1/events', reading('b1', 'b', 62300));
    const told = await s.next();
    assert.equal(told.data.user, 'b');
    assert.ok(!services(told).includes(aside), `${aside} was told`);
    s.close();
    await server.stop();
});

test('a reader that reads nothing disturbs nobody', async () => {
    const { server } = await open('slow');
    const users = Array.from({ length: 40 }, (_, i) => `slow-${i}`);
    for (const u of users) await garage(server, u);
    const slow = net.connect(server.port, '127.0.0.1');
    slow.pause();
    slow.write(`GET /v1/cockpit/stream?users=${users.join(',')} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const s = await Stream.open(server.port, 'users=slow-0');
    for (let round = 0; round < 5; round++) {
        await server.client.ok('POST', '/v1/events', users.map((u, i) => reading(`s${round}-${i}`, u, 62300 + round)));
    }
    assert.equal((await s.next()).data.user, 'slow-0');
    slow.destroy();
    s.close();
    await server.stop();
});

test('after a kill a stream goes on with what the named people need; SIGTERM ends streams', async () => {
    const { data, server } = await open('kill');
    await garage(server, 'k');
    const s = await Stream.open(server.port, 'users=k');
    await server.client.ok('POST', '/v1/events', reading('k1', 'k', 62300));
    const first = await s.next();
    server.child.kill('SIGKILL');
    await server.exited;
    await s.ended;
    const again = await Server.start(data);
    const t = await Stream.open(again.port, 'users=k', { 'last-event-id': first.id });
    assert.equal((await t.next()).event, 'gap');
    assert.deepEqual(services(await t.next()), services(first));
    const e = again.stop();
    await t.ended;
    assert.equal((await e).code, 0);
    server.client.close();
});

test('without keys a stream names its people', async () => {
    const { server } = await open('params');
    assert.equal((await server.client.get('/v1/cockpit/stream')).status, 400);
    assert.equal((await server.client.get(`/v1/cockpit/stream?users=${Array.from({ length: 65 }, (_, i) => `u${i}`)}`)).status, 400);
    assert.equal((await server.client.request('GET', '/v1/cockpit/stream?users=a', undefined, { 'last-event-id': 'x' })).status, 400);
    await server.stop();
});

test('who may open a stream, and whose news it is', async () => {
    const { server, shop, keys, ask } = await openKeys('keys');
    await ask(shop, 'PUT', '/v1/views', { id: 'part', filters: 'price < 300' });
    await ask('', 'GET', '/v1/cockpit/stream', undefined, 401);
    await ask('abcdefgh.wrong', 'GET', '/v1/cockpit/stream', undefined, 401);
    await ask(`${keys.a}x`, 'GET', '/v1/cockpit/stream', undefined, 401);
    await ask(keys.search, 'GET', '/v1/cockpit/stream', undefined, 403);
    await ask(keys.viewed, 'GET', '/v1/cockpit/stream', undefined, 403);
    for (const user of ['u', 'w']) await ask(shop, 'PUT', `/v1/users/${user}`, { garage: [{ vehicle: CAR }] });
    const a = await Stream.open(server.port, '', bearer(keys.a)), b = await Stream.open(server.port, 'users=w', bearer(keys.b));
    await ask(keys.b, 'POST', '/v1/events', reading('k0', 'u', 62300)); // b hears of w only
    await ask(keys.a, 'POST', '/v1/events', reading('k1', 'u', 62301));
    assert.equal((await a.next()).data.user, 'u');
    await ask(keys.b, 'POST', '/v1/events', reading('k2', 'w', 62300));
    assert.equal((await b.next()).data.user, 'w');
    assert.deepEqual([a.events, b.events], [[], []], 'news of another key');
    a.close();
    b.close();
    await server.stop();
});

test('a second stream of a key ends the first, with a word', async () => {
    const { server, shop, keys, ask, metricsOf } = await openKeys('replaced');
    await ask(shop, 'PUT', '/v1/users/u', { garage: [{ vehicle: CAR }] });
    let s = await Stream.open(server.port, '', bearer(keys.a));
    const other = await Stream.open(server.port, '', bearer(keys.b));
    for (let i = 0; i < 5; i++) {
        const next = await Stream.open(server.port, '', bearer(keys.a)), last = await s.next();
        assert.equal(last.event, 'replaced');
        assert.ok(Number(last.retry) >= 60000, 'two that come back at once would fight');
        await s.ended;
        assert.deepEqual(s.events, []);
        s = next;
    }
    await ask(keys.a, 'POST', '/v1/events', reading('r0', 'u', 62300));
    assert.equal((await s.next()).event, 'suggestion');
    const metrics = await metricsOf();
    assert.match(metrics, /^rightfit_streams 2$/m);
    assert.match(metrics, /^rightfit_cockpit_streams_replaced_total 5$/m);
    assert.doesNotMatch(metrics, /rightfit_request_seconds_count\{method="GET",route="\/v1\/cockpit\/stream"\}/);
    s.close();
    other.close();
    await server.stop();
});

test('who comes back with the last id misses nothing, also when it was told nothing', async () => {
    const { server, shop, keys, ask } = await openKeys('resume');
    for (const user of ['u', 'v', 'w']) await ask(shop, 'PUT', `/v1/users/${user}`, { garage: [{ vehicle: CAR }] });
    let s = await Stream.open(server.port, '', bearer(keys.a));
    const silent = await s.caughtUp();
    s.close();
    await ask(keys.a, 'POST', '/v1/events', [reading('c0', 'u', 62300), reading('c1', 'v', 62300)]);
    s = await Stream.open(server.port, '', bearer(keys.a, { 'last-event-id': silent }));
    const first = await s.next(), second = await s.next();
    assert.deepEqual([first.data.user, second.data.user], ['u', 'v']);
    s.close();
    await ask(keys.a, 'POST', '/v1/events', reading('c2', 'w', 62300));
    s = await Stream.open(server.port, '', bearer(keys.a, { 'last-event-id': first.id }));
    assert.deepEqual([await s.next(), await s.next()].map((m) => m.data.user), ['v', 'w']);
    await ask(keys.b, 'POST', '/v1/events', Array.from({ length: 100 }, (_, i) => reading(`o${i}`, `o${i}`, 1)));
    for (let round = 0; round < 11; round++) {
        await ask(keys.b, 'POST', '/v1/events', Array.from({ length: 100 }, (_, i) => reading(`p${round}-${i}`, `o${i}`, 2 + round)));
    }
    s.close();
    s = await Stream.open(server.port, '', bearer(keys.a, { 'last-event-id': first.id })); // 1,200 later: nobody remembers
    assert.equal((await s.next()).event, 'gap');
    s.close();
    for (const id of ['x', '-1', '1.5', '99999999999999999999']) {
        assert.equal((await server.client.request('GET', '/v1/cockpit/stream', undefined, bearer(keys.a, { 'last-event-id': id }))).status, 400, id);
    }
    await server.stop();
});

// A reader that has stopped, on a stream of key a; news() tells it of a hundred new people.
async function stopped(name, args) {
    const { server, shop, keys, ask, metricsOf } = await openKeys(name, args);
    const slow = net.connect(server.port, '127.0.0.1');
    slow.pause();
    slow.write(`GET /v1/cockpit/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${keys.a}\r\n\r\n`);
    let next = 0;
    const news = async () => {
        const users = Array.from({ length: 100 }, () => `s${next++}`);
        await inParallel(users, 16, (u) => ask(shop, 'PUT', `/v1/users/${u}`, { garage: [{ vehicle: CAR }] }));
        await ask(keys.a, 'POST', '/v1/events', users.map((u) => reading(`t-${u}`, u, 62300)));
    };
    while (!/^rightfit_streams 1$/m.test(await metricsOf()));
    return { server, slow, metricsOf, news };
}

test('the sockets fill, 256 people wait, the next ones are lost: a reader is told so when it reads on', async () => {
    const { server, slow, metricsOf, news } = await stopped('gap', ['--progress-time-ms', '600000']);
    while (/^rightfit_cockpit_stream_gaps_total 0$/m.test(await metricsOf())) await news();
    let text = '';
    slow.setEncoding('utf8');
    await new Promise((resolve) => {
        slow.on('data', (d) => { text += d; if (/event: gap\n[^]*event: suggestion\n/.test(text)) resolve(); });
        slow.resume();
    });
    assert.match(text, /event: suggestion\n[^]*event: gap\n/); // those before it, and after it those that waited
    slow.destroy();
    await server.stop();
});

test('who does not read at all is let go', async () => {
    const { server, slow, metricsOf, news } = await stopped('stalled', ['--progress-time-ms', '500']);
    const closed = new Promise((resolve) => slow.on('close', resolve));
    slow.on('error', () => {});
    while (/^rightfit_streams 1$/m.test(await metricsOf())) await news();
    assert.match(await metricsOf(), /^rightfit_connections_timed_out_total 1$/m);
    slow.resume();
    await closed;
    await server.stop();
});
