// Every call the page makes, one function each, with exactly the parameters of the contract.
import { attrsObject, formatAttrs } from './attrs.js';

const KEY_SLOT = 'rightfit-key';

export class ApiError extends Error {
  constructor(status, code, message, field, retry_s) {
    super(message);
    Object.assign(this, { status, code, field, retry_s });
  }
}

export const isAbort = (error) => error.name === 'AbortError';

export function rememberKey(key) {
  sessionStorage.setItem(KEY_SLOT, key);
}

function headers(extra = {}) {
  const key = sessionStorage.getItem(KEY_SLOT);
  return key ? { ...extra, Authorization: `Bearer ${key}` } : extra;
}

async function problem(response) {
  const body = await response.json().catch(() => ({}));
  const { code = 'internal', message = response.statusText, field = '' } = body.error || {};
  return new ApiError(response.status, code, message, field, Number(response.headers.get('Retry-After')) || 0);
}

async function send(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(0, 'network', String(error.message), '', 0);
  }
  if (!response.ok) throw await problem(response);
  return response;
}

function url(path, params) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) if (value !== '' && value !== undefined) query.set(key, String(value));
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

async function get(path, params = {}, signal = undefined) {
  return (await send(url(path, params), { headers: headers(), signal })).json();
}

async function post(path, params, body, signal = undefined) {
  const init = { method: 'POST', headers: headers({ 'Content-Type': 'application/json' }), body: JSON.stringify(body), signal };
  return (await send(url(path, params), init)).json();
}

// A write whose answer has nothing to tell.
async function write(method, path, params, body = undefined) {
  const init = { method, headers: headers(body ? { 'Content-Type': 'application/json' } : {}), body: body && JSON.stringify(body) };
  await send(url(path, params), init);
}

const defined = (body) => Object.fromEntries(Object.entries(body).filter(([, value]) => value !== '' && value !== undefined && value !== null));

const segment = encodeURIComponent;

// Who asks, and for which car.
const shopper = (c) => ({ vehicle: c.vehicle, attrs: formatAttrs(c.attrs), user: c.user, lang: c.lang, market: c.market, currency: c.currency });

// `c` is the context every call shares: {lang, market, currency, vehicle, attrs, user}.
export const api = {
  makes: (c, signal) => get('/v1/makes', { market: c.market, lang: c.lang }, signal),
  models: (c, make, signal) => get('/v1/models', { make, market: c.market, lang: c.lang }, signal),
  options: (c, { make, model, year, attrs }, signal) =>
    get('/v1/vehicles/options', { make, model, year, attrs: formatAttrs(attrs), market: c.market, lang: c.lang }, signal),
  vehicle: (id, signal) => get(`/v1/vehicles/${segment(id)}`, {}, signal),
  vehicleTypes: (c, id, signal) =>
    get(`/v1/vehicles/${segment(id)}/types`, { attrs: formatAttrs(c.attrs), market: c.market, lang: c.lang }, signal),
  suggestVehicles: (c, q, signal) => get('/v1/vehicles/suggest', { q, market: c.market, lang: c.lang }, signal),
  vin: (vin, signal) => get(`/v1/vin/${segment(vin)}`, {}, signal),
  types: (c, signal) => get('/v1/types', { lang: c.lang }, signal),
  attributes: (c, signal) => get('/v1/attributes', { lang: c.lang }, signal),
  suggest: (c, q, signal) =>
    get('/v1/suggest', { q, vehicle: c.vehicle, user: c.user, market: c.market, lang: c.lang, currency: c.currency }, signal),
  // `wanted` is {q, filters, facets, limit, offset, ...} as the call names them.
  search: (c, wanted, signal) =>
    get('/v1/search', { ...shopper(c), ...wanted }, signal),
  exclude: (exclusion) => write('PUT', '/v1/exclusions', {}, exclusion),
  includeAgain: ({ product, vehicle }) => write('DELETE', '/v1/exclusions', { product, vehicle }),
  product: (c, id, signal) => get(`/v1/products/${segment(id)}`, { lang: c.lang, currency: c.currency }, signal),
  productVehicles: (id, limit, signal) => get(`/v1/products/${segment(id)}/vehicles`, { limit }, signal),
  fitment: (c, product, signal) =>
    get('/v1/fitment', { product, vehicle: c.vehicle, attrs: formatAttrs(c.attrs), market: c.market, lang: c.lang }, signal),
  user: (id, signal) => get(`/v1/users/${segment(id)}`, {}, signal),
  recommend: (c, { model, limit }, signal) => {
    const body = { user: c.user, surface: 'storefront', model, limit };
    if (c.vehicle) Object.assign(body, { vehicle: c.vehicle, attrs: attrsObject(c.attrs) });
    return post('/v1/recommend', { lang: c.lang, market: c.market, currency: c.currency }, body, signal);
  },
  event: (event) => post('/v1/events', {}, event),
  // `state` is {odometer_km, months, dtc, sensors, near, limit} as the call names them.
  cockpit: (c, state, signal) =>
    post('/v1/cockpit/suggest', {}, defined({ vehicle: c.vehicle, attrs: attrsObject(c.attrs), market: c.market, user: c.user, lang: c.lang, currency: c.currency, ...state }), signal),
  maintenance: (c, { odometer_km, months, near }, signal) =>
    get('/v1/maintenance', { ...shopper(c), odometer_km, months, near }, signal),
  tyreScenes: (signal) => get('/v1/tyres/scenes', {}, signal),
  tyres: (c, { scene, limit, near }, signal) =>
    get('/v1/tyres', { ...shopper(c), scene, limit, near }, signal),
  workshops: (c, { near, service, radius_m, limit }, signal) =>
    get('/v1/workshops', { near, service, radius_m, limit, vehicle: c.vehicle, attrs: formatAttrs(c.attrs), market: c.market, lang: c.lang, currency: c.currency }, signal),
  cities: () => get('/v1/cities'),
  slots: (workshop, date, signal) => get(`/v1/workshops/${segment(workshop)}/slots`, { date }, signal),
  hold: (workshop, wish) => post(`/v1/workshops/${segment(workshop)}/holds`, {}, wish),
  coverage: ({ service }, signal) => get('/v1/reports/coverage', { service }, signal),
  metrics: async (signal) => (await send('/metrics', { headers: headers(), signal })).text(),
};
