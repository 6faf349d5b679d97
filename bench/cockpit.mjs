// The cockpit's suggestions with 64 connections: took_us, which is the engine's own clock, and the time as the client sees it.
//
//   node bench/cockpit.mjs http://127.0.0.1:7700 [REQUESTS]
//
// Cars of tests/golden/plans at random mileage, a code or none each, users of the sample in turn; the first tenth warms up and does not count.
import fs from 'node:fs';
import http from 'node:http';

const CONNECTIONS = 64, url = new URL(process.argv[2] ?? 'http://127.0.0.1:7700'), total = Number(process.argv[3] ?? 20000);
const cars = fs.readFileSync(new URL('../tests/golden/plans/vehicles.tsv', import.meta.url), 'utf8').split('\n').filter((l) => l && l[0] !== '#').slice(1)
  .map((l) => l.split('\t')).map(([market, vehicle, attrs]) => ({ market, vehicle, attrs: Object.fromEntries(attrs.split(',').filter(Boolean).map((a) => a.split(':'))) }));
const codes = [['P0301'], ['P0128'], ['P0420'], ['P0171', 'P0300'], ['C0035'], ['P0562'], ['U0100'], []];
const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
const took = [], seen = [];
let sent = 0;

function one() {
  const i = sent++;
  if (i >= total) return;
  const body = JSON.stringify({ ...cars[i % cars.length], odometer_km: 10000 + (i * 311) % 200000, months: 12 + i % 100, dtc: codes[(i * 7) % codes.length],
    user: `u${String(1 + i % 5000).padStart(6, '0')}`, limit: 3, sensors: { battery_v: 12.4 } });
  const began = process.hrtime.bigint();
  const rq = http.request({ host: url.hostname, port: url.port, method: 'POST', path: '/v1/cockpit/suggest', agent,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (rs) => {
    let text = '';
    rs.setEncoding('utf8');
    rs.on('data', (d) => { text += d; });
    rs.on('end', () => {
      if (rs.statusCode !== 200) throw new Error(text);
      if (i > total / 10) {
        took.push(JSON.parse(text).took_us);
        seen.push(Number(process.hrtime.bigint() - began) / 1000);
      }
      one();
    });
  });
  rq.end(body);
}

for (let i = 0; i < CONNECTIONS; i++) one();
process.on('exit', () => {
  for (const [name, list] of [['took_us', took], ['as seen, us', seen]]) {
    list.sort((a, b) => a - b);
    console.log(`${name.padEnd(12)} ${[0.5, 0.9, 0.99, 0.999].map((s) => `p${s * 100} ${Math.round(list[Math.floor(list.length * s)])}`).join('  ')}`);
  }
});
