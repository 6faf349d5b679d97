// lib.mjs: what the system suites share: where the programs are, a server on a free port, an HTTP client with several kept
// connections, copies of the tiny database. Every wait is for an event (a log line, an exit, an answer), never for time.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const bin = process.env.RIGHTFIT_BIN ? path.resolve(process.env.RIGHTFIT_BIN) : path.join(root, 'build/release');
export const rightfit = path.join(bin, 'rightfit');
export const rightfitd = path.join(bin, 'rightfitd');

// Made by run.mjs: {data: the database, sample: the files it was made from}.
export function fixture() {
    const dir = process.env.RIGHTFIT_TEST_FIXTURE;
    if (!dir) throw new Error('RIGHTFIT_TEST_FIXTURE names no fixture; start the suites through tests/system/run.mjs');
    return { dir, data: path.join(dir, 'data'), sample: path.join(dir, 'sample') };
}

export function scratch(name) {
    return fs.mkdtempSync(path.join(process.env.RIGHTFIT_TEST_TMP || os.tmpdir(), `rightfit-${name}-`));
}

export function copyDatabase(from, to) {
    fs.mkdirSync(to, { recursive: true });
    const files = fs.readdirSync(from).filter((f) => !/^(lock\.|vpic)/.test(f)).map((f) => path.join(from, f)); // vPIC: the importer's cache
    const r = spawnSync('cp', ['-r', '--sparse=always', '--reflink=auto', ...files, to]);
    if (r.status !== 0) throw new Error(`cannot copy ${from}: ${r.stderr}`);
    return to;
}

// ---- random numbers that a failing run can repeat ---------------------------------------------------------------------------
export class Random {
    constructor(seed) { this.state = seed >>> 0; }
    next() { // mulberry32
        let t = (this.state = (this.state + 0x6d2b79f5) >>> 0);
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    }
    below(n) { return Math.floor(this.next() * n); }
    pick(list) { return list[this.below(list.length)]; }
    chance(p) { return this.next() < p; }
}

export const seed = Number(process.env.RIGHTFIT_TEST_SEED || 20261122);

// ---- the server ---------------------------------------------------------------------------------------------------------------
export function cleanEnvironment(extra) {
    const env = { ...process.env, ...extra };
    for (const name of Object.keys(env)) if (name.startsWith('RIGHTFIT_') && !(name in (extra || {}))) delete env[name];
    return env;
}

export class Server {
    // Resolves when /readyz says so; `ready_ms` is how long that took from the start of the process.
    static async start(data, args = []) {
        const s = new Server();
        const began = process.hrtime.bigint();
        s.log = '';
        s.child = spawn(rightfitd, ['--listen', '127.0.0.1:0', '--data', data, ...args],
            { cwd: root, env: cleanEnvironment(), stdio: ['ignore', 'ignore', 'pipe'] });
        s.exited = new Promise((resolve) => s.child.on('exit', (code, signal) => resolve({ code, signal })));
        await new Promise((resolve, reject) => {
            s.child.on('error', reject);
            s.child.stderr.on('data', (chunk) => {
                s.log = (s.log + chunk).slice(-65536);
                const found = /listening on .*port (\d+)/.exec(s.log);
                if (found && !s.port) {
                    s.port = Number(found[1]);
                    resolve();
                }
            });
            s.exited.then((e) => reject(new Error(`rightfitd ended (${e.code ?? e.signal}): ${s.log}`)));
        });
        s.client = new Client(s.port);
        for (;;) {
            const r = await s.client.get('/readyz');
            if (r.status === 200) break;
        }
        s.ready_ms = Number(process.hrtime.bigint() - began) / 1e6;
        return s;
    }

    async kill() { // as the power cut does it: no farewell
        this.child.kill('SIGKILL');
        await this.exited;
        this.client.close();
    }

    async stop() {
        this.child.kill('SIGTERM');
        const e = await this.exited;
        this.client.close();
        return e;
    }
}

// ---- HTTP ---------------------------------------------------------------------------------------------------------------------
export class Client {
    constructor(port, connections = 4) {
        this.port = port;
        this.agent = new http.Agent({ keepAlive: true, maxSockets: connections, scheduling: 'fifo' });
    }

