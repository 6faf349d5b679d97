// loop.test.mjs: the loop from what a person does to what they are shown: three clicks on one brand, and the very next list
// ranks that brand higher, for that person and nobody else; also when the server dies in between.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { Server, copyDatabase, fixture, scratch } from './lib.mjs';
import { lines } from './oracle.mjs';

const USERS = 6, LIMIT = 100;
let server, stage, brand, clicked;

// Of the cars people of the sample have, the one most goes on; types as many as one list can show whole.
async function findStage(people) {
    let stage = { total: 0 };
    for (const vehicle of new Set(people.flatMap((p) => (p.garage ?? []).map((g) => g.vehicle)))) {
        const r = await server.client.get(`/v1/vehicles/${vehicle}/types`), found = { vehicle, types: [], total: 0 };
        for (const t of (r.json.types ?? []).filter((x) => x.fits > 0).sort((x, y) => y.fits - x.fits)) {
            if (found.total + t.count > LIMIT) continue;
            found.total += t.count;
            found.types.push(t.id);
        }
        if (found.total > stage.total) stage = found;
    }
    return stage;
}

const list = async (user) => (await server.client.ok('POST', '/v1/recommend', 
    { user, vehicle: stage.vehicle, limit: LIMIT, diversity: 0, filters: stage.types.map((t) => `type:${t}`).join(' OR ') })).hits;
const meanRank = (hits, of) => {
    const ranks = hits.map((h, i) => (h.brand === of ? i + 1 : 0)).filter(Boolean);
    return ranks.reduce((a, b) => a + b, 0) / ranks.length;
};
const ids = (hits) => hits.map((h) => h.id);

function chooseBrand(hits) {
    const byBrand = new Map();
    hits.forEach((h, i) => byBrand.set(h.brand, [...(byBrand.get(h.brand) ?? []), i]));
    const usable = [...byBrand].filter(([, at]) => at.length >= 4 && hits.length - at.length >= 4);
    usable.sort((a, b) => b[1].reduce((x, y) => x + y) / b[1].length - a[1].reduce((x, y) => x + y) / a[1].length);
    return usable[0];
}

test('clicks move the next list', { timeout: 120000 }, async (t) => {
    const data = copyDatabase(fixture().data, path.join(scratch('loop'), 'data'));
    server = await Server.start(data);
    t.after(() => server.kill());
    const users = Array.from({ length: USERS }, (_, i) => `loop-${i}`);
    const people = await samplePeople(200), sampled = people.slice(0, 6).map((p) => p.id);
    stage = await findStage(people);
    const before = new Map();
    for (const u of [...users, ...sampled]) before.set(u, await list(u));
    assert.equal(before.get(users[0]).length, stage.total, `${stage.vehicle}, ${stage.types}`);
    const chosen = chooseBrand(before.get(users[0]));
    assert.ok(chosen, 'no brand has three products there');
    brand = chosen[0];
    clicked = chosen[1].slice(0, 3).map((i) => before.get(users[0])[i].id);
    const rankBefore = meanRank(before.get(users[0]), brand);
    console.log(`loop: ${stage.vehicle}, ${stage.types.length} types: ${before.get(users[0]).length} hits, ${chosen[1].length} of ${brand} at mean rank ${rankBefore.toFixed(1)}`);

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
async function samplePeople(n) {
    const found = [];
    for await (const line of lines(path.join(fixture().sample, 'users.jsonl.zst'))) {
        found.push(JSON.parse(line));
        if (found.length === n) break;
    }
    return found;
}
