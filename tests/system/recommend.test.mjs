// recommend.test.mjs: what /v1/recommend promises whatever is asked: nothing that does not fit, by the word of /v1/fitment; the person's
// newest event in the next answer of every model; parts that add up to the score; a generation that changes in between.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { Random, Server, cleanEnvironment, copyDatabase, fixture, query, rightfit, root, scratch, seed } from './lib.mjs';
import { lines } from './oracle.mjs';

const train = (data, dimension) => new Promise((resolve) => spawn(rightfit, ['train', '-q', '--data', data, '--dimension', dimension],
    { cwd: root, env: cleanEnvironment(), stdio: ['ignore', 'ignore', 'inherit'] }).on('exit', resolve));
const REQUESTS = Number(process.env.RIGHTFIT_RECOMMEND_REQUESTS || 400);
const MODELS = ['for_you', 'related', 'similar', 'bought_together', 'trending'];
const FITTING = new Set(['fits', 'conditional', 'universal']);
const random = new Random(seed);
let server, people, cars, products;

async function sample(file, n) {
    const found = [];
    for await (const line of lines(path.join(fixture().sample, file))) {
        found.push(JSON.parse(line));
        if (found.length === n) break;
    }
    return found;
}

function drawRequest() {
    const body = { model: random.pick(MODELS), limit: 1 + random.below(30) };
    if (random.chance(0.6)) body.user = random.chance(0.1) ? 'nobody-knows' : random.pick(people).id;
    if (random.chance(0.7)) body.vehicle = random.pick(cars);
    if (random.chance(0.5)) body.session = Array.from({ length: 1 + random.below(5) }, () => random.pick(products));
    if (random.chance(0.3)) body.cart = Array.from({ length: 1 + random.below(3) }, () => random.pick(products));
    if (random.chance(0.3)) body.diversity = random.next();
    if (random.chance(0.2)) body.filters = random.pick(['kind:part', 'type:oil_filter', 'in_stock:true', 'kind:service OR kind:tyre']);
    if (random.chance(0.2)) body.surface = random.pick(['cockpit', 'batch']);
    if (random.chance(0.2)) body.tiers = true;
    if (body.model === 'similar' || (body.model !== 'for_you' && random.chance(0.5))) body.product = random.pick(products);
    body.explain = true;
    return body;
}

function checkHit(hit, body, label) {
    assert.ok(hit.reason.length > 0, label);
    assert.ok(![body.product, ...(body.cart ?? [])].includes(hit.id), `${label}: ${hit.id} is in view or in the cart`);
    const sum = Object.values(hit.explain.parts).reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum - hit.score) <= 2e-5 * (1 + Math.abs(sum)), `${label}: parts ${sum}, score ${hit.score}`);
    const p = hit.explain.parts, own = p.affinity + p.similar + p.next + p.about_cosine + p.about_similar + p.about_next + p.about_bought + p.about_type_bought;
    const shares = hit.evidence.reduce((a, e) => a + e.share, 0);
    assert.ok(Math.abs(shares - own) <= 1e-5 * (1 + Math.abs(own)) + 1e-6 * hit.evidence.length, `${label}: evidence ${shares}, its parts ${own}`);
}

async function checkFits(hit, car, label) {
    const verdict = (await server.client.ok('GET', `/v1/fitment?${query({ product: hit.id, vehicle: car })}`)).verdict;
    assert.equal(hit.fit.verdict, verdict, `${label}: ${hit.id}`);
    assert.ok(FITTING.has(verdict), `${label}: ${hit.id} is ${verdict}`);
}

