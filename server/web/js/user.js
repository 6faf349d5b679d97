// Who is shopping: a guest (known for as long as the tab lives), a sample shopper, or any id; and that person's garage.
import { api, isAbort } from './api.js';
import { attrsFromAnswer } from './attrs.js';
import { el, latest, replace } from './dom.js';
import { nameOf, number } from './format.js';
import { icon } from './icons.js';

const SAMPLE_USERS = 20;
const SLOT = 'rightfit-guest';
const OTHER = '\u0000other';

export function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function guestId() {
  if (!sessionStorage.getItem(SLOT)) sessionStorage.setItem(SLOT, `guest-${randomId()}`);
  return sessionStorage.getItem(SLOT);
}

export function userSwitch(app) {
  const { t, store } = app;
  const { user } = store.get();
  const samples = Array.from({ length: SAMPLE_USERS }, (_, i) => `u${String(i + 1).padStart(6, '0')}`);
  const ids = user && !samples.includes(user) ? [user, ...samples] : samples;
  const option = (value, label) => el('option', { value, selected: value === user }, label);
  const form = el('form', { class: 'user-other', hidden: true },
    el('input', { type: 'text', 'aria-label': t('user_other_label'), placeholder: t('user_other_label'), required: true, autocomplete: 'off', testid: 'user-id' }),
    el('button', { class: 'button' }, t('user_apply')));
  const select = el('select', { 'aria-label': t('user_label'), testid: 'user', 'data-focus': 'user' },
    option('', t('user_guest')), ids.map((id) => option(id, samples.includes(id) ? t('user_sample', { n: samples.indexOf(id) + 1 }) : id)), option(OTHER, t('user_other')));
  select.addEventListener('change', () => {
    form.hidden = select.value !== OTHER;
    if (form.hidden) store.set({ user: select.value, page: 1 });
    else form.querySelector('input').focus();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    store.set({ user: form.querySelector('input').value.trim(), page: 1 });
  });
  return el('div', { class: 'user' }, icon('user', 20), select, form);
}

// ---- the garage -------------------------------------------------------------------------------------------------------
function pill(app, kind, what) {
  if (!what || !what.value) return null;
  const key = `${kind}_${what.value}`;
  const because = Array.isArray(what.why) ? what.why.join('; ') : what.why;
  return el('span', { class: 'pill', title: because ? app.t(`${kind}_title`, { why: because }) : null, testid: `user-${kind}` }, app.t.has(key) ? app.t(key) : what.value);
}

function garageCar(app, entry, vehicle) {
  const { t, lang, store } = app;
  const attrs = attrsFromAnswer(entry.attrs);
  const chosen = store.get().vehicle === entry.vehicle;
  const km = entry.odometer_km ? t('garage_km', { n: number(lang, entry.odometer_km) }) : '';
  return el('button', { class: 'garage-car', 'aria-pressed': String(chosen), onclick: () => app.pickCar(entry.vehicle, attrs), testid: 'garage-car', 'data-vehicle': entry.vehicle, 'data-focus': `garage-${entry.vehicle}` },
    icon('car', 22), el('span', {}, vehicle ? nameOf(lang, vehicle) : entry.vehicle), km && el('small', {}, km));
}

export function garageBar(container, app) {
  const next = latest();
  let known = { user: '', record: null, vehicles: [] };

  function draw() {
    const { t, store } = app;
    const { record, vehicles } = known;
    if (!store.get().user) return replace(container);
    if (!record) return replace(container, el('p', { class: 'muted' }, t('user_none')));
    return replace(container, el('div', { class: 'garage', testid: 'garage' },
      el('h2', {}, t('garage')), pill(app, 'segment', record.segment), pill(app, 'stage', record.stage),
      (record.garage || []).length === 0 ? el('span', { class: 'muted' }, t('garage_empty')) : record.garage.map((entry, i) => garageCar(app, entry, vehicles[i]))));
  }

  return {
    draw,
    odometerKm: (vehicle) => known.record?.garage?.find((entry) => entry.vehicle === vehicle)?.odometer_km || 0,
    async load() {
      const { user } = app.store.get();
      const signal = next();
      if (known.user !== user) known = { user, record: null, vehicles: [] };
      if (!user) return draw();
      try {
        const record = await api.user(user, signal);
        const vehicles = await Promise.all((record.garage || []).map((entry) => api.vehicle(entry.vehicle, signal).catch(() => null)));
        known = { user, record, vehicles };
      } catch (error) {
        if (isAbort(error)) return undefined;
      }
      return draw();
    },
  };
}
