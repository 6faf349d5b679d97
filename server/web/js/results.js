// Search results: what was understood, the question that decides, facets, hits, number matches, pages.
import { api, isAbort } from './api.js';
import { productCard, skeletons } from './card.js';
import { el, latest, replace } from './dom.js';
import { errorBox } from './errors.js';
import { filterExpression, filterPanel } from './filters.js';
import { nameOf, number } from './format.js';
import { icon } from './icons.js';
import { questionBar } from './question.js';
import { NO_FILTERS } from './store.js';

const PAGE_SIZE = 20;
const REACH = 1000; // offset + limit, by contract
const WIDE = '(min-width: 900px)';

export const isResults = (state) => Boolean(state.q || state.type.length || state.brand.length || state.kind.length || state.min || state.max || state.rating);

function heading(app) {
  const { t, words, store } = app;
  const { q, type } = store.get();
  if (q) return t('results_for', { q });
  return type.length > 0 ? type.map(words.typeName).join(' · ') : t('results_all');
}

// ---- what was understood --------------------------------------------------------------------------------------------
function carNotices(app, answer) {
  const { t, lang } = app;
  const named = answer.understood && answer.understood.vehicle;
  const use = (vehicle) => el('button', { class: 'button', onclick: () => app.pickCar(vehicle.id), testid: 'use-understood' }, nameOf(lang, vehicle));
  if (app.car && !app.car.vehicle) return el('p', { class: 'notice' }, t('unknown_car_note'));
  if (app.car) return null;
  const options = answer.vehicle_options || [];
  if (named && typeof named === 'object')
    return el('div', { class: 'notice row' }, el('span', {}, t('understood_car', { car: nameOf(lang, named) })), el('button', { class: 'button', onclick: () => app.pickCar(named.id), testid: 'use-understood' }, t('car_use')));
  if (options.length > 0) return el('div', { class: 'notice row' }, el('span', {}, t('understood_cars')), options.slice(0, 8).map(use));
  return el('div', { class: 'notice row' }, el('span', {}, t('no_car_note')), el('button', { class: 'button', onclick: app.openPicker }, t('car_pick')));
}

function wordNotes(app, answer) {
  const { t } = app;
  const corrections = (answer.understood && answer.understood.corrections) || [];
  const notes = corrections.map(({ from, to }) => t('corrected', { from, to }));
  const dropped = (answer.dropped || []).map((one) => (typeof one === 'string' ? one : one.word)).filter(Boolean);
  if (dropped.length > 0) notes.push(t('dropped', { words: dropped.join(', ') }));
  return notes.map((note) => el('p', { class: 'muted' }, note));
}

const answerTo = ({ store }) => (attribute, value) => store.set({ attrs: { ...store.get().attrs, [attribute]: [value] }, page: 1 });

// ---- hits -------------------------------------------------------------------------------------------------------------
function pages(app, total) {
  const { t, lang, store } = app;
  const last = Math.ceil(Math.min(total, REACH) / PAGE_SIZE);
  const { page } = store.get();
  if (last < 2) return null;
  const go = (to, content, label, props = {}) => el('button', {
    class: 'page', 'aria-label': label, onclick: () => { store.set({ page: to }); document.getElementById('view').scrollIntoView(); }, testid: 'page', 'data-page': String(to), ...props,
  }, content);
  const around = [...new Set([1, page - 1, page, page + 1, last])].filter((n) => n >= 1 && n <= last);
  const numbers = around.flatMap((n, i) => [i > 0 && n - around[i - 1] > 1 ? el('span', { class: 'muted' }, '…') : null,
    go(n, number(lang, n), t('page_n', { n }), { 'aria-current': n === page ? 'page' : null })]);
  return el('nav', { class: 'pages', 'aria-label': t('paging') },
    go(Math.max(1, page - 1), icon('left', 18), t('page_prev'), { disabled: page === 1, testid: 'page-prev' }), numbers,
    go(Math.min(last, page + 1), icon('right', 18), t('page_next'), { disabled: page === last, testid: 'page-next' }));
}

