// browser.test.mjs: the storefront in a real browser on the fixture; the tests themselves are in tests/browser.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Server, copyDatabase, fixture, root, scratch } from './lib.mjs';

const folder = path.join(root, 'tests/browser');
const chromium = process.env.CHROMIUM || '/usr/bin/chromium';
const missing = !fs.existsSync(chromium) ? `${chromium} is not there`
    : !fs.existsSync(path.join(folder, 'node_modules/playwright-core')) ? 'playwright-core is not installed (make/setup.sh test)' : false;

test('the storefront in Chromium', { skip: missing }, async (t) => {
    const data = copyDatabase(fixture().data, path.join(scratch('browser'), 'data'));
    const server = await Server.start(data);
    t.after(() => server.stop());
    const env = { ...process.env, RIGHTFIT_URL: `http://127.0.0.1:${server.port}` };
    delete env.NODE_TEST_CONTEXT; // a test run of its own, whose report is for people
    const child = spawn(process.execPath, ['--test', 'query_text.test.mjs', 'storefront.test.mjs', 'search.test.mjs', 'service.test.mjs'], { cwd: folder, env });
    let report = '';
    child.stdout.on('data', (chunk) => { report += chunk; });
    child.stderr.on('data', (chunk) => { report += chunk; });
    const status = await new Promise((resolve) => child.on('exit', resolve));
    assert.equal(status, 0, report.slice(-6000));
});
