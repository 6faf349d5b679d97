// The panel of facets: several values of each may be chosen, and each says how many products it would leave.
import { el, replace } from './dom.js';
import { currencySign, number } from './format.js';
import { icon } from './icons.js';
import { LISTS, filterCount, specLabel, specOf, specParts, toggled, valueLabel } from './selection.js';
import { NO_FILTERS } from './store.js';

const RATINGS = ['4.5', '4', '3'];
const VALUES_FIRST = 6; // of a facet, until it is unfolded
const VALUES_MANY = 12; // from so many on, they can be looked through by typing
const SPEC = 'attributes.';

// One facet: {key, title, testid, counts, chosen (values), label(value), toggle(value)}.
function facetBox(app, { key, title, testid, counts, chosen, label, toggle }) {
  const { t, lang, unfolded } = app;
  const missing = chosen.filter((value) => !counts.some((one) => one.value === value)).map((value) => ({ value, count: 0 }));
  const values = [...counts, ...missing];
  if (values.length === 0) return null;
  const row = ({ value, count }) => el('label', { class: count > 0 || chosen.includes(value) ? 'facet-value' : 'facet-value empty' },
    el('input', { type: 'checkbox', checked: chosen.includes(value), 'data-focus': `${key}:${value}`, testid, 'data-value': value, onchange: () => toggle(value) }),
    el('span', {}, label(value)), el('small', {}, number(lang, count)));
  const rows = el('div', {});
  let wanted = '';
  const drawRows = () => {
    const all = unfolded.has(key);
    const named = wanted ? values.filter((one) => label(one.value).toLowerCase().includes(wanted)) : values;
    replace(rows, named.filter((one, i) => all || i < VALUES_FIRST || chosen.includes(one.value)).map(row), named.length === 0 && el('p', { class: 'muted' }, t('nothing_here')));
  };
  const box = el('fieldset', { class: 'facet', 'data-facet': key });
  const search = () => el('input', {
    type: 'search', class: 'facet-search', placeholder: t('filter_list'), 'aria-label': `${title}: ${t('filter_list')}`, 'data-focus': `look-${key}`,
    oninput: (event) => { wanted = event.target.value.trim().toLowerCase(); drawRows(); },
  });
  const draw = () => {
    const all = unfolded.has(key);
    drawRows();
    replace(box, el('legend', {}, title), all && values.length >= VALUES_MANY && search(), rows,
      values.length > VALUES_FIRST && el('button', {
        class: 'link', type: 'button', 'data-focus': `unfold-${key}`, 'aria-expanded': String(all),
        onclick: () => { if (!unfolded.delete(key)) unfolded.add(key); wanted = ''; draw(); },
      }, t(all ? 'show_less' : 'show_all', { n: values.length })));
  };
  draw();
  return box;
}

// A facet of one value decides nothing.
const idle = (counts, chosen) => counts.length < 2 && chosen.length === 0;

function listBox(app, facet, counts) {
  const { store, t } = app;
  if (idle(counts, store.get()[facet])) return null;
  return facetBox(app, {
    key: facet, title: t(`facet_${facet}`), testid: `facet-${facet}`, counts, chosen: store.get()[facet],
    label: (value) => valueLabel(app, facet, value), toggle: (value) => store.set({ [facet]: toggled(store.get()[facet], value), page: 1 }),
  });
}

function specBox(app, name, counts) {
  const { store, words } = app;
  const chosen = store.get().spec.map(specParts).filter((one) => one.name === name).map((one) => one.value);
  if (idle(counts, chosen)) return null;
  return facetBox(app, {
    key: SPEC + name, title: words.attributeName(name), testid: 'facet-spec', counts, chosen,
    label: (value) => specLabel(app, name, value), toggle: (value) => store.set({ spec: toggled(store.get().spec, specOf(name, value)), page: 1 }),
  });
}

