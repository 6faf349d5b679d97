// Makes the request lists of bench/load.sh out of what a running server itself says: its makes, models, years, types.
//
//   node bench/requests.mjs http://127.0.0.1:7700 OUT_DIR [KIND...]       all kinds unless said
//
// Writes OUT_DIR/{search,facets,refined,narrow,words,mixed,suggest,typeahead,recommend,cockpit,plan,tyres}.txt, one request a line: a path, or a path, a tab and a JSON body.
// Cars and users are drawn Zipf-like (the one of rank r with weight 1/r) from all there are. Every kind is sampled and checked
// first: status 200, and 20 hits where the list promises them. Prints the average size of each kind's answers.
import { writeFileSync } from 'node:fs';
import { carsInUse, cockpits, plans, tyres } from './journeys.mjs';
import { FACETS, typed, typedPath } from './typed.mjs';

const [server, out, ...kinds] = process.argv.slice(2);
const LINES = 20000, USERS = 60000, CARS = 1000, SAMPLE = 400, HITS = 20;
const FULL = ['tyre', 'engine_oil'];  // types of which most cars have more than 20 in the sample data
const NARROW = ['oil_filter', 'air_filter', 'cabin_filter', 'brake_pad', 'brake_disc', 'battery', 'wiper_blade', 'spark_plug', 'shock'];

