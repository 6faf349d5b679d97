// views.test.mjs: a key with a view gets what an unrestricted server, asked with the view's filters, would give, and never learns of
// another product: every listing call, keys taking turns at random on one worker, before and after changes of prices and views.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { Random, Server, copyDatabase, fixture, query, makeKey, scratch, seed } from './lib.mjs';
import { lines } from './oracle.mjs';

const ROUNDS = Number(process.env.RIGHTFIT_VIEWS_ROUNDS || 400), DEALER = 'acme', OTHER = 'rival';
const ANY = 'NOT rating > 9'; // all products; lists that are asked for with a filter are made in another way
const random = new Random(seed);
console.log(`views: seed ${seed}`);
let server, keys, views, shop;
const products = new Map(), cars = [], numbers = [];
const workshops = []; // as the shop sees each
const words = ['golf oil filter', 'honda brake pads', 'golf', 'ford battery', '高尔夫 机滤', 'oil filter', '刹车片', 'wiper'];

const ask = (key, method, target, body, headers = {}) =>
    server.client.request(method, target, body, { ...headers, authorization: `Bearer ${key}` });
async function get(key, target, o) {
    const r = await ask(key, 'GET', `${target}?${query(o ?? {})}`);
    assert.equal(r.status, 200, `${target} ${JSON.stringify(o)}: ${r.status} ${r.text}`);
    return r.json;
}
async function post(key, target, body) {
    const r = await ask(key, 'POST', target, body);
    assert.equal(r.status, 200, `${target}: ${r.status} ${r.text}`);
    return r.json;
}
const ids = (list) => list.map((x) => x.id);
const both = (view, filters) => [views[view].filters && `(${views[view].filters})`, filters && `(${filters})`].filter(Boolean).join(' AND ');

// ---- what a view shows, said once more by hand --------------------------------------------------------------------------------
async function product(id) {
    if (!products.has(id)) {
        const r = await ask(shop, 'GET', `/v1/products/${encodeURIComponent(id)}`);
        products.set(id, r.status === 200 ? r.json : null);
    }
    return products.get(id);
}

const price = (p) => p.prices.find((x) => x.currency === 'CNY')?.amount;
async function shows(view, id) {
    const p = await product(id), v = views[view];
    if (!p) return false;
    const owner = [p.attributes.dealer ?? []].flat();
    return owner.includes(v.dealer) || (owner.length === 0 && v.test(p));
}

// Everything in an answer that looks like a product: objects with an id and a brand, lists of ids.
function mentioned(answer, found = new Set()) {
    if (Array.isArray(answer)) for (const x of answer) mentioned(x, found);
    else if (answer && typeof answer === 'object') {
        if (answer.id !== undefined && (answer.brand !== undefined || answer.score !== undefined)) found.add(answer.id);
        for (const list of [answer.in_kits, answer.variants, answer.kit?.map((k) => k.product)])
            for (const x of list ?? []) if (x) found.add(x.id ?? x);
        for (const b of answer.buy ?? []) if (b.product) found.add(b.product); // packs of an offer
        if (typeof answer.product === 'string' && answer.service !== undefined) found.add(answer.product); // the short form of a suggestion
        if (typeof answer.pair === 'string') found.add(answer.pair);
        if (answer.event !== undefined && answer.product) found.add(answer.product); // evidence
        for (const x of Object.values(answer)) mentioned(x, found);
    }
    return found;
}
async function nothingHidden(view, what, answer) {
    for (const id of mentioned(answer)) assert.ok(await shows(view, id), `${view}: ${what} names ${id}`);
}

const admits = (view, w) => (!views[view].dealer || w.dealer === views[view].dealer) &&
    (!views[view].territories?.length || views[view].territories.some((t) => [w.district, w.city, w.country].includes(t) || w.district?.startsWith(`${t}/`)));

// What is offered for a service: of each type the best of those shown. Where the shop offers what the view shows, that is what the key gets
// first; of fluids the packs decide as well, and other places of the car may be meant where a place has nothing left.
async function sameOffer(view, what, mine, all) {
    for (const type of new Set(all.filter((h) => h.litres === undefined).map((h) => h.type))) {
        const got = mine.filter((h) => h.type === type), wanted = [];
        for (const h of all) if (h.type === type && (await shows(view, h.id))) wanted.push(h);
        if (!wanted.length || (got[0] && JSON.stringify(got[0].position) !== JSON.stringify(wanted[0].position))) continue;
        assert.deepEqual(ids(got).slice(0, wanted.length), ids(wanted), `${view}: ${what} ${type}`);
    }
}

