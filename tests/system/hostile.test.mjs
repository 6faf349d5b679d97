// hostile.test.mjs: what no polite client sends: raw bytes on a socket, the answer or the closed connection that must come
// back, and a server that is none the worse for it.
import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { Random, Server, copyDatabase, fixture, query, scratch, seed } from './lib.mjs';

const HEADER_MS = 300, PROGRESS_MS = 400, PATIENCE_MS = 5000;
const CRLF = '\r\n', HOST = `Host: x${CRLF}`;
let server;

// Sends `parts`, and `then` after the first bytes of an answer; reads to the end. {text, statuses, closed}
function talk(parts, { half = false, then } = {}) {
    return new Promise((resolve, reject) => {
        const socket = net.connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
        const chunks = [];
        const guard = setTimeout(() => { socket.destroy(); finish(false); }, PATIENCE_MS);
        function finish(closed) {
            clearTimeout(guard);
            const text = Buffer.concat(chunks).toString('latin1');
            resolve({ text, closed, statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((m) => Number(m[1])) });
        }
        socket.on('data', (c) => { if (chunks.push(c) === 1 && then) socket.write(then); });
        socket.on('end', () => { socket.end(); finish(true); });
        socket.on('error', (e) => (['ECONNRESET', 'EPIPE'].includes(e.code) ? finish(true) : reject(e)));
        socket.on('connect', () => {
            for (const p of parts) socket.write(p);
            if (half) socket.end();
        });
    });
}

const request = (line, headers = '', body = '') => `${line} HTTP/1.1${CRLF}${HOST}${headers}${CRLF}${body}`;
const post = (body, headers = '') => request('POST /v1/events', `Content-Type: application/json${CRLF}Content-Length: ${Buffer.byteLength(body)}${CRLF}${headers}`, body);
const CLOSE = `Connection: close${CRLF}`;

