// What was selected among the facets: as the contract's filter expression, and as a row of chips that take it back.
import { el } from './dom.js';
import { currencySign, number } from './format.js';
import { icon } from './icons.js';
import { NO_FILTERS } from './store.js';

export const LISTS = ['type', 'kind', 'brand'];

const quote = (text) => `"${text.replace(/(["\\])/g, '\\$1')}"`;
const minor = (text) => Math.round(Number(text) * 100);
const RANGE = /^\d+ TO \d+$/;

export function toggled(list, value) {
  return list.includes(value) ? list.filter((one) => one !== value) : [...list, value];
}

// An attribute's value is kept as name:value.
export const specOf = (name, value) => `${name}:${value}`;
export function specParts(spec) {
  const colon = spec.indexOf(':');
  return { name: spec.slice(0, colon), value: spec.slice(colon + 1) };
}

const either = (terms) => (terms.length > 0 ? [`(${terms.join(' OR ')})`] : []);

// OR inside a facet, AND between them: so each facet counts without its own selection.
export function filterExpression(state) {
  const parts = LISTS.flatMap((name) => either(state[name].map((value) => `${name}:${quote(value)}`)));
  parts.push(...either(state.price.filter((range) => RANGE.test(range)).map((range) => `price:${range}`)));
  const names = [...new Set(state.spec.map((spec) => specParts(spec).name))];
  for (const name of names) parts.push(...either(state.spec.map(specParts).filter((one) => one.name === name).map((one) => `attributes.${name}:${quote(one.value)}`)));
  if (state.min) parts.push(`price >= ${minor(state.min)}`);
  if (state.max) parts.push(`price <= ${minor(state.max)}`);
  if (state.rating) parts.push(`rating >= ${Number(state.rating)}`);
  return parts.join(' AND ');
}

export const filterCount = (state) =>
  state.brand.length + state.kind.length + state.price.length + state.spec.length + (state.min || state.max ? 1 : 0) + (state.rating ? 1 : 0);

// ---- in words -----------------------------------------------------------------------------------------------------------
// "1000 TO 1499" is from ¥10 to below ¥15.
function rangeLabel(app, range) {
  const sign = currencySign(app.context().currency);
  const [from, to] = range.split(' TO ').map(Number);
  return `${sign}${number(app.lang, from / 100)}–${number(app.lang, (to + 1) / 100)}`;
}

export function valueLabel(app, facet, value) {
  if (facet === 'type') return app.words.typeName(value);
  if (facet === 'kind' && app.t.has(`kind_${value}`)) return app.t(`kind_${value}`);
  if (facet === 'price') return rangeLabel(app, value);
  return value;
}

export function specLabel(app, name, value) {
  const key = `value_${name}_${value}`;
  return app.t.has(key) ? app.t(key) : app.words.valueName(name, value);
}

function between({ t, context }, { min, max }) {
  const sign = currencySign(context().currency);
  return t('price_between', { min: min ? `${sign}${min}` : '', max: max ? `${sign}${max}` : '' }).trim();
}

// What is selected beyond the type that is looked at.
export function selectionChips(app) {
  const { t, store } = app;
  const state = store.get();
  const chip = (key, text, patch) => el('li', { class: 'chip', testid: 'filter-chip', 'data-value': key }, text,
    el('button', { 'aria-label': t('remove', { what: text }), 'data-focus': `filter-${key}`, onclick: () => store.set({ ...patch, page: 1 }) }, icon('close', 14)));
  const listed = [...LISTS.filter((facet) => facet !== 'type' || state.q), 'price'].flatMap((facet) => state[facet].map((value) =>
    chip(`${facet}:${value}`, valueLabel(app, facet, value), { [facet]: toggled(state[facet], value) })));
  const specs = state.spec.map((spec) => {
    const { name, value } = specParts(spec);
    return chip(spec, `${app.words.attributeName(name)}: ${specLabel(app, name, value)}`, { spec: toggled(state.spec, spec) });
  });
  const others = [
    (state.min || state.max) && chip('price', between(app, state), { min: '', max: '' }),
    state.rating && chip('rating', t('rating_from', { n: state.rating }), { rating: '' }),
  ].filter(Boolean);
  const all = [...listed, ...specs, ...others];
  if (all.length === 0) return null;
  return el('div', { class: 'selection', testid: 'selection' }, el('ul', { class: 'chips', 'aria-label': t('filters') }, all),
    all.length > 1 && el('button', { class: 'link', onclick: () => store.set({ ...NO_FILTERS, type: state.q ? [] : state.type }), 'data-focus': 'selection-clear' }, t('filters_clear')));
}
