// Numbers, money and names as people of a language read them.

const LOCALE = { en: 'en-US', zh: 'zh-CN' };

export const number = (lang, value, digits = 0) =>
  new Intl.NumberFormat(LOCALE[lang], { maximumFractionDigits: digits }).format(value);

// Times of the reader's own clock, unless a zone is named.
const time = (parts) => (lang, ms, timeZone) => new Intl.DateTimeFormat(LOCALE[lang], { ...parts, timeZone }).format(ms);
export const date = time({ year: 'numeric', month: 'short', day: 'numeric' });
export const weekday = time({ weekday: 'short', day: 'numeric', month: 'short' });
export const clockTime = time({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

// `amount` in minor units, as everywhere in the contract.
export const money = (lang, price) =>
  new Intl.NumberFormat(LOCALE[lang], { style: 'currency', currency: price.currency }).format(price.amount / 100);

export const currencySign = (currency) => ({ CNY: '¥', USD: '$' })[currency];

// The name in the language of the page, or the one there is.
export const nameOf = (lang, thing) => (lang === 'zh' && thing.name_zh) || thing.name || thing.id;
export const titleOf = (lang, product) => (lang === 'zh' && product.title_zh) || product.title;

export const collator = (lang) => new Intl.Collator(LOCALE[lang], { numeric: true, sensitivity: 'base' });

// The letter a make is filed under: of its pinyin, which the server knows, or of its name.
export function letterOf(lang, make, text) {
  const letter = ((lang === 'zh' && make.initial) || text.trim().charAt(0)).toUpperCase();
  return /\p{L}/u.test(letter) ? letter : '#';
}