function numberMatches(app, answer) {
  const { t } = app;
  const matches = answer.number_matches || [];
  if (matches.length === 0) return null;
  return el('section', { class: 'numbers', testid: 'number-matches' }, el('h2', {}, t('number_title')), el('p', { class: 'muted' }, t('number_lead')),
    el('div', { class: 'cards' }, matches.map((hit, i) => productCard(app, hit, { query_id: answer.query_id, position: i + 1 }))));
}

function nothing(app) {
  const { t, store } = app;
  return el('div', { class: 'notice', role: 'status', testid: 'no-hits' }, el('p', {}, el('strong', {}, t('results_none')), ' ', t('results_none_do')),
    el('div', { class: 'row' }, el('button', { class: 'button', onclick: () => store.set(NO_FILTERS) }, t('filters_clear')),
      el('button', { class: 'button', onclick: () => store.set({ ...NO_FILTERS, q: '', type: [] }) }, t('all_types'))));
}

export function resultsView(container, app) {
  const { t, lang, store } = app;
  const next = latest();
  const head = el('div', { class: 'results-head' });
  const above = el('div', {});
  const filters = el('details', { class: 'filters', testid: 'filters', open: matchMedia(WIDE).matches });
  const hits = el('div', { class: 'hits', 'aria-busy': 'true' });
  const recs = el('div', {});

  function draw(answer) {
    const offset = (store.get().page - 1) * PAGE_SIZE;
    const count = t(app.car && app.car.vehicle ? 'results_n_fit' : 'results_n', { n: number(lang, answer.total) });
    replace(head, back(), el('h1', {}, heading(app)), el('p', { class: 'muted', role: 'status', testid: 'total', 'data-total': String(answer.total) },
      count, answer.took_us ? ` · ${t('took', { ms: number(lang, answer.took_us / 1000, 2) })}` : ''));
    replace(above, carNotices(app, answer), wordNotes(app, answer), questionBar(app, answer.question, answerTo(app)));
    replace(filters, filterPanel(app, answer.facets || {}));
    const cards = answer.hits.map((hit, i) => productCard(app, hit, { query_id: answer.query_id, position: offset + i + 1 }));
    replace(hits, numberMatches(app, answer), cards.length > 0 ? el('div', { class: 'cards', testid: 'hits', 'data-query': answer.query_id }, cards) : nothing(app), pages(app, answer.total));
    hits.setAttribute('aria-busy', 'false');
  }
  const back = () => el('button', { class: 'link', onclick: () => store.set({ ...NO_FILTERS, type: [], q: '' }), testid: 'back-to-types' }, icon('left', 16), t('all_types'));

  async function load() {
    const signal = next();
    const state = store.get();
    hits.setAttribute('aria-busy', 'true');
    if (hits.childElementCount === 0) replace(hits, el('div', { class: 'cards' }, skeletons(6)));
    try {
      const answer = await api.search(app.context(), {
        q: state.q, filters: filterExpression(state), facets: 'brand,type,kind', limit: PAGE_SIZE, offset: (state.page - 1) * PAGE_SIZE,
      }, signal);
      if (answer.understood && answer.understood.types) app.words.learnTypes(answer.understood.types);
      draw(answer);
    } catch (error) {
      if (isAbort(error)) return;
      replace(head, back(), el('h1', {}, heading(app)));
      replace(above);
      replace(hits, errorBox(app, error, load));
      hits.setAttribute('aria-busy', 'false');
    }
  }

  replace(head, back(), el('h1', {}, heading(app)));
  replace(container, el('div', { class: 'results', testid: 'results' }, head, above, el('div', { class: 'results-columns' }, filters, hits)),
    el('section', { class: 'recommend', testid: 'recommended' }, el('div', { class: 'section-head' }, el('h2', {}, icon('spark', 22), t('recs_title')), el('p', { class: 'muted' }, t('recs_lead'))), recs));
  app.recommendations.show(recs, { testid: 'recs' });
  return { update: load, leave: next };
}
