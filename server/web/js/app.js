// The page put together: state changes come in here and each part that shows them is told.
import { api } from './api.js';
import { carSection } from './car.js';
import { consoleView } from './console.js';
import { createDetail } from './detail.js';
import { drawFooter, drawHeader } from './header.js';
import { homeView } from './home.js';
import { browserLang, translator } from './i18n.js';
import { openPicker } from './picker.js';
import { createCities } from './places.js';
import { createRecommendations } from './recommend.js';
import { isResults, resultsView } from './results.js';
import { serviceView } from './service.js';
import { SERVICE_KEYS, createStore } from './store.js';
import { garageBar, guestId, randomId } from './user.js';
import { createWords } from './words.js';

const MARKETS = { zh: { market: 'CN', currency: 'CNY' }, en: { market: 'US', currency: 'USD' } };
const VIEWS = { home: homeView, results: resultsView, service: serviceView, console: consoleView };
const CAR_KEYS = ['vehicle', 'attrs'];
const SEARCH_KEYS = ['q', 'type', 'brand', 'kind', 'price', 'spec', 'min', 'max', 'rating', 'sort', 'page'];
const VIEW_KEYS = { results: SEARCH_KEYS, service: SERVICE_KEYS };

const node = (id) => document.getElementById(id);
const store = createStore();
const langOf = (state) => (state.lang in MARKETS ? state.lang : browserLang());

const app = {
  store,
  lang: langOf(store.get()),
  cities: createCities(),
  t: null, words: null, car: null, recommendations: null,
  named: null, // the vehicle that the words of the search name, while its results are shown
  unfolded: new Set(), // facets shown in full

  homeMarket: () => MARKETS[app.lang].market,
  // The market of the language, unless the picked car is not sold there.
  market: () => (app.car && !app.car.sold_in(app.homeMarket()) ? '' : app.homeMarket()),
  context() {
    const { vehicle, attrs, user } = store.get();
    return { lang: app.lang, market: app.market(), currency: MARKETS[app.lang].currency, vehicle, attrs, user: user || guestId() };
  },
  openPicker: () => openPicker(app),
  pickCar: (vehicle, attrs = {}) => store.set({ vehicle, attrs, km: '', page: 1, view: store.get().view === 'service' ? 'service' : '' }),
  restart: () => start(),
  // What the car has on its clock: as said here, as its owner's record says, or 0 when nobody knows.
  odometerKm: () => Number(store.get().km) || (garage && garage.odometerKm(store.get().vehicle)) || 0,

  // A search is an event once its answer is seen, with how many were found: others are suggested what people search for.
  // Narrowing its results is not another one.
  searched(q, { query_id, total }) {
    const { user, vehicle } = app.context();
    const what = JSON.stringify([q, vehicle, user]);
    if (what === lastSearch) return;
    lastSearch = what;
    tell({ type: 'search', query: q, query_id, value: total });
  },

  // Looking at a product is an event; what is recommended afterwards already knows of it.
  async openProduct(hit, { query_id, position }) {
    store.set({ product: hit.id });
    await tell({ type: 'click', product: hit.id, query_id, position });
    await app.recommendations.load();
  },
};

// An event in the shop; a lost one is no reason to disturb a shopper.
function tell(what) {
  const { user, vehicle } = app.context();
  const event = { id: randomId(), ts: Date.now(), user, surface: 'storefront', ...what };
  if (vehicle) event.vehicle = vehicle;
  return api.event(event).catch(() => {});
}

let lastSearch = '';
let view = null, viewName = '', garage = null, detail = null, car = null;

function wantedView(state) {
  if (['console', 'service'].includes(state.view)) return state.view;
  return isResults(state) ? 'results' : 'home';
}

function showView(changed) {
  const name = wantedView(store.get());
  const another = name !== viewName;
  if (another) {
    closeView();
    viewName = name;
    view = VIEWS[name](node('view'), app);
    if (changed) scrollTo(0, 0);
  }
  node('car').hidden = name === 'console' || (name === 'results' && !app.car); // an invitation to pick is in the results' way
  node('samples').hidden = name === 'console';
  garageNode.hidden = name === 'console';
  const keys = ['user', ...CAR_KEYS, ...(VIEW_KEYS[name] || [])];
  if (another || !changed || keys.some((key) => changed.has(key))) view.update(another ? null : changed);
}

function closeView() {
  if (view) view.leave();
  view = null;
  node('car').hidden = false;
  viewName = '';
  node('view').replaceChildren();
}

const garageNode = document.createElement('section');
garageNode.id = 'garage';
node('car').after(garageNode);

function chrome() {
  document.documentElement.lang = app.lang === 'zh' ? 'zh-CN' : 'en';
  document.title = app.t('title');
  node('skip').textContent = app.t('skip');
  node('samples').textContent = app.t('samples');
  drawHeader(node('top'), app);
  drawFooter(node('foot'), app);
}

// What is known of the car's mileage may come after the car is shown.
async function knowGarage() {
  await garage.load();
  if (viewName === 'service') view.update(new Set(['km']));
}

// Everything from nothing: at first, and in another language.
async function start() {
  app.lang = langOf(store.get());
  app.t = translator(app.lang);
  app.words = createWords(app.context(), app.t);
  app.recommendations = createRecommendations(app);
  closeView();
  chrome();
  car = carSection(node('car'), app);
  garage = garageBar(garageNode, app);
  detail = createDetail(app);
  knowGarage();
  const [loaded] = await Promise.all([car.load(), app.words.load()]);
  if (loaded !== 'loaded') return;
  car.render();
  showView(null);
  detail.update();
  app.recommendations.load({ fresh: true });
}

async function change(state, changed) {
  if (changed.has('lang')) return start();
  chrome();
  if (changed.has('vehicle')) {
    const loaded = await car.load();
    if (loaded === 'failed') closeView();
    if (loaded !== 'loaded') return undefined;
  }
  if (['view', ...CAR_KEYS].some((key) => changed.has(key))) {
    car.render();
    garage.draw();
  }
  if (changed.has('user')) knowGarage();
  showView(changed);
  if (changed.has('product') || (state.product && changed.has('vehicle'))) detail.update();
  if (['user', ...CAR_KEYS].some((key) => changed.has(key))) app.recommendations.load({ fresh: true });
  return undefined;
}

store.subscribe(change);
start();