    close() { this.agent.destroy(); }

    // {status, headers, text, json}. Where the server closed a kept connection between two requests it is asked once more, on a new
    // one (only for GET: the server cannot have acted on it twice).
    request(method, target, body, headers = {}) {
        const again = method === 'GET';
        return this.attempt(method, target, body, headers).catch((e) => {
            if (again && (e.code === 'ECONNRESET' || e.code === 'EPIPE')) return this.attempt(method, target, body, headers, false);
            throw e;
        });
    }

    attempt(method, target, body, headers, agent = this.agent) {
        return new Promise((resolve, reject) => {
            const bytes = body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
            const h = { ...headers };
            if (bytes) {
                h['content-type'] ??= 'application/json';
                h['content-length'] = bytes.length;
            }
            const rq = http.request({ host: '127.0.0.1', port: this.port, method, path: target, headers: h, agent }, (rs) => {
                const chunks = [];
                rs.on('data', (c) => chunks.push(c));
                rs.on('error', reject);
                rs.on('aborted', () => reject(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })));
                rs.on('end', () => {
                    const text = Buffer.concat(chunks).toString('utf8');
                    let json = null;
                    if ((rs.headers['content-type'] || '').includes('application/json')) {
                        try { json = JSON.parse(text); } catch (e) { reject(new Error(`${method} ${target}: broken JSON: ${text.slice(0, 200)}`)); return; }
                    }
                    resolve({ status: rs.statusCode, headers: rs.headers, text, json });
                });
            });
            rq.on('error', reject);
            rq.end(bytes);
        });
    }

    get(target) { return this.request('GET', target); }
    post(target, body) { return this.request('POST', target, body); }
    put(target, body) { return this.request('PUT', target, body); }

    async ok(method, target, body) {
        const r = await this.request(method, target, body);
        if (r.status < 200 || r.status > 299) throw new Error(`${method} ${target}: ${r.status} ${r.text.slice(0, 300)}`);
        return r.json;
    }
}

export const query = (o) => Object.entries(o).filter(([, v]) => v !== undefined && v !== '')
    .map(([k, v]) => `${k}=${encodeURIComponent(v)}`).join('&');

// Cars of a running server as the oracle sees them, each asked for once.
export class ServedCars {
    constructor(client, oracle) {
        Object.assign(this, { client, oracle, byId: new Map(), byModel: new Map() });
    }

    async years(make, model) { // with the vehicle of each; none of a model nobody knows
        const key = `${make}|${model}`;
        if (!this.byModel.has(key)) {
            const r = await this.client.get(`/v1/years?${query({ make, model, all: 1 })}`);
            this.byModel.set(key, r.status === 200 ? r.json.years : []);
        }
        return this.byModel.get(key);
    }

    async car(id) {
        if (!this.byId.has(id)) {
            const vehicle = await this.client.ok('GET', `/v1/vehicles/${encodeURIComponent(id)}`);
            this.byId.set(id, { ...this.oracle.carFrom(vehicle), nameZh: vehicle.name_zh });
        }
        return this.byId.get(id);
    }

    known(id) { return this.byId.get(id); } // asked for before
}

// Runs `work(item, index)` over all items, `width` at a time, in order of start.
export async function inParallel(items, width, work) {
    let next = 0;
    const worker = async () => {
        while (next < items.length) {
            const i = next++;
            await work(items[i], i);
        }
    };
    await Promise.all(Array.from({ length: width }, worker));
}

// ---- the command line ---------------------------------------------------------------------------------------------------------
export function run(args, { input, env, cwd } = {}) {
    const r = spawnSync(rightfit, args, { input, cwd: cwd || root, env: cleanEnvironment(env), encoding: 'utf8', maxBuffer: 1 << 28 });
    return { status: r.status, signal: r.signal, stdout: r.stdout || '', stderr: r.stderr || (r.error ? String(r.error) : '') };
}

// A new key in `file`, as a client sends it.
export function makeKey(file, scopes, view) {
    const r = run(['keys', 'add', '--scopes', scopes, '--file', file, ...(view ? ['--view', view] : [])]);
    if (r.status !== 0) throw new Error(`no key: ${r.stderr}`);
    return r.stdout.trim();
}
