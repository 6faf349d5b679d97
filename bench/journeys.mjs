// What a car's cockpit, its service plan and a choice of tyres ask, as lines of bench/requests.mjs: a car as it is, one configuration of it, in
// use somewhere near a city of its country.
import { readFileSync } from 'node:fs';

const table = (path) => readFileSync(new URL(path, import.meta.url), 'utf8').split('\n').filter((l) => l && l[0] !== '#').slice(1).map((l) => l.split('\t'));
const ATTRS = ['displacement', 'fuel', 'aspiration', 'transmission', 'drive', 'body']; // what a car says of itself
const KNOWN = new URL('../tests/golden/plans/vehicles.tsv', import.meta.url).href;

// Half of them those whose plans are known (tests/golden/plans), half whatever `cars` holds, with the attributes of one of their configurations.
export async function carsInUse(cars, draw, get) {
  const known = table(KNOWN).map(([market, vehicle, attrs]) => ({ market, vehicle, attrs: Object.fromEntries(attrs.split(',').filter(Boolean).map((a) => a.split(':'))) }));
  const others = [];
  for (const { id } of cars) {
    const { market, configuration_list: list } = await get(`/v1/vehicles/${id}`);
    const all = draw.pick(list).attrs;
    others.push({ market: all.market ?? market ?? 'US', vehicle: id, attrs: Object.fromEntries(ATTRS.filter((k) => k in all).map((k) => [k, all[k]])) });
  }
  return () => (draw.random() < 0.5 ? draw.zipf(known) : draw.zipf(others));
}

// Within some kilometres of a city's centre, large cities as much more often as they are larger.
function places(draw) {
  const cities = table('../data-tools/facts/workshop_cities.tsv').map(([, , country, lat, lon, weight]) => ({ country, lat: +lat, lon: +lon, weight: +weight }));
  const off = () => (draw.random() + draw.random() - 1) * 0.1;
  return (market) => {
    const own = cities.filter((c) => c.country === market), list = own.length ? own : cities;
    let left = draw.random() * list.reduce((sum, c) => sum + c.weight, 0);
    const city = list.find((c) => (left -= c.weight) <= 0) ?? list.at(-1);
    return [city.lat + off(), city.lon + off()].map((x) => +x.toFixed(5));
  };
}

const currency = (market) => (market === 'CN' ? 'CNY' : 'USD');
const lang = (market) => (market === 'CN' ? 'zh' : 'en');
const history = (km) => (km < 12000 ? [] : [{ service: 'oil_change', odometer_km: km - 9000, date: '2026-03-01' }, { service: 'brake_fluid_change', odometer_km: Math.floor(km / 2), date: '2025-01-10' }]);

// A third without a code, two thirds with one or two; every sensor in half of them.
export function cockpits(count, car, draw) {
  const near = places(draw), codes = table('../data-tools/facts/trouble_codes.tsv').map(([code]) => code), now = (value) => (draw.random() < 0.5 ? value : undefined);
  const kpa = () => 200 + Math.floor(draw.random() * 60) - (draw.random() < 0.1 ? 80 : 0);
  return Array.from({ length: count }, () => {
    const { market, vehicle, attrs } = car(), odometer_km = 2000 + Math.floor(draw.random() * 200000);
    return `/v1/cockpit/suggest\t${JSON.stringify({
      vehicle, attrs, market, odometer_km, months: 3 + Math.floor(odometer_km / 1200), user: draw.user(), near: near(market), limit: 3, lang: lang(market), currency: currency(market),
      dtc: Array.from({ length: Math.floor(draw.random() * 3) }, () => draw.pick(codes)), history: now(history(odometer_km)),
      sensors: { battery_v: now(11.6 + Math.floor(draw.random() * 14) / 10), outside_c: now(Math.floor(draw.random() * 50) - 15), oil_life_pct: now(Math.floor(draw.random() * 100)),
        brake_pad_mm: now(2 + Math.floor(draw.random() * 10)), tyre_kpa: now({ front_left: kpa(), front_right: kpa(), rear_left: kpa(), rear_right: kpa() }) },
    })}`;
  });
}

const packed = (attrs) => Object.entries(attrs).map((a) => a.join(':')).join(',');
const path = (to, { attrs, ...rest }) => `${to}?${new URLSearchParams({ ...rest, attrs: packed(attrs) })}`;

export function plans(count, car, draw) {
  const near = places(draw);
  return Array.from({ length: count }, () => {
    const { market, vehicle, attrs } = car();
    return path('/v1/maintenance', { vehicle, attrs, market, odometer_km: 2000 + Math.floor(draw.random() * 200000), user: draw.user(), near: near(market).join(','),
      lang: lang(market), currency: currency(market) });
  });
}

export function tyres(count, car, draw) {
  const near = places(draw), scenes = ['commute', 'highway', 'offroad', 'winter', 'sport', 'quiet'];
  return Array.from({ length: count }, () => {
    const { market, vehicle, attrs } = car();
    return path('/v1/tyres', { vehicle, attrs, market, scene: draw.pick(scenes), user: draw.user(), near: near(market).join(','), limit: 20, lang: lang(market), currency: currency(market) });
  });
}
