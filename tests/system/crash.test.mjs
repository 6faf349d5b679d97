// crash.test.mjs: kill -9 in the middle of writing, again and again: what was acknowledged is there afterwards, what was not is
// there whole or not at all, and the server is back within a second.
//
// The moment of the kill is random but made of events, not of time: the k-th request goes out, or the k-th answer comes in.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { Client, Random, Server, copyDatabase, fixture, inParallel, run, scratch, seed } from './lib.mjs';

const ROUNDS = Number(process.env.RIGHTFIT_CRASH_ROUNDS || 60);
const CLIENTS = 6, EVENTS_PER_USER = 20, READY_MS = 1000;
const random = new Random(seed);

// Everything that was sent, and what became of it.
class Ledger {
    constructor() {
        this.bodies = [];      // {events, array, acknowledged}
        this.users = new Map();// user -> [acknowledged event id], at most EVENTS_PER_USER
        this.products = new Map(); // id -> {acknowledged version or 0, sent version}
        this.serial = 0;
    }

    body(round) {
        const array = random.chance(0.5), n = array ? 1 + random.below(20) : 1;
        const user = `crash-${round}-${Math.floor(this.serial / EVENTS_PER_USER)}`;
        const events = [];
        for (let i = 0; i < n; i++) {
            const serial = this.serial++;
            events.push({ id: `e-${serial}`, ts: Date.now(), user: array ? `crash-${round}-${Math.floor(serial / EVENTS_PER_USER)}` : user,
                type: random.pick(['click', 'cart', 'purchase', 'impression']), product: `p-${random.below(100)}` });
        }
        const b = { events, array, acknowledged: false };
        this.bodies.push(b);
        return b;
    }
}

async function postUntilKilled(s, ledger, round, car) {
    const moment = 1 + random.below(160), atAnswer = random.chance(0.5);
    let sent = 0, answered = 0, dead = false;
    const due = () => {
        if (!dead && (atAnswer ? answered : sent) >= moment) {
            dead = true;
            s.child.kill('SIGKILL');
        }
    };
    const attempt = async (client, method, target, body, acknowledge) => {
        const answer = client.request(method, target, body);
        sent++;
        due();
        try {
            const r = await answer;
            assert.ok(r.status >= 200 && r.status < 300, `${method} ${target}: ${r.status} ${r.text}`);
            acknowledge(r);
            answered++;
            due();
        } catch (e) {
            if (!dead || e instanceof assert.AssertionError) throw e;
        }
    };
    const poster = async () => {
        const client = new Client(s.port, 1);
        while (!dead) {
            const b = ledger.body(round);
            await attempt(client, 'POST', '/v1/events', b.array ? b.events : b.events[0], (r) => {
                assert.deepEqual([r.json.accepted, r.json.duplicates], [b.events.length, 0]);
                b.acknowledged = true;
            });
        }
        client.close();
    };
    const putter = async () => {
        const client = new Client(s.port, 1);
        while (!dead) {
            const id = `crash-product-${random.below(12)}`, p = ledger.products.get(id) ?? { acknowledged: 0, sent: 0 };
            const version = ++p.sent;
            ledger.products.set(id, p);
            await attempt(client, 'PUT', `/v1/products/${id}`, productBody(version, car), () => { p.acknowledged = version; });
        }
        client.close();
    };
    await Promise.all([...Array.from({ length: CLIENTS - 1 }, poster), putter()]);
    await s.exited;
    s.client.close();
    return { sent, answered };
}

const productBody = (version, car) => ({ brand: 'Crash Test', number: 'CT-1', type: 'oil_filter', title: `version ${version}`,
    applications: [{ quantity: 1, vehicles: [{ make: car.make, model: car.model, years: [car.year, car.year] }] }] });

