// What the server read in a query, above the results: its words as chips, what was corrected or left out, which car is meant.
import { allChips, isCarChip, modelName, queryChips } from './chips.js';
import { el } from './dom.js';
import { nameOf } from './format.js';
import { icon } from './icons.js';
import { literally, without } from './query_text.js';

const MODELS_NAMED = 3; // of a reading that holds more

const line = (app, drawing, props, ...children) => el('p', { class: 'read-line', ...props }, icon(drawing, 16), el('span', {}, children));
const searchLink = (app, q, label, props = {}) => el('button', { class: 'link', onclick: () => app.store.set({ q, page: 1 }), ...props }, label);

// "Showing results for X instead of Y. Search for Y as written"
function corrections(app, answer) {
  const { t, store } = app;
  const list = answer.understood.corrections || [];
  if (list.length === 0) return null;
  const { q } = store.get();
  const original = list.reduce((text, { from }) => literally(text, from), q);
  const parts = list.map(({ from, to }, i) => [i > 0 && ' · ', t('corrected_before'), el('b', {}, to), t('corrected_instead'), el('s', {}, from), t('corrected_after')]);
  return line(app, 'spell', { testid: 'corrections' }, parts, ' ', original !== q && searchLink(app, original, t('corrected_original', { from: list.map((one) => one.from).join(' ') }), { testid: 'search-original' }));
}

function dropped(app, answer) {
  const words = answer.dropped;
  if (words.length === 0) return null;
  return line(app, 'alert', { testid: 'dropped' }, app.t('dropped'), words.map((word, i) => [i > 0 && ', ', el('s', {}, word)]));
}

// A fault code or a size stands for several kinds of products: one of them can be chosen.
function types(app, answer) {
  const { t, lang, store } = app;
  const list = answer.understood.types || [];
  if (list.length < 2 || store.get().type.length > 0) return null;
  return el('div', { class: 'read-line', testid: 'read-types' }, icon('search', 16), el('span', {}, t('read_types')),
    list.map((type) => el('button', { class: 'mini', onclick: () => store.set({ type: [type.id], page: 1 }) }, nameOf(lang, type))));
}

// ---- which car ----------------------------------------------------------------------------------------------------------------
// [from, to]; without an end the car is still built.
function yearsText(years) {
  if (!years) return '';
  const [from, to] = years;
  return from === to ? ` ${from}` : ` ${from || ''}–${to || ''}`;
}

function readingName(app, { makes, models, years }) {
  const names = models.length > 0 ? [...new Set(models.slice(0, MODELS_NAMED).map((model) => modelName(app.lang, model)))] : makes;
  return names.join(' / ') + (models.length > MODELS_NAMED ? ' …' : '') + yearsText(years);
}

const readingWords = (app, { makes, models }) => (models.length > 0 ? modelName(app.lang, models[0]) : makes[0] || '');

function readings(app, answer) {
  const { t, store } = app;
  const [used, ...others] = answer.readings || [];
  if (!used || others.length === 0) return null;
  const { q } = store.get();
  return el('div', { class: 'read-line', testid: 'readings' }, icon('car', 16), el('span', {}, t('reading_used', { car: readingName(app, used) })),
    others.map((one) => el('button', { class: 'mini', testid: 'reading', onclick: () => store.set({ q: `${readingWords(app, one)} ${q}`, attrs: {}, page: 1 }) }, readingName(app, one))));
}

// Without what was said of the car's make, model and year: those are known once it is picked.
function pick(app, vehicle) {
  const attrs = Object.fromEntries(Object.entries(app.store.get().attrs).filter(([name]) => !['make', 'model', 'year'].includes(name)));
  app.pickCar(vehicle.id, attrs);
}

function vehicleRow(app, answer, title) {
  const options = answer.vehicle_options || [];
  if (options.length === 0) return null;
  return el('div', { class: 'exact', testid: 'vehicle-options' }, el('span', {}, icon('car', 16), title),
    el('div', { class: 'exact-cars' }, options.map((vehicle) => el('button', { class: 'mini', onclick: () => pick(app, vehicle), testid: 'use-understood', 'data-vehicle': vehicle.id, 'data-focus': `use-${vehicle.id}` }, nameOf(app.lang, vehicle)))));
}

const withoutCar = (q, answer) => without(q, allChips(q, answer).filter(isCarChip).map((chip) => chip.place));

function unknownCar(app, text, answer) {
  const { t, store } = app;
  const { q } = store.get();
  const rest = withoutCar(q, answer);
  return el('section', { class: 'notice warn', role: 'status', testid: 'unknown-car' },
    el('h2', {}, icon('alert', 22), t('unknown_title', { car: text })), el('p', {}, t('unknown_lead')),
    el('div', { class: 'row' }, el('button', { class: 'button primary', onclick: app.openPicker, testid: 'unknown-pick' }, t('unknown_pick')),
      rest && rest !== q && el('button', { class: 'button', onclick: () => store.set({ q: rest, attrs: {}, page: 1 }), testid: 'unknown-without' }, t('unknown_without', { q: rest }))));
}

function conflict(app, answer) {
  const { t, store } = app;
  const { q } = store.get();
  const rest = withoutCar(q, answer);
  return el('section', { class: 'notice warn', role: 'status', testid: 'car-conflict' }, el('h2', {}, icon('alert', 22), t('conflict_title')), el('p', {}, t('conflict_lead')),
    rest && rest !== q && el('button', { class: 'button', onclick: () => store.set({ q: rest, page: 1 }) }, t('unknown_without', { q: rest })),
    vehicleRow(app, answer, t('conflict_other')));
}

// What stands in the way of a claim that anything fits.
export function carNotices(app, answer) {
  const { car } = answer.understood;
  if (car && car.unknown) return unknownCar(app, car.unknown, answer);
  if (app.car && !app.car.vehicle) return el('p', { class: 'notice warn' }, app.t('unknown_car_note'));
  return app.car && car && car.conflict ? conflict(app, answer) : null;
}

// The car the words name, or the ones they may mean, for a person to keep; or that there is none.
function namedCar(app, answer) {
  const { t, lang } = app;
  const { vehicle, car } = answer.understood;
  if (app.store.get().vehicle || (car && car.unknown)) return null;
  if (!vehicle && !car)
    return el('div', { class: 'read-line' }, icon('car', 16), el('span', {}, t('no_car_note')), el('button', { class: 'mini', onclick: app.openPicker, testid: 'pick-for-results' }, t('car_pick')));
  if (!vehicle) return vehicleRow(app, answer, t('exact_car'));
  return el('div', { class: 'read-line', testid: 'named-car' }, icon('car', 16), el('span', {}, t('understood_car', { car: nameOf(lang, vehicle) })),
    el('button', { class: 'mini', onclick: () => pick(app, vehicle), testid: 'use-understood', 'data-vehicle': vehicle.id }, t('car_keep')));
}

// The reading of the words: chips first, then what a person should know of it.
export function readPanel(app, answer) {
  const lines = [queryChips, corrections, dropped, readings, types, namedCar].map((part) => part(app, answer)).filter(Boolean);
  return lines.length > 0 ? el('section', { class: 'read', testid: 'understood', 'aria-label': app.t('chips_label') }, lines) : null;
}
