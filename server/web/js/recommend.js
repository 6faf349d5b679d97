// "Recommended for you": asked again after every click, so that people see the order move.
import { api, isAbort } from './api.js';
import { picture, priceText, productLink } from './card.js';
import { el, latest, replace } from './dom.js';
import { errorBox } from './errors.js';
import { verdictBadge } from './fit.js';

const LIMIT = 10;
const MOVE_MS = 450;

export function createRecommendations(app) {
  const next = latest();
  const shown = new Set(); // renderers of the places that show them
  let answer = null, before = [], error = null;

  const tell = () => shown.forEach((draw) => draw());
  const self = {
    // `fresh`: another car or person, so that nothing has "moved".
    async load({ fresh = false } = {}) {
      const signal = next();
      try {
        const now = await api.recommend(app.context(), { model: 'for_you', limit: LIMIT }, signal);
        before = fresh || !answer ? [] : answer.hits.map((hit) => hit.id);
        answer = now;
        error = null;
      } catch (failure) {
        if (isAbort(failure)) return;
        error = failure;
      }
      tell();
    },
    // Shows them in a container from now on, while it is in the document.
    show(container, { limit = LIMIT, testid }) {
      const draw = () => {
        if (!container.isConnected && container.childElementCount > 0) return shown.delete(draw);
        return strip(app, container, { answer, before, error, limit, testid, retry: () => self.load() });
      };
      shown.add(draw);
      draw();
    },
  };
  return self;
}

function movement(app, before, id, index) {
  if (before.length === 0) return null;
  const was = before.indexOf(id);
  if (was === -1) return el('span', { class: 'moved', testid: 'moved' }, app.t('moved_new'));
  if (was <= index) return null;
  return el('span', { class: 'moved', testid: 'moved' }, el('span', { 'aria-hidden': 'true' }, `▲ ${was - index}`), el('span', { class: 'sr' }, app.t('moved_up', { n: was - index })));
}

function item(app, hit, index, { answer, before }) {
  return el('li', { class: 'rec', testid: 'rec', 'data-product': hit.id },
    picture(app, hit, 40),
    el('div', { class: 'rec-top' }, hit.fit && verdictBadge(app, hit.fit.verdict), movement(app, before, hit.id, index)),
    el('h3', {}, productLink(app, hit, { query_id: answer.query_id, position: index + 1 }, { testid: 'rec-link' })),
    el('strong', { class: 'price' }, priceText(app, hit)),
    hit.reason && el('p', { class: 'rec-reason' }, hit.reason));
}

// Moves the items from where they were to where they are (first, last, invert, play).
function glide(list, places) {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  for (const node of list.children) {
    const was = places.get(node.dataset.product);
    const is = node.getBoundingClientRect();
    if (was === undefined) node.animate([{ opacity: 0 }, { opacity: 1 }], { duration: MOVE_MS });
    else if (was.left !== is.left || was.top !== is.top)
      node.animate([{ transform: `translate(${was.left - is.left}px, ${was.top - is.top}px)` }, { transform: 'none' }], { duration: MOVE_MS, easing: 'ease-out' });
  }
}

function strip(app, container, { answer, before, error, limit, testid, retry }) {
  if (error) return replace(container, errorBox(app, error, retry));
  if (!answer) return replace(container, el('ul', { class: 'recs' }, Array.from({ length: 5 }, () => el('li', { class: 'rec skeleton', 'aria-hidden': 'true' }))));
  if (answer.hits.length === 0) return replace(container, el('p', { class: 'muted' }, app.t('recs_none')));
  const places = new Map([...container.querySelectorAll('.rec')].map((node) => [node.dataset.product, node.getBoundingClientRect()]));
  const list = el('ul', { class: 'recs', testid, 'aria-label': app.t('recs_title'), 'data-query': answer.query_id },
    answer.hits.slice(0, limit).map((hit, index) => item(app, hit, index, { answer, before })));
  replace(container, list);
  if (places.size > 0) glide(list, places);
  return undefined;
}
