// The car that was picked: loading it, and the bar (or, without one, the invitation to pick) at the top of the page.
import { api, isAbort } from './api.js';
import { attrsFromAnswer } from './attrs.js';
import { el, latest, replace } from './dom.js';
import { errorBox } from './errors.js';
import { nameOf } from './format.js';
import { icon } from './icons.js';
import { typeahead } from './typeahead.js';

const VIN_CHARS = 17;
const VIN = /^[A-HJ-NPR-Z0-9]{17}$/;

export const asVin = (text) => {
  const vin = text.toUpperCase().replace(/[\s-]/g, '');
  return VIN.test(vin) ? vin : '';
};

const idOf = (vehicle) => (vehicle && typeof vehicle === 'object' ? vehicle.id : vehicle);

function marketsOf(vehicle) {
  return new Set((vehicle.configuration_list || []).map((one) => one.attrs.market).filter(Boolean));
}

// {vehicle, vin, attrs, configurations, sold_in(market)}; `vehicle` is null for a VIN that leads nowhere. `attrs` is what the
// car alone says, before any answer. A VIN says its market itself.
export async function loadCar(id, signal) {
  const vin = asVin(id) ? await api.vin(id, signal) : null;
  const base = vin ? idOf(vin.vehicle) : id;
  const vehicle = base ? await api.vehicle(base, signal) : null;
  const markets = vehicle ? marketsOf(vehicle) : new Set();
  const attrs = attrsFromAnswer({ ...(vehicle && vehicle.attrs), ...(vin && vin.attrs) });
  const { configurations = 0 } = (vin && vin.configurations ? vin : vehicle) || {};
  return { vehicle, vin, attrs, configurations, sold_in: (market) => !vin && (markets.size === 0 || markets.has(market)) };
}

export function carName(app) {
  return app.car && app.car.vehicle ? nameOf(app.lang, app.car.vehicle) : app.store.get().vehicle;
}

// ---- typing a car ----------------------------------------------------------------------------------------------------
function vinNote(app, text) {
  const compact = text.toUpperCase().replace(/[\s-]/g, '');
  const looksLikeVin = /^[A-Z0-9]{10,}$/.test(compact) && /\d/.test(compact);
  if (!looksLikeVin || compact.length > VIN_CHARS) return [];
  if (/[IOQ]/.test(compact)) return [{ note: app.t('vin_letters') }];
  return compact.length < VIN_CHARS ? [{ note: app.t('vin_length', { n: compact.length }) }] : [];
}

async function findCars(app, text, signal) {
  const vin = asVin(text);
  if (vin) return [{ title: app.t('vin'), items: [{ label: app.t('car_use_vin', { vin }), icon: 'check', choose: () => app.pickCar(vin) }] }];
  const notes = vinNote(app, text);
  const answer = await api.suggestVehicles(app.context(), text, signal);
  const items = answer.vehicles.map((vehicle) => ({ label: nameOf(app.lang, vehicle), icon: 'car', choose: () => app.pickCar(vehicle.id) }));
  if (items.length === 0 && notes.length === 0) return [{ note: app.t('car_none') }];
  return [...notes, { title: app.t('group_vehicles'), items }];
}

async function submitCar(app, text) {
  if (!text) return app.openPicker();
  const vin = asVin(text);
  if (vin) return app.pickCar(vin);
  const { vehicles } = await api.suggestVehicles(app.context(), text).catch(() => ({ vehicles: [] }));
  return vehicles.length > 0 ? app.pickCar(vehicles[0].id) : app.openPicker(); // which also shows what went wrong
}

// ---- chips ------------------------------------------------------------------------------------------------------------
function chips(app) {
  const { t, words, store } = app;
  const { attrs } = store.get();
  const drop = (name) => () => store.set({ attrs: Object.fromEntries(Object.entries(attrs).filter(([key]) => key !== name)), page: 1 });
  return Object.entries(attrs).map(([name, values]) => {
    const text = `${words.attributeName(name)}: ${values.map((value) => words.valueName(name, value)).join(' / ')}`;
    return el('li', { class: 'chip', testid: 'attr-chip', 'data-attribute': name }, text,
      el('button', { onclick: drop(name), 'aria-label': t('remove', { what: text }), 'data-focus': `chip-${name}` }, icon('close', 14)));
  });
}