// Re-posting tells: an acknowledged event is a duplicate; an array that was not is all there or not at all.
async function verify(s, ledger, from, car) {
    let lost = 0, half = 0;
    const acknowledged = ledger.bodies.slice(from).filter((b) => b.acknowledged).flatMap((b) => b.events);
    for (let i = 0; i < acknowledged.length; i += 500) {
        const part = acknowledged.slice(i, i + 500);
        const r = await s.client.ok('POST', '/v1/events', part);
        lost += r.accepted;
        assert.equal(r.accepted + r.duplicates, part.length);
    }
    await inParallel(ledger.bodies.slice(from).filter((b) => !b.acknowledged), 4, async (b) => {
        const r = await s.client.ok('POST', '/v1/events', b.array ? b.events : b.events[0]);
        if (r.accepted !== 0 && r.duplicates !== 0) half++;
        b.acknowledged = true;
    });
    for (const [id, p] of ledger.products) {
        const r = await s.client.get(`/v1/products/${id}`);
        if (!p.acknowledged && r.status === 404) continue;
        assert.equal(r.status, 200, `${id} was acknowledged and is gone`);
        const version = Number(r.json.title.split(' ')[1]);
        assert.ok(version >= p.acknowledged && version <= p.sent, `${id}: acknowledged ${p.acknowledged}, sent ${p.sent}, found ${version}`);
        p.acknowledged = p.sent = version;
        const fit = await s.client.ok('GET', `/v1/fitment?product=${id}&vehicle=${car.id}`);
        assert.equal(fit.verdict, 'fits', `${id} on ${car.id}`);
    }
    return { lost, half, checked: acknowledged.length };
}

async function histories(s, ledger) { // every event of every user, exactly once
    const expected = new Map();
    for (const e of ledger.bodies.flatMap((b) => b.events)) {
        if (!expected.has(e.user)) expected.set(e.user, []);
        expected.get(e.user).push(e.id);
    }
    let wrong = 0;
    await inParallel([...expected], 4, async ([user, ids]) => {
        const got = (await s.client.ok('GET', `/v1/users/${user}`)).recent.map((e) => e.id);
        if (ids.length <= 20 && (got.length !== ids.length || ids.some((id) => !got.includes(id)))) wrong++;
    });
    return { users: expected.size, wrong };
}

async function anyCar(client) {
    const make = (await client.ok('GET', '/v1/makes')).makes[0].make;
    const model = (await client.ok('GET', `/v1/models?make=${encodeURIComponent(make)}`)).models[0].model;
    const year = (await client.ok('GET', `/v1/years?make=${encodeURIComponent(make)}&model=${encodeURIComponent(model)}`)).years[0];
    return client.ok('GET', `/v1/vehicles/${year.vehicle}`);
}

test('kill -9 loses nothing that was acknowledged', { timeout: 300000 }, async (t) => {
    const dir = scratch('crash'), data = copyDatabase(fixture().data, path.join(dir, 'data')), ledger = new Ledger();
    const total = { sent: 0, answered: 0, checked: 0, lost: 0, half: 0, slowest: 0 };
    let s = await Server.start(data), from = 0;
    t.after(() => s.kill());
    const car = await anyCar(s.client);
    for (let round = 0; round < ROUNDS; round++) {
        from = ledger.bodies.length;
        const { sent, answered } = await postUntilKilled(s, ledger, round, car);
        s = await Server.start(data);
        const v = await verify(s, ledger, from, car);
        total.sent += sent;
        total.answered += answered;
        total.checked += v.checked;
        total.lost += v.lost;
        total.half += v.half;
        total.slowest = Math.max(total.slowest, s.ready_ms);
    }
    const h = await histories(s, ledger);
    console.log(`crash: ${ROUNDS} kills, ${total.sent} requests, ${total.answered} acknowledged, ${total.checked} events checked, ${total.lost} lost, ` +
        `${total.half} half-written arrays, ${h.users} histories (${h.wrong} wrong), slowest restart ${total.slowest.toFixed(0)} ms`);
    assert.equal(total.lost, 0);
    assert.equal(total.half, 0);
    assert.equal(h.wrong, 0);
    assert.ok(total.slowest < READY_MS, `ready after ${total.slowest} ms`);
    assert.equal((await s.stop()).code, 0, 'SIGTERM ends cleanly');
    const check = run(['check', '--data', data]);
    assert.equal(check.status, 0, check.stdout + check.stderr);
});
