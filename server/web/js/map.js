// A map without tiles: distances around a place, drawn as SVG. North is up.
import { svg } from './dom.js';
import { metresFrom, placeAt } from './places.js';

const SIZE = 640, MIDDLE = SIZE / 2;
const REACH_M = 5600; // from the middle to an edge
const RINGS_KM = [1, 3, 5];
const PX_PER_M = MIDDLE / REACH_M;

const toPixels = ([east_m, north_m]) => [MIDDLE + east_m * PX_PER_M, MIDDLE - north_m * PX_PER_M];

function grid() {
  const lines = [];
  for (let km = -5; km <= 5; km++) {
    const at = MIDDLE + km * 1000 * PX_PER_M;
    lines.push(svg('path', { d: `M${at} 0V${SIZE}M0 ${at}H${SIZE}`, class: 'map-grid' }));
  }
  return lines;
}

function rings(t) {
  return RINGS_KM.map((km) => {
    const radius = km * 1000 * PX_PER_M;
    return svg('g', { class: 'map-ring', testid: 'map-ring' }, svg('circle', { cx: MIDDLE, cy: MIDDLE, r: radius }),
      svg('text', { x: MIDDLE, y: MIDDLE - radius - 5, 'text-anchor': 'middle' }, t('map_km', { n: km })));
  });
}

function scaleBar(t) {
  const length = 1000 * PX_PER_M, x = 22, y = SIZE - 22;
  return svg('g', { class: 'map-scale', testid: 'map-scale' }, svg('path', { d: `M${x} ${y - 6}v6h${length}v-6` }), svg('text', { x: x + length / 2, y: y - 9, 'text-anchor': 'middle' }, t('map_km', { n: 1 })));
}

function north(t) {
  return svg('g', { class: 'map-north', testid: 'map-north' }, svg('path', { d: `M${SIZE - 34} 60l11-34 11 34-11-8z` }), svg('text', { x: SIZE - 23, y: 78, 'text-anchor': 'middle' }, t('map_north')));
}

function dot(centre, { id, near, title, chosen }, choose) {
  const [x, y] = toPixels(metresFrom(centre, near));
  return svg('circle', { cx: x.toFixed(1), cy: y.toFixed(1), r: chosen ? 12 : 8, class: chosen ? 'map-dot chosen' : 'map-dot', testid: 'map-dot', 'data-workshop': id, onclick: (event) => { event.stopPropagation(); choose(id); } },
    svg('title', {}, title));
}

// `dots` are {id, near: [lat, lon], title, chosen}. A click beside them gives the place it was on to `move`. Pointing is for
// those who can; the caller lists the same beside the map.
export function drawMap({ t, centre, dots, label, choose, move }) {
  const click = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const px = (event.clientX - box.left) * (SIZE / box.width), py = (event.clientY - box.top) * (SIZE / box.height);
    move(placeAt(centre, [(px - MIDDLE) / PX_PER_M, (MIDDLE - py) / PX_PER_M]));
  };
  const ordered = [...dots].sort((a, b) => Number(a.chosen) - Number(b.chosen)); // the chosen one above the others
  return svg('svg', { viewBox: `0 0 ${SIZE} ${SIZE}`, class: 'map', role: 'img', 'aria-label': label, testid: 'map', onclick: click },
    grid(), rings(t), svg('g', { class: 'map-you' }, svg('circle', { cx: MIDDLE, cy: MIDDLE, r: 9 }), svg('text', { x: MIDDLE, y: MIDDLE + 27, 'text-anchor': 'middle' }, t('map_you'))),
    ordered.map((one) => dot(centre, one, choose)), scaleBar(t), north(t));
}
