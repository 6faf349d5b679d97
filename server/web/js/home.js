// What can be bought for the car (or at all): types as tiles, in their groups.
import { api, isAbort } from './api.js';
import { el, latest, replace } from './dom.js';
import { errorBox } from './errors.js';
import { carName } from './car.js';
import { nameOf, number } from './format.js';
import { OFTEN, iconOf } from './groups.js';
import { icon } from './icons.js';
import { NO_FILTERS } from './store.js';

const TILES_FIRST = 8; // of a group, until it is unfolded
const MANY = 99999;

function tile(app, type, big) {
  const label = nameOf(app.lang, type);
  const count = typeof type.count === 'number' && number(app.lang, Math.min(type.count, MANY));
  const patch = { ...NO_FILTERS, type: [type.id], q: '' };
  const open = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    app.store.set(patch);
  };
  return el('a', { class: big ? 'tile big' : 'tile', href: app.store.link(patch), onclick: open, testid: 'type-tile', 'data-type': type.id },
    icon(iconOf(app.words, type.id), big ? 34 : 22), el('span', {}, label),
    count && el('small', { 'aria-label': app.t('products_n', { n: count }) }, count));
}

function group(app, { id, title }, types) {
  const tiles = el('div', { class: 'tiles' });
  const draw = (all) => replace(tiles, types.slice(0, all ? types.length : TILES_FIRST).map((type) => tile(app, type, false)),
    types.length > TILES_FIRST && el('button', { class: 'tile more', onclick: () => draw(!all), 'data-focus': `more-${id}` },
      app.t(all ? 'show_less' : 'show_all', { n: types.length })));
  draw(false);
  return el('section', { class: 'group', 'data-group': id }, el('h3', {}, icon(iconOf(app.words, types[0].id), 20), title), tiles);
}

// [{id, title, types}] in the shop's order; what belongs to no group it names comes last.
function grouped(app, types) {
  const { words, lang, t } = app;
  const known = new Set(words.groups.map((one) => one.id));
  const groupOf = (type) => words.types.get(type.id)?.group;
  const groups = words.groups.map((one) => ({ id: one.id, title: nameOf(lang, one), types: types.filter((type) => groupOf(type) === one.id) }));
  const rest = { id: 'other', title: t('group_other'), types: types.filter((type) => !known.has(groupOf(type))) };
  return [...groups, rest].filter((one) => one.types.length > 0);
}

function drawTypes(app, container, types) {
  const { t } = app;
  const byId = new Map(types.map((type) => [type.id, type]));
  const often = OFTEN.filter((id) => byId.has(id)).map((id) => byId.get(id));
  replace(container,
    el('h2', {}, app.car ? t('types_title_car', { car: carName(app) }) : t('types_title')),
    types.length === 0 && el('p', { class: 'notice' }, t('types_empty')),
    often.length > 0 && el('section', {}, el('h3', { class: 'sr' }, t('types_often')), el('div', { class: 'tiles often' }, often.map((type) => tile(app, type, true)))),
    el('div', { class: 'groups' }, grouped(app, types).map((one) => group(app, one, one.types))));
}

// Of the car, with counts; without a car, all there are. What a VIN says narrows like an answer does.
async function typesFor(app, signal) {
  if (!app.car) return [...app.words.types.values()];
  const { vehicle, vin, attrs } = app.car;
  if (!vehicle) return [];
  const context = app.context();
  const known = vin ? { ...attrs, ...context.attrs } : context.attrs;
  return (await api.vehicleTypes({ ...context, attrs: known }, vehicle.id, signal)).types;
}

export function homeView(container, app) {
  const next = latest();
  const types = el('section', { class: 'types', testid: 'types' });
  const recs = el('div', {});
  async function load() {
    const signal = next();
    try {
      const list = await typesFor(app, signal);
      app.words.learnTypes(list);
      drawTypes(app, types, list);
    } catch (error) {
      if (!isAbort(error)) replace(types, errorBox(app, error, load));
    }
  }
  replace(container,
    el('section', { class: 'recommend', testid: 'recommended' },
      el('div', { class: 'section-head' }, el('h2', {}, icon('spark', 22), app.t('recs_title')), el('p', { class: 'muted' }, app.t('recs_lead'))), recs),
    types);
  replace(types, el('div', { class: 'tiles often' }, Array.from({ length: 8 }, () => el('div', { class: 'tile big skeleton', 'aria-hidden': 'true' }))));
  app.recommendations.show(recs, { testid: 'recs' });
  return { update: load, leave: next };
}