// Ranges with counts, and beside them any other: one takes the place of the other.
function priceBox(app, counts, stats) {
  const { t, store } = app;
  const state = store.get();
  const lowToHigh = [...counts].sort((a, b) => Number.parseInt(a.value, 10) - Number.parseInt(b.value, 10));
  const ranges = facetBox(app, {
    key: 'price', title: t('facet_price'), testid: 'facet-price', counts: lowToHigh, chosen: state.price,
    label: (value) => valueLabel(app, 'price', value), toggle: (value) => store.set({ price: toggled(store.get().price, value), min: '', max: '', page: 1 }),
  });
  const edge = (value) => (stats ? number(app.lang, Math.round(value / 100)) : '');
  const field = (name, label, hint) => el('input', {
    type: 'number', min: 0, step: 1, inputmode: 'decimal', value: state[name], placeholder: `${currencySign(app.context().currency)} ${hint}`, 'aria-label': t(label), testid: `price-${name}`,
    'data-focus': `price-${name}`, onchange: (event) => store.set({ [name]: event.target.value, price: [], page: 1 }),
  });
  const own = el('div', { class: 'price-range' }, field('min', 'price_min', edge(stats?.min)), el('span', {}, '–'), field('max', 'price_max', edge(stats?.max)));
  if (!ranges) return el('fieldset', { class: 'facet' }, el('legend', {}, t('facet_price')), own);
  ranges.append(own);
  return ranges;
}

function ratingBox(app) {
  const { t, store } = app;
  const row = (value, label) => el('label', { class: 'facet-value' },
    el('input', { type: 'radio', name: 'rating', checked: store.get().rating === value, 'data-focus': `rating:${value}`, testid: 'facet-rating', 'data-value': value, onchange: () => store.set({ rating: value, page: 1 }) }),
    el('span', { class: 'rating' }, value && icon('star', 14), label));
  return el('fieldset', { class: 'facet' }, el('legend', {}, t('facet_rating')), row('', t('rating_any')), RATINGS.map((value) => row(value, t('rating_from', { n: value }))));
}

// The panel of an answer; folded away behind a button where there is little room, and back by another.
export function filterPanel(app, { facets = {}, facet_stats: stats = {}, total }) {
  const { t, store } = app;
  const count = filterCount(store.get());
  const specs = Object.keys(facets).filter((name) => name.startsWith(SPEC)).map((name) => name.slice(SPEC.length));
  return [
    el('summary', { testid: 'filters-toggle', 'data-focus': 'filters-toggle' }, icon('filter', 18), t(count > 0 ? 'filters_n' : 'filters', { n: count })),
    el('div', { class: 'filters-body' },
      LISTS.map((facet) => listBox(app, facet, facets[facet] || [])), priceBox(app, facets.price || [], stats.price), ratingBox(app),
      specs.map((name) => specBox(app, name, facets[SPEC + name])),
      el('div', { class: 'row' }, el('button', { class: 'button primary narrow-only', onclick: (event) => { event.target.closest('details').open = false; }, testid: 'filters-done' }, t('filters_done', { n: number(app.lang, total) })),
        count > 0 && el('button', { class: 'button', onclick: () => store.set(NO_FILTERS), testid: 'filters-clear' }, t('filters_clear')))),
  ];
}

// The attributes worth a facet, from what the first products say of themselves: those that most of them carry.
const FACETED_SPECS = 6;
const NOT_FACETED = /(^|_)source$|[^\w.-]/;
export function specNames(hits, chosen) {
  const seen = new Map(chosen.map((spec) => [specParts(spec).name, Infinity]));
  for (const hit of hits)
    for (const [name, value] of Object.entries(hit.attributes || {}))
      if (typeof value !== 'object' && !NOT_FACETED.test(name)) seen.set(name, (seen.get(name) || 0) + 1);
  return [...seen].sort((a, b) => b[1] - a[1]).slice(0, FACETED_SPECS).map(([name]) => name);
}
