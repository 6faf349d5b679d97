// Prometheus text: reading it, and the few figures the console draws.

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;
const NOT_TRAFFIC = new Set(['/metrics', '/healthz', '/readyz']);

function labelsOf(text) {
  const labels = {};
  for (const [, name, value] of (text || '').matchAll(LABEL)) labels[name] = value.replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c));
  return labels;
}

const numberOf = (text) => (text === '+Inf' ? Infinity : Number(text));

// [{name, labels, value}]
export function parseMetrics(text) {
  const samples = [];
  for (const line of text.split('\n')) {
    const match = line.startsWith('#') ? null : LINE.exec(line);
    if (match) samples.push({ name: match[1], labels: labelsOf(match[2]), value: numberOf(match[3]) });
  }
  return samples;
}

const traffic = (samples, name) => samples.filter((one) => one.name === name && !NOT_TRAFFIC.has(one.labels.route));

function sumBy(samples, keyOf) {
  const sums = new Map();
  for (const one of samples) sums.set(keyOf(one), (sums.get(keyOf(one)) || 0) + one.value);
  return sums;
}

const total = (sums) => [...sums.values()].reduce((sum, value) => sum + value, 0);

// What one scrape says, summed over routes. Probes and scrapes themselves are left out.
export function readScrape(text, at_ms) {
  const samples = parseMetrics(text);
  const requests = traffic(samples, 'rightfit_requests_total');
  const gauge = (name) => samples.find((one) => one.name === name)?.value;
  return {
    at_ms,
    requests: total(sumBy(requests, () => 'all')),
    errors: total(sumBy(requests.filter((one) => one.labels.status === '5xx'), () => 'all')),
    by_route: sumBy(requests, (one) => `${one.labels.method} ${one.labels.route}`.trim()),
    buckets: sumBy(traffic(samples, 'rightfit_request_seconds_bucket'), (one) => numberOf(one.labels.le)),
    verdicts: sumBy(samples.filter((one) => one.name === 'rightfit_verdicts_total'), (one) => one.labels.verdict),
    in_flight: gauge('rightfit_requests_in_flight'),
    connections: gauge('rightfit_connections'),
  };
}

// Prometheus' histogram_quantile: linear inside a bucket. null where nothing was counted.
export function quantile(q, buckets) {
  const bounds = [...buckets.keys()].sort((a, b) => a - b);
  const count = buckets.get(Infinity) || 0;
  if (count <= 0) return null;
  const rank = q * count;
  let below = 0, from = 0;
  for (const bound of bounds) {
    const upto = buckets.get(bound);
    if (upto >= rank && bound !== Infinity) return upto === below ? bound : from + ((bound - from) * (rank - below)) / (upto - below);
    if (bound === Infinity) return from;
    below = upto;
    from = bound;
  }
  return from;
}

const difference = (now, before) => new Map([...now].map(([key, value]) => [key, value - (before.get(key) || 0)]));

// Rates between two scrapes; null after a restart, when counters began anew.
export function between(before, now) {
  const seconds = (now.at_ms - before.at_ms) / 1000;
  if (now.requests < before.requests || seconds <= 0) return null;
  const buckets = difference(now.buckets, before.buckets);
  const requests = now.requests - before.requests;
  return {
    at_ms: now.at_ms,
    rps: requests / seconds,
    p50_ms: scaled(quantile(0.5, buckets)),
    p99_ms: scaled(quantile(0.99, buckets)),
    error_share: requests > 0 ? (now.errors - before.errors) / requests : 0,
    routes: [...difference(now.by_route, before.by_route)].map(([route, count]) => [route, count / seconds]),
  };
}

const scaled = (seconds) => (seconds === null ? null : seconds * 1000);
