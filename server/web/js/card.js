// A product as the shop shows it.
import { el } from './dom.js';
import { failedText, verdictBadge, why } from './fit.js';
import { money, number, titleOf } from './format.js';
import { iconOf } from './groups.js';
import { icon } from './icons.js';
import { marked } from './mark.js';

const FEW_PIECES = 5;

export function picture(app, product, size) {
  if (product.image && /^(https?:\/)?\/[^/]/.test(product.image) && new URL(product.image, location.href).origin === location.origin)
    return el('img', { class: 'pic', src: product.image, alt: '', loading: 'lazy' });
  return el('span', { class: `pic kind-${product.kind}` }, icon(iconOf(app.words, product.type), size));
}

export function priceText(app, product) {
  return product.price ? money(app.lang, product.price) : app.t('price_none');
}

function rating(app, product) {
  const { t, lang } = app;
  if (!product.rating || !product.rating.count) return el('span', { class: 'rating muted' }, t('rating_none'));
  const value = number(lang, product.rating.value, 1), count = number(lang, product.rating.count);
  return el('span', { class: 'rating' }, icon('star', 14),
    el('span', { class: 'sr' }, t('rating_text', { value, n: count })), el('span', { 'aria-hidden': 'true' }, `${value} (${count})`));
}

function stock(app, product) {
  if (typeof product.stock !== 'number' || product.kind === 'service' || product.kind === 'package') return null;
  if (product.stock === 0) return el('span', { class: 'stock out' }, app.t('stock_out'));
  if (product.stock <= FEW_PIECES) return el('span', { class: 'stock few' }, app.t('stock_few', { n: product.stock }));
  return el('span', { class: 'stock in' }, app.t('stock_in'));
}

// The title with what was searched for marked.
function titleNodes(lang, hit) {
  const title = titleOf(lang, hit), ranges = hit.highlights || {};
  return marked(title, title === hit.title_zh && title !== hit.title ? ranges.title_zh : ranges.title);
}

export function productLink(app, hit, where, props = {}) {
  const open = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    app.openProduct(hit, where);
  };
  return el('a', { href: app.store.link({ product: hit.id }), onclick: open, testid: 'product-link', ...props }, titleNodes(app.lang, hit));
}

// `where` says from which answer and place a click came: {query_id, position}. A product that does not fit says why at once.
export function productCard(app, hit, where) {
  const { t } = app;
  const failed = hit.fit && failedText(app, hit.fit);
  return el('article', { class: 'card', testid: 'hit', 'data-product': hit.id },
    picture(app, hit, 56),
    el('div', { class: 'card-body' },
      el('div', { class: 'card-top' }, el('span', { class: 'brand' }, hit.brand), hit.fit && verdictBadge(app, hit.fit.verdict)),
      el('h3', {}, productLink(app, hit, where)),
      el('div', { class: 'card-meta' }, hit.number && el('span', { class: 'number' }, hit.number),
        hit.position && el('span', {}, app.words.valueName('position', hit.position)),
        hit.quantity > 1 && el('span', {}, t('quantity_n', { n: hit.quantity })))),
    el('div', { class: 'card-buy' },
      el('strong', { class: hit.price ? 'price' : 'price none' }, priceText(app, hit)), el('div', { class: 'card-meta' }, rating(app, hit), stock(app, hit))),
    failed && el('p', { class: 'card-no', testid: 'no-reason' }, failed), hit.fit && why(app, hit.fit));
}

export function skeletons(count) {
  return Array.from({ length: count }, () => el('div', { class: 'card skeleton', 'aria-hidden': 'true' }));
}
