// How long the server itself takes for what people type, intent by intent: took_us of one request at a time, so that no queue is in it.
//
//   node bench/took.mjs http://127.0.0.1:7700 [INTENT...]
//
// Every row of tests/golden is asked ROUNDS times (20) with five facets, where it names no car also for one. Of its times the least but two counts, so
// that a figure is the row's and not that of whoever else used the machine. Then the whole mix: percentiles over all rows and rounds.
import { typed, typedPath } from './typed.mjs';

const [server, ...only] = process.argv.slice(2);
const ROUNDS = Number(process.env.ROUNDS ?? 20), VEHICLE = '2018-volkswagen-golf', SLOWEST = 12;

async function took(path) {
  const response = await fetch(server + path);
  const body = await response.json();
  if (response.status !== 200 && response.status !== 400) throw new Error(`${path}: ${response.status}`);
  return body.took_us ?? 0;
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const order = (list) => list.slice().sort((a, b) => a - b);
const line = (name, n, list) => console.log(`${name.padEnd(24)} ${String(n).padStart(5)} ${[0.5, 0.9, 0.99].map((s) => String(at(list, s)).padStart(7)).join(' ')} ${String(list.at(-1)).padStart(8)}`);

const intents = typed().filter((i) => !only.length || only.includes(i.intent));
const asked = intents.flatMap(({ intent, rows }) => rows.flatMap((row) =>
  (row.car ? [''] : ['', VEHICLE]).map((vehicle) => ({ intent, q: row.q, vehicle, path: typedPath(row, vehicle), times: [] }))));
for (const one of asked) await took(one.path);
for (let i = 0; i < ROUNDS; i++) for (const one of asked) one.times.push(await took(one.path));
for (const one of asked) one.us = order(one.times)[Math.min(2, ROUNDS - 1)];

console.log(`took_us                  rows     p50     p90     p99  slowest`);
for (const { intent } of intents) {
  const list = order(asked.filter((a) => a.intent === intent).map((a) => a.us));
  line(intent, list.length, list);
}
line('all', asked.length, order(asked.map((a) => a.us)));
line('all, every request', asked.length * ROUNDS, order(asked.flatMap((a) => a.times)));
console.log('slowest:');
for (const one of asked.sort((a, b) => b.us - a.us).slice(0, SLOWEST)) console.log(`  ${one.us} us  ${one.q}${one.vehicle && ` (for ${one.vehicle})`}`);