function facts(app) {
  const { words, store, t } = app;
  const { attrs, configurations } = app.car;
  const known = Object.entries(attrs).filter(([name]) => name !== 'market' && !(name in store.get().attrs));
  const texts = known.map(([name, values]) => words.valueName(name, values[0])).filter((text) => !/^\d+$/.test(text)).slice(0, 5); // "4" says nothing alone
  if (configurations > 1 && Object.keys(store.get().attrs).length === 0) texts.push(t('car_configs', { n: configurations }));
  return texts.join(' · ');
}

function vinNotice(app) {
  const { vin, vehicle } = app.car;
  if (!vin) return null;
  if (!vehicle) return el('div', { class: 'notice', role: 'status' }, app.t('vin_unknown'));
  if (vin.check_digit_ok !== false || !vin.suggestions || vin.suggestions.length === 0) return null;
  const suggestions = vin.suggestions.map((one) => (typeof one === 'string' ? one : one.vin));
  return el('div', { class: 'notice', role: 'status' }, el('p', {}, app.t('vin_check')),
    el('div', { class: 'row' }, suggestions.map((one) => el('button', { class: 'button mono', onclick: () => app.pickCar(one) }, one))));
}

// To what this car needs next, and back to the shop.
function serviceLink(app) {
  const { t, store } = app;
  const open = store.get().view === 'service';
  const go = (event) => {
    event.preventDefault();
    store.set({ view: open ? '' : 'service' });
  };
  return el('a', { class: open ? 'button' : 'button primary', href: store.link({ view: open ? '' : 'service' }), onclick: go, testid: 'service-link', 'data-focus': 'service-link' },
    t(open ? 'shop' : 'service_open'));
}

// ---- the two faces ------------------------------------------------------------------------------------------------------
function bar(app) {
  const { t, store } = app;
  const known = chips(app);
  return [
    el('div', { class: 'carbar', testid: 'car-bar' },
      el('span', { class: 'carbar-icon' }, icon('car', 34)),
      el('div', { class: 'carbar-text' },
        el('div', { class: 'eyebrow' }, t('car_yours'), app.car.vin && el('span', { class: 'mono' }, ` ${app.car.vin.vin}`)),
        el('h1', { testid: 'car-name' }, carName(app)),
        app.car.vehicle && el('p', { class: 'muted' }, facts(app)),
        known.length > 0 && el('ul', { class: 'chips', 'aria-label': t('car_known') }, known)),
      el('div', { class: 'row' }, serviceLink(app),
        el('button', { class: 'button', onclick: app.openPicker, testid: 'car-change', 'data-focus': 'car-change' }, t('car_change')),
        el('button', { class: 'button quiet', onclick: () => store.set({ vehicle: '', attrs: {}, page: 1 }), testid: 'car-remove' }, t('car_remove')))),
    vinNotice(app),
  ];
}

function invitation(app) {
  const { t } = app;
  const field = typeahead({
    id: 'car-input', testid: 'car-input', label: t('car_input'), placeholder: t('car_placeholder'),
    find: (text, signal) => findCars(app, text, signal), submit: (text) => submitCar(app, text),
  });
  return el('div', { class: 'hero' },
    el('div', { class: 'hero-text' }, el('h1', {}, t('car_title')), el('p', {}, t('car_lead'))),
    el('div', { class: 'hero-pick' },
      el('div', { class: 'field' }, icon('car', 22), field.input, field.list),
      el('button', { class: 'button primary big', onclick: app.openPicker, testid: 'open-picker' }, t('car_pick'))));
}

export function carSection(container, app) {
  const next = latest();
  return {
    // Loads the car when another one was picked: 'loaded', 'failed' (and said so), or 'superseded' by a later one.
    async load() {
      const id = app.store.get().vehicle;
      const signal = next();
      app.car = null;
      if (!id) return 'loaded';
      replace(container, el('div', { class: 'carbar skeleton', 'aria-hidden': 'true' }));
      try {
        app.car = await loadCar(id, signal);
        return 'loaded';
      } catch (error) {
        if (isAbort(error)) return 'superseded';
        if (error.status === 404) error.field = 'vehicle';
        replace(container, errorBox(app, error, app.restart));
        return 'failed';
      }
    },
    render() {
      replace(container, app.car ? bar(app) : invitation(app));
    },
  };
}
