// The head of the page: name, search box, language, person.
import { api } from './api.js';
import { asVin } from './car.js';
import { el, replace } from './dom.js';
import { nameOf, titleOf } from './format.js';
import { iconOf } from './groups.js';
import { icon } from './icons.js';
import { NO_FILTERS } from './store.js';
import { typeahead } from './typeahead.js';
import { userSwitch } from './user.js';

const SHOWN = { queries: 5, types: 3, vehicles: 4, products: 3 }; // of each group of suggestions, so that all can be seen at once

function searchFor(app, q) {
  const vin = asVin(q);
  if (vin) return app.pickCar(vin);
  // Answers given without a car were about the cars of the words before.
  const attrs = app.store.get().vehicle ? {} : { attrs: {} };
  return app.store.set({ ...NO_FILTERS, ...attrs, type: [], q, view: '' });
}

// Of a name or title in the page's language, the part that was matched.
const rangesOf = (lang, thing, text, name) => (thing.highlights || {})[lang === 'zh' && thing[`${name}_zh`] === text ? `${name}_zh` : name];

async function findAnything(app, text, signal) {
  const { t, lang, store } = app;
  const answer = await api.suggest(app.context(), text, signal);
  const items = (group, make) => ({ title: t(`group_${group}`), items: answer[group].slice(0, SHOWN[group]).map(make) });
  return [
    items('queries', ({ q, own, highlights }) => ({ kind: 'query', label: q, ranges: highlights.q, icon: own ? 'clock' : 'search', choose: () => searchFor(app, q) })),
    items('types', (type) => {
      const label = nameOf(lang, type);
      return { kind: 'type', label, ranges: rangesOf(lang, type, label, 'name'), icon: iconOf(app.words, type.id), choose: () => store.set({ ...NO_FILTERS, type: [type.id], q: '', view: '' }) };
    }),
    items('vehicles', (vehicle) => ({ kind: 'vehicle', label: nameOf(lang, vehicle), icon: 'car', choose: () => app.pickCar(vehicle.id) })),
    items('products', (product) => {
      const label = titleOf(lang, product);
      const detail = product.verdict && t.has(`verdict_${product.verdict}`) ? `${product.brand} · ${t(`verdict_${product.verdict}`)}` : product.brand;
      return { kind: 'product', label, ranges: rangesOf(lang, product, label, 'title'), detail, icon: iconOf(app.words, product.type), choose: () => store.set({ product: product.id, view: '' }) };
    }),
  ];
}

function searchForm(app) {
  const { t, store } = app;
  const { q } = store.get();
  const field = typeahead({
    id: 'q', testid: 'q', label: t('search_label'), placeholder: t('search_placeholder'), value: q,
    find: (text, signal) => findAnything(app, text, signal), submit: (text) => searchFor(app, text),
  });
  const submit = (event) => {
    event.preventDefault();
    searchFor(app, field.input.value.trim());
  };
  return el('form', { class: 'search', role: 'search', onsubmit: submit },
    el('div', { class: 'field' }, icon('search', 20), field.input,
      q && el('button', { type: 'button', class: 'icon-button small', 'aria-label': t('clear'), onclick: () => store.set({ ...NO_FILTERS, q: '' }), testid: 'q-clear' }, icon('close', 16)), field.list),
    el('button', { class: 'button primary', testid: 'search' }, t('search')));
}

function languageSwitch(app) {
  const { t, store, lang } = app;
  // A price range means nothing in another currency.
  const button = (value, label) => el('button', { 'aria-pressed': String(lang === value), lang: value, onclick: () => store.set({ lang: value, min: '', max: '', price: [] }), testid: `lang-${value}`, 'data-focus': `lang-${value}` }, label);
  return el('div', { class: 'segmented dark', role: 'group', 'aria-label': t('language') }, button('zh', '中文'), button('en', 'EN'));
}

export function drawHeader(container, app) {
  const { t, store } = app;
  const home = (event) => {
    event.preventDefault();
    store.set({ ...NO_FILTERS, type: [], q: '', view: '', product: '' });
  };
  replace(container, el('div', { class: 'top-inner' },
    el('a', { class: 'logo', href: store.link({ ...NO_FILTERS, type: [], q: '', view: '' }), onclick: home, testid: 'home' }, icon('logo', 30), el('span', {}, 'rightfit'), el('small', {}, t('tagline'))),
    searchForm(app), el('div', { class: 'top-right' }, languageSwitch(app), userSwitch(app))));
}

export function drawFooter(container, app) {
  const { t, store } = app;
  const ops = store.get().view === 'console';
  const go = (event) => {
    event.preventDefault();
    store.set({ view: ops ? '' : 'console' });
  };
  replace(container, el('span', {}, t('footer')), el('a', { href: store.link({ view: ops ? '' : 'console' }), onclick: go, testid: 'console-link' }, icon('chart', 16), t(ops ? 'shop' : 'console')));
}