// name, what is sent, statuses that are right ('closed': no answer, just the end), options
const CASES = [
    ['TLS hello', ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + 'a'.repeat(64)], [400, 'closed']],
    ['words', ['hello there\r\n\r\n'], [400]],
    ['binary', [Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 7919) & 255))], [400, 'closed']],
    ['NUL in the target', ['GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n'], [400]],
    ['HTTP/2 preface', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], [400, 505]],
    ['HTTP/3.0', ['GET / HTTP/3.0\r\nHost: x\r\n\r\n'], [400, 505]],
    ['no Host', ['GET /healthz HTTP/1.1\r\n\r\n'], [400]],
    ['two Hosts', [request('GET /healthz', HOST)], [400]],
    ['bare LF', ['GET /healthz HTTP/1.1\nHost: x\n\n'], [400]],
    ['folded header', [request('GET /healthz', `X: a${CRLF} b${CRLF}`)], [400]],
    ['space before colon', [request('GET /healthz', `X : a${CRLF}`)], [400]],
    ['empty header name', [request('GET /healthz', `: a${CRLF}`)], [400]],
    ['no colon', [request('GET /healthz', `abc${CRLF}`)], [400]],
    ['long target', [`GET /${'a'.repeat(20000)} HTTP/1.1\r\nHost: x\r\n\r\n`], [414, 431]],
    ['header too large', [request('GET /healthz', `X: ${'a'.repeat(20000)}${CRLF}`)], [431]],
    ['too many headers', [request('GET /healthz', Array.from({ length: 200 }, (_, i) => `X${i}: 1${CRLF}`).join(''))], [431]],
    ['unknown method', [request('FROB /healthz', CLOSE)], [405, 501, 400]],
    ['wrong method', [request('DELETE /healthz', CLOSE)], [405]],
    ['unknown path', [request('GET /v1/nothing', CLOSE)], [404]],
    ['path climbing out', [request('GET /../../etc/passwd', CLOSE)], [400, 404]],
    ['encoded path climbing out', [request('GET /web/%2e%2e/%2e%2e/main.c', CLOSE)], [400, 404]],
    ['broken escape', [request('GET /v1/search?q=%zz', CLOSE)], [400]],
    ['bytes that are no UTF-8', [request('GET /v1/search?q=%ff%fe', CLOSE)], [400]],
    ['half a surrogate in words', [request('GET /v1/search?q=golf%ed%a0%80', CLOSE)], [400]],
    ['an overlong slash', [request('GET /v1/search?q=%c0%af', CLOSE)], [400]],
    ['half a character', [request('GET /v1/search?q=%e9%ab', CLOSE)], [400]],
    ['beyond Unicode', [request('GET /v1/search?q=%f4%90%80%80', CLOSE)], [400]],
    ['10 kB of words', [request(`GET /v1/search?q=${'oil+'.repeat(2500)}`, CLOSE)], [400]],
    ['513 bytes of words', [request(`GET /v1/search?q=${'a'.repeat(513)}`, CLOSE)], [400]],
    ['512 bytes of words', [request(`GET /v1/search?q=${'a'.repeat(512)}`, CLOSE)], [200]],
    ['NUL in a parameter', [request('GET /v1/search?q=a%00b', CLOSE)], [200, 400]],
    ['unknown parameter', [request('GET /v1/search?q=a&vehicel=2018-volkswagen-golf', CLOSE)], [400]],
    ['a parameter twice', [request('GET /v1/search?q=a&q=b', CLOSE)], [400]],
    ['49 parameters', [request(`GET /v1/search?${Array.from({ length: 200 }, (_, i) => `p${i}=1`).join('&')}`, CLOSE)], [400]],
    ['limit out of range', [request('GET /v1/search?q=a&limit=101', CLOSE)], [400]],
    ['limit that is none', [request('GET /v1/search?q=a&limit=abc', CLOSE)], [400]],
    ['window too far', [request('GET /v1/search?q=a&limit=100&offset=999999999999', CLOSE)], [400]],
    ['VIN alphabet', [request('GET /v1/search?vehicle=WVWZZZ1KZ6WI00000', CLOSE)], [400]],
    ['unknown vehicle', [request('GET /v1/search?vehicle=2018-no-such', CLOSE)], [400]],
    ['two lengths', [request('POST /v1/events', `Content-Length: 2${CRLF}Content-Length: 3${CRLF}`, '{}')], [400]],
    ['signed length', [request('POST /v1/events', `Content-Length: +2${CRLF}`, '{}')], [400]],
    ['length and chunks', [request('POST /v1/events', `Content-Length: 2${CRLF}Transfer-Encoding: chunked${CRLF}`, '0\r\n\r\n')], [400]],
    ['xchunked', [request('POST /v1/events', `Transfer-Encoding: xchunked${CRLF}`, '0\r\n\r\n')], [400, 501]],
    ['gzip, chunked', [request('POST /v1/events', `Transfer-Encoding: gzip, chunked${CRLF}`, '0\r\n\r\n')], [400, 501]],
    ['chunk size that is none', [request('POST /v1/events', `Transfer-Encoding: chunked${CRLF}`, 'zz\r\n{}\r\n0\r\n\r\n')], [400]],
    ['chunk without its end', [request('POST /v1/events', `Transfer-Encoding: chunked${CRLF}`, '2\r\n{}XX0\r\n\r\n')], [400]],
    ['chunk of 2^64', [request('POST /v1/events', `Transfer-Encoding: chunked${CRLF}`, 'ffffffffffffffff\r\n')], [400, 413]],
    ['body too large, announced', [request('POST /v1/events', `Content-Length: 99999999${CRLF}`)], [413]],
    ['body too large for a query', [request('POST /v1/recommend', `Content-Length: 100000${CRLF}`)], [413]],
    ['truncated body, half closed', [request('POST /v1/events', `Content-Length: 100${CRLF}`, '{"id":')], [400, 408, 'closed'], { half: true }],
    ['truncated body, silent', [request('POST /v1/events', `Content-Length: 100${CRLF}`, '{"id":')], [400, 408, 'closed']],
    ['half closed after a whole request', [request('GET /healthz')], [200], { half: true }],
    ['half closed in the header', ['GET /healthz HTTP/1.1\r\nHo'], [400, 'closed'], { half: true }],
    ['silent in the header', ['GET /healthz HTTP/1.1\r\nHo'], [408, 'closed']],
    ['no JSON', [post('{', CLOSE)], [400]],
    ['JSON and more', [post('{} {}', CLOSE)], [400]],
    ['wrong kind of JSON', [post('"abc"', CLOSE)], [400]],
    ['empty body', [post('', CLOSE)], [400]],
    ['JSON too deep', [post('['.repeat(5000) + ']'.repeat(5000), CLOSE)], [400]],
    ['JSON that is no UTF-8', [request('POST /v1/events', `Content-Length: 11${CRLF}${CLOSE}`), Buffer.from('{"id":"\xff\xfe"}', 'latin1')], [400]],
    ['half a surrogate', [post('{"id":"\\ud800","user":"u","type":"click"}', CLOSE)], [400]],
    ['unknown member', [post('{"id":"h1","user":"u","type":"click","produkt":"x"}', CLOSE)], [400]],
    ['unknown type of event', [post('{"id":"h1","user":"u","type":"clicked"}', CLOSE)], [400]],
    ['one bad event of two', [post('[{"id":"h-good","user":"hostile","type":"click"},{"id":"h-bad","user":"hostile","type":"?"}]', CLOSE)], [400]],
    ['an id of 10,000 bytes', [post(`{"id":"${'i'.repeat(10000)}","user":"u","type":"click"}`, CLOSE)], [400, 413]],
    ['a product of too many applications', [request('PUT /v1/products/h', `Content-Length: ${20 + 21000 * 3}${CRLF}${CLOSE}`, `{"applications":[${'{},'.repeat(20999)}{}   ]}`)], [400]],
    ['Expect something else', [request('GET /healthz', `Expect: tea${CRLF}`)], [417]],
];

