// cars.test.mjs: twenty China-market cars and ten US ones, from the picker to what fits. On the fixture, or on the running server
// that RIGHTFIT_URL names.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Server, copyDatabase, fixture, scratch } from './lib.mjs';

let base = process.env.RIGHTFIT_URL, server;

before(async () => {
    if (base) return;
    const data = path.join(scratch('cars'), 'data');
    copyDatabase(fixture().data, data);
    server = await Server.start(data);
    base = `http://127.0.0.1:${server.port}`;
});
after(() => server?.stop());

async function get(path, parameters) {
    const url = new URL(path, base);
    for (const [k, v] of Object.entries(parameters ?? {})) url.searchParams.set(k, v);
    const response = await fetch(url);
    const body = await response.json();
    assert.equal(response.status, 200, `${url}: ${JSON.stringify(body)}`);
    return body;
}

// brand and series as the Chinese picker shows them, a year, and what the car does not need
const chinese = [
    ['大众', '朗逸', 2019], ['大众', '速腾', 2018], ['大众', '途观L', 2019], ['大众', '帕萨特', 2019], ['大众', '迈腾', 2018],
    ['日产', '轩逸', 2018], ['丰田', '卡罗拉', 2018], ['丰田', '凯美瑞', 2019], ['本田', '思域', 2018], ['本田', '雅阁', 2019],
    ['本田', 'CR-V', 2019], ['比亚迪', '秦PLUS', 2022], ['比亚迪', '汉', 2022], ['特斯拉', 'Model Y', 2022], ['理想', '理想L9', 2023],
    ['五菱', '五菱宏光', 2015], ['哈弗', '哈弗H6', 2018], ['长安', 'CS75 PLUS', 2021], ['宝马', '3系', 2018], ['奥迪', 'A4L', 2018],
];
// the engines (litres) these US cars were sold with
const american = [
    ['Volkswagen', 'Golf', 2018, ['1.8']], ['Honda', 'Accord', 2018, ['1.5', '2.0']], ['Toyota', 'Camry', 2018, ['2.5', '3.5']],
    ['Ford', 'F-150', 2019, ['2.7', '3.3', '3.5', '5.0']], ['Honda', 'CR-V', 2018, ['1.5', '2.4']], ['Subaru', 'Outback', 2015, ['2.5', '3.6']],
    ['Tesla', 'Model 3', 2020, []], ['Chevrolet', 'Silverado', 2016, ['4.3', '5.3', '6.2']], ['BMW', '330i', 2017, ['2.0']],
    ['Jeep', 'Wrangler', 2018, ['2.0', '3.6']],
];

const named = (list, name) => list.find((x) => [x.name_zh, x.model, x.make].includes(name));

async function fitting(vehicle, type, market) {
    return get('/v1/search', { vehicle, type, market, limit: 100, facets: 'fit' });
}

for (const [brand, series, year] of chinese) {
    test(`${brand} ${series} ${year}`, async () => {
        const make = named((await get('/v1/makes', { market: 'CN', lang: 'zh' })).makes, brand);
        assert.ok(make, 'the brand is in the picker');
        const model = named((await get('/v1/models', { make: make.make, market: 'CN', lang: 'zh' })).models, series);
        assert.ok(model, 'the series is in the picker');
        const years = (await get('/v1/years', { make: make.make, model: model.model, market: 'CN' })).years;
        const found = years.find((y) => y.year === year);
        assert.ok(found, `${year} is in the picker`);
        const car = await get(`/v1/vehicles/${encodeURIComponent(found.vehicle)}`);
        const fuels = new Set(car.configuration_list.filter((c) => c.attrs.market === 'CN').map((c) => c.attrs.fuel));
        const electric = fuels.size === 1 && fuels.has('electric');
        const types = electric ? ['brake_pad', 'tyre', 'cabin_filter'] : ['oil_filter', 'brake_pad', 'tyre', 'minor_service'];
        for (const type of types) {
            const r = await fitting(found.vehicle, type, 'CN');
            assert.ok(r.total > 0, `${type}: nothing fits or may fit`);
            assert.ok(r.hits.every((h) => ['fits', 'universal', 'conditional'].includes(h.fit.verdict)), type);
        }
        if (electric) assert.equal((await fitting(found.vehicle, 'oil_filter', 'CN')).total, 0, 'an electric car has no oil filter');
        // With one configuration chosen, something of every type fits for certain.
        const one = car.configuration_list.find((c) => c.attrs.market === 'CN' && (electric || c.attrs.fuel !== 'electric'));
        for (const type of types) {
            const r = await fitting(one.id, type, 'CN');
            const sure = r.facets.fit.filter((f) => f.value === 'fits' || f.value === 'universal').reduce((n, f) => n + f.count, 0);
            assert.ok(sure > 0, `${type}: nothing certain for ${one.id}`);
        }
    });
}

for (const [brand, series, year, engines] of american) {
    test(`${brand} ${series} ${year}`, async () => {
        const models = (await get('/v1/models', { make: brand, market: 'US' })).models.filter((m) => m.model.startsWith(series));
        assert.ok(models.length, 'the model is in the picker');
        const seen = new Set();
        for (const model of models) {
            const found = (await get('/v1/years', { make: brand, model: model.model, market: 'US' })).years.find((y) => y.year === year);
            if (!found) continue;
            const car = await get(`/v1/vehicles/${encodeURIComponent(found.vehicle)}`);
            for (const c of car.configuration_list) if (c.attrs.market === 'US' && c.attrs.displacement) seen.add(c.attrs.displacement);
        }
        for (const litres of engines) assert.ok(seen.has(litres), `${litres} l is missing; there are ${[...seen].sort()}`);
        if (engines.length === 0) assert.equal(seen.size, 0, 'an electric car has no displacement');
    });
}
