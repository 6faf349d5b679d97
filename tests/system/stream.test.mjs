// stream.test.mjs: GET /v1/cockpit/stream: what becomes due is told within a second, once, not while it is snoozed; a reader that reads nothing
// disturbs nobody; a stream goes on after the server was killed, and ends when it is told to stop.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { Server, copyDatabase, fixture, scratch } from './lib.mjs';

const CAR = '2018-volkswagen-lavida', SOON_MS = 1000;

// One stream: next() is the next event as {id, event, data}.
class Stream {
    static open(port, query, headers = {}) {
        const s = new Stream();
        Object.assign(s, { events: [], waiting: [], text: '' });
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
            if (!message.event) continue;
            message.data = JSON.parse(message.data);
            const waiting = this.waiting.shift();
            if (waiting) waiting(message);
            else this.events.push(message);
        }
    }

    next() { return this.events.length ? Promise.resolve(this.events.shift()) : new Promise((resolve) => this.waiting.push(resolve)); }
    close() { this.rq.destroy(); }
}

async function open(name) {
    const data = copyDatabase(fixture().data, path.join(scratch(`stream-${name}`), 'data'));
    return { data, server: await Server.start(data) };
}
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
