// Search results: what was understood, the question that decides, facets, hits, number matches, pages.
import { api, isAbort } from './api.js';
import { productCard, skeletons } from './card.js';
import { allChips } from './chips.js';
import { el, latest, replace } from './dom.js';
import { errorBox } from './errors.js';
import { filterPanel, specNames } from './filters.js';
import { number } from './format.js';
import { icon } from './icons.js';
import { without } from './query_text.js';
import { knownOfCar, questionBar } from './question.js';
import { filterCount, filterExpression, selectionChips } from './selection.js';
import { NO_FILTERS } from './store.js';
import { carNotices, readPanel } from './understood.js';

const PAGE_SIZE = 20;
const REACH = 1000; // offset + limit, by contract
const FACETS = ['brand', 'type', 'kind', 'price'];
const SORTS = ['', 'price_asc', 'price_desc', 'rating', 'newest'];
const WIDE = '(min-width: 900px)';

export const isResults = (state) => Boolean(state.q || state.type.length > 0 || filterCount(state) > 0);

function heading(app) {
  const { t, words, store } = app;
  const { q, type } = store.get();
  if (q) return t('results_for', { q });
  return type.length > 0 ? type.map(words.typeName).join(' · ') : t('results_all');
}

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

// What to do about an empty list: leave out a filter, or one of the words.
function nothing(app, answer) {
  const { t, store } = app;
  const state = store.get();
  const words = state.q ? allChips(state.q, answer).filter((chip) => chip.place && !chip.ignored) : [];
  const leaveOut = (chip) => el('button', { class: 'button', testid: 'leave-out', onclick: () => store.set({ q: without(state.q, [chip.place]), page: 1 }) },
    t('results_without', { word: state.q.slice(chip.place.at, chip.place.at + chip.place.length) }));
  return el('div', { class: 'notice', role: 'status', testid: 'no-hits' }, el('p', {}, el('strong', {}, t('results_none')), ' ', t('results_none_do')),
    el('div', { class: 'row' }, filterCount(state) > 0 && el('button', { class: 'button primary', onclick: () => store.set(NO_FILTERS) }, t('filters_clear')),
      words.length > 1 && words.map(leaveOut), el('button', { class: 'button', onclick: () => store.set({ ...NO_FILTERS, q: '', type: [] }) }, t('all_types'))));
}

function sortBox(app) {
  const { t, store } = app;
  const { sort } = store.get();
  return el('label', { class: 'sort' }, icon('sort', 16), el('span', { class: 'sr' }, t('sort_label')),
    el('select', { testid: 'sort', 'data-focus': 'sort', onchange: (event) => store.set({ sort: event.target.value, page: 1 }) },
      SORTS.map((one) => el('option', { value: one, selected: one === sort }, t(`sort_${one || 'relevance'}`)))));
}

// What an answer is asked with. `specs` are the attributes to count beside the facets every search has.
function wantedOf(state, specs) {
  return {
    q: state.q, filters: filterExpression(state), facets: [...FACETS, ...specs.map((name) => `attributes.${name}`)].join(','),
    sort: state.sort, limit: PAGE_SIZE, offset: (state.page - 1) * PAGE_SIZE,
  };
}

// The words may name a car that the market of the page's language lacks: then all markets are searched.
async function searchAnywhere(context, wanted, signal) {
  try {
    return await api.search(context, wanted, signal);
  } catch (error) {
    if (error.field !== 'market' || !context.market) throw error;
    return api.search({ ...context, market: '' }, wanted, signal);
  }
}