// As often as they go into a query: each is answered, and none costs much more than what people ask for.
const WORDS = ['', ' ', 'a', '1', '-', '.', '"', '\\', "'", '%', '*', '?', '\u0001', '\u007f', '\u200b', '\u202e', '\ufeff', '🚗', '👨‍👩‍👧', 'é', 'e\u0301', 'ﷺ', 'ß', 'İ', 'ф ',
    'שלום golf ', 'مرشح زيت ', '(a+)+$', '.*.*.*', '[^a]{9,}|', '刹', '高尔夫', '龘 ', '机油滤清器 ', 'golf ', 'golf 7 ', 'b8 ', '280tsi ', '四驱 ', '1.4t ', '2018 ', '18款',
    '16寸 ', '205/55r16 ', '5w-30 ', 'h7 ', 'p0300 ', '4万公里', '06a 115 561 b ', 'a1', 'a-', '1 ', 'w719/30 ', 'smp', 'gaoerfu ', 'langyijilv', 'jl ', 'volkswagan ', 'filtr braek ', 'oli ',
    '高前左右油机刹车片', '的一是不了人我在有他', 'for the with ', 'a b c d e f ', 'WVWZZZ1KZ6W000000 '];
const MOST_BYTES = 512, COSTLIER = 500;

function repeated(piece) {
    const bytes = Buffer.byteLength(piece);
    return bytes ? piece.repeat(Math.floor(MOST_BYTES / bytes)) : '';
}