test('recommendations', { timeout: 300000 }, async (t) => {
    const data = copyDatabase(fixture().data, path.join(scratch('recommend'), 'data'));
    server = await Server.start(data);
    t.after(() => server.kill());
    people = await sample('users.jsonl.zst', 300);
    cars = [...new Set(people.flatMap((p) => (p.garage ?? []).map((g) => g.vehicle)))];
    products = [...new Set((await sample('events.jsonl.zst', 5000)).map((e) => e.product).filter(Boolean))];

    await t.test('nothing that does not fit, and parts that add up', async () => {
        let hits = 0, tight = 0;
        for (let i = 0; i < REQUESTS; i++) {
            const body = drawRequest(), label = `request ${i} ${JSON.stringify(body)}`;
            const r = await server.client.post('/v1/recommend', body);
            if (r.status === 400) { // related and bought_together of nothing
                assert.equal(r.json.error.field, 'product', label);
                assert.ok(!body.product && !body.cart && !body.session, label);
                continue;
            }
            assert.equal(r.status, 200, `${label}: ${r.text.slice(0, 200)}`);
            const person = people.find((p) => p.id === body.user);
            const car = body.vehicle ?? person?.garage?.[0]?.vehicle;
            assert.ok(new Set(r.json.hits.map((h) => h.id)).size === r.json.hits.length, `${label}: twice the same`);
            for (const hit of r.json.hits) {
                hits++;
                checkHit(hit, body, label);
                if (body.vehicle) await checkFits(hit, body.vehicle, label);
                else if (!car) assert.equal(hit.fit, null, `${label}: a fit is claimed without a car`);
                else assert.ok(FITTING.has(hit.fit.verdict), label);
                tight += hit.fit?.verdict === 'fits';
            }
        }
        console.log(`recommend: ${REQUESTS} requests, ${hits} hits, ${tight} of them fit for certain`);
        assert.ok(hits > REQUESTS);
    });

    await t.test('the next answer of every model knows the newest event', async () => {
        const car = cars[0], pool = (await server.client.ok('POST', '/v1/recommend', { vehicle: car, limit: 40, model: 'trending' })).hits;
        for (const [m, model] of MODELS.entries()) {
            const user = `newcomer-${model}`, about = pool.find((h) => h.type === 'brake_pad') ?? pool[0];
            const body = { user, vehicle: car, model, limit: 30, product: about.id, explain: true };
            const seen = (list) => list.hits.filter((h) => h.evidence.some((e) => e.product === clicked && e.event === 'click')).length;
            const clicked = pool[5 + m].id;
            const before = await server.client.ok('POST', '/v1/recommend', body);
            assert.equal(seen(before), 0);
            await server.client.ok('POST', '/v1/events', { id: `recommend-${model}`, user, type: 'click', product: clicked });
            const after = await server.client.ok('POST', '/v1/recommend', body);
            if (before.hits.length === 0) continue; // nothing is bought together with that
            assert.ok(seen(after) > 0, `${model}: the click on ${clicked} is nowhere in the evidence`);
            const other = await server.client.ok('POST', '/v1/recommend', { ...body, user: `${user}-else` });
            assert.deepEqual(other.hits.map((h) => h.id), before.hits.map((h) => h.id), `${model}: somebody else's list moved`);
        }
    });

    await t.test('what was just bought is left out, and its alternatives for this car', async () => {
        const list = async (extra) => (await server.client.ok('POST', '/v1/recommend', { user: 'buyer', limit: 100, diversity: 0, explain: true, filters: 'type:oil_filter', ...extra }));
        let car, before;
        for (car of cars) if ((before = await list({ vehicle: car })).hits.length > 1) break;
        assert.ok(before.hits.length > 1, 'no car has two oil filters');
        const bought = before.hits[0].id;
        await server.client.ok('POST', '/v1/events', { id: 'bought-1', user: 'buyer', type: 'purchase', product: bought, vehicle: car });
        const after = await list({ vehicle: car });
        assert.deepEqual(after.hits, []);
        assert.equal(after.excluded[0].product, bought);
        assert.equal(after.excluded[0].alternatives, true);
        await server.client.ok('POST', '/v1/events', { id: 'bought-2', user: 'buyer', type: 'return', product: bought, vehicle: car });
        assert.equal((await list({ vehicle: car })).hits.length, before.hits.length);
        await server.client.ok('POST', '/v1/events', { id: 'bought-3', user: 'buyer', type: 'purchase', product: bought, vehicle: car, ts: Date.now() - 3 * 365 * 86400e3 });
        assert.equal((await list({ vehicle: car })).hits.length, before.hits.length, 'three years later it has worn out');
    });

    await t.test('a person of deleted products is answered', async () => {
        const [gone, kept] = products;
        for (const [i, product] of [gone, gone, kept].entries())
            await server.client.ok('POST', '/v1/events', { id: `deleted-${i}`, user: 'widow', type: 'click', product });
        await server.client.ok('DELETE', `/v1/products/${encodeURIComponent(gone)}`);
        const { hits } = await server.client.ok('POST', '/v1/recommend', { user: 'widow', limit: 50, explain: true });
        assert.ok(hits.length > 0);
        for (const h of hits) {
            assert.notEqual(h.id, gone);
            for (const e of h.evidence) assert.ok(e.product !== gone && (e.product !== null || e.title === null));
        }
    });

    await t.test('a generation that changes while requests run', async () => {
        let answered = 0, done = false;
        const asking = Promise.all(Array.from({ length: 3 }, async () => {
            while (!done) {
                const body = drawRequest(), r = await server.client.post('/v1/recommend', body);
                assert.ok(r.status === 200 || (r.status === 400 && (r.json.error.field === 'product' || r.json.error.field === 'cart' || r.json.error.field === 'session')), r.text);
                for (const hit of r.json.hits ?? []) checkHit(hit, body, JSON.stringify(body));
                answered++;
            }
        }));
        for (const dimension of ['32', '64']) {
            assert.equal(await train(data, dimension), 0);
            const target = answered + 50;
            while (answered < target) await server.client.get('/healthz');
        }
        done = true;
        await asking;
        console.log(`recommend: ${answered} answers over three generations`);
    });
});