export function resultsView(container, app) {
  const { t, lang, store } = app;
  const next = latest();
  const head = el('div', { class: 'results-head' });
  const above = el('div', { class: 'results-above' });
  const filters = el('details', { class: 'filters', testid: 'filters', open: matchMedia(WIDE).matches });
  const hits = el('div', { class: 'hits' });
  const whole = el('div', { class: 'results', testid: 'results', 'aria-busy': 'true' }, head, above, el('div', { class: 'results-columns' }, filters, hits));
  const recs = el('div', {});

  let specs = { of: '', names: [] }; // attributes counted, and of which search they are

  const drawFilters = (answer) => replace(filters, filterPanel(app, answer));

  function draw(answer) {
    const offset = (store.get().page - 1) * PAGE_SIZE;
    app.named = answer.understood.vehicle;
    const fitting = app.car ? app.car.vehicle : answer.understood.vehicle;
    const count = t(fitting ? 'results_n_fit' : 'results_n', { n: number(lang, answer.total) });
    replace(head, back(), el('h1', {}, heading(app)), el('div', { class: 'results-line' }, el('p', { class: 'muted', role: 'status', testid: 'total', 'data-total': String(answer.total) },
      count, answer.took_us ? ` · ${t('took', { ms: number(lang, answer.took_us / 1000, 2) })}` : ''), answer.total > 1 && sortBox(app)));
    replace(above, carNotices(app, answer), readPanel(app, answer), questionBar(app, answer.question, knownOfCar(app, { page: 1 })));
    drawFilters(answer);
    filters.hidden = answer.total === 0 && filterCount(store.get()) === 0; // nothing to narrow
    const cards = answer.hits.map((hit, i) => productCard(app, hit, { query_id: answer.query_id, position: offset + i + 1 }));
    replace(hits, selectionChips(app), numberMatches(app, answer), cards.length > 0 ? el('div', { class: 'cards', testid: 'hits', 'data-query': answer.query_id }, cards) : nothing(app, answer), pages(app, answer.total));
    whole.setAttribute('aria-busy', 'false');
    whole.dataset.query = answer.query_id;
  }
  const back = () => el('button', { class: 'link', onclick: () => store.set({ ...NO_FILTERS, type: [], q: '' }), testid: 'back-to-types' }, icon('left', 16), t('all_types'));

  // Which attributes are worth a facet is known from the first answer; they are counted while it is being read.
  async function countSpecs(answer, of, state, signal) {
    specs = { of, names: specNames(answer.hits, state.spec) };
    if (specs.names.length === 0) return;
    const wanted = { ...wantedOf(state, []), facets: specs.names.map((name) => `attributes.${name}`).join(','), limit: 1, offset: 0, fields: 'id' };
    const more = await searchAnywhere(app.context(), wanted, signal).catch(() => null); // the other facets will do
    if (!more || signal.aborted) return;
    drawFilters({ ...answer, facets: { ...answer.facets, ...more.facets } });
  }

  async function load() {
    const signal = next();
    const state = store.get();
    const of = JSON.stringify([state.q, state.type, state.vehicle, state.lang]);
    whole.setAttribute('aria-busy', 'true');
    if (hits.childElementCount === 0) replace(hits, el('div', { class: 'cards' }, skeletons(6)));
    try {
      const answer = await searchAnywhere(app.context(), wantedOf(state, specs.of === of ? specs.names : []), signal);
      if (answer.understood.types) app.words.learnTypes(answer.understood.types);
      draw(answer);
      if (state.q) app.searched(state.q, answer);
      if (specs.of !== of) await countSpecs(answer, of, state, signal);
    } catch (error) {
      if (isAbort(error)) return;
      replace(head, back(), el('h1', {}, heading(app)));
      replace(above);
      replace(hits, selectionChips(app), errorBox(app, error, load));
      whole.setAttribute('aria-busy', 'false');
    }
  }

  replace(head, back(), el('h1', {}, heading(app)));
  replace(container, whole,
    el('section', { class: 'recommend', testid: 'recommended' }, el('div', { class: 'section-head' }, el('h2', {}, icon('spark', 22), t('recs_title')), el('p', { class: 'muted' }, t('recs_lead'))), recs));
  app.recommendations.show(recs, { testid: 'recs' });
  const leave = () => {
    next();
    app.named = null;
  };
  return { update: load, leave };
}
