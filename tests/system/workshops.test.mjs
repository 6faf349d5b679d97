// workshops.test.mjs: of two hundred who want one slot at once exactly one gets it; holds and redemptions that were acknowledged survive
// kill -9, and nothing that was not asked for is there; a hold frees itself; every workshop that is offered can do it and says when.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { Client, Random, Server, copyDatabase, fixture, inParallel, scratch, seed } from './lib.mjs';

const ROUNDS = Number(process.env.RIGHTFIT_CRASH_ROUNDS || 12), CLIENTS = 200;
const random = new Random(seed);
const HOUR = 3600000;

async function bulk(client, ...ops) {
    const r = await client.request('POST', '/v1/bulk', ops.map((o) => JSON.stringify({ op: 'put', ...o })).join('\n') + '\n',
        { 'content-type': 'application/x-ndjson' });
    const lines = r.text.trim().split('\n').map((l) => JSON.parse(l));
    assert.ok(lines.every((l) => l.ok), r.text);
}

const shop = (id, more) => ({ kind: 'workshop', id, name: id, near: [30, 100], services: ['oil_change'], bays: 1, hours: '24/7', utc_offset: 0, ...more });

async function open(name) {
    const data = path.join(scratch(`workshops-${name}`), 'data');
    copyDatabase(fixture().data, data);
    return { data, server: await Server.start(data) };
}

const nextHour = (n) => (Math.floor(Date.now() / HOUR) + n) * HOUR;
const hold = (client, id, body) => client.post(`/v1/workshops/${id}/holds`, body);

test('two hundred want one slot: one gets it', async () => {
    const { server } = await open('race');
    await bulk(server.client, shop('race'), shop('race-3', { bays: 3 }));
    const clients = Array.from({ length: CLIENTS }, () => new Client(server.port, 1));
    for (const [id, room] of [['race', 1], ['race-3', 3]]) {
        for (let slot = 2; slot < 7; slot++) {
            const answers = await Promise.all(clients.map((c, i) => hold(c, id, { service: 'oil_change', start: nextHour(slot), user: `u${i}` })));
            const won = answers.filter((a) => a.status === 200), lost = answers.filter((a) => a.status === 409 && a.json.error.field === 'start');
            assert.equal(won.length, room);
            assert.equal(won.length + lost.length, CLIENTS);
            const free = (await server.client.ok('GET', `/v1/workshops/${id}/slots?date=${new Date(nextHour(slot)).toISOString().slice(0, 10)}`)).slots;
            assert.equal(free.find((s) => s.start === nextHour(slot)).free, 0);
        }
    }
    clients.forEach((c) => c.close());
    await server.stop();
});

test('a hold that was not redeemed is gone when its time is over', async () => {
    const { server } = await open('expiry');
    await bulk(server.client, shop('expiry'));
    const start = nextHour(3), first = await hold(server.client, 'expiry', { service: 'oil_change', start, ttl_s: 1 });
    assert.equal(first.status, 200);
    for (;;) { // asked again and again until it is free: that must not be before it expires, and then at once
        const again = await hold(server.client, 'expiry', { service: 'oil_change', start, ttl_s: 60 });
        if (again.status === 200) {
            assert.ok(Date.now() >= first.json.expires);
            break;
        }
        assert.equal(again.status, 409);
        assert.ok(Date.now() < first.json.expires + 5000);
    }
    const late = await hold(server.client, 'expiry', { action: 'redeem', hold: first.json.hold });
    assert.ok(late.status === 404 || late.status === 409);
    await server.stop();
});

// One round: clients take slots of their own choosing until the kill; what was acknowledged is written down.
async function holdUntilKilled(server, ledger, round) {
    const moment = 1 + random.below(120);
    let answered = 0, dead = false;
    const one = async (i) => {
        const client = new Client(server.port, 1);
        while (!dead) {
            const slot = 2 + random.below(300), id = `r${round}-${i}-${answered}`;
            const body = random.chance(0.3) && ledger.held.length ? { action: 'redeem', hold: random.pick(ledger.held).hold }
                : { service: 'oil_change', start: nextHour(slot), id, ttl_s: 7200 };
            try {
                const r = await hold(client, 'crash', body);
                assert.ok([200, 409, 404].includes(r.status), r.text);
                if (r.status === 200 && body.action) ledger.redeemed.set(r.json.hold, r.json.start);
                else if (r.status === 200) ledger.held.push({ hold: r.json.hold, start: r.json.start, id });
                if (++answered === moment && !dead) {
                    dead = true;
                    server.child.kill('SIGKILL');
                }
            } catch (e) {
                if (!dead || e instanceof assert.AssertionError) throw e;
            }
        }
        client.close();
    };
    await Promise.all(Array.from({ length: 6 }, (_, i) => one(i)));
    await server.exited;
    server.client.close();
}

