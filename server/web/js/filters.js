// The chosen filters as the contract's filter expression, and the panel that chooses them.
import { el, replace } from './dom.js';
import { currencySign, number } from './format.js';
import { icon } from './icons.js';
import { NO_FILTERS } from './store.js';

const LISTS = ['type', 'kind', 'brand'];
const RATINGS = ['4.5', '4', '3'];
const VALUES_FIRST = 8; // of a facet, until it is unfolded

const quote = (text) => `"${text.replace(/(["\\])/g, '\\$1')}"`;
const minor = (text) => Math.round(Number(text) * 100);

export function filterExpression(state) {
  const parts = LISTS.filter((name) => state[name].length > 0).map((name) => `(${state[name].map((value) => `${name}:${quote(value)}`).join(' OR ')})`);
  if (state.min) parts.push(`price >= ${minor(state.min)}`);
  if (state.max) parts.push(`price <= ${minor(state.max)}`);
  if (state.rating) parts.push(`rating >= ${Number(state.rating)}`);
  return parts.join(' AND ');
}

export const filterCount = (state) => state.brand.length + state.kind.length + (state.min || state.max ? 1 : 0) + (state.rating ? 1 : 0);

function valueLabel(app, facet, value) {
  if (facet === 'type') return app.words.typeName(value);
  if (facet === 'kind' && app.t.has(`kind_${value}`)) return app.t(`kind_${value}`);
  return value;
}

function toggled(list, value) {
  return list.includes(value) ? list.filter((one) => one !== value) : [...list, value];
}

function facetBox(app, facet, counts) {
  const { t, store, lang, unfolded } = app;
  const chosen = store.get()[facet];
  const missing = chosen.filter((value) => !counts.some((one) => one.value === value)).map((value) => ({ value, count: 0 }));
  const values = [...missing, ...counts].sort((a, b) => chosen.includes(b.value) - chosen.includes(a.value));
  if (values.length === 0) return null;
  const row = ({ value, count }) => el('label', { class: 'facet-value' },
    el('input', {
      type: 'checkbox', checked: chosen.includes(value), 'data-focus': `${facet}:${value}`, testid: `facet-${facet}`, 'data-value': value,
      onchange: () => store.set({ [facet]: toggled(store.get()[facet], value), page: 1 }),
    }),
    el('span', {}, valueLabel(app, facet, value)), el('small', {}, number(lang, count)));
  const box = el('fieldset', { class: 'facet' });
  const draw = () => {
    const all = unfolded.has(facet);
    replace(box, el('legend', {}, t(`facet_${facet}`)),
      values.filter((one, i) => all || i < VALUES_FIRST || chosen.includes(one.value)).map(row),
      values.length > VALUES_FIRST && el('button', {
        class: 'link', type: 'button', 'data-focus': `unfold-${facet}`,
        onclick: () => { if (!unfolded.delete(facet)) unfolded.add(facet); draw(); },
      }, t(all ? 'show_less' : 'show_all', { n: values.length })));
  };
  draw();
  return box;
}

function priceBox(app) {
  const { t, store } = app;
  const state = store.get();
  const field = (name, label) => el('input', {
    type: 'number', min: 0, step: 1, inputmode: 'decimal', value: state[name], placeholder: currencySign(app.context().currency), 'aria-label': t(label), testid: `price-${name}`,
    'data-focus': `price-${name}`, onchange: (event) => store.set({ [name]: event.target.value, page: 1 }),
  });
  return el('fieldset', { class: 'facet' }, el('legend', {}, t('facet_price')), el('div', { class: 'price-range' }, field('min', 'price_min'), el('span', {}, '–'), field('max', 'price_max')));
}

function ratingBox(app) {
  const { t, store } = app;
  const row = (value, label) => el('label', { class: 'facet-value' },
    el('input', { type: 'radio', name: 'rating', checked: store.get().rating === value, 'data-focus': `rating:${value}`, testid: 'facet-rating', 'data-value': value, onchange: () => store.set({ rating: value, page: 1 }) }),
    el('span', { class: 'rating' }, value && icon('star', 14), label));
  return el('fieldset', { class: 'facet' }, el('legend', {}, t('facet_rating')), row('', t('rating_any')), RATINGS.map((value) => row(value, t('rating_from', { n: value }))));
}

// The panel; folded away behind a button where there is little room.
export function filterPanel(app, facets) {
  const { t, store } = app;
  const count = filterCount(store.get());
  return [
    el('summary', { testid: 'filters-toggle', 'data-focus': 'filters-toggle' }, icon('filter', 18), t(count > 0 ? 'filters_n' : 'filters', { n: count })),
    el('div', { class: 'filters-body' },
      LISTS.map((facet) => facetBox(app, facet, facets[facet] || [])), priceBox(app), ratingBox(app),
      count > 0 && el('button', { class: 'button', onclick: () => store.set(NO_FILTERS), testid: 'filters-clear' }, t('filters_clear'))),
  ];
}
