// The words of a query as chips: what each was taken for, in the page's language, and a button that takes it out again.
import { el } from './dom.js';
import { nameOf } from './format.js';
import { iconOf } from './groups.js';
import { icon } from './icons.js';
import { placeOf, places, uncovered, without } from './query_text.js';

const ICONS = {
  make: 'car', model: 'car', generation: 'car', unknown_car: 'question', year: 'calendar', attribute: 'tune', brand: 'tag', position: 'pin', spec: 'ruler',
  number: 'hash', vin: 'hash', trouble_code: 'alert', distance: 'gauge', text: 'search', type: 'engine',
};
const CAR_ROLES = new Set(['make', 'model', 'generation', 'year', 'attribute', 'unknown_car']);
const COLOURS = { make: 'car', model: 'car', generation: 'car', year: 'year', attribute: 'year', vin: 'number' };

const HAN = /\p{Script=Han}/u;

export const isCarChip = (chip) => CAR_ROLES.has(chip.role);

// The words of a car that is not known, where no chip speaks of them.
function unknownChips(q, { understood }, covered) {
  const place = understood.car && understood.car.unknown ? placeOf(q, understood.car.unknown) : null;
  return (place ? uncovered(q, place, covered) : []).map((part) => {
    const text = q.slice(part.at, part.at + part.length);
    return { text, role: 'unknown_car', value: text, match: 'exact', ignored: false, place: part };
  });
}

// What was typed and no chip speaks of: words looked for as they are, and those given up.
export function allChips(q, answer) {
  const chips = answer.understood.chips || [];
  const givenUp = (chip) => answer.dropped.some((word) => word.toLowerCase() === chip.text.toLowerCase());
  const named = new Set(chips.map((chip) => chip.text));
  const more = (answer.understood.words || []).filter((word) => !named.has(word)).map((text) => ({ text, role: 'text', value: text, match: 'exact' }));
  const all = [...chips, ...more].map((chip) => ({ ...chip, ignored: chip.role === 'filler' || givenUp(chip) }));
  const where = places(q, all);
  const known = all.map((chip, i) => ({ ...chip, place: where[i] }));
  return [...known, ...unknownChips(q, answer, where)].sort((a, b) => (a.place ? a.place.at : q.length) - (b.place ? b.place.at : q.length));
}

// ---- what it means ----------------------------------------------------------------------------------------------------------
export function modelName(lang, { make, model, name_zh }) {
  return lang === 'zh' && HAN.test(name_zh) ? name_zh : `${make} ${model}`;
}

function typeMeaning(app, chip, { understood }) {
  const said = understood.types || [], ofType = (understood.chips || []).filter((one) => one.role === 'type');
  if (said.length === 1 && ofType.length === 1) return nameOf(app.lang, said[0]);
  const known = said.find((type) => type.id === chip.value) || app.words.types.get(chip.value);
  return known ? nameOf(app.lang, known) : chip.value;
}

// The position sought, if there is one chip it can be the name of.
const positionSought = ({ understood }) => (understood.chips.filter((one) => one.role === 'position').length === 1 ? understood.position : '');

function meaning(app, chip, typed, answer) {
  const { t, lang, words } = app;
  const { car, dtc = [] } = answer.understood;
  switch (chip.role) {
    case 'type': return typeMeaning(app, chip, answer);
    case 'make': return lang === 'zh' && HAN.test(typed) ? typed : (car && car.makes.length === 1 && car.makes[0]) || typed;
    case 'model': return car && car.models.length === 1 ? modelName(lang, car.models[0]) : typed;
    case 'year': return /^\d{4}(-\d{4})?$/.test(chip.value) ? chip.value.replace('-', '–') : typed;
    case 'position': return (positionSought(answer) || chip.value).split('|').map((one) => words.valueName('position', one.replace(/ /g, '_'))).join(' / ');
    case 'spec': return chip.value || typed;
    case 'trouble_code': return [chip.value, (dtc.find((one) => one.code === chip.value) || {}).text].filter(Boolean).join(' ');
    default: return typed;
  }
}

const same = (a, b) => { const place = placeOf(a, b); return Boolean(place) && place.at === 0 && place.length === a.length; };

// `remove(chip)` takes it out of the search.
function chipNode(app, chip, q, answer, remove) {
  const { t, words } = app;
  const typed = chip.place ? q.slice(chip.place.at, chip.place.at + chip.place.length) : chip.text;
  const means = chip.ignored ? typed : meaning(app, chip, typed, answer);
  const label = chip.ignored ? t('chip_ignored') : t(t.has(`chip_${chip.role}`) ? `chip_${chip.role}` : 'chip_text');
  const drawing = chip.role === 'type' && words.types.has(chip.value) ? iconOf(words, chip.value) : ICONS[chip.role];
  const colour = answer.understood.car?.unknown && isCarChip(chip) ? 'unknown_car' : COLOURS[chip.role] || chip.role;
  const origin = !same(means, typed) && !same(typed, means) ? typed : '';
  return el('li', {
    class: `chip read ${chip.ignored ? 'ignored' : `as-${colour}`}`, testid: 'chip', 'data-role': chip.role, 'data-text': chip.text, 'data-ignored': chip.ignored,
    title: origin ? t('chip_from', { text: typed, what: means }) : null,
  },
  !chip.ignored && icon(drawing, 15), el('small', {}, label), el(chip.ignored ? 's' : 'span', { class: 'chip-text' }, means), origin && chip.match !== 'exact' && el('i', {}, `“${origin}”`),
  chip.place && el('button', { onclick: (event) => remove(chip, event), 'aria-label': t('remove', { what: `${label} ${typed}` }), 'data-focus': `read-${chip.role}-${chip.text}`, testid: 'chip-remove' }, icon('close', 14)));
}

// Answers to questions while no car is picked; with one they stand in its bar.
function answerChips(app) {
  const { t, words, store } = app;
  const { attrs, vehicle } = store.get();
  if (vehicle) return [];
  return Object.entries(attrs).map(([name, values]) => {
    const text = values.map((value) => words.valueName(name, value)).join(' / ');
    const rest = Object.fromEntries(Object.entries(attrs).filter(([key]) => key !== name));
    return el('li', { class: 'chip read as-answer', testid: 'attr-chip', 'data-attribute': name }, icon('check', 15), el('small', {}, words.attributeName(name)), el('span', { class: 'chip-text' }, text),
      el('button', { onclick: () => store.set({ attrs: rest, page: 1 }), 'aria-label': t('remove', { what: `${words.attributeName(name)} ${text}` }), 'data-focus': `chip-${name}` }, icon('close', 14)));
  });
}

export function queryChips(app, answer) {
  const { t, store } = app;
  const { q, vehicle } = store.get();
  const remove = (chip, event) => {
    event.currentTarget.closest('ul').focus({ preventScroll: true }); // which is there again afterwards, unlike the button
    // Answers given without a car were about the car of these words.
    const attrs = isCarChip(chip) && !vehicle ? { attrs: {} } : {};
    store.set({ q: without(q, [chip.place]), ...attrs, page: 1 });
  };
  const nodes = [...(q ? allChips(q, answer).map((chip) => chipNode(app, chip, q, answer, remove)) : []), ...answerChips(app)];
  return nodes.length > 0 ? el('ul', { class: 'chips reading', 'aria-label': t('chips_label'), testid: 'chips', tabIndex: -1, 'data-focus': 'chips' }, nodes) : null;
}
