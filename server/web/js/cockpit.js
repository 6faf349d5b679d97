// The cockpit: what the car reports is set here, and the few services that matter now stand beside it.
import { api } from './api.js';
import { priceText, productLink } from './card.js';
import { debounce, el, replace } from './dom.js';
import { errorBox } from './errors.js';
import { verdictBadge } from './fit.js';
import { money, nameOf, number } from './format.js';
import { icon } from './icons.js';
import { placeOf } from './places.js';
import { LAMPS, ODOMETER, kilometres, litLamps, readings } from './readings.js';
import { asking, panelFrame } from './panel.js';
import { knownOfCar, questionBar } from './question.js';
import { randomId } from './user.js';
import { isBookable, placeText } from './workshop.js';

const LIMIT = 4;
const WAIT_MS = 180;
const DAYS = { accept: 14, snooze: 7, dismiss: 30 };
const WORKSHOPS_SHOWN = 2;

// ---- what the car reports ---------------------------------------------------------------------------------------------
function field(label, input, ...notes) {
  return el('div', { class: 'gauge-field' }, el('label', { for: input.id }, label), input, notes);
}

function odometer(app) {
  const { t, lang, store } = app;
  const output = el('output', { class: 'odometer', for: 'odometer', testid: 'odometer-value' });
  const input = el('input', { id: 'odometer', type: 'range', min: ODOMETER.least, max: ODOMETER.most, step: ODOMETER.step, testid: 'odometer' });
  const say = () => {
    const text = t('km_n', { n: number(lang, Number(input.value)) });
    output.textContent = text;
    input.setAttribute('aria-valuetext', text);
  };
  const keep = debounce(() => store.set({ km: input.value }, { instead: true }), WAIT_MS);
  input.addEventListener('input', () => { say(); keep(); });
  return {
    node: el('div', { class: 'gauge-field' }, el('div', { class: 'gauge-line' }, el('label', { for: 'odometer' }, t('odometer')), output), input),
    update() {
      const km = String(kilometres(app));
      if (document.activeElement !== input || Math.abs(input.value - km) > ODOMETER.step) input.value = km;
      say();
    },
  };
}

// A field whose text goes into the hash as it is typed.
function typed(app, key, props) {
  const input = el('input', { id: key, autocomplete: 'off', ...props });
  const keep = debounce(() => app.store.set({ [key]: input.value.trim() }, { instead: true }), WAIT_MS);
  input.addEventListener('input', () => { if (input.validity.valid) keep(); });
  return { input, update() { if (document.activeElement !== input) input.value = app.store.get()[key]; } };
}

function lampButton(app, { id, icon: picture }, lit) {
  const { t, store } = app;
  const toggle = () => {
    const lamps = litLamps(store.get());
    if (!lamps.delete(id)) lamps.add(id);
    store.set({ lamps: [...lamps].join(',') });
  };
  return el('button', { class: 'lamp', 'aria-pressed': String(lit), onclick: toggle, testid: 'lamp', 'data-lamp': id, 'data-focus': `lamp-${id}` },
    icon(picture, 26), el('span', {}, t(`lamp_${id}`)), el('small', {}, t(`lamp_${id}_sends`)));
}

function controls(app) {
  const { t } = app;
  const km = odometer(app);
  const codes = typed(app, 'codes', { type: 'text', spellcheck: 'false', placeholder: 'P0301', 'aria-describedby': 'codes-said', testid: 'codes' });
  const months = typed(app, 'months', { type: 'number', min: 0, max: 600, inputmode: 'numeric', placeholder: t('months_unknown'), testid: 'months' });
  const outside = typed(app, 'outside', { type: 'number', min: -50, max: 60, placeholder: '–', testid: 'outside' });
  const said = el('p', { id: 'codes-said', class: 'field-note', testid: 'codes-said' });
  const lamps = el('div', { class: 'lamps', role: 'group', 'aria-label': t('lamps') });
  return {
    node: el('div', { class: 'dash' }, km.node, lamps, field(t('codes'), codes.input, said),
      el('div', { class: 'dash-pair' }, field(t('months'), months.input), field(t('outside'), outside.input))),
    update() {
      for (const one of [km, codes, months, outside]) one.update();
      const lit = litLamps(app.store.get());
      replace(lamps, LAMPS.map((lamp) => lampButton(app, lamp, lit.has(lamp.id))));
    },
    // What the server cannot read stands at its field.
    fault(error) {
      codes.input.setAttribute('aria-invalid', String(Boolean(error)));
      said.classList.toggle('bad', Boolean(error));
      said.textContent = error ? error.message : t('codes_hint');
    },
  };
}

