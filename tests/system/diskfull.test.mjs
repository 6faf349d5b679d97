// diskfull.test.mjs: the disk runs full under the database: writes answer 507, reads go on, nothing acknowledged is lost, and
// when there is space again so are writes. On a small tmpfs; needs root and mount, and says so when it cannot have them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Server, copyDatabase, fixture, scratch } from './lib.mjs';

const SPARE_BYTES = 16 << 20, EVENTS = 200;
const megabytes = (n) => Math.ceil(n / (1 << 20));

function mount(dir, bytes) {
    if (process.getuid?.() !== 0) return 'not root';
    const r = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes(bytes)}m`, 'tmpfs', dir], { encoding: 'utf8' });
    return r.status === 0 ? null : `mount: ${(r.stderr || String(r.error)).trim()}`;
}

function fill(dir) { // to the last page
    const fd = fs.openSync(path.join(dir, 'filler'), 'w');
    for (let block = Buffer.alloc(1 << 20); block.length >= 512; ) {
        try {
            if (fs.writeSync(fd, block) < block.length) block = block.subarray(0, block.length >> 1);
        } catch (e) {
            if (e.code !== 'ENOSPC') throw e;
            block = block.subarray(0, block.length >> 1);
        }
    }
    fs.closeSync(fd);
}

let serial = 0;
const batch = () => Array.from({ length: EVENTS }, () => ({ id: `full-${serial}`, ts: Date.now(), user: `full-${serial++ % 500}`, type: 'search', query: 'x'.repeat(400) }));

test('a full disk', { timeout: 120000 }, async (t) => {
    const dir = scratch('full'), size = (name) => Number(spawnSync('du', ['-sb', name], { encoding: 'utf8' }).stdout.split('\t')[0]);
    const problem = mount(dir, size(fixture().data) * 1.1 + SPARE_BYTES);
    if (problem) return t.skip(`needs a tmpfs of its own: ${problem}`);
    t.after(() => spawnSync('umount', ['-l', dir]));
    const data = copyDatabase(fixture().data, path.join(dir, 'data'));
    let s = await Server.start(data);
    t.after(() => s.kill());
    const acknowledged = [];
    const product = (await s.client.ok('GET', '/v1/search?q=filter&limit=1')).hits[0];
    const reads = async () => {
        assert.equal((await s.client.get('/healthz')).status, 200);
        assert.ok((await s.client.ok('GET', '/v1/search?q=filter&limit=5')).hits.length);
        assert.equal((await s.client.ok('GET', `/v1/products/${product.id}`)).id, product.id);
    };
    const write = async () => {
        const events = batch(), r = await s.client.post('/v1/events', events);
        if (r.status === 200) acknowledged.push(...events);
        return { r, events };
    };
    const duplicatesOnly = async () => {
        for (let i = 0; i < acknowledged.length; i += EVENTS) {
            const r = await s.client.ok('POST', '/v1/events', acknowledged.slice(i, i + EVENTS));
            assert.equal(r.accepted, 0, `${r.accepted} acknowledged events are gone`);
        }
    };
    assert.equal((await write()).r.status, 200);
    let refused;

    await t.test('writes answer 507', async () => {
        fill(dir);
        for (let i = 0; i < 200; i++) { // pages that are free inside the file come first
            const { r, events } = await write();
            if (r.status === 200) continue;
            assert.equal(r.status, 507, r.text);
            assert.equal(r.json.error.code, 'storage_full');
            refused = events;
            break;
        }
        assert.ok(refused, 'the disk is full and writes still go through');
        const put = await s.client.put('/v1/products/full-1', { brand: 'Full', number: 'F-1', type: 'oil_filter', title: 'x'.repeat(900), attributes: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`a${i}`, 'y'.repeat(900)])) });
        assert.equal(put.status, 507, put.text);
    });
    await t.test('reads go on', async () => {
        for (let i = 0; i < 20; i++) await reads();
        assert.equal((await s.client.get('/v1/products/full-1')).status, 404);
    });
    await t.test('it recovers when space returns', async () => {
        fs.rmSync(path.join(dir, 'filler'));
        const again = await s.client.post('/v1/events', refused);
        assert.equal(again.status, 200, again.text);
        assert.deepEqual([again.json.accepted, again.json.duplicates], [refused.length, 0], 'what was refused had not been written');
        acknowledged.push(...refused);
        assert.equal((await write()).r.status, 200);
        await reads();
    });
    await t.test('nothing acknowledged is lost, also after a restart', async () => {
        await duplicatesOnly();
        await s.kill();
        s = await Server.start(data);
        await duplicatesOnly();
    });
    await t.test('it starts and reads on a full disk', async () => {
        await s.kill();
        fill(dir);
        s = await Server.start(data);
        await reads();
        fs.rmSync(path.join(dir, 'filler'));
        assert.equal((await write()).r.status, 200);
        assert.equal((await s.stop()).code, 0);
    });
});
