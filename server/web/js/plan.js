// The service plan: a line of time by the odometer, what is due and why, and what all of it costs.
import { api } from './api.js';
import { productLink } from './card.js';
import { el, replace } from './dom.js';
import { date, money, nameOf, number } from './format.js';
import { icon } from './icons.js';
import { packages } from './packages.js';
import { nearOf } from './places.js';
import { knownOfCar, questionBar } from './question.js';
import { kilometres, monthsOf } from './readings.js';
import { asking, panelFrame } from './panel.js';
import { drawTimeline, dueKm } from './timeline.js';
import { placeText } from './workshop.js';

const TIERS = ['good', 'better', 'best'];
const STATES = ['overdue', 'due', 'soon', 'later'];

// Pieces are told by what is bought.
const measured = (item) => item.quantity > 0 && item.unit && item.unit !== 'piece';
const itemName = (app, item) => nameOf(app.lang, { ...item, id: item.service });

// Whose figure it is stands beside every figure: nothing typical is to be taken for a maker's.
function sourceTag(app, source) {
  const { t } = app;
  const what = t.has(`source_${source}`) ? t(`source_${source}`) : source;
  return el('span', { class: `figure-source source-${source}`, title: t('source_label', { what }), testid: 'source', 'data-source': source }, what);
}

function dueText(app, item) {
  const { t, lang } = app;
  const parts = [];
  if (Number.isFinite(item.due_km)) parts.push(t('due_at', { km: number(lang, item.due_km) }));
  if (item.due_date) parts.push(t(item.date_is_forecast ? 'due_about' : 'due_on', { date: date(lang, item.due_date) }));
  return parts.join(' · ');
}

// One line a product: its tier, what is bought (4.2 l as 4 + 1), what that costs.
function offer(app, hit, where) {
  const { t, lang } = app;
  const packs = (hit.buy || []).map(({ count }) => number(lang, count));
  const bought = packs.length > 1 || packs[0] !== '1' ? `× ${packs.join(' + ')}` : '';
  return el('li', {}, hit.tier && el('span', { class: `tier tier-${hit.tier}` }, t(`value_tier_${hit.tier}`)), productLink(app, hit, where),
    el('span', { class: 'muted' }, bought), el('strong', {}, hit.cost && hit.cost.amount !== null ? money(lang, hit.cost) : t('price_none')));
}

function offers(app, item, query_id) {
  const { t } = app;
  const labour = (item.labour || []).slice(0, 1);
  if (item.hits.length + labour.length === 0) return null;
  return el('details', { class: 'plan-offers' }, el('summary', {}, t('plan_products')),
    el('ul', {}, item.hits.map((hit, i) => offer(app, hit, { query_id, position: i + 1 })), labour.map((hit) => offer(app, hit, { query_id, position: item.hits.length + 1 }))));
}

// Something of it may be missing from the sum, or all.
function costText(app, item) {
  const { t, lang } = app;
  if (!item.cost || item.cost.amount === null) return t('price_none');
  return item.cost_complete ? money(lang, item.cost) : t('total_from', { total: money(lang, item.cost) });
}

// What has to be known of the car before it can be said whether it needs this, or what fits; each question is asked once on the page.
function open(app, item, asked) {
  const question = item.question || item.product_question;
  if (!question) return null;
  if (asked.has(question.attribute) || question.options.length === 0) return el('p', { class: 'muted' }, question.text);
  asked.add(question.attribute);
  return questionBar(app, question, knownOfCar(app), { counts: false, testid: 'plan-question' });
}

