// What the person has chosen. All of it stands in the URL's hash, so that a link shows the same page to somebody else.
import { formatAttrs, parseAttrs } from './attrs.js';

const LISTS = ['type', 'brand', 'kind', 'price', 'spec'];
// Of the car's service: km, months, outside in degrees, codes and lamps as lists with commas, near as lat,lon.
export const SERVICE_KEYS = ['km', 'months', 'codes', 'lamps', 'outside', 'near', 'scene', 'service'];
const TEXTS = ['lang', 'view', 'vehicle', 'q', 'user', 'product', 'min', 'max', 'rating', 'sort', ...SERVICE_KEYS];

const NOTHING = {
  lang: '', view: '', vehicle: '', attrs: {}, q: '', user: '', product: '', min: '', max: '', rating: '', sort: '',
  type: [], brand: [], kind: [], price: [], spec: [], page: 1, ...Object.fromEntries(SERVICE_KEYS.map((key) => [key, ''])),
};

export const NO_FILTERS = { brand: [], kind: [], price: [], spec: [], min: '', max: '', rating: '', page: 1 };

function parse(hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const state = { ...NOTHING };
  for (const key of TEXTS) state[key] = params.get(key) || '';
  for (const key of LISTS) state[key] = params.getAll(key);
  state.attrs = parseAttrs(params.get('attrs'));
  state.page = Math.max(1, Number.parseInt(params.get('page'), 10) || 1);
  return state;
}

export function formatHash(state) {
  const params = new URLSearchParams();
  for (const key of TEXTS) if (state[key]) params.set(key, state[key]);
  for (const key of LISTS) for (const value of state[key]) params.append(key, value);
  const attrs = formatAttrs(state.attrs);
  if (attrs) params.set('attrs', attrs);
  if (state.page > 1) params.set('page', String(state.page));
  return `#${params}`;
}

function changes(before, after) {
  return new Set(Object.keys(NOTHING).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key])));
}

export function createStore() {
  let state = parse(location.hash);
  const listeners = [];
  const become = (next) => {
    const changed = changes(state, next);
    state = next;
    if (changed.size > 0) for (const listener of listeners) listener(state, changed);
  };
  addEventListener('popstate', () => become(parse(location.hash)));
  return {
    get: () => state,
    // `instead`: in place of the state before, which is no step to go back to (a slider on its way).
    set(patch, { instead = false } = {}) {
      const next = { ...state, ...patch };
      const hash = formatHash(next);
      if (hash !== formatHash(state)) history[instead ? 'replaceState' : 'pushState'](null, '', hash);
      become(next);
    },
    link: (patch) => formatHash({ ...state, ...patch }),
    subscribe: (listener) => listeners.push(listener),
  };
}
