// Services along the odometer: what is due at the same reading stands above one another.
import { svg } from './dom.js';

const WIDTH = 900, MARGIN = 34, RADIUS = 12, GAP = 4;
const YEAR_MS = 365.25 * 86400e3;
const TICKS_KM = [1000, 2000, 5000, 10000, 20000, 50000, 100000];
const MOST_TICKS = 11;

// A service that is due by time alone stands where the car will be then.
export function dueKm(item, plan) {
  if (Number.isFinite(item.due_km)) return item.due_km;
  if (!item.due_date) return plan.odometer_km || 0;
  return Math.max(0, (plan.odometer_km || 0) + ((item.due_date - Date.now()) / YEAR_MS) * (plan.km_per_year || 0));
}

// Those within a circle's width of one another make one column.
function columnsOf(items, xOf) {
  const columns = [];
  for (const item of [...items].sort((a, b) => a.km - b.km)) {
    const last = columns.at(-1);
    if (last && xOf(item.km) - last.x < 2 * RADIUS + GAP) last.items.push(item);
    else columns.push({ x: xOf(item.km), items: [item] });
  }
  return columns;
}

function axis(from, to, xOf, y, text) {
  const step = TICKS_KM.find((km) => (to - from) / km <= MOST_TICKS) || TICKS_KM.at(-1);
  const ticks = [];
  for (let km = Math.ceil(from / step) * step; km <= to; km += step) {
    ticks.push(svg('path', { d: `M${xOf(km).toFixed(1)} ${y}v6`, class: 'time-axis' }), svg('text', { x: xOf(km).toFixed(1), y: y + 22, 'text-anchor': 'middle' }, text(km)));
  }
  return svg('g', {}, svg('path', { d: `M0 ${y}H${WIDTH}`, class: 'time-axis' }), ticks);
}

// `items`: [{n, state, title, km}]; `choose(n)` is called for a click on one. `km` is where the car is.
export function drawTimeline({ items, km, label, here, text, choose }) {
  const reach = [km, ...items.map((item) => item.km)];
  const span = Math.max(10000, Math.max(...reach) - Math.min(...reach));
  const from = Math.max(0, Math.min(...reach) - span * 0.04), to = Math.max(...reach) + span * 0.04;
  const xOf = (value) => MARGIN + ((value - from) / (to - from)) * (WIDTH - 2 * MARGIN);
  const columns = columnsOf(items, xOf);
  const step = 2 * RADIUS + GAP;
  const base = 34 + Math.max(1, ...columns.map((column) => column.items.length)) * step; // of the axis
  const circle = (item, x, y) => svg('g', { class: `time-item is-${item.state}`, testid: 'timeline-item', 'data-state': item.state, onclick: () => choose(item.n) },
    svg('circle', { cx: x.toFixed(1), cy: y, r: RADIUS }), svg('text', { x: x.toFixed(1), y: y + 4, 'text-anchor': 'middle' }, String(item.n)), svg('title', {}, item.title));
  const car = xOf(km);
  const side = car < WIDTH * 0.15 ? 'start' : car > WIDTH * 0.85 ? 'end' : 'middle';
  return svg('svg', { viewBox: `0 0 ${WIDTH} ${base + 32}`, class: 'timeline', role: 'img', 'aria-label': label, testid: 'timeline' },
    axis(from, to, xOf, base, text),
    svg('g', { class: 'time-here', testid: 'timeline-here' }, svg('path', { d: `M${car.toFixed(1)} 20V${base}` }), svg('text', { x: car.toFixed(1), y: 14, 'text-anchor': side }, here)),
    columns.map((column) => column.items.map((item, i) => circle(item, column.x, base - RADIUS - 4 - i * step))));
}
