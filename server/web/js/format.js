// Numbers, money and names as people of a language read them.

const LOCALE = { en: 'en-US', zh: 'zh-CN' };

export const number = (lang, value, digits = 0) =>
  new Intl.NumberFormat(LOCALE[lang], { maximumFractionDigits: digits }).format(value);

// `amount` in minor units, as everywhere in the contract.
export const money = (lang, price) =>
  new Intl.NumberFormat(LOCALE[lang], { style: 'currency', currency: price.currency }).format(price.amount / 100);

export const currencySign = (currency) => ({ CNY: '¥', USD: '$' })[currency];

// The name in the language of the page, or the one there is.
export const nameOf = (lang, thing) => (lang === 'zh' && thing.name_zh) || thing.name || thing.id;
export const titleOf = (lang, product) => (lang === 'zh' && product.title_zh) || product.title;

export const collator = (lang) => new Intl.Collator(LOCALE[lang], { numeric: true, sensitivity: 'base' });

// The letter a name is filed under; Chinese names by their pinyin, found by collation against the first character of
// each letter's range.
const PINYIN_FIRST = '阿八嚓咑妸发旮哈讥咔垃妈拏噢妑七呥仨他屲夕丫帀';
const PINYIN_LETTERS = 'ABCDEFGHJKLMNOPQRSTWXYZ';
const byPinyin = new Intl.Collator('zh-CN-u-co-pinyin');

export function letterOf(name) {
  const first = name.trim().charAt(0).toUpperCase();
  if (/[A-Z]/.test(first)) return first;
  if (!/\p{Script=Han}/u.test(first)) return '#';
  let letter = 'A';
  for (let i = 0; i < PINYIN_LETTERS.length; i++)
    if (byPinyin.compare(first, PINYIN_FIRST.charAt(i)) >= 0) letter = PINYIN_LETTERS.charAt(i);
  return letter;
}
