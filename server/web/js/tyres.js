// Tyres by where one drives: a scene is chosen, and the car's own size comes first, with the reason.
import { api } from './api.js';
import { picture, priceText, productLink } from './card.js';
import { el, replace } from './dom.js';
import { verdictBadge } from './fit.js';
import { money, nameOf } from './format.js';
import { icon } from './icons.js';
import { nearOf } from './places.js';
import { knownOfCar, questionBar } from './question.js';
import { asking, panelFrame } from './panel.js';
import { placeText } from './workshop.js';

const LIMIT = 12;
const FIRST = 'commute';

function sizes(app, answer) {
  return el('ul', { class: 'sizes' }, answer.sizes.map((size) => el('li', { class: 'tag', title: size.why, testid: 'tyre-size' }, `${app.t(`axle_${size.axle}`)} ${size.size}`)));
}

const setPrice = (parts) => (parts.every((part) => part.hit.price) ? { amount: parts.reduce((sum, { hit, n }) => sum + hit.price.amount * n, 0), currency: parts[0].hit.price.currency } : null);

function line(app, { hit, n }, where) {
  return el('div', { class: 'tyre-line' }, el('span', { class: 'tyre-n' }, `${n} ×`), productLink(app, hit, where), el('span', { class: 'muted' }, priceText(app, hit)));
}

// `parts`: [{hit, n}], one for four alike, two for a car whose axles differ.
function tyreSet(app, parts, where) {
  const { t, lang } = app;
  const { hit } = parts[0];
  const total = setPrice(parts);
  const relation = hit.size?.relation;
  return el('li', { class: 'tyre', testid: 'tyre', 'data-relation': relation, 'data-parts': String(parts.length), 'data-product': hit.id }, picture(app, hit, 40),
    el('div', { class: 'plan-text' },
      el('div', { class: 'rec-top' }, hit.fit && verdictBadge(app, hit.fit.verdict), relation && el('span', { class: 'tag', title: hit.size.why }, t.has(`relation_${relation}`) ? t(`relation_${relation}`) : relation), parts.length > 1 && el('span', { class: 'tag', testid: 'tyre-pair' }, t('pair'))),
      parts.map((part) => line(app, part, where)),
      hit.reason && el('p', { class: 'rec-reason', testid: 'tyre-reason' }, hit.reason),
      hit.workshop && el('p', { class: 'near-line' }, icon('pin', 14), placeText(app, hit.workshop, hit.price))),
    total && el('strong', { class: 'price' }, t('tyres_set', { total: money(lang, total) })));
}

// Front and rear tyres that name each other become one set.
function setsOf(hits, sizesOfCar) {
  const byId = new Map(hits.map((hit) => [hit.id, hit]));
  const taken = new Set();
  const sets = [];
  const axleOf = (hit) => sizesOfCar.find((size) => size.size === hit.size?.of)?.axle;
  for (const hit of hits) {
    if (taken.has(hit.id)) continue;
    const other = hit.pair && byId.get(hit.pair);
    taken.add(hit.id);
    if (!other || taken.has(other.id)) sets.push([{ hit, n: axleOf(hit) === 'both' || !axleOf(hit) ? 4 : 2 }]);
    else sets.push((axleOf(hit) === 'rear' ? [other, hit] : [hit, other]).map((one) => ({ hit: one, n: 2 })));
    if (other) taken.add(other.id);
  }
  return sets;
}

export function tyresPanel(app) {
  const { t, lang, store } = app;
  const chips = el('div', { class: 'scenes', role: 'group', 'aria-label': t('scenes_label') });
  const area = el('div', { class: 'tyres' });
  let scenes = null;

  function drawChips(chosen) {
    replace(chips, scenes.map((scene) => el('button', { class: 'mini scene', 'aria-pressed': String(scene.id === chosen), onclick: () => store.set({ scene: scene.id }), testid: 'scene', 'data-scene': scene.id, 'data-focus': `scene-${scene.id}` }, nameOf(lang, scene))));
  }

  function draw(answer) {
    area.dataset.scene = answer.scene;
    const sets = setsOf(answer.hits, answer.sizes);
    replace(area, sizes(app, answer),
      questionBar(app, answer.question, knownOfCar(app), { counts: false, testid: 'tyre-question' }),
      sets.length === 0 ? el('p', { class: 'muted' }, t('scenes_none'))
        : el('ul', { class: 'tyre-list', testid: 'tyres' }, sets.map((parts, i) => tyreSet(app, parts, { query_id: answer.query_id, position: i + 1 }))));
  }

  async function ask(signal) {
    if (!scenes) scenes = (await api.tyreScenes(signal)).scenes;
    const wanted = store.get().scene || FIRST;
    const scene = scenes.some((one) => one.id === wanted) ? wanted : scenes[0]?.id;
    drawChips(scene);
    draw(await api.tyres(app.context(), { scene, limit: LIMIT, near: nearOf(app) }, signal));
  }

  return { node: panelFrame({ title: t('scenes_title'), lead: t('scenes_lead'), testid: 'tyre-panel' }, chips, area), ...asking(app, area, ask) };
}