// ---- what it should have done -----------------------------------------------------------------------------------------
function totalText(app, one) {
  if (!one.total || one.total.amount === null) return null;
  const key = one.total_complete ? 'total_about' : 'total_from';
  return el('strong', { class: 'price' }, app.t(key, { total: money(app.lang, one.total) }));
}

function product(app, one, where) {
  if (!one.hit && one.question) return el('p', { class: 'muted' }, app.t('no_product'));
  if (!one.hit) return one.total_complete ? null : el('p', { class: 'muted', testid: 'no-product' }, app.t('product_open'));
  return el('div', { class: 'suggestion-product' }, verdictBadge(app, one.hit.fit.verdict), productLink(app, one.hit, where), el('span', { class: 'muted' }, priceText(app, one.hit)));
}

function suggestion(app, one, index, { query_id, answered }) {
  const { t, store } = app;
  const button = (type, look) => el('button', { class: `button small ${look}`, onclick: () => answered(one, type), testid: `suggestion-${type}`, 'data-focus': `${type}-${one.service}` }, t(type));
  const find = () => {
    store.set({ service: one.service });
    document.getElementById('workshops').scrollIntoView();
  };
  return el('li', { class: `suggestion is-${one.severity}`, testid: 'suggestion', 'data-service': one.service, 'data-severity': one.severity },
    el('div', { class: 'card-top' }, el('h3', {}, nameOf(app.lang, { ...one, id: one.service })), el('span', { class: `badge severity-${one.severity}` }, t(`severity_${one.severity}`))),
    el('p', {}, one.reason), product(app, one, { query_id, position: index + 1 }),
    one.question && questionBar(app, one.question, knownOfCar(app), { counts: false, testid: 'suggestion-question' }),
    one.workshops.length > 0 && el('ul', { class: 'near-list', testid: 'suggestion-workshops' }, one.workshops.slice(0, WORKSHOPS_SHOWN).map((shop) => el('li', {}, icon('pin', 15), placeText(app, shop)))),
    el('div', { class: 'card-buy' }, totalText(app, one) || el('span', {}), el('div', { class: 'row' }, isBookable(app, one.service) && el('button', { class: 'link', onclick: find, testid: 'find-workshop' }, t('find_workshop')),
      button('accept', 'primary'), button('snooze', ''), button('dismiss', 'quiet'))));
}

function drawSuggestions(app, list, answer, said, answered) {
  const { t } = app;
  list.dataset.query = answer.query_id;
  replace(list, said && el('p', { class: 'notice', role: 'status', testid: 'aside' }, said),
    el('p', { class: 'eyebrow', role: 'status' }, t('suggestions_n', { n: answer.suggestions.length })),
    answer.suggestions.length === 0 ? el('p', { class: 'muted' }, t('suggestions_none'))
      : el('ul', { class: 'suggestions' }, answer.suggestions.map((one, i) => suggestion(app, one, i, { query_id: answer.query_id, answered }))));
}

export function cockpitPanel(app) {
  const { t, store } = app;
  const board = controls(app);
  const list = el('div', { class: 'suggestion-list', testid: 'suggestions' });
  let said = '';

  const asked = asking(app, list, async (signal) => {
    board.fault(null);
    try {
      const answer = await api.cockpit(app.context(), { ...readings(app), near: placeOf(app) ?? undefined, limit: LIMIT }, signal);
      drawSuggestions(app, list, answer, said, answered);
    } catch (error) {
      if (error.status !== 400 || error.field !== 'dtc') throw error;
      board.fault(error);
    }
  });

  // An answer is an event; the next suggestions know of it.
  async function answered(one, type) {
    const { user, vehicle } = app.context();
    try {
      await api.event({ id: randomId(), ts: Date.now(), user, type, service: one.service, value: DAYS[type], vehicle, surface: 'cockpit' });
      said = t(`aside_${type}`, { what: nameOf(app.lang, { ...one, id: one.service }) });
      await asked.update();
      said = '';
    } catch (error) {
      replace(list, errorBox(app, error, asked.update));
    }
  }

  return {
    node: panelFrame({ title: t('cockpit_title'), lead: t('cockpit_lead'), testid: 'cockpit' }, el('div', { class: 'cockpit' }, board.node, list)),
    update() {
      board.update();
      return asked.update();
    },
    leave: asked.leave,
  };
}
