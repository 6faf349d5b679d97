// cli.test.mjs: the command line, one small file a case: cli/*.case.
//
//   # comment
//   $ COMMAND        run by sh in the case's own empty folder; the programs are in PATH, $FIXTURE is the tiny database, $SAMPLE its
//                    files, $ROOT the repository
//   ? STATUS         expected exit status, 0 unless said
//   > TEXT           a line of stdout contains TEXT, or matches it when it is /a pattern/
//   ! TEXT           the same of stderr
//   - TEXT           no line of either does
//   < NAME           begins a file, made before the next command; its lines follow, each behind "| "
//   = NAME           stdout is byte for byte what command `$ ... > NAME` kept before
//
// Besides programs a command may be one of ours: `serve DIR` (a server until the end of the case, or `stop`), `flip FILE TEXT` (one
// bit of every occurrence), `flipat FILE OFFSET`, `newer FILE` (raises the database's schema).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Server, bin, cleanEnvironment, fixture, root, scratch } from './lib.mjs';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), 'cli');

// ---- reading a case -----------------------------------------------------------------------------------------------------------
function parse(file) {
    const steps = [];
    let made = null;
    fs.readFileSync(file, 'utf8').split('\n').forEach((line, i) => {
        const text = line.slice(2), step = steps[steps.length - 1], where = `${path.basename(file)}:${i + 1}`;
        if (!line.trim() || line[0] === '#') return;
        if (line[0] === '$') steps.push({ where, command: text, files: made ? [made].flat() : [], status: 0, stdout: [], stderr: [], never: [] });
        if (line[0] === '$') made = null;
        else if (line[0] === '<') made = [...(made ?? []), { name: text, lines: [] }];
        else if (line[0] === '|' && made) made[made.length - 1].lines.push(text);
        else if (line[0] === '?' && step) step.status = Number(text);
        else if (line[0] === '>' && step) step.stdout.push(text);
        else if (line[0] === '!' && step) step.stderr.push(text);
        else if (line[0] === '-' && step) step.never.push(text);
        else if (line[0] === '=' && step) step.same = text;
        else throw new Error(`${where}: what is "${line}"?`);
    });
    return steps;
}

const found = (text, wanted) => {
    const pattern = /^\/(.*)\/$/.exec(wanted);
    return text.split('\n').some((line) => (pattern ? new RegExp(pattern[1]).test(line) : line.includes(wanted)));
};

// ---- our own commands -----------------------------------------------------------------------------------------------------------
function flip(file, what) {
    const bytes = fs.readFileSync(file), wanted = Buffer.from(what);
    let n = 0;
    for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + wanted.length), n++) bytes[at] ^= 1;
    assert.ok(n, `${file} does not contain "${what}"`);
    fs.writeFileSync(file, bytes);
}

function flipAt(file, offset) {
    const fd = fs.openSync(file, 'r+'), byte = Buffer.alloc(1);
    fs.readSync(fd, byte, 0, 1, offset);
    byte[0] ^= 1;
    fs.writeSync(fd, byte, 0, 1, offset);
    fs.closeSync(fd);
}

// XXH3 of 4 to 8 bytes (https://github.com/Cyan4973/xxHash), enough to write a record as a later version would.
const M64 = (1n << 64n) - 1n, rotl = (x, n) => ((x << n) | (x >> (64n - n))) & M64;
function xxh3(bytes, seed) {
    const n = BigInt(bytes.length), secret = 0x1cad21f72c81017cn ^ 0xdb979083e96dd4den, low = seed & 0xffffffffn;
    const swapped = ((low & 0xffn) << 24n) | ((low & 0xff00n) << 8n) | ((low >> 8n) & 0xff00n) | (low >> 24n);
    const word = BigInt(bytes.readUInt32LE(bytes.length - 4)) + (BigInt(bytes.readUInt32LE(0)) << 32n);
    let h = word ^ ((secret - (seed ^ (swapped << 32n))) & M64);
    h ^= rotl(h, 49n) ^ rotl(h, 24n);
    h = (h * 0x9fb21c651e98df25n) & M64;
    h ^= (h >> 35n) + n;
    h = (h * 0x9fb21c651e98df25n) & M64;
    return h ^ (h >> 28n);
}

function newer(file) { // the record "schema" of the first table, with its checksum
    const bytes = fs.readFileSync(file), key = Buffer.from('schema'), seed = xxh3(key, 0n);
    let n = 0;
    for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1)) {
        const value = at + key.length;
        if (value + 12 > bytes.length || bytes.readUInt32LE(value + 8) !== Number(xxh3(bytes.subarray(value, value + 8), seed) & 0xffffffffn)) continue;
        bytes.writeBigUInt64LE(bytes.readBigUInt64LE(value) + 1n, value);
        bytes.writeUInt32LE(Number(xxh3(bytes.subarray(value, value + 8), seed) & 0xffffffffn), value + 8);
        n++;
    }
    assert.ok(n, 'no schema record was found');
    fs.writeFileSync(file, bytes);
}

// ---- running ----------------------------------------------------------------------------------------------------------------------
class Case {
    constructor(name) {
        this.dir = scratch(`cli-${name}`);
        const f = fixture();
        this.env = cleanEnvironment({ FIXTURE: f.data, SAMPLE: f.sample, ROOT: root, RIGHTFIT_FACTS: path.join(root, 'data-tools/facts'), LC_ALL: 'C' });
        this.env.PATH = `${bin}:${process.env.PATH}`;
    }

    async run(command) {
        const [word, first, ...rest] = command.split(' '), at = first && path.join(this.dir, first);
        if (word === 'serve') this.server = await Server.start(at);
        else if (word === 'stop') { await this.server.stop(); this.server = null; }
        else if (word === 'flip') flip(at, rest.join(' '));
        else if (word === 'flipat') flipAt(at, Number(rest[0]));
        else if (word === 'newer') newer(at);
        else return spawnSync('sh', ['-c', command], { cwd: this.dir, env: { ...this.env, PORT: String(this.server?.port ?? '') }, encoding: 'utf8', maxBuffer: 1 << 28 });
        return { status: 0, stdout: '', stderr: '' };
    }

    async step(step) {
        for (const f of step.files) fs.writeFileSync(path.join(this.dir, f.name), f.lines.map((l) => `${l}\n`).join(''));
        const r = await this.run(step.command), shown = `${step.where}: ${step.command}\n--- stdout\n${r.stdout.slice(0, 2000)}--- stderr\n${r.stderr.slice(0, 2000)}`;
        assert.equal(r.status, step.status, `exit status\n${shown}`);
        for (const wanted of step.stdout) assert.ok(found(r.stdout, wanted), `no line of stdout: ${wanted}\n${shown}`);
        for (const wanted of step.stderr) assert.ok(found(r.stderr, wanted), `no line of stderr: ${wanted}\n${shown}`);
        for (const never of step.never) assert.ok(!found(r.stdout, never) && !found(r.stderr, never), `should not be there: ${never}\n${shown}`);
        if (step.same) assert.equal(r.stdout, fs.readFileSync(path.join(this.dir, step.same), 'utf8'), `differs from ${step.same}\n${shown}`);
    }

    async end() {
        if (this.server) await this.server.kill();
        fs.rmSync(this.dir, { recursive: true, force: true });
    }
}

for (const file of fs.readdirSync(folder).filter((f) => f.endsWith('.case')).sort())
    test(`cli ${file}`, { timeout: 120000 }, async () => {
        const c = new Case(path.basename(file, '.case'));
        try {
            for (const step of parse(path.join(folder, file))) await c.step(step);
        } finally {
            await c.end();
        }
    });