function row(app, item, query_id, asked) {
  const { t, lang } = app;
  const state = item.applies === 'maybe' && item.state !== 'later' ? 'maybe' : item.state;
  return el('li', { class: `plan-item is-${item.state}`, id: `plan-${item.n}`, tabindex: '-1', testid: 'plan-item', 'data-service': item.service, 'data-state': item.state },
    el('span', { class: 'plan-n', 'aria-hidden': 'true' }, String(item.n)),
    el('div', { class: 'plan-text' },
      el('div', { class: 'card-top' }, el('h3', {}, itemName(app, item)), el('span', { class: `badge state-${state}` }, t(`state_${state}`))),
      el('p', {}, item.why),
      el('div', { class: 'card-meta' }, el('span', {}, dueText(app, item)), sourceTag(app, item.source),
        measured(item) && el('span', {}, `${number(lang, item.quantity, 1)} ${item.unit}`), measured(item) && item.quantity_source !== item.source && sourceTag(app, item.quantity_source),
        item.note && el('span', {}, item.note)),
      item.workshops?.length > 0 && el('p', { class: 'near-line', testid: 'plan-workshop' }, icon('pin', 14), placeText(app, item.workshops[0])),
      item.state !== 'later' && open(app, item, asked), offers(app, item, query_id)),
    el('strong', { class: item.cost?.amount === null ? 'price none' : 'price' }, costText(app, item)));
}

function quotes(app, plan) {
  const { t, lang } = app;
  const given = TIERS.filter((tier) => plan.quotes && plan.quotes[tier]);
  if (given.length === 0) return null;
  return el('section', { class: 'quotes', testid: 'quotes' }, el('h3', {}, t('quote')),
    el('div', { class: 'quote-row' }, given.map((tier) => el('div', { class: `quote tier-${tier}`, testid: 'quote', 'data-tier': tier }, el('span', {}, t(`value_tier_${tier}`)), el('strong', {}, money(lang, plan.quotes[tier]))))),
    el('p', { class: 'muted', testid: 'quote-listed' }, t('quote_listed', { total: money(lang, plan.total) }), plan.total_complete === false && ` ${t('quote_part')}`));
}

// Overdue first, then by the odometer; the numbers are those on the line.
function numbered(plan) {
  const place = (item) => STATES.indexOf(item.state);
  return plan.items.map((item) => ({ ...item, km: dueKm(item, plan) })).sort((a, b) => place(a) - place(b) || a.km - b.km).map((item, i) => ({ ...item, n: i + 1 }));
}

function draw(app, area, plan) {
  const { t, lang } = app;
  const items = numbered(plan);
  if (items.length === 0) return replace(area, el('p', { class: 'muted' }, t('plan_none')));
  const now = items.filter((item) => item.state !== 'later'), later = items.filter((item) => item.state === 'later');
  const asked = new Set();
  const list = (some) => el('ul', { class: 'plan-list' }, some.map((item) => row(app, item, plan.query_id, asked)));
  const rest = later.length > 0 && el('details', { class: 'plan-later', testid: 'plan-later' }, el('summary', {}, t('show_later', { n: later.length })), list(later));
  const choose = (n) => {
    if (n > now.length) rest.open = true;
    const chosen = document.getElementById(`plan-${n}`);
    chosen.scrollIntoView({ block: 'center' });
    chosen.focus({ preventScroll: true });
  };
  const km = plan.odometer_km || 0;
  const source = plan.km_per_year_source || 'typical';
  return replace(area,
    el('div', { class: 'timeline-box', tabindex: '0', role: 'group', 'aria-label': t('plan_axis') }, drawTimeline({
      items: items.map((item) => ({ ...item, title: `${itemName(app, item)} · ${t(`state_${item.state}`)} · ${dueText(app, item)}` })), km, choose,
      label: t('plan_axis'), here: t('plan_here', { n: number(lang, km) }), text: (value) => number(lang, value),
    })),
    el('div', { class: 'legend dots' }, STATES.map((state) => el('span', {}, el('i', { class: `is-${state}` }), t(`state_${state}`))),
      el('span', {}, t('plan_rate', { n: number(lang, plan.km_per_year), source: t.has(`rate_${source}`) ? t(`rate_${source}`) : source }))),
    quotes(app, plan), packages(app, plan), now.length > 0 && list(now), rest);
}

export function planPanel(app) {
  const { t, store } = app;
  const area = el('div', { class: 'plan' });
  const ask = async (signal) => draw(app, area, await api.maintenance(app.context(), { odometer_km: kilometres(app), months: monthsOf(store.get()), near: nearOf(app) }, signal));
  return { node: panelFrame({ title: t('plan_title'), lead: t('plan_lead'), testid: 'plan' }, area), ...asking(app, area, ask) };
}
