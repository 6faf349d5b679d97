// loop.test.mjs: the loop from what a person does to what they are shown: three clicks on one brand, and the very next list
// ranks that brand higher, for that person and nobody else; also when the server dies in between.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { Server, copyDatabase, fixture, query, scratch } from './lib.mjs';

const USERS = 6, LIMIT = 100;
let server, car, type, brand, clicked;

// A car and type with several brands, and a brand with at least three products that is not at the top anyway.
async function findStage(client) {
    const stage = { hits: [] };
    const makes = (await client.ok('GET', '/v1/makes')).makes;
    for (const { make } of makes.slice(0, 12)) {
        for (const { model } of (await client.ok('GET', `/v1/models?${query({ make })}`)).models.slice(0, 8)) {
            const years = (await client.ok('GET', `/v1/years?${query({ make, model })}`)).years;
            const vehicle = years[years.length >> 1].vehicle;
            const types = (await client.ok('GET', `/v1/vehicles/${vehicle}/types`)).types;
            const best = types.filter((x) => x.fits > 0).sort((a, b) => b.fits - a.fits)[0];
            if (best && best.fits > (stage.fits || 0)) Object.assign(stage, { vehicle, type: best.id, fits: best.fits });
        }
    }
    return stage;
}

const list = async (user) => (await server.client.ok('POST', '/v1/recommend', { user, vehicle: car, limit: LIMIT, diversity: 0, filters: `type:${type}` })).hits;
const meanRank = (hits, of) => {
    const ranks = hits.map((h, i) => (h.brand === of ? i + 1 : 0)).filter(Boolean);
    return ranks.reduce((a, b) => a + b, 0) / ranks.length;
};
const ids = (hits) => hits.map((h) => h.id);

function chooseBrand(hits) {
    const byBrand = new Map();
    hits.forEach((h, i) => byBrand.set(h.brand, [...(byBrand.get(h.brand) ?? []), i]));
    const usable = [...byBrand].filter(([, at]) => at.length >= 3 && hits.length - at.length >= 3);
    usable.sort((a, b) => b[1].reduce((x, y) => x + y) / b[1].length - a[1].reduce((x, y) => x + y) / a[1].length);
    return usable[0];
}

test('clicks move the next list', { timeout: 120000 }, async (t) => {
    const data = copyDatabase(fixture().data, path.join(scratch('loop'), 'data'));
    server = await Server.start(data);
    t.after(() => server.kill());
    const users = Array.from({ length: USERS }, (_, i) => `loop-${i}`);
    const sampled = (await sampleUsers(6));
    const stage = await findStage(server.client);
    car = stage.vehicle;
    type = stage.type;
    const before = new Map();
    for (const u of [...users, ...sampled]) before.set(u, await list(u));
    assert.ok(before.get(users[0]).length >= 6, `${car} ${type} has only ${before.get(users[0]).length} hits`);
    const chosen = chooseBrand(before.get(users[0]));
    assert.ok(chosen, 'no brand has three products there');
    brand = chosen[0];
    clicked = chosen[1].slice(0, 3).map((i) => before.get(users[0])[i].id);
    const rankBefore = meanRank(before.get(users[0]), brand);
    console.log(`loop: ${car}, ${type}: ${before.get(users[0]).length} hits, ${chosen[1].length} of ${brand} at mean rank ${rankBefore.toFixed(1)}`);

    await t.test('asking again changes nothing', async () => {
        for (const u of [...users, ...sampled]) assert.deepEqual(ids(await list(u)), ids(before.get(u)), u);
    });

    let after;
    await t.test('three clicks lift the brand at once', async () => {
        for (const [i, product] of clicked.entries())
            await server.client.ok('POST', '/v1/events', { id: `loop-click-${i}`, ts: Date.now(), user: users[0], type: 'click', product });
        after = await list(users[0]);
        console.log(`loop: after three clicks mean rank ${meanRank(after, brand).toFixed(1)}`);
        assert.deepEqual([...ids(after)].sort(), [...ids(before.get(users[0]))].sort(), 'the set is the same, only its order moves');
        assert.ok(meanRank(after, brand) < rankBefore, `mean rank ${rankBefore} -> ${meanRank(after, brand)}`);
    });

    await t.test("nobody else's list changes", async () => {
        for (const u of [...users.slice(1), ...sampled]) assert.deepEqual(ids(await list(u)), ids(before.get(u)), u);
    });

    await t.test('the same right after kill -9 and restart', async () => {
        const user = users[1], rank = meanRank(before.get(user), brand);
        for (const [i, product] of clicked.entries())
            await server.client.ok('POST', '/v1/events', { id: `loop-again-${i}`, ts: Date.now(), user, type: 'click', product });
        await server.kill();
        server = await Server.start(data);
        assert.ok(meanRank(await list(user), brand) < rank);
        assert.deepEqual(ids(await list(users[0])), ids(after));
        for (const u of [...users.slice(2), ...sampled]) assert.deepEqual(ids(await list(u)), ids(before.get(u)), u);
    });

    await t.test('a user who is erased is a stranger again', async () => {
        await server.client.ok('DELETE', `/v1/users/${users[0]}`);
        assert.deepEqual(ids(await list(users[0])), ids(before.get(users[0])));
        assert.equal((await server.client.get(`/v1/users/${users[0]}`)).status, 404);
    });
});

// Some people of the sample, who have a history already.
async function sampleUsers(n) {
    const { lines } = await import('./oracle.mjs');
    const found = [];
    for await (const line of lines(path.join(fixture().sample, 'users.jsonl.zst'))) {
        found.push(JSON.parse(line).id);
        if (found.length === n) break;
    }
    return found;
}
