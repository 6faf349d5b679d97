// Packages beside the quote: what is in each, what it costs, how much of what is due it covers, and what all of that costs with it.
import { productLink } from './card.js';
import { el } from './dom.js';
import { money, nameOf } from './format.js';
import { icon } from './icons.js';

const isDue = (item) => item.state === 'due' || item.state === 'overdue';

function contents(app, one, items) {
  const { t, lang } = app;
  return el('ul', { class: 'package-items', 'aria-label': t('package_in') }, one.items.map((service) => {
    const item = items.get(service) || { service };
    const name = nameOf(lang, { ...item, id: service });
    return el('li', { class: `tag ${isDue(item) ? 'is-due' : 'is-later'}`, 'data-service': service, title: item.state ? t(`state_${item.state}`) : '' }, isDue(item) && icon('check', 12), name);
  }));
}

// Where a price is missing the sum is "from".
const sumText = (app, key, sum, complete) => app.t(complete ? key : `${key}_from`, { total: money(app.lang, sum) });

function card(app, one, items, plan) {
  const { t, lang } = app;
  const covers = one.left === 0 ? t('package_all') : t('package_covers', { n: one.due, total: one.due + one.left });
  const known = (sum) => sum.amount !== null;
  return el('li', { class: 'package', testid: 'package', 'data-service': one.service, 'data-due': String(one.due) },
    el('div', { class: 'card-top' }, el('h4', {}, nameOf(lang, { ...one, id: one.service })), known(one.cost) && el('strong', { class: 'price' }, money(lang, one.cost))),
    contents(app, one, items),
    el('p', { class: one.left === 0 ? 'package-covers all' : 'package-covers' }, covers),
    el('p', { class: 'muted' }, [known(one.separately) && sumText(app, 'package_singly', one.separately, one.separately_complete),
      known(one.total) && sumText(app, 'package_total', one.total, plan.total_complete)].filter(Boolean).join(' · ')),
    el('p', { class: 'package-hit' }, productLink(app, one.hits[0], { query_id: plan.query_id, position: 1 })));
}

// Those that can be bought, most of what is due first.
export function packages(app, plan) {
  const sold = (plan.packages || []).filter((one) => one.hits.length > 0 && one.cost_complete).sort((a, b) => b.due - a.due || a.items.length - b.items.length);
  if (sold.length === 0) return null;
  const items = new Map(plan.items.map((item) => [item.service, item]));
  return el('section', { class: 'packages', testid: 'packages' }, el('h3', {}, app.t('packages')), el('ul', {}, sold.map((one) => card(app, one, items, plan))));
}