// ---- one question each ----------------------------------------------------------------------------------------------------------
const plain = (h) => ({ ...h, took_us: undefined, query_id: undefined });
// A recommendation says what it is evident from; what of that is hidden is not named, nor a reason given that would name it.
async function withoutHidden(view, hits) {
    const out = [];
    for (const h of hits.map(plain)) {
        const evidence = await Promise.all((h.evidence ?? []).map(async (e) => (!e.product || (await shows(view, e.product)) ? e : { ...e, product: null, title: null })));
        out.push({ ...h, evidence, reason: evidence.some((e) => !e.product) ? undefined : h.reason });
    }
    return out;
}

async function sameSearch(view, asked) {
    // In the views' currency; and filtered by something, as who filters is shown goods for no car that others are not.
    const o = { ...asked, currency: 'CNY', filters: asked.filters ?? ANY };
    const mine = await get(keys[view], '/v1/search', o), all = await get(shop, '/v1/search', { ...o, filters: both(view, o.filters) });
    const what = `search ${JSON.stringify(o)}`;
    await nothingHidden(view, what, mine);
    if (mine.dropped.length || all.dropped.length) return 'relaxed';
    if (JSON.stringify(mine.understood.part_number) !== JSON.stringify(all.understood.part_number)) return 'relaxed'; // a hidden number is a word
    assert.equal(mine.total, all.total, `${view}: ${what}`);
    assert.deepEqual(mine.hits.map(plain), all.hits.map(plain), `${view}: ${what}`);
    assert.deepEqual(mine.facets, all.facets, `${view}: ${what}`);
    assert.deepEqual(mine.question, all.question, `${view}: ${what}`);
    const matches = [];
    for (const h of all.number_matches) if (await shows(view, h.id)) matches.push(h);
    const listed = new Set(ids(all.number_matches)); // both lists are cut, and hidden products take no room in the one
    assert.deepEqual(mine.number_matches.filter((h) => listed.has(h.id)).map(plain), matches.map(plain), `${view}: ${what}`);
    return mine.total ? 'search' : 'nothing';
}

