// cockpit.test.mjs: POST /v1/cockpit/suggest on real cars: what is offered surely fits, one suggestion a cause, the short form is short, and
// what the driver put aside stays away. On the fixture, or on the running server of RIGHTFIT_URL.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, Random, Server, copyDatabase, fixture, root, run, scratch, seed } from './lib.mjs';

const run_id = Date.now(), ASKED = 400, SHORT_BYTES = 2048;
const PUBLISHED = path.join(root, '../shared/data/dtc_wal33d');
// Why not; RIGHTFIT_COCKPIT_CODES says that the server of RIGHTFIT_URL has the list.
const listed = () => (process.env.RIGHTFIT_URL ? !process.env.RIGHTFIT_COCKPIT_CODES && 'the server need not have it' : !fs.existsSync(PUBLISHED) && `${PUBLISHED} is not there`);
let client, server;

before(async () => {
    if (process.env.RIGHTFIT_URL) {
        client = new Client(Number(new URL(process.env.RIGHTFIT_URL).port));
        return;
    }
    const data = copyDatabase(fixture().data, path.join(scratch('cockpit'), 'data'));
    if (!listed()) assert.equal(run(['import', '-q', '--data', data, PUBLISHED]).status, 0);
    server = await Server.start(data);
    client = new Client(server.port);
});
after(async () => { if (server) await server.stop(); });

const table = (file) => fs.readFileSync(path.join(root, file), 'utf8').split('\n').filter((l) => l && l[0] !== '#').map((l) => l.split('\t'));
const cars = table('tests/golden/plans/vehicles.tsv').slice(1).map(([market, vehicle, attrs]) => ({ market, vehicle,
    attrs: Object.fromEntries(attrs.split(',').filter(Boolean).map((a) => a.split(':'))) }));
const known = table('data-tools/facts/trouble_codes.tsv').slice(1).map((r) => r[0]);

function randomBody(random) {
    const hex = (n) => random.below(16 ** n).toString(16).toUpperCase().padStart(n, '0');
    const code = () => [random.pick(known), `0x${hex(4)}`, hex(6), `P${random.below(4)}${hex(3)}`][random.below(4)];
    const body = { ...random.pick(cars), odometer_km: random.below(250000), months: random.below(180), limit: 1 + random.below(10),
        dtc: Array.from({ length: random.below(6) }, code) };
    if (random.chance(0.3)) body.sensors = { oil_life_pct: random.below(101), brake_pad_mm: { front: random.below(110) / 10, rear: random.below(110) / 10 },
        tyre_kpa: { front_left: 80 + random.below(200), front_right: 230 }, battery_v: 9 + random.below(70) / 10, outside_c: random.below(60) - 25 };
    if (random.chance(0.3)) delete body.attrs;
    return body;
}

test('what is offered surely fits, each cause once, within the limit', async () => {
    const random = new Random(seed);
    let offered = 0, suggested = 0;
    for (let i = 0; i < ASKED; i++) {
        const body = { ...randomBody(random), lang: random.pick(['en', 'zh']) };
        const r = await client.ok('POST', '/v1/cockpit/suggest', body), list = r.suggestions;
        assert.ok(list.length <= body.limit);
        assert.equal(new Set(list.map((s) => s.service)).size, list.length, JSON.stringify(list.map((s) => s.service)));
        const codes = list.flatMap((s) => s.causes.filter((c) => c.type === 'code').map((c) => `${c.code} ${s.service}`));
        for (const c of codes) assert.ok(codes.filter((o) => o.split(' ')[0] === c.split(' ')[0]).every((o) => o === c), `${c} leads to two services`);
        for (const s of list) {
            suggested++;
            assert.ok(['stop', 'soon', 'routine'].includes(s.severity));
            assert.ok(s.reason.length > 0 && s.causes.length > 0);
            if (!s.hit) continue;
            offered++;
            assert.ok(['fits', 'universal'].includes(s.hit.fit.verdict), `${body.vehicle}: ${s.hit.id} ${s.hit.fit.verdict}`);
        }
    }
    console.log(`  ${ASKED} cars, ${suggested} suggestions, ${offered} with a product`);
});

test('the short form stays under 2 KB', async () => {
    const random = new Random(seed + 1);
    let longest = 0;
    for (let i = 0; i < ASKED; i++) {
        const r = await client.post('/v1/cockpit/suggest?fields=short', { ...randomBody(random), limit: 10, lang: random.pick(['en', 'zh']) });
        assert.equal(r.status, 200);
        longest = Math.max(longest, Buffer.byteLength(r.text));
    }
    console.log(`  the longest: ${longest} bytes`);
    assert.ok(longest < SHORT_BYTES);
});

test('what was dismissed or snoozed does not come back before its time', async () => {
    const random = new Random(seed + 2);
    for (let i = 0; i < 40; i++) {
        const body = { ...randomBody(random), user: `cockpit-${run_id}-${i}`, limit: 10 };
        const first = (await client.ok('POST', '/v1/cockpit/suggest', body)).suggestions;
        if (first.length === 0) continue;
        const aside = random.pick(first).service;
        await client.ok('POST', '/v1/events', { id: `${body.user}-a`, user: body.user, type: random.pick(['dismiss', 'snooze']), service: aside, vehicle: body.vehicle, value: 3 });
        const then = (await client.ok('POST', '/v1/cockpit/suggest', body)).suggestions;
        assert.ok(!then.some((s) => s.service === aside), `${aside} came back`);
        // Snoozed for three days, four days ago: back again.
        const later = `${body.user}-b`, at = Date.now() - 4 * 86400e3;
        await client.ok('POST', '/v1/events', { id: later, user: later, type: 'snooze', service: aside, vehicle: body.vehicle, value: 3, ts: at });
        const again = (await client.ok('POST', '/v1/cockpit/suggest', { ...body, user: later })).suggestions;
        assert.ok(again.some((s) => s.service === aside), `${aside} stayed away`);
    }
});

test('with a published list of codes imported, the meaning told is the maker\'s own for its cars', { skip: listed() }, async () => {
    const makers = { FORD: '2019-ford-f-150', BMW: '2020-bmw-3-series', VOLKSWAGEN: '2018-volkswagen-lavida', AUDI: '2020-audi-a4l', CHEVY: '2019-chevrolet-equinox',
        TOYOTA: '2019-toyota-corolla', HONDA: '2019-honda-civic', NISSAN: '2019-nissan-altima' };
    const rows = fs.readFileSync(path.join(PUBLISHED, 'dtc_codes.tsv'), 'utf8').split('\n').map((l) => l.split('\t')).filter((r) => makers[r[1]]);
    const random = new Random(seed + 3);
    for (let i = 0; i < 300; i++) {
        const [code, maker, text] = random.pick(rows);
        const r = await client.ok('POST', '/v1/cockpit/suggest', { vehicle: makers[maker], dtc: [code], limit: 10 });
        const cause = r.suggestions.flatMap((s) => s.causes).find((c) => c.code === code);
        assert.equal(cause.origin, 'maker', `${code} of ${maker}`);
        assert.equal(cause.text, text.trim());
    }
});