test('hostile clients', { timeout: 120000 }, async (t) => {
    const data = copyDatabase(fixture().data, path.join(scratch('hostile'), 'data'));
    server = await Server.start(data, ['--header-time-ms', String(HEADER_MS), '--progress-time-ms', String(PROGRESS_MS), '--idle-time-ms', '2000']);
    t.after(() => server.kill());
    const alive = async () => assert.equal((await server.client.get('/healthz')).status, 200, 'the server does not answer any more');

    for (const [name, parts, right, options] of CASES) {
        await t.test(name, async () => {
            const r = await talk(parts, options);
            assert.ok(r.closed, `the connection stays open after ${JSON.stringify(r.text.slice(0, 200))}`);
            const got = r.statuses.filter((s) => s !== 100)[0] ?? 'closed';
            assert.ok(right.includes(got), `${got} instead of ${right.join(' or ')}: ${r.text.slice(0, 300)}`);
            if (got !== 'closed' && got >= 400) {
                const error = JSON.parse(r.text.slice(r.text.indexOf('\r\n\r\n') + 4)).error;
                assert.ok(error.code && error.message, r.text);
            }
            await alive();
        });
    }

    await t.test('a header that comes byte by byte ends at its deadline', async () => {
        const began = Date.now();
        const closed = await new Promise((resolve) => {
            const socket = net.connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
            const bytes = request('GET /healthz', `X: ${'a'.repeat(4000)}${CRLF}`);
            let i = 0;
            const timer = setInterval(() => socket.write(bytes[i++ % bytes.length]), 20);
            const over = () => { clearInterval(timer); socket.destroy(); resolve(Date.now() - began); };
            socket.on('end', over).on('error', over).resume();
        });
        assert.ok(closed >= HEADER_MS * 0.8 && closed < HEADER_MS * 6, `closed after ${closed} ms`);
        await alive();
    });

    await t.test('an array with one bad event wrote nothing', async () => {
        const r = await server.client.ok('POST', '/v1/events', [{ id: 'h-good', user: 'hostile', type: 'click' }]);
        assert.deepEqual([r.accepted, r.duplicates], [1, 0]);
    });

    await t.test('pipelined requests are answered in order, up to the broken one', async () => {
        const r = await talk([request('GET /healthz') + request('GET /v1/nothing') + request('GET /readyz') + 'nonsense\r\n\r\n' + request('GET /healthz')]);
        assert.deepEqual(r.statuses, [200, 404, 200, 400]);
        assert.ok(r.closed);
    });

    await t.test('chunks and 100-continue are understood', async () => {
        const body = '{"id":"h-chunk","user":"hostile","type":"click"}';
        const pieces = [...body].map((c) => `1\r\n${c}\r\n`).join('') + '0\r\n\r\n';
        const r = await talk([request('POST /v1/events', `Transfer-Encoding: chunked${CRLF}Expect: 100-continue${CRLF}${CLOSE}`)], { then: pieces });
        assert.deepEqual(r.statuses, [100, 200]);
    });

    await t.test('random bytes, random cuts of good requests', async () => {
        const random = new Random(seed), good = [post('{"id":"h-cut","user":"hostile","type":"click"}'), request('GET /v1/search?q=oil+filter&limit=3'), request('GET /v1/makes', CLOSE)];
        const jobs = Array.from({ length: 120 }, () => {
            const bytes = Buffer.from(random.pick(good), 'latin1');
            for (let n = random.below(4); n > 0; n--) bytes[random.below(bytes.length)] = random.below(256);
            return talk([bytes.subarray(0, 1 + random.below(bytes.length))], { half: true });
        });
        for (const r of await Promise.all(jobs)) {
            assert.ok(r.closed, 'a connection stays open');
            for (const status of r.statuses) assert.ok(status < 500 || status === 501 || status === 505, `${status}: ${r.text.slice(0, 300)}`);
        }
        await alive();
    });

    await t.test('words nobody types', async () => {
        const ask = async (q, vehicle = '') => {
            let least = Infinity;
            for (let i = 0; i < 3; i++) {
                const r = await server.client.get(`/v1/search?${query({ q, vehicle, type: q.trim() ? '' : 'oil_filter', limit: 1 })}`);
                assert.equal(r.status, 200, `${JSON.stringify(q.slice(0, 40))}: ${r.text.slice(0, 200)}`);
                assert.ok(!r.text.includes('\ufffd'), `${JSON.stringify(q.slice(0, 40))}: half a character in ${r.text.slice(0, 400)}`);
                least = Math.min(least, r.json.took_us);
            }
            return least;
        };
        const usual = Math.max(20, await ask('18款高尔夫1.4T机滤'));
        for (const piece of WORDS)
            for (const vehicle of ['', '2018-volkswagen-golf']) {
                await ask(piece, vehicle);
                const took = await ask(repeated(piece), vehicle);
                assert.ok(took < usual * COSTLIER, `${JSON.stringify(piece)} again and again: ${took} us, a usual query ${usual} us`);
            }
        await alive();
    });

    await t.test('many idle connections do not keep others out', async () => {
        const sockets = await Promise.all(Array.from({ length: 500 }, () => new Promise((resolve, reject) => {
            const s = net.connect({ port: server.port, host: '127.0.0.1' }, () => resolve(s));
            s.on('error', reject);
        })));
        await alive();
        for (const s of sockets) s.destroy();
        await alive();
    });

    await t.test('a client that does not read does not hold up others', async () => {
        const socket = net.connect({ port: server.port, host: '127.0.0.1' });
        await new Promise((resolve) => socket.on('connect', resolve));
        socket.pause();
        socket.on('error', () => {});
        for (let i = 0; i < 200; i++) socket.write(request('GET /v1/search?q=filter&limit=100'));
        for (let i = 0; i < 20; i++) await alive();
        socket.destroy();
        await alive();
    });

    await t.test('it still ends cleanly', async () => {
        assert.equal((await server.stop()).code, 0);
    });
});
