// What people type, as requests: the queries of tests/golden by intent, in the context their row gives them. A query that names no car of its own
// is asked for a car in half of the cases, as from a page that knows the customer's garage. All of them want five facets.
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../tests/golden/', import.meta.url);
export const FACETS = ['brand', 'attributes.tier', 'attributes.source', 'price', 'in_stock'];
const NAMES_CAR = /(?:^|;)(?:make|model|vehicle|unknown|gen|badge|read)=/;

// [{intent, rows: [{q, context, car}]}]; car: the row's words or its context name one. What is typed to do harm is left out.
export function typed() {
  return readdirSync(fileURLToPath(folder)).filter((f) => f.endsWith('.tsv') && f !== 'hostile.tsv').sort().map((file) => ({
    intent: file.replace('.tsv', ''),
    rows: readFileSync(new URL(file, folder), 'utf8').split('\n')
      .filter((line) => line && line[0] !== '#' && line[0] !== '"' && !line.startsWith('query\tcontext'))
      .map((line) => line.split('\t'))
      .map(([q, context = '', reading = '']) => ({ q, context, car: /vehicle=/.test(context) || NAMES_CAR.test(reading) })),
  }));
}

export function typedPath({ q, context, car }, vehicle, facets = true) {
  const own = context.split(';').filter(Boolean).map((p) => p.split('=', 2));
  const params = new URLSearchParams([['q', q], ...own, ...(car || !vehicle ? [] : [['vehicle', vehicle]])]);
  return `/v1/search?${params}${facets ? `&facets=${FACETS.join(',')}` : ''}`;
}
