// The verdict as a badge, and why.
import { el } from './dom.js';
import { nameOf } from './format.js';
import { icon } from './icons.js';

const ICONS = { fits: 'check', conditional: 'question', universal: 'star', no: 'close', unknown: 'question' };

export function verdictBadge(app, verdict) {
  const known = verdict in ICONS ? verdict : 'unknown';
  return el('span', { class: `badge ${known}`, testid: 'verdict', 'data-verdict': known }, icon(ICONS[known], 14), app.t(`verdict_${known}`));
}

function yearsText([from, to]) {
  return from === to ? String(from) : `${from}–${to}`;
}

// Applications name makes and models by slug. The customer's own car is called by its name, any other by its slug made
// readable.
const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
const readable = (text) => text.replace(/-/g, ' ').replace(/(^| )\p{Ll}/gu, (letter) => letter.toUpperCase());

function carText(app, { make, model }) {
  const own = app.car ? app.car.vehicle : app.named;
  if (own && model && slug(own.make) === slug(make) && slug(own.model) === slug(model)) return nameOf(app.lang, own).replace(/^\d{4}款?\s*/, '');
  if (make === '*') return app.t('any_make');
  return `${readable(make)} ${model ? readable(model) : app.t('any_model')}`;
}

// An application in one line: "Volkswagen Lavida 2018–2022 · Engine size 1.4 L"
function applicationText(app, application) {
  if (!application || typeof application !== 'object') return String(application ?? '');
  return (application.vehicles || []).map((vehicle) => {
    const car = [carText(app, vehicle), vehicle.years && yearsText(vehicle.years)].filter(Boolean).join(' ');
    const attrs = Object.entries({ ...vehicle.attrs, ...vehicle.spec }).map(([name, value]) =>
      `${app.words.attributeName(name)} ${[value].flat().map((one) => app.words.valueName(name, String(one))).join(' / ')}`);
    return [car, ...attrs].join(' · ');
  }).join('; ');
}

function line(label, values, kind) {
  if (values.length === 0) return null;
  return el('div', { class: `why-line ${kind}` }, el('dt', {}, label), el('dd', {}, values.map((value) => el('span', { class: 'tag' }, value))));
}

function reason(app, because) {
  const { t, words } = app;
  const names = (list) => (list || []).map((name) => words.attributeName(name));
  return el('li', {},
    el('p', { class: 'why-app' }, applicationText(app, because.application)),
    el('dl', {},
      line(t('why_matched'), names(because.matched), 'yes'),
      line(t('why_maybe'), names(because.maybe), 'maybe'),
      line(t('why_open'), because.open || [], 'maybe'),
      line(t('why_failed'), names(because.failed), 'no'),
      line(t('why_position'), because.position ? [words.valueName('position', because.position)] : [], 'plain'),
      line(t('why_quantity'), because.quantity ? [`× ${because.quantity}`] : [], 'plain'),
      line(t('why_source'), because.source ? [because.source] : [], 'source')));
}

// Why a product does not fit, in a few words: what of the nearest application differs. Empty when nothing is told.
export function failedText(app, fit) {
  const failed = fit.verdict === 'no' ? (fit.because || []).find((one) => (one.failed || []).length > 0) : null;
  return failed ? `${app.t('why_failed')}: ${failed.failed.map((name) => app.words.attributeName(name)).join(' · ')} (${applicationText(app, failed.application)})` : '';
}

export function whyList(app, fit) {
  if (fit.because && fit.because.length > 0) return el('ul', { class: 'why-list' }, fit.because.map((one) => reason(app, one)));
  return el('p', { class: 'muted' }, app.t(fit.verdict === 'universal' ? 'why_universal' : 'why_none'));
}

export function why(app, fit) {
  return el('details', { class: 'why', testid: 'why' }, el('summary', {}, app.t('why')), whyList(app, fit));
}
