// groonga.mjs: Groonga as its documentation sets it up for mixed English and Chinese: bigrams behind NFKC for words, n-grams of canonical
// numbers, static index construction. A query that looks like a number is looked up as one first; otherwise all words, then any
// word, then Groonga's own search for similar text.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';
import { canonicalNumber } from '../../tests/system/oracle.mjs';
import { inParallel } from '../../tests/system/lib.mjs';

const NORMALIZER = '--normalizer NormalizerNFKC130';
const TEXT = ['title', 'title_zh', 'brand', 'specs', 'vehicles'];
const SCHEMA = `table_create Docs TABLE_HASH_KEY ShortText
${[...TEXT, 'numbers', 'own', 'others'].map((c) => `column_create Docs ${c} COLUMN_SCALAR Text`).join('\n')}
`;
const INDEXES = `table_create Words TABLE_PAT_KEY ShortText --default_tokenizer TokenBigram ${NORMALIZER}
${TEXT.map((c) => `column_create Words of_${c} COLUMN_INDEX|WITH_POSITION Docs ${c}`).join('\n')}
table_create Grams TABLE_PAT_KEY ShortText --default_tokenizer TokenBigramIgnoreBlankSplitSymbolAlphaDigit ${NORMALIZER}
column_create Grams of_numbers COLUMN_INDEX|WITH_POSITION Docs numbers
table_create Numbers TABLE_PAT_KEY ShortText --default_tokenizer TokenDelimit ${NORMALIZER}
column_create Numbers of_own COLUMN_INDEX|WITH_POSITION Docs own
column_create Numbers of_others COLUMN_INDEX|WITH_POSITION Docs others
`;
const COLUMNS = 'title * 4 || title_zh * 4 || brand * 3 || specs * 2 || vehicles * 2';

async function fill(work, database) {
    fs.rmSync(path.dirname(database), { recursive: true, force: true });
    fs.mkdirSync(path.dirname(database));
    const load = path.join(work, 'groonga.load'), out = fs.createWriteStream(load);
    const write = (text) => out.write(text) || new Promise((go) => out.once('drain', go));
    await write(`${SCHEMA}load --table Docs\n[\n`);
    let first = true;
    for await (const line of readline.createInterface({ input: fs.createReadStream(path.join(work, 'documents.jsonl')) })) {
        const d = JSON.parse(line), own = canonicalNumber(d.number), others = d.cross.map(canonicalNumber);
        await write(`${first ? '' : ',\n'}${JSON.stringify({ _key: d.id, title: d.title, title_zh: d.title_zh, brand: d.brand, specs: d.specs, vehicles: d.vehicles, numbers: [own, ...others].join(' | '), own, others: others.join(' ') })}`);
        first = false;
    }
    await write(`\n]\n${INDEXES}`);
    await new Promise((done) => out.end(done));
    const r = spawnSync('groonga', ['-n', '--file', load, database], { encoding: 'utf8', maxBuffer: 1 << 26 });
    if (r.status !== 0 || /\[\[-\d+/.test(r.stdout)) throw new Error(`groonga: ${r.error ?? r.stderr}\n${r.stdout.slice(0, 500)}`);
    fs.rmSync(load);
}

const escaped = (q) => q.replace(/[ "()\\<>:+\-*~|&!@%^,.$']/g, (c) => (c === ' ' ? ' ' : `\\${c}`));

async function freePort() {
    return new Promise((resolve) => {
        const s = net.createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => resolve(port)); });
    });
}

export async function groonga(work, top, queries) {
    const database = path.join(work, 'groonga/db');
    await fill(work, database);
    const port = await freePort();
    const child = spawn('groonga', ['-s', '--protocol', 'http', '--bind-address', '127.0.0.1', '-p', String(port), database], { stdio: 'ignore' });
    const gone = new Promise((resolve) => child.on('exit', resolve));
    try {
        for (let ready = false; !ready;) ready = await fetch(`http://127.0.0.1:${port}/d/status`).then((r) => r.ok, () => new Promise((go) => setImmediate(go, false)));
        const select = async (parameters) => {
            const r = await fetch(`http://127.0.0.1:${port}/d/select?${new URLSearchParams({ table: 'Docs', output_columns: '_key', sort_keys: '-_score,_key', limit: top, ...parameters })}`);
            const body = await r.json();
            return r.ok && body[0][0] === 0 ? body[1][0].slice(2).map((row) => row[0]) : [];
        };
        const ask = async (q) => {
            const plain = q.normalize('NFKC'), canonical = canonicalNumber(q);
            if (/\d{3}/.test(canonical) && canonical.length >= 5 && !/\p{Script=Han}/u.test(q) && plain.split(/[\s.\-/_]+/).every((w) => /\d/.test(w) || w.length <= 5)) {
                const ids = await select({ match_columns: 'own * 1000 || others * 100 || numbers', query: `"${canonical}"` });
                if (ids.length) return ids;
            }
            const all = await select({ match_columns: COLUMNS, query: escaped(q) });
            if (all.length) return all;
            const words = q.split(/\s+/).filter(Boolean);
            const any = words.length > 1 ? await select({ match_columns: COLUMNS, query: words.map(escaped).join(' OR ') }) : [];
            return any.length ? any : select({ match_columns: COLUMNS, query: `*S"${q.replace(/["\\]/g, ' ')}"` });
        };
        const out = [];
        await inParallel(queries, 4, async (q) => { out.push({ id: q.id, ids: await ask(q.q) }); });
        return out;
    } finally {
        child.kill('SIGTERM');
        await gone;
        fs.rmSync(path.dirname(database), { recursive: true, force: true });
    }
}
