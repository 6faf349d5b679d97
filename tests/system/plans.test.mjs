// plans.test.mjs: service plans: tests/golden/plans/vehicles.tsv against GET /v1/maintenance, every base vehicle has a plan, and what the
// products offered for it say of themselves. On the fixture, or on the running server of RIGHTFIT_URL with the database RIGHTFIT_PLANS_DATA.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, Random, Server, copyDatabase, fixture, query, root, run, scratch, seed } from './lib.mjs';

const POINTS = { '10k': { odometer_km: 10000, months: 12 }, '60k': { odometer_km: 60000, months: 48 }, '100k': { odometer_km: 100000, months: 72 } };
let client, server, data;

before(async () => {
    if (process.env.RIGHTFIT_URL) {
        client = new Client(Number(new URL(process.env.RIGHTFIT_URL).port));
        data = process.env.RIGHTFIT_PLANS_DATA;
        return;
    }
    data = copyDatabase(fixture().data, path.join(scratch('plans'), 'data'));
    server = await Server.start(data);
    client = new Client(server.port);
});
after(async () => { if (server) await server.stop(); });

function rows() {
    const lines = fs.readFileSync(path.join(root, 'tests/golden/plans/vehicles.tsv'), 'utf8').split('\n').filter((l) => l && l[0] !== '#');
    const names = lines.shift().split('\t');
    return lines.map((l) => Object.fromEntries(l.split('\t').map((c, i) => [names[i], names[i] === 'attrs' ? c : c.includes('|') ? c.split('|') : c])));
}
const list = (cell) => (cell ? [cell].flat() : []);

function plan(params) {
    const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
    return client.ok('GET', `/v1/maintenance?${query(given)}`);
}

test('well-known cars need what usual practice says, and only what they have', async () => {
    const wrong = [];
    let checked = 0;
    for (const row of rows())
        for (const [point, at] of Object.entries(POINTS)) {
            const body = await plan({ vehicle: row.vehicle, attrs: row.attrs || undefined, market: row.market, ...at });
            const items = new Map(body.items.map((i) => [i.service, i])), say = (what) => wrong.push(`${row.market} ${row.vehicle} ${row.attrs} at ${point}: ${what}`);
            const due = (s) => ['due', 'overdue'].includes(items.get(s)?.state) && items.get(s).applies === 'all';
            for (const s of list(row[`due_${point}`])) if (!due(s)) say(`${s} is not due (${items.get(s)?.state ?? 'not there'}, ${items.get(s)?.applies})`);
            for (const s of list(row[`not_due_${point}`])) if (due(s)) say(`${s} is due`);
            for (const s of list(row.plan)) if (!items.has(s)) say(`${s} is missing`);
            for (const s of list(row.never)) if (items.has(s)) say(`${s} is there`);
            checked += list(row[`due_${point}`]).length + list(row[`not_due_${point}`]).length + list(row.plan).length + list(row.never).length;
        }
    console.log(`  ${rows().length} cars, ${checked} statements, ${wrong.length} not met`);
    assert.equal(wrong.length, 0, wrong.join('\n'));
});

test('every base vehicle has a plan, and electric cars no work on an engine', () => {
    const r = run(['stats', '--plans', '--data', data]);
    assert.equal(r.status, 0, r.stderr);
    console.log(r.stdout.trimEnd().replace(/^/gm, '  '));
    const [, planned, vehicles] = /service plans: (\d+) of (\d+)/.exec(r.stdout);
    assert.ok(Number(vehicles) > 1000);
    assert.equal(planned, vehicles, r.stdout);
    assert.match(r.stdout, /work on an engine: 0\n/);
});

test('what is chosen fits, sums are right, and every figure says whose it is', async () => {
    const random = new Random(seed);
    const cars = rows();
    for (let i = 0; i < 60; i++) {
        const row = random.pick(cars);
        const body = await plan({ vehicle: row.vehicle, attrs: random.chance(0.7) ? row.attrs || undefined : undefined, market: row.market, currency: 'CNY',
            odometer_km: 1000 * (1 + random.below(200)), months: random.chance(0.5) ? 1 + random.below(180) : undefined });
        let total = 0;
        for (const item of body.items) {
            assert.ok(['maker', 'owner', 'typical', 'sample'].includes(item.source));
            assert.ok(item.quantity === null || ['maker', 'owner', 'typical', 'sample'].includes(item.quantity_source));
            assert.equal(item.question === null || item.applies !== 'all' || item.varies, true);
            for (const hit of [...item.hits, ...item.labour]) {
                assert.ok(['fits', 'universal', 'conditional'].includes(hit.fit.verdict), `${hit.id}: ${hit.fit.verdict}`);
                assert.ok(hit.fit.verdict !== 'conditional' || !item.cost_complete);
                if (hit.litres !== undefined) assert.ok(hit.litres >= item.quantity, `${hit.id}: ${hit.litres} of ${item.quantity} l`);
                assert.ok(hit.buy.length > 0 && hit.buy.every((b) => b.count > 0));
            }
            if (item.applies !== 'maybe' && ['due', 'overdue'].includes(item.state)) total += item.cost.amount ?? 0;
        }
        assert.equal(body.total.amount, total);
        const { good, better, best } = body.quotes;
        assert.ok(good.amount <= best.amount * 1.5 && better.amount > 0 || total === 0);
    }
});

test('a battery\'s state is that of the drive battery where there is one', async () => {
    const at = { odometer_km: 30000, months: 20, inspection: 'battery_soh_pct:72', market: 'CN' };
    const items = async (params) => new Map((await plan({ ...at, ...params })).items.map((i) => [i.service, i]));
    const electric = await items({ vehicle: '2022-byd-dolphin' }), gasoline = await items({ vehicle: '2018-volkswagen-lavida', attrs: 'displacement:1.5' });
    assert.equal(electric.get('battery_health_check').state, 'due');
    assert.match(electric.get('battery_health_check').why, /Measured/);
    assert.equal(electric.get('battery_replacement').state, 'later');
    assert.equal(gasoline.get('battery_replacement').why.includes('Measured'), true);
    assert.equal(gasoline.get('battery_replacement').state, 'later'); // 72 is above 70
});
