// The operator's view: a glance says whether the server is well.
import { api, isAbort } from './api.js';
import { BLUE, GREEN, RED, barChart, lineChart } from './chart.js';
import { coveragePanel } from './coverage.js';
import { el, latest, replace } from './dom.js';
import { errorBox } from './errors.js';
import { number } from './format.js';
import { between, readScrape } from './metrics.js';

const EVERY_MS = 2000;
const SLOTS = 90;
const ROUTES_SHOWN = 8;
const VERDICT_COLORS = { fits: GREEN, universal: BLUE, conditional: '#b7791f', no: '#b3261e', unknown: '#64748b' };

function panel(title, content, testid) {
  return el('section', { class: 'panel', testid }, el('h2', {}, title), content);
}

function stat(label, value, unit = '') {
  return el('div', { class: 'stat' }, el('span', {}, label), el('strong', {}, value, unit && el('small', {}, ` ${unit}`)));
}

function verdictBars(app, verdicts) {
  const { t, lang } = app;
  const rows = Object.keys(VERDICT_COLORS).filter((verdict) => verdicts.has(verdict))
    .map((verdict) => ({ label: t(`verdict_${verdict}`), value: verdicts.get(verdict), color: VERDICT_COLORS[verdict] }));
  if (rows.length === 0) return el('p', { class: 'muted' }, t('ops_verdicts_none'));
  return barChart({ label: t('ops_verdicts'), rows, text: (value) => number(lang, value) });
}

function draw(app, container, scrape, points) {
  const { t, lang } = app;
  const now = points.at(-1);
  const short = (value) => number(lang, value, value < 10 ? 2 : 0);
  const ms = (value) => `${short(value)} ms`;
  const routes = now.routes.filter(([, rate]) => rate > 0).sort((a, b) => b[1] - a[1]).slice(0, ROUTES_SHOWN);
  const span = t('ops_window', { n: Math.round((SLOTS * EVERY_MS) / 1000) });
  replace(container,
    el('div', { class: 'stats' },
      stat(t('ops_rps'), short(now.rps)), stat(`${t('ops_latency')} p50`, now.p50_ms === null ? '–' : short(now.p50_ms), 'ms'),
      stat(`${t('ops_latency')} p99`, now.p99_ms === null ? '–' : short(now.p99_ms), 'ms'), stat(t('ops_errors'), number(lang, now.error_share * 100, 2), '%'),
      stat(t('ops_in_flight'), number(lang, scrape.in_flight ?? 0)), stat(t('ops_connections'), number(lang, scrape.connections ?? 0)), stat(t('ops_total'), number(lang, scrape.requests))),
    el('div', { class: 'panels' },
      panel(`${t('ops_rps')} · ${span}`, lineChart({ label: t('ops_rps'), slots: SLOTS, text: short, series: [{ label: t('ops_rps'), color: BLUE, values: points.map((point) => point.rps) }] }), 'panel-rps'),
      panel(`${t('ops_latency_p')} · ${span}`, lineChart({
        label: t('ops_latency_p'), slots: SLOTS, text: ms,
        series: [{ label: 'p50', color: GREEN, values: points.map((point) => point.p50_ms) }, { label: 'p99', color: RED, values: points.map((point) => point.p99_ms) }],
      }), 'panel-latency'),
      panel(t('ops_verdicts'), verdictBars(app, scrape.verdicts), 'panel-verdicts'),
      panel(t('ops_routes'), barChart({ label: t('ops_routes'), rows: routes.map(([label, value]) => ({ label, value, color: BLUE })), text: (value) => `${short(value)}/s` }), 'panel-routes')));
}

export function consoleView(container, app) {
  const { t } = app;
  const next = latest();
  const area = el('div', {}, el('p', { class: 'muted', role: 'status' }, t('ops_waiting')));
  const coverage = coveragePanel(app);
  const points = [];
  let before = null, timer = 0;

  async function tick() {
    const signal = next();
    try {
      const scrape = readScrape(await api.metrics(signal), performance.now());
      const point = before && between(before, scrape);
      if (point) points.push(point);
      if (points.length > SLOTS) points.shift();
      before = scrape;
      if (points.length > 0) draw(app, area, scrape, points);
      timer = setTimeout(tick, EVERY_MS);
    } catch (error) {
      if (!isAbort(error)) replace(area, errorBox(app, error, tick));
    }
  }

  replace(container, el('div', { class: 'console', testid: 'console' }, el('h1', {}, t('ops_title')), el('p', { class: 'muted' }, t('ops_lead')), area, coverage.node));
  coverage.load();
  return {
    update: () => {
      clearTimeout(timer);
      return tick();
    },
    leave: () => {
      clearTimeout(timer);
      next();
      coverage.leave();
    },
  };
}
