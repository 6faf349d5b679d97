// Lines over time and bars, drawn as SVG; numbers beside them as text, so that they stay sharp at any width.
import { el, svg } from './dom.js';

export const BLUE = '#0a5bd3', GREEN = '#12805c', RED = '#c2410c';

const WIDTH = 600, HEIGHT = 180;

// The next of 1, 2, 5 times a power of ten.
function roundUp(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => step * power >= value) * power;
}

// Gaps (null) break the line.
function pathOf(values, slots, top) {
  let pen = 'M';
  const step = WIDTH / (slots - 1);
  const offset = (slots - values.length) * step;
  return values.map((value, i) => {
    if (value === null) {
      pen = 'M';
      return '';
    }
    const point = `${pen}${(offset + i * step).toFixed(1)} ${(HEIGHT - (value / top) * HEIGHT).toFixed(1)}`;
    pen = 'L';
    return point;
  }).join('');
}

// `series`: [{label, color, values}], newest last, drawn into `slots` places; `text(value)` names the axis.
export function lineChart({ label, series, slots, text }) {
  const top = roundUp(Math.max(0, ...series.flatMap((one) => one.values.filter((value) => value !== null))));
  const drawing = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  for (const share of [0, 0.5, 1]) drawing.append(svg('line', { x1: 0, x2: WIDTH, y1: HEIGHT * share, y2: HEIGHT * share, class: 'grid' }));
  for (const one of series) drawing.append(svg('path', { d: pathOf(one.values, slots, top), fill: 'none', stroke: one.color, class: 'line' }));
  const last = (one) => one.values.at(-1);
  const summary = series.map((one) => `${one.label} ${last(one) === null || last(one) === undefined ? '–' : text(last(one))}`).join(', ');
  return el('figure', { class: 'chart', role: 'img', 'aria-label': `${label}: ${summary}` },
    el('div', { class: 'legend' }, series.map((one) => el('span', {}, el('i', { style: { background: one.color } }), one.label))),
    el('div', { class: 'plot' }, el('div', { class: 'axis' }, [top, top / 2, 0].map((value) => el('span', {}, text(value)))), drawing));
}

// `rows`: [{label, value, color}], longest first is the caller's business.
export function barChart({ label, rows, text }) {
  const top = Math.max(...rows.map((row) => row.value), Number.EPSILON);
  return el('figure', { class: 'bars', 'aria-label': label }, rows.map((row) => el('div', { class: 'bar' },
    el('span', { class: 'bar-label' }, row.label),
    el('span', { class: 'bar-track' }, el('i', { style: { width: `${((row.value / top) * 100).toFixed(1)}%`, background: row.color } })),
    el('span', { class: 'bar-value' }, text(row.value)))));
}
