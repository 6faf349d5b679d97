// Workshops around a place: a drawn map, the same as a list, and one of them with its free times.
import { api, isAbort } from './api.js';
import { el, latest, replace } from './dom.js';
import { errorBox } from './errors.js';
import { nameOf, number } from './format.js';
import { icon } from './icons.js';
import { drawMap } from './map.js';
import { citiesOf, nearOf, nearText, placeOf } from './places.js';
import { panelFrame } from './panel.js';
import { bookingBox, distanceText, earliestText, etaText, isBookable, placeText } from './workshop.js';

const RADIUS_M = 5000;
const LIMIT = 60;
const FIRST = 'oil_change';

function cityChoice(app) {
  const { t, store } = app;
  const cities = citiesOf(app);
  const near = nearOf(app);
  const named = cities.some((city) => city.near === near);
  const option = (value, label) => el('option', { value, selected: value === near }, label);
  return el('select', { id: 'city', onchange: (event) => store.set({ near: event.target.value }), testid: 'city', 'data-focus': 'city' },
    !named && option(near, t('map_place')), cities.map((city) => option(city.near, city.name)));
}

function serviceChoice(app) {
  const { words, store } = app;
  const chosen = store.get().service || FIRST;
  const services = [...words.types.values()].filter((type) => isBookable(app, type.id));
  return el('select', { id: 'map-service', onchange: (event) => store.set({ service: event.target.value }), testid: 'map-service', 'data-focus': 'map-service' },
    services.map((type) => el('option', { value: type.id, selected: type.id === chosen }, nameOf(app.lang, type))));
}

function shopLine(app, shop, chosen, choose) {
  const { t, lang } = app;
  return el('li', {}, el('button', { class: 'shop', 'aria-pressed': String(chosen), onclick: () => choose(shop.id), testid: 'shop', 'data-workshop': shop.id, 'data-focus': `shop-${shop.id}` },
    el('strong', {}, nameOf(lang, shop)),
    el('span', { class: 'card-meta' }, el('span', {}, distanceText(app, shop.distance_m)),
      shop.rating && el('span', { class: 'rating' }, icon('star', 13), number(lang, shop.rating.value, 1)), el('span', { class: shop.open ? 'stock in' : 'muted' }, t(shop.open ? 'open_yes' : 'open_no')),
      shop.earliest && el('span', {}, earliestText(app, shop)), etaText(app, shop))));
}

function shopDetail(app, shop, service) {
  return el('section', { class: 'shop-detail', testid: 'shop-detail' }, el('h3', {}, nameOf(app.lang, shop)), el('p', { class: 'muted' }, [distanceText(app, shop.distance_m), etaText(app, shop)].filter(Boolean).join(' · ')), bookingBox(app, shop, service));
}

export function workshopsPanel(app) {
  const { t, lang, store } = app;
  const next = latest();
  const bar = el('div', { class: 'map-bar' });
  const sheet = el('div', { class: 'map-sheet' });
  const list = el('div', { class: 'map-list' });
  let shops = [], chosen = '';

  const choose = (id) => {
    chosen = id;
    draw();
    drawDetail();
  };
  const move = (place) => store.set({ near: nearText(place) });
  const detail = el('div', {});

  function drawDetail() {
    const shop = shops.find((one) => one.id === chosen);
    replace(detail, shop && shopDetail(app, shop, store.get().service || FIRST));
  }

  function draw() {
    const centre = placeOf(app);
    const dots = shops.map((shop) => ({ id: shop.id, near: shop.near, title: placeText(app, shop), chosen: shop.id === chosen }));
    replace(sheet, drawMap({ t, centre, dots, label: t('map_label', { n: shops.length }), choose, move }));
    replace(list, shops.length === 0 ? el('p', { class: 'notice' }, t('map_none')) : [el('p', { class: 'eyebrow', role: 'status' }, t('map_n', { n: shops.length })),
      el('ul', { class: 'shops' }, shops.map((shop) => shopLine(app, shop, shop.id === chosen, choose)))]);
  }

  async function load() {
    const signal = next();
    const field = (id, key, select) => el('div', { class: 'map-field' }, el('label', { for: id }, t(key)), select);
    replace(bar, field('city', 'city', cityChoice(app)), field('map-service', 'map_service', serviceChoice(app)));
    if (!nearOf(app)) return replace(list, el('p', { class: 'notice' }, t('map_nowhere')));
    try {
      const answer = await api.workshops(app.context(), { near: nearOf(app), service: store.get().service || FIRST, radius_m: RADIUS_M, limit: LIMIT }, signal);
      shops = answer.workshops;
      if (!shops.some((shop) => shop.id === chosen)) chosen = '';
      draw();
      drawDetail();
    } catch (error) {
      if (!isAbort(error)) replace(list, errorBox(app, error, load));
    }
    return undefined;
  }

  const frame = panelFrame({ title: t('map_title'), lead: t('map_lead'), testid: 'workshops' }, bar, el('div', { class: 'map-columns' }, sheet, el('div', {}, detail, list)));
  frame.id = 'workshops';
  return { node: frame, update: load, leave: next };
}