const SEED = 20261122;
let state = SEED;
function random() { // mulberry32: the same lists for the same data
  state = (state + 0x6D2B79F5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const pick = (list) => list[Math.floor(random() * list.length)];
const zipfRank = (n) => Math.min(n, Math.floor(Math.exp(random() * Math.log(n + 1))));
const zipf = (list) => list[zipfRank(list.length) - 1];
const user = () => `u${String(zipfRank(USERS)).padStart(6, '0')}`;

async function get(path) {
  const response = await fetch(server + path);
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function allCars() {
  const cars = [];
  for (const { make } of (await get('/v1/makes')).makes)
    for (const { model, slug } of (await get(`/v1/models?make=${encodeURIComponent(make)}`)).models)
      for (const { vehicle } of (await get(`/v1/years?make=${encodeURIComponent(make)}&model=${encodeURIComponent(slug ?? model)}`)).years)
        cars.push({ id: vehicle, model });
  for (let i = cars.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [cars[i], cars[j]] = [cars[j], cars[i]];
  }
  return cars;
}

// The cars that have enough products of a type, most popular first.
async function carsOf(type, cars, least) {
  const enough = [];
  for (const car of cars) {
    const { total } = await get(`/v1/search?vehicle=${car.id}&type=${type}&limit=1`);
    if (total >= least) enough.push(car);
    if (enough.length === CARS) break;
  }
  return enough;
}

const searchPath = (car, type) => `/v1/search?vehicle=${car.id}&type=${type}&user=${user()}&limit=${HITS}`;

async function searches(types, cars, least) {
  const byType = [];
  for (const type of types) {
    const list = await carsOf(type, cars.slice(0, CARS), least);
    if (list.length) byType.push({ type, list });
  }
  if (!byType.length) throw new Error(`no car has ${least} products of ${types.join(' or ')}`);
  return Array.from({ length: LINES }, () => {
    const { type, list } = pick(byType);
    return searchPath(zipf(list), type);
  });
}

// The same questions with five facets, and with selected values of each: its two most frequent ones, so that something is left.
const faceted = (path) => `${path}&facets=${FACETS.join(',')}`;
const selected = (field, values) => `(${values.slice(0, 2).map(({ value }) =>
  field === 'price' ? `price:${value}` : `${field}:"${value}"`).join(' OR ')})`;

async function refinements(lines) {
  const filters = new Map(), refined = [];
  for (const line of lines) {
    const key = line.replace(/&user=[^&]*/, '');
    if (!filters.has(key)) {
      const { facets } = await get(faceted(key));
      filters.set(key, FACETS.filter((f) => facets[f].length).map((f) => selected(f, facets[f])).join(' AND '));
    }
    refined.push(`${faceted(line)}&filters=${encodeURIComponent(filters.get(key))}`);
  }
  return refined;
}

// What people type, each intent as often as another; see typed.mjs.
function words(cars) {
  const intents = typed();
  return Array.from({ length: LINES }, () => typedPath(pick(pick(intents).rows), random() < 0.5 ? zipf(cars).id : ''));
}

// The search box of a page that knows the car: words, the car where they name none, five facets, places of what was found in the texts.
function mixed(cars) {
  const intents = typed();
  return Array.from({ length: LINES }, () => `${typedPath(pick(pick(intents).rows), zipf(cars).id)}&highlight=1`);
}

function suggestions(cars) {
  return Array.from({ length: LINES }, () => {
    const typed = zipf(cars).model.toLowerCase();
    const text = typed.slice(0, 2 + Math.floor(random() * Math.max(1, typed.length - 1)));
    return `/v1/vehicles/suggest?q=${encodeURIComponent(text)}&limit=10`;
  });
}

// What a search box sends while people type: beginnings of a type in either language, of a car and of both, of a number, some with a
// typing error; half of them from a known person, a third for a car.
async function typeahead(cars) {
  const { types } = await get('/v1/types');
  const numbers = (await get('/v1/search?q=filter&limit=100')).hits.map(({ number }) => number).filter(Boolean);
  const misspelt = (text) => {
    const at = Math.floor(random() * text.length);
    return text.slice(0, at) + String.fromCharCode(97 + Math.floor(random() * 26)) + text.slice(at + 1);
  };
  return Array.from({ length: LINES }, () => {
    const car = zipf(cars), type = zipf(types), name = random() < 0.5 ? type.name.toLowerCase() : type.name_zh ?? type.name;
    const whole = pick([name, name, car.model.toLowerCase(), `${car.model.toLowerCase()} ${name}`, numbers.length ? pick(numbers) : name]);
    const typed = whole.slice(0, 1 + Math.floor(random() * whole.length));
    const q = encodeURIComponent(random() < 0.1 && /^[a-z ]{4,}$/.test(typed) ? misspelt(typed) : typed);
    return `/v1/suggest?q=${q}${random() < 0.5 ? `&user=${user()}` : ''}${random() < 0.33 ? `&vehicle=${car.id}` : ''}`;
  });
}

function recommendations(cars) {
  return Array.from({ length: LINES }, () =>
    `/v1/recommend\t${JSON.stringify({ user: user(), vehicle: zipf(cars).id, surface: 'storefront', model: 'for_you', limit: HITS })}`);
}

// Asks some of them; the average size of the bodies.
async function check(name, lines, hits) {
  let bytes = 0;
  for (let i = 0; i < SAMPLE; i++) {
    const [path, body] = lines[i].split('\t');
    const response = await fetch(server + path, body && { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${lines[i]}: ${response.status} ${text}`);
    if (hits && JSON.parse(text).hits.length !== hits) throw new Error(`${lines[i]}: not ${hits} hits`);
    bytes += Buffer.byteLength(text);
  }
  writeFileSync(`${out}/${name}.txt`, lines.join('\n') + '\n');
  console.log(`${name} ${Math.round(bytes / SAMPLE)}`);
}

const cars = await allCars();
if (!cars.length) throw new Error('the server knows no vehicle');
const popular = cars.slice(0, CARS);
let fullSearches, inUse;
const full = async () => (fullSearches ??= await searches(FULL, cars, HITS));
const draw = { random, pick, zipf, user };
const car = async () => (inUse ??= await carsInUse(popular, draw, get));

// What makes each kind's lines, and how many hits every answer of it has; 0: as many as there are.
const MADE = {
  search: [full, HITS],
  facets: [async () => (await full()).map(faceted), HITS],
  refined: [async () => refinements(await full()), 0],
  narrow: [() => searches(NARROW, cars, 1), 0],
  words: [() => words(popular), 0],
  mixed: [() => mixed(popular), 0],
  suggest: [() => suggestions(cars), 0],
  typeahead: [() => typeahead(cars), 0],
  recommend: [() => recommendations(cars), 0],
  cockpit: [async () => cockpits(LINES, await car(), draw), 0],
  plan: [async () => plans(LINES, await car(), draw), 0],
  tyres: [async () => tyres(LINES, await car(), draw), 0],
};
for (const kind of kinds.length ? kinds : Object.keys(MADE)) {
  if (!MADE[kind]) throw new Error(`'${kind}' is no kind of request; there are ${Object.keys(MADE).join(', ')}`);
  const [make, hits] = MADE[kind];
  state = SEED; // a kind's list does not depend on which others are made
  await check(kind, await make(), hits);
}
