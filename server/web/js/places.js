// Where a customer may be: cities to choose from, and the plane a map is drawn on. Positions are WGS-84 degrees.

// The centres of some large cities of each market, to start from; any other place is a click on the map away.
const CITIES = {
  zh: [['Shanghai', '上海', 31.2304, 121.4737], ['Beijing', '北京', 39.9042, 116.4074], ['Guangzhou', '广州', 23.1291, 113.2644],
    ['Shenzhen', '深圳', 22.5431, 114.0579], ['Chengdu', '成都', 30.5728, 104.0668], ['Chongqing', '重庆', 29.563, 106.5516],
    ['Hangzhou', '杭州', 30.2741, 120.1551], ['Wuhan', '武汉', 30.5928, 114.3055], ["Xi'an", '西安', 34.3416, 108.9398], ['Nanjing', '南京', 32.0603, 118.7969]],
  en: [['New York', '纽约', 40.7128, -74.006], ['Los Angeles', '洛杉矶', 34.0522, -118.2437], ['Chicago', '芝加哥', 41.8781, -87.6298],
    ['Houston', '休斯敦', 29.7604, -95.3698], ['Phoenix', '菲尼克斯', 33.4484, -112.074], ['Denver', '丹佛', 39.7392, -104.9903],
    ['Seattle', '西雅图', 47.6062, -122.3321], ['Atlanta', '亚特兰大', 33.749, -84.388]],
};

const METRES_PER_DEGREE = 111320; // of latitude

export const nearText = ([lat, lon]) => `${lat.toFixed(5)},${lon.toFixed(5)}`;

// [{name, near}] for the language.
export const citiesOf = (lang) => CITIES[lang].map(([name, name_zh, lat, lon]) => ({ name: lang === 'zh' ? name_zh : name, near: nearText([lat, lon]) }));

// [lat, lon] out of "lat,lon"; the first city of the language when there is none.
export function placeOf(lang, near) {
  const place = near.split(',').map(Number);
  const good = place.length === 2 && place.every(Number.isFinite) && Math.abs(place[0]) <= 85 && Math.abs(place[1]) <= 180;
  return good ? place : CITIES[lang][0].slice(2);
}

// Where the page's customer is, as the calls take it.
export const nearOf = ({ lang, store }) => nearText(placeOf(lang, store.get().near));

// Metres east and north of `centre`; over the few kilometres of a map the earth is flat.
export function metresFrom(centre, [lat, lon]) {
  return [(lon - centre[1]) * METRES_PER_DEGREE * Math.cos((centre[0] * Math.PI) / 180), (lat - centre[0]) * METRES_PER_DEGREE];
}

export function placeAt(centre, [east_m, north_m]) {
  return [centre[0] + north_m / METRES_PER_DEGREE, centre[1] + east_m / (METRES_PER_DEGREE * Math.cos((centre[0] * Math.PI) / 180))];
}