const asks = {
    search_type: (v, car) => sameSearch(v, { vehicle: car.id, type: random.pick(car.types).id, facets: 'brand,kind,price', limit: 50, user: car.user }),
    search_car: (v, car) => sameSearch(v, { vehicle: car.id, facets: 'type,brand', limit: 20, filters: random.pick(['in_stock:true', 'kind:part', 'price < 20000']) }),
    search_price: (v) => sameSearch(v, { filters: 'price > 1', sort: random.pick(['price_asc', 'price_desc', 'rating']), currency: 'CNY', limit: 30 }),
    search_words: (v) => sameSearch(v, { q: random.pick(words), limit: 30, facets: 'brand' }),
    search_words_car: (v, car) => sameSearch(v, { q: random.pick(words), vehicle: car.id, limit: 30 }),
    search_number: (v, car) => sameSearch(v, { q: random.pick(numbers), vehicle: random.chance(0.5) ? car.id : '' }),
    async types(view, car) {
        const mine = new Map((await get(keys[view], `/v1/vehicles/${car.id}/types`)).types.map((t) => [t.id, t]));
        const t = random.pick(car.types);
        const all = await get(shop, '/v1/search', { vehicle: car.id, type: t.id, limit: 1 });
        if (all.total !== t.count) return 'skipped'; // goods that are for no car are in the one and not in the other
        const some = await get(shop, '/v1/search', { vehicle: car.id, type: t.id, limit: 1, currency: 'CNY', filters: both(view) });
        assert.equal(mine.get(t.id)?.count ?? 0, some.total, `${view}: ${t.id} of ${car.id}`);
    },
    async suggest(view, car) {
        for (const q of [random.pick(words).slice(0, 3), random.pick(numbers).slice(0, 5)]) {
            const mine = await get(keys[view], '/v1/suggest', { q, vehicle: random.chance(0.5) ? car.id : '', limit: 10, user: car.user });
            await nothingHidden(view, `suggest ${q}`, mine);
            assert.deepEqual(mine.queries, []);
        }
    },
    async page(view) {
        const id = random.pick([...products.keys()]), r = await ask(keys[view], 'GET', `/v1/products/${encodeURIComponent(id)}`);
        if (!(await shows(view, id))) {
            assert.equal(r.status, 404, `${view}: ${id}`);
            assert.equal((await ask(keys[view], 'GET', `/v1/products/${encodeURIComponent(id)}/vehicles`)).status, 404);
            const unknown = await ask(keys[view], 'GET', '/v1/products/nobody-has-this');
            assert.equal(r.text.replaceAll(id, 'nobody-has-this'), unknown.text, 'a hidden product is an unknown one');
            return 'hidden';
        }
        assert.equal(r.status, 200, `${view}: ${id}`);
        await nothingHidden(view, `page of ${id}`, r.json);
    },
    async fitment(view, car) {
        const id = random.pick([...products.keys()]), o = query({ product: id, vehicle: car.id });
        const mine = await ask(keys[view], 'GET', `/v1/fitment?${o}`), all = await ask(shop, 'GET', `/v1/fitment?${o}`);
        if (!(await shows(view, id))) return void assert.equal(mine.status, 400, `${view}: ${id}`);
        assert.deepEqual(mine.json, all.json, `${view}: ${id} in ${car.id}`);
    },
    async interchange(view) {
        const number = random.pick(numbers), mine = await get(keys[view], `/v1/interchange/${encodeURIComponent(number)}`, { limit: 100 });
        const all = new Set(ids((await get(shop, `/v1/interchange/${encodeURIComponent(number)}`, { limit: 100 })).products));
        await nothingHidden(view, `interchange ${number}`, mine);
        for (const p of mine.products) assert.ok(all.has(p.id));
    },
    async recommend(view, car) {
        const base = { user: random.chance(0.6) ? car.user : undefined, limit: 20, currency: 'CNY', model: random.pick(['for_you', 'for_you', 'trending']), ...(random.chance(0.7) ? { vehicle: car.id } : {}) };
        const mine = await post(keys[view], '/v1/recommend', { ...base, filters: ANY }), all = await post(shop, '/v1/recommend', { ...base, filters: both(view) });
        await nothingHidden(view, 'recommend', mine);
        for (const h of mine.hits) for (const e of h.evidence ?? []) assert.ok(e.product || !e.title);
        assert.deepEqual(await withoutHidden(view, mine.hits), await withoutHidden(view, all.hits), `${view}: ${JSON.stringify(base)}`);
    },
    async similar(view) {
        const id = random.pick([...products.keys()]);
        const mine = await ask(keys[view], 'POST', '/v1/recommend', { model: 'similar', product: id, limit: 10, currency: 'CNY', filters: ANY });
        if (!(await shows(view, id))) return void assert.equal(mine.status, 400);
        const all = await post(shop, '/v1/recommend', { model: 'similar', product: id, limit: 10, currency: 'CNY', filters: both(view) });
        await nothingHidden(view, `like ${id}`, mine.json);
        assert.deepEqual(await withoutHidden(view, mine.json.hits), await withoutHidden(view, all.hits), `${view}: like ${id}`);
    },
    async rerank(view, car) {
        const items = Array.from({ length: 30 }, () => random.pick([...products.keys()])), line = JSON.stringify({ user: car.user, vehicle: car.id, items: [...new Set(items)] });
        const [mine, all] = [keys[view], shop].map((k) => ask(k, 'POST', '/v1/rerank', line + '\n', { 'content-type': 'application/x-ndjson' }));
        const m = JSON.parse((await mine).text), a = JSON.parse((await all).text), kept = [];
        for (const x of a.items) if (await shows(view, x.id)) kept.push(x);
        assert.deepEqual(m.items, kept);
        const why = new Map(a.dropped.map((x) => [x.id, x.why]));
        for (const x of m.dropped) assert.equal(x.why, (await shows(view, x.id)) ? why.get(x.id) : 'unknown_product');
    },
    async tyres(view, car) {
        const o = { vehicle: car.id, limit: 100, currency: 'CNY', attrs: 'tyre_size:205%2F55R16 91V' };
        const mine = await ask(keys[view], 'GET', `/v1/tyres?${query(o)}`);
        if (mine.status !== 200) return 'skipped';
        const all = await get(shop, '/v1/tyres', { ...o, filters: both(view) });
        await nothingHidden(view, 'tyres', mine.json);
        assert.deepEqual(ids(mine.json.hits), ids(all.hits));
    },
    async maintenance(view, car) {
        const o = { vehicle: car.id, odometer_km: random.below(150000), user: random.chance(0.5) ? car.user : '', currency: 'CNY' };
        const [mine, all] = [await get(keys[view], '/v1/maintenance', o), await get(shop, '/v1/maintenance', o)], what = `maintenance ${JSON.stringify(o)}`;
        await nothingHidden(view, what, mine);
        const due = (p) => p.items.map((i) => ({ ...i, hits: 0, labour: 0, cost: 0, cost_complete: 0, product_question: 0 }));
        assert.deepEqual(due(mine), due(all), `${view}: ${what}`); // what a car needs is the same whoever asks
        for (const [i, item] of mine.items.entries()) {
            await sameOffer(view, what, item.hits, all.items[i].hits);
            await sameOffer(view, what, item.labour, all.items[i].labour);
            if (item.cost.amount) assert.ok(item.hits.length + item.labour.length, what);
        }
        return mine.items.some((i) => i.hits.length) ? 'offers' : 'nothing';
    },
    async cockpit(view, car) {
        const body = { vehicle: car.id, odometer_km: random.below(150000), dtc: random.chance(0.5) ? ['P0301', 'P0171'] : [], limit: 10, currency: 'CNY',
            sensors: { oil_life_pct: random.below(30), battery_v: 11.6 } };
        const [mine, all] = [await post(keys[view], '/v1/cockpit/suggest', body), await post(shop, '/v1/cockpit/suggest', body)], what = JSON.stringify(body);
        await nothingHidden(view, what, mine);
        await nothingHidden(view, what, await post(keys[view], '/v1/cockpit/suggest', { ...body, fields: 'short' }));
        const need = (a) => a.suggestions.map((s) => ({ ...s, hit: 0, total: 0, total_complete: 0 }));
        assert.deepEqual(need(mine), need(all), `${view}: ${what}`);
        for (const [i, s] of mine.suggestions.entries()) await sameOffer(view, what, s.hit ? [s.hit] : [], all.suggestions[i].hit ? [all.suggestions[i].hit] : []);
        return mine.suggestions.some((s) => s.hit) ? 'offers' : 'nothing';
    },
    async workshops(view) {
        const o = { near: random.pick(workshops).near.join(), radius_m: random.pick([5000, 50000, 1500000]), limit: 100, currency: 'CNY' };
        if (random.chance(0.4)) o.service = 'oil_change';
        else if (random.chance(0.5)) o.open_at = Date.now() + random.below(5e8);
        const mine = await get(keys[view], '/v1/workshops', o), all = await get(shop, '/v1/workshops', o);
        const full = new Map(workshops.map((w) => [w.id, w]));
        const wanted = all.workshops.filter((w) => admits(view, full.get(w.id))), cut = all.workshops.length > 60; // others come farther out then
        for (const w of mine.workshops) assert.ok(admits(view, full.get(w.id)), `${view}: ${w.id}`);
        assert.deepEqual(cut ? mine.workshops.slice(0, wanted.length) : mine.workshops, wanted, `${view}: workshops ${JSON.stringify(o)}`);
        return mine.workshops.length === all.workshops.length ? 'all' : mine.workshops.length ? 'some' : 'none';
    },
    async workshop(view) {
        const w = random.pick(workshops), at = `/v1/workshops/${w.id}`, inside = admits(view, w);
        const calls = [['GET', at], ['GET', `${at}/slots`], ['POST', `${at}/holds`, { action: 'release', hold: '1-1' }], ['POST', `${at}/holds`, { action: 'redeem', hold: '1-1' }]];
        if (!inside) calls.push(['POST', `${at}/holds`, { service: 'oil_change', start: Date.now() + 86400000 }]);
        for (const [method, target, body] of calls) {
            const mine = await ask(keys[view], method, target, body), theirs = await ask(shop, method, inside ? target : target.replace(w.id, 'nobody'), body);
            assert.equal(mine.status, theirs.status, `${view}: ${method} ${target}`);
            assert.equal(mine.text.replaceAll(w.id, 'nobody'), theirs.text.replaceAll(w.id, 'nobody'), 'a hidden workshop is an unknown one');
        }
        return inside ? 'shown' : 'hidden';
    },
    async cities(view) {
        const wanted = new Map();
        for (const w of workshops) {
            if (!admits(view, w)) continue;
            const path = w.district?.includes('/') ? w.district.split('/').slice(0, -1).join('/') : [w.country, w.city].filter(Boolean).join('/');
            wanted.set(path, (wanted.get(path) ?? 0) + 1);
        }
        const mine = (await get(keys[view], '/v1/cities')).cities;
        assert.deepEqual(new Map(mine.map((c) => [c.city, c.workshops])), new Map([...wanted].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))), `${view}: cities`);
        return mine.length ? 'some' : 'none';
    },
    async near(view, car) {
        const near = random.pick(workshops).near, full = new Map(workshops.map((w) => [w.id, w]));
        const mine = await get(keys[view], '/v1/search', { vehicle: car.id, type: random.pick(car.types.filter((t) => t.kind === 'part')).id, near: near.join(), radius_m: 2000000, limit: 50, currency: 'CNY' });
        await nothingHidden(view, 'near', mine);
        let told = 0;
        for (const h of mine.hits) if (h.workshop) assert.ok(admits(view, full.get(h.workshop.id)), `${view}: ${h.workshop.id}`), told++;
        return told ? 'told' : 'nobody';
    },
};

