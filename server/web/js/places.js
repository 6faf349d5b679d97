// Where a customer may be: cities to choose from, and the plane a map is drawn on. Positions are WGS-84 degrees.
import { api } from './api.js';
import { nameOf } from './format.js';

const METRES_PER_DEGREE = 111320; // of latitude

export const nearText = ([lat, lon]) => `${lat.toFixed(5)},${lon.toFixed(5)}`;

// The cities that have workshops, to start from; any other place is a click on the map away. Asked for once; without them there is
// only the place that was chosen.
export function createCities() {
  let list = null;
  return {
    async load() {
      if (!list) list = await api.cities().then(({ cities }) => cities, () => null);
    },
    nameOf: (lang, path) => nameOf(lang, (list || []).find((city) => city.city === path) || { id: path }),
    // Those of the country, most workshops first; all of them where the country has none.
    of(country) {
      const own = (list || []).filter((city) => city.country === country);
      return own.length > 0 ? own : list || [];
    },
  };
}

// [{name, near}] in the language, of its market.
export const citiesOf = (app) => app.cities.of(app.homeMarket()).map((city) => ({ name: nameOf(app.lang, city), near: nearText(city.near) }));

// [lat, lon] of the customer: what was chosen, else the first city, else null.
export function placeOf(app) {
  const place = app.store.get().near.split(',').map(Number);
  const good = place.length === 2 && place.every(Number.isFinite) && Math.abs(place[0]) <= 85 && Math.abs(place[1]) <= 180;
  return good ? place : app.cities.of(app.homeMarket())[0]?.near ?? null;
}

// The same as the calls take it; '' where nobody knows.
export function nearOf(app) {
  const place = placeOf(app);
  return place ? nearText(place) : '';
}

// Metres east and north of `centre`; over the few kilometres of a map the earth is flat.
export function metresFrom(centre, [lat, lon]) {
  return [(lon - centre[1]) * METRES_PER_DEGREE * Math.cos((centre[0] * Math.PI) / 180), (lat - centre[0]) * METRES_PER_DEGREE];
}

export function placeAt(centre, [east_m, north_m]) {
  return [centre[0] + north_m / METRES_PER_DEGREE, centre[1] + east_m / (METRES_PER_DEGREE * Math.cos((centre[0] * Math.PI) / 180))];
}
