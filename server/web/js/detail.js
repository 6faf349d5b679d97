// One product in a drawer: what it is, why it fits, which cars it is recorded for, and what is recommended now.
import { api, isAbort } from './api.js';
import { picture, priceText } from './card.js';
import { el, latest, replace } from './dom.js';
import { errorBox } from './errors.js';
import { excludeBox } from './exclude.js';
import { verdictBadge, whyList } from './fit.js';
import { titleOf } from './format.js';
import { icon } from './icons.js';
import { knownOfCar, questionBar } from './question.js';

const CARS_SHOWN = 12;
const RECOMMENDED = 5;

const attributeText = (value) => (Array.isArray(value) ? value.join(', ') : value && typeof value === 'object' ? JSON.stringify(value) : String(value));

function facts(app, product) {
  const { t, words } = app;
  const rows = [[t('detail_brand'), product.brand], [t('detail_number'), product.number], [t('detail_type'), words.typeName(product.type)],
    ...Object.entries(product.attributes || {}).map(([name, value]) => [words.attributeName(name), words.valueName(name, attributeText(value))])];
  return el('dl', { class: 'facts' }, rows.filter(([, value]) => value).map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}

function carList(app, answer) {
  const { t, words } = app;
  if (answer.vehicles.length === 0) return el('p', { class: 'muted' }, t('detail_fits_none'));
  const text = (one) => [one.make ? `${one.make} ${one.model || t('any_model')} ${one.years}` : [t('any_make'), one.years].filter(Boolean).join(' '),
    ...Object.entries({ ...one.attrs, ...one.spec }).map(([name, value]) => `${words.attributeName(name)} ${[value].flat().map((v) => words.valueName(name, String(v))).join(' / ')}`)].join(' · ');
  return el('details', { class: 'cars', testid: 'detail-cars' }, el('summary', {}, t('detail_fits', { n: answer.total })), el('ul', {}, answer.vehicles.map((one) => el('li', {}, text(one))),
    answer.total > answer.vehicles.length && el('li', { class: 'muted' }, t('detail_fits_more', { n: answer.total - answer.vehicles.length }))));
}

// `answer` takes what was answered to a question, `changed` is called when the shop has ruled the product out or taken that back.
function drawProduct(app, body, product, fit, cars, answer, changed) {
  replace(body,
    el('div', { class: 'detail-top' }, picture(app, product, 72), el('div', {}, el('span', { class: 'brand' }, product.brand), el('h2', {}, titleOf(app.lang, product)), el('strong', { class: 'price' }, priceText(app, product)))),
    fit && el('section', { testid: 'detail-fit' }, verdictBadge(app, fit.verdict),
      questionBar(app, fit.question, answer, { counts: false, testid: 'detail-question' }), whyList(app, fit),
      excludeBox(app, product.id, fit, app.context().vehicle, changed)),
    facts(app, product), carList(app, cars));
}

// Open while the state names a product.
export function createDetail(app) {
  const { t, store } = app;
  const next = latest();
  let dialog = null;
  let choices = {}; // position and quantity: about the product shown, not about the car
  let shown = '';

  const answerOf = (body, id) => (attribute, value) => {
    if (attribute !== 'position' && attribute !== 'quantity') {
      knownOfCar(app)(attribute, value);
      return;
    }
    choices = { ...choices, [attribute]: [value] };
    load(body, id);
  };

  async function load(body, id) {
    const signal = next();
    if (shown !== id) choices = {};
    shown = id;
    replace(body, el('p', { class: 'muted', role: 'status' }, t('loading')));
    const context = app.context();
    const chosen = { ...context, attrs: { ...context.attrs, ...choices } };
    try {
      const [product, cars, fit] = await Promise.all([api.product(context, id, signal), api.productVehicles(id, CARS_SHOWN, signal), context.vehicle ? api.fitment(chosen, id, signal) : null]);
      drawProduct(app, body, product, fit, cars, answerOf(body, id), () => load(body, id));
    } catch (error) {
      if (!isAbort(error)) replace(body, errorBox(app, error, () => load(body, id)));
    }
  }

  function open() {
    const body = el('div', { class: 'detail-body' });
    const recs = el('div', {});
    const close = el('button', { class: 'icon-button', 'aria-label': t('close'), testid: 'detail-close', onclick: () => dialog.close() }, icon('close'));
    dialog = el('dialog', { class: 'drawer', testid: 'detail', 'aria-label': t('group_products') }, el('header', {}, close), body,
      el('section', { class: 'recommend compact' }, el('h3', {}, icon('spark', 18), t('detail_recs')), recs));
    dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener('close', () => { if (store.get().product) store.set({ product: '' }); });
    document.body.append(dialog);
    dialog.showModal();
    app.recommendations.show(recs, { limit: RECOMMENDED, testid: 'detail-recs' });
    return body;
  }

  return {
    update() {
      const id = store.get().product;
      if (!id) {
        next();
        if (!dialog) return;
        const gone = dialog;
        dialog = null;
        gone.close();
        gone.remove();
        return;
      }
      const body = dialog ? dialog.querySelector('.detail-body') : open();
      dialog.scrollTop = 0;
      load(body, id);
    },
  };
}