async function rounds(n, of = Object.keys(views)) {
    const counts = {};
    for (let i = 0; i < n; i++) {
        const what = random.pick(Object.keys(asks)), view = random.pick(of);
        const how = await asks[what](view, random.pick(cars));
        const name = how ? `${what} ${how}` : what;
        counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
}

async function putView(id, v) {
    const { test: _, ...record } = v;
    const r = await ask(shop, 'PUT', '/v1/views', { id, ...record });
    assert.equal(r.status, 200, r.text);
}

// ---- the world ------------------------------------------------------------------------------------------------------------------
async function gather() {
    const brands = (await get(shop, '/v1/search', { facets: 'brand', filters: 'kind:part', limit: 1 })).facets.brand.map((b) => b.value);
    const some = brands.slice(2, 6);
    for await (const line of lines(path.join(fixture().sample, 'workshops.jsonl.zst'))) {
        const w = JSON.parse(line), r = w.kind === 'workshop' ? await ask(shop, 'GET', `/v1/workshops/${w.id}`) : { status: 404 };
        if (r.status === 200) workshops.push(r.json);
    }
    const places = workshops.find((w) => w.city === 'Beijing' && w.district);
    views = {
        brand: { filters: `(${some.map((b) => `brand:"${b}"`).join(' OR ')} OR rating > 9)`, dealer: '', territories: ['CN'], test: (p) => some.includes(p.brand) },
        cheap: { filters: '(price < 8000 OR rating > 9) AND NOT type:tyre', currency: 'CNY', dealer: '', territories: ['CN/Shanghai', 'New York', places.district], test: (p) => price(p) < 8000 && p.type !== 'tyre' },
        nothing: { filters: '(brand:nobody-has-this-brand OR rating > 9)', dealer: '', test: () => false },
    };
    for (const name of Object.keys(views)) await putView(name, views[name]);
    for await (const line of lines(path.join(fixture().sample, 'users.jsonl.zst'))) {
        const u = JSON.parse(line);
        for (const g of u.garage ?? []) {
            const types = (await get(shop, `/v1/vehicles/${g.vehicle}/types`)).types;
            if (types.length) cars.push({ id: g.vehicle, user: u.id, types });
        }
        if (cars.length > 40) break;
    }
    for (const car of cars)
        for (const h of (await get(shop, '/v1/search', { vehicle: car.id, limit: 100, filters: 'kind:part OR kind:tyre' })).hits) {
            await product(h.id);
            numbers.push(h.number, h.number.slice(0, 5), h.number.replace(/[^0-9]/g, ''));
            words.push(h.title.split(' ')[0], h.title.split(' ').slice(0, 2).join(' '), h.title_zh?.split(' ').pop() ?? h.brand);
        }
    for (let at = 0; at < 500; at += 100)
        for (const h of (await get(shop, '/v1/search', { filters: 'stock > 0', limit: 100, offset: at, sort: 'price_asc' })).hits) await product(h.id);
}

test('keys with a view', { timeout: 300000 }, async (t) => {
    const dir = scratch('views'), data = copyDatabase(fixture().data, path.join(dir, 'data')), file = path.join(dir, 'keys');
    shop = makeKey(file, 'admin');
    keys = Object.fromEntries(['brand', 'cheap', 'nothing', 'dealer', 'rival', 'gone'].map((v) => [v, makeKey(file, 'search,events,write', v)]));
    server = await Server.start(data, ['--keys', file, '--workers', '1']);
    t.after(() => server.kill());
    await gather();

    await t.test('answers are those of an unrestricted server with the filters', async () => {
        const counts = await rounds(ROUNDS);
        console.log(`views: ${JSON.stringify(counts)}`);
    });

    await t.test('and the shop is answered as by a server that never met such a key', async () => {
        const fresh = await Server.start(copyDatabase(fixture().data, path.join(dir, 'fresh')), ['--workers', '1']);
        t.after(() => fresh.kill());
        for (let i = 0; i < ROUNDS / 4; i++) {
            const car = random.pick(cars), type = random.pick(car.types).id;
            const [method, target, body] = random.pick([['GET', `/v1/search?${query({ vehicle: car.id, type, user: car.user, explain: 1, facets: 'brand' })}`],
                ['GET', `/v1/search?${query({ vehicle: car.id, filters: 'universal:true', user: car.user })}`], ['GET', `/v1/vehicles/${car.id}/types`],
                ['GET', `/v1/search?${query({ q: random.pick(numbers), vehicle: car.id })}`], ['GET', `/v1/suggest?${query({ q: random.pick(words).slice(0, 3), user: car.user })}`],
                ['GET', `/v1/maintenance?${query({ vehicle: car.id, odometer_km: 60000, user: car.user })}`], ['POST', '/v1/cockpit/suggest', { vehicle: car.id, odometer_km: 90000, dtc: ['P0301'] }],
                ['GET', `/v1/workshops?${query({ near: random.pick(workshops).near.join(), limit: 50 })}`],
                ['POST', '/v1/recommend', { limit: 30 }], ['POST', '/v1/recommend', { user: car.user, vehicle: car.id, limit: 30 }]]);
            const mine = await ask(shop, method, target, body), theirs = await fresh.client.request(method, target, body);
            const bare = (r) => ({ ...r.json, took_us: undefined, query_id: undefined });
            assert.deepEqual(bare(mine), bare(theirs), `${method} ${target} ${JSON.stringify(body)}`);
        }
    });

    await t.test('a price that changes moves a product out and in at once', async () => {
        const inside = [...products.values()].filter((p) => p && price(p) < 8000 && p.type !== 'tyre').slice(0, 20);
        for (const amount of [900000, 100]) {
            for (const p of inside) {
                await ask(shop, 'POST', '/v1/bulk', JSON.stringify({ op: 'put', kind: 'offer', id: p.id, prices: [{ amount, currency: 'CNY' }] }) + '\n');
                assert.equal((await ask(keys.cheap, 'GET', `/v1/products/${p.id}`)).status, amount < 8000 ? 200 : 404);
                products.delete(p.id);
                await product(p.id);
            }
            await rounds(ROUNDS / 8);
        }
    });

    await t.test('a view that changes is another from the next request on', async () => {
        views.brand = { filters: '(kind:part OR rating > 9)', dealer: '', test: (p) => p.kind === 'part' };
        await putView('brand', views.brand);
        await rounds(ROUNDS / 8);
        assert.equal((await ask(shop, 'DELETE', '/v1/views?id=nothing')).status, 204);
        const r = await ask(keys.nothing, 'GET', '/v1/search?q=filter');
        assert.equal(r.status, 403);
        assert.match(r.json.error.message, /view "nothing"/);
        delete views.nothing;
    });

    await t.test('a key whose view is not there may do nothing', async () => {
        for (const target of ['/v1/search', '/v1/makes', '/v1/types', '/v1/products/x', '/v1/tyres/scenes'])
            assert.equal((await ask(keys.gone, 'GET', target)).status, 403, target);
        assert.equal((await ask(keys.gone, 'POST', '/v1/rerank', '{}\n')).status, 403);
        assert.equal((await ask(keys.gone, 'POST', '/v1/events', { id: 'v1', user: 'u', type: 'click', product: 'x' })).status, 403);
    });

    await t.test('calls that are not for keys with a view', async () => {
        for (const [method, target] of [['GET', '/v1/brands'], ['GET', '/v1/users/u000001'], ['GET', '/v1/users/u000001/needs'], ['GET', '/v1/rules'], ['PUT', '/v1/rules'], ['GET', '/v1/reports/coverage'], ['PUT', '/v1/users/u1'], ['GET', '/v1/synonyms'],
            ['PUT', '/v1/synonyms'], ['GET', '/v1/exclusions'], ['PUT', '/v1/exclusions'], ['PUT', '/v1/vehicles/2018-x-y'], ['POST', '/v1/bulk'],
            ['GET', '/v1/imports'], ['POST', '/v1/imports'], ['GET', '/v1/views'], ['PUT', '/v1/views'], ['GET', '/v1/reports/zero_results'],
            ['GET', '/metrics']]) {
            const r = await ask(keys.brand, method, target, method === 'GET' ? undefined : {});
            assert.equal(r.status, 403, `${method} ${target}: ${r.text}`);
        }
    });

    await t.test("a dealer's workshops, and holds at them", async () => {
        const dealer = workshops[0].dealer, own = workshops.find((w) => w.dealer === dealer), other = workshops.find((w) => w.dealer && w.dealer !== dealer);
        views.dealer = { filters: '', dealer, test: () => true };
        await putView('dealer', views.dealer);
        for (let i = 0; i < ROUNDS / 8; i++) await asks[random.pick(['workshops', 'workshop', 'near', 'cities'])]('dealer', random.pick(cars));
        const start = (await get(keys.dealer, `/v1/workshops/${own.id}/slots`, { date: Date.now() + 3 * 86400000 })).slots[0].start;
        const hold = (key, w, body) => ask(key, 'POST', `/v1/workshops/${w.id}/holds`, body);
        const held = await hold(keys.dealer, own, { service: own.services[0], start });
        assert.equal(held.status, 200, held.text);
        const theirs = await get(shop, `/v1/workshops/${other.id}/slots`, { date: Date.now() + 3 * 86400000 }), there = { service: other.services[0], start: theirs.slots[0].start };
        assert.equal((await hold(keys.dealer, other, there)).status, 404);
        const taken = await hold(shop, other, there);
        assert.equal(taken.status, 200, taken.text);
        for (const action of ['release', 'redeem']) assert.equal((await hold(keys.dealer, other, { action, hold: taken.json.hold })).status, 404);
        assert.equal((await hold(shop, other, { action: 'release', hold: taken.json.hold })).json.state, 'released'); // nobody had touched it
        assert.equal((await hold(keys.dealer, own, { action: 'release', hold: held.json.hold })).json.state, 'released');
        delete views.dealer;
    });

    await t.test("a dealer's market, prices, packages and scenes", async () => {
        views.dealer = { filters: 'kind:part OR rating > 9', dealer: DEALER, test: (p) => p.kind === 'part' };
        views.rival = { filters: '', dealer: OTHER, test: () => true };
        await putView('dealer', views.dealer);
        await putView('rival', views.rival);

        // prices: shown, sorted and filtered by, in lists and on the page; nobody else's
        const car = cars[0], type = car.types.find((x) => x.count > 3 && x.kind === 'part'), o = { vehicle: car.id, type: type.id, currency: 'CNY', sort: 'price_asc', limit: 100 };
        const before = await get(shop, '/v1/search', o), last = before.hits.at(-1);
        const bulk = (line) => ask(shop, 'POST', '/v1/bulk', JSON.stringify({ op: 'put', ...line }) + '\n');
        const say = (line) => bulk({ kind: 'offer', dealer: DEALER, ...line });
        await bulk({ op: 'delete', kind: 'price_band', brand: last.brand, floor: 1, ceiling: 1 }); // its brand leaves prices free, if it has not so far
        assert.match((await say({ id: last.id, prices: [{ amount: 1, currency: 'CNY' }] })).text, /"ok":true/);
        for (let i = 0; i < 3; i++) {
            const mine = await get(keys.dealer, '/v1/search', o);
            assert.equal(mine.hits[0].id, last.id);
            assert.deepEqual(mine.hits[0].price, { amount: 1, currency: 'CNY' });
            assert.equal((await get(keys.dealer, '/v1/search', { ...o, filters: 'price < 2' })).total, 1);
            assert.deepEqual((await get(keys.dealer, `/v1/products/${last.id}`, { currency: 'CNY' })).price, { amount: 1, currency: 'CNY' });
            assert.deepEqual((await get(shop, '/v1/search', o)).hits.map(plain), before.hits.map(plain));
            assert.deepEqual((await get(keys.rival, '/v1/search', o)).hits.map(plain).map((h) => h.price), before.hits.map((h) => h.price));
        }
        // a brand's band keeps the list of a dealer from undercutting: everywhere the same price, by which lists are sorted and filtered
        const floor = Math.ceil(last.price.amount * 0.5), near = workshops[0].near;
        await bulk({ kind: 'dealer', id: DEALER, name: 'D', territory: [], price_factor: 0.7 });
        assert.match((await bulk({ kind: 'workshop', id: 'of-dealer', name: 'W', near, services: [...new Set(workshops.flatMap((w) => w.services))], bays: 1, hours: '24/7', dealer: DEALER })).text, /"ok":true/);
        assert.match((await bulk({ kind: 'price_band', brand: last.brand, floor: 0.5, ceiling: 1 })).text, /"ok":true/);
        const there = await get(keys.dealer, '/v1/search', { ...o, near: near.join() });
        assert.deepEqual(there.hits.find((h) => h.id === last.id).price, { amount: floor, currency: 'CNY' });
        assert.equal((await get(keys.dealer, `/v1/products/${last.id}`, { currency: 'CNY' })).price.amount, floor);
        assert.equal((await get(keys.dealer, '/v1/search', { ...o, filters: `price < ${floor}` })).hits.some((h) => h.id === last.id), false);
        assert.deepEqual(there.hits.map((h) => h.price.amount), there.hits.map((h) => h.price.amount).sort((a, b) => a - b));
        assert.ok(there.hits.some((h) => h.workshop));
        for (const h of there.hits) if (h.workshop) assert.deepEqual(h.workshop.price, h.price, h.id);
        const free = there.hits.find((h) => h.brand !== last.brand && !h.workshop?.price_floor);
        if (free) assert.equal(free.price.amount, Math.round(before.hits.find((h) => h.id === free.id).price.amount * 0.7));
        assert.deepEqual((await get(shop, '/v1/search', o)).hits.map(plain), before.hits.map(plain));
        await bulk({ op: 'delete', kind: 'workshop', id: 'of-dealer' });
        await bulk({ op: 'delete', kind: 'dealer', id: DEALER });
        await bulk({ op: 'delete', kind: 'price_band', brand: last.brand, floor: 1, ceiling: 1 });
        assert.match((await say({ id: last.id, prices: [{ amount: 0, currency: 'CNY' }] })).text, /"ok":true/);
        assert.equal((await get(keys.dealer, '/v1/search', { ...o, filters: 'price < 2' })).total, 0);
        assert.match((await say({ id: 'nobody-has-this', prices: [{ amount: 5, currency: 'CNY' }] })).text, /"error"/);

        // packages: its own may be put and deleted, are seen by its keys whatever the filter says, and by no other dealer's
        const pack = { brand: 'Acme', type: 'package', kind: 'package', title: 'Zanzibar care', universal: true, attributes: { dealer: DEALER } };
        const type0 = (await get(shop, '/v1/types')).types.find((x) => x.kind === 'package' || x.kind === 'service').id;
        const put = (key, id, change = {}) => ask(key, 'PUT', `/v1/products/${id}`, { ...pack, type: type0, ...change });
        assert.equal((await put(keys.dealer, `${DEALER}:spring`)).status, 200);
        assert.equal((await put(keys.dealer, 'spring')).status, 403);
        assert.equal((await put(keys.dealer, `${OTHER}:spring`)).status, 403);
        assert.equal((await put(keys.dealer, `${DEALER}:part`, { kind: 'part' })).status, 403);
        assert.equal((await put(keys.dealer, `${DEALER}:theirs`, { attributes: { dealer: OTHER } })).status, 403);
        assert.equal((await put(keys.dealer, `${DEALER}:both`, { attributes: { dealer: [DEALER, OTHER] } })).status, 403);
        assert.equal((await put(keys.dealer, `${DEALER}:nobody`, { attributes: {} })).status, 403);
        assert.equal((await put(keys.brand, `${DEALER}:spring`)).status, 403);
        assert.equal((await ask(keys.dealer, 'DELETE', `/v1/products/${last.id}`)).status, 403);
        for (const key of [keys.dealer, shop]) assert.ok(ids((await get(key, '/v1/search', { q: 'zanzibar' })).hits).includes(`${DEALER}:spring`));
        for (const name of ['rival', 'brand', 'cheap']) {
            assert.equal((await ask(keys[name], 'GET', `/v1/products/${DEALER}:spring`)).status, 404, name);
            assert.ok(!(await ask(keys[name], 'GET', '/v1/search?q=zanzibar')).text.includes(`${DEALER}:spring`), name);
        }
        products.delete(`${DEALER}:spring`);
        await product(`${DEALER}:spring`);
        const { dealer, rival, ...others } = views; // packages of dealers are in no filter
        await rounds(ROUNDS / 4, Object.keys(others));
        assert.equal((await ask(keys.dealer, 'DELETE', `/v1/products/${DEALER}:spring`)).status, 204);

        const scene = { id: `${DEALER}:quiet`, name: 'Quiet', rules: [{ attribute: 'noise_db', value: '<=70', weight: 1 }] };
        assert.equal((await ask(keys.dealer, 'PUT', '/v1/tyres/scenes', { ...scene, id: 'quiet2' })).status, 403);
        assert.equal((await ask(keys.dealer, 'PUT', '/v1/tyres/scenes', scene)).status, 200);
        const listed = async (key) => ids((await get(key, '/v1/tyres/scenes')).scenes).includes(scene.id);
        assert.deepEqual(await Promise.all([keys.dealer, shop, keys.rival, keys.brand].map(listed)), [true, true, false, false]);
        assert.equal((await ask(keys.rival, 'DELETE', `/v1/tyres/scenes?id=${scene.id}`)).status, 403);
        assert.equal((await ask(keys.dealer, 'DELETE', `/v1/tyres/scenes?id=${scene.id}`)).status, 204);

        await putView('rival', { filters: '', dealer: OTHER, market: 'CN' });
        assert.equal((await ask(keys.rival, 'GET', '/v1/makes?market=US')).status, 403);
        assert.equal((await ask(keys.rival, 'POST', '/v1/recommend', { vehicle: car.id, market: 'US' })).status, 403);
        assert.deepEqual((await get(keys.rival, '/v1/makes')).makes, (await get(shop, '/v1/makes', { market: 'CN' })).makes);
    });
});