test('kill -9: no acknowledged hold and no redemption is lost, no slot is sold twice', async () => {
    const { data, server: first } = await open('crash');
    const ledger = { held: [], redeemed: new Map() };
    let server = first;
    await bulk(server.client, shop('crash', { bays: 2 }));
    for (let round = 0; round < ROUNDS; round++) {
        await holdUntilKilled(server, ledger, round);
        server = await Server.start(data);
        const taken = new Map();
        for (const h of ledger.held) taken.set(h.start, (taken.get(h.start) ?? 0) + 1);
        for (const [start, n] of taken) assert.ok(n <= 2, `the slot of ${start} was given ${n} times`);
        for (const h of ledger.held) { // taking again with the same id finds the first hold
            const again = await hold(server.client, 'crash', { service: 'oil_change', start: h.start, id: h.id });
            assert.equal(again.status, 200, again.text);
            assert.equal(again.json.hold, h.hold);
            assert.equal(again.json.state, ledger.redeemed.has(h.hold) ? 'redeemed' : again.json.state);
        }
    }
    assert.ok(ledger.held.length > ROUNDS && ledger.redeemed.size > 0);
    console.log(`  ${ROUNDS} kills, ${ledger.held.length} holds, ${ledger.redeemed.size} redeemed`);
    await server.stop();
});

test('every workshop offered can do it, and is open at its first free slot', async () => {
    const { server } = await open('offers');
    const services = (await server.client.ok('GET', '/v1/types')).types.filter((t) => t.kind === 'service').map((t) => t.id);
    const places = [[31.23, 121.47], [39.9, 116.4], [40.71, -74], [34.05, -118.24], [22.54, 114.06]];
    let offered = 0;
    await inParallel(Array.from({ length: 120 }), 4, async (_, i) => {
        const [lat, lon] = places[i % places.length], service = random.pick(services);
        const list = (await server.client.ok('GET', `/v1/workshops?near=${lat},${lon}&service=${service}&limit=5`)).workshops;
        let before = 0;
        for (const w of list) {
            assert.ok(w.services.includes(service));
            assert.ok(w.distance_m >= before);
            before = w.distance_m;
            const full = await server.client.ok('GET', `/v1/workshops/${w.id}`);
            assert.equal(full.qualification, 'qualified');
            assert.notEqual(full.deposit, 'unpaid');
            const day = new Date(w.earliest + w.utc_offset * 60000).toISOString().slice(0, 10);
            const slots = (await server.client.ok('GET', `/v1/workshops/${w.id}/slots?date=${day}`)).slots;
            const found = slots.find((s) => s.start === w.earliest);
            assert.ok(found && found.free > 0, `${w.id} has no slot at ${w.earliest}`);
            assert.equal(found.utc_offset, w.utc_offset);
            offered++;
        }
    });
    assert.ok(offered > 50);
    await server.stop();
});

test('near= in the plan and the cockpit: every workshop offered does the service and takes the make, with its first free slot', async () => {
    const { server } = await open('services');
    const rules = new Map(), cars = ['2018-volkswagen-lavida', '2018-toyota-camry', '2018-volkswagen-golf'], places = [[31.23, 121.47], [40.71, -74]];
    let offered = 0;
    const check = async (w, make) => {
        if (!rules.has(w.id)) rules.set(w.id, await server.client.ok('GET', `/v1/workshops/${w.id}`));
        const full = rules.get(w.id), day = new Date(w.earliest + w.utc_offset * 60000).toISOString().slice(0, 10);
        assert.ok(w.services.length > 0 && w.services.every((s) => full.services.includes(s)));
        assert.ok(!full.makes?.length || full.makes.includes(make), `${w.id} does not take ${make}`);
        const slots = (await server.client.ok('GET', `/v1/workshops/${w.id}/slots?date=${day}`)).slots;
        assert.ok(slots.some((s) => s.start === w.earliest && s.free > 0), `${w.id} has no slot at ${w.earliest}`);
        offered++;
    };
    for (const vehicle of cars) {
        for (const near of places) {
            const plan = await server.client.ok('GET', `/v1/maintenance?vehicle=${vehicle}&odometer_km=62300&months=60&near=${near}`);
            const cockpit = await server.client.ok('POST', '/v1/cockpit/suggest', { vehicle, odometer_km: 62300, near, limit: 10 });
            for (const s of [...plan.items, ...cockpit.suggestions]) for (const w of s.workshops) await check(w, plan.vehicle.make);
        }
    }
    assert.ok(offered > 0);
    console.log(`  ${offered} offered`);
    await server.stop();
});
