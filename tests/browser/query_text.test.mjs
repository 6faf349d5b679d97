// Where chips stand in a query and what is left without them; no browser needed.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { literally, placeOf, places, uncovered, without } from '../../server/web/js/query_text.js';

const chip = (text, more = {}) => ({ text, ...more });
const cut = (q, place) => q.slice(place.at, place.at + place.length);

it('finds words however they are spelt', () => {
  assert.deepEqual(placeOf('18款高尔夫1.4T机滤', '1.4t'), { at: 6, length: 4 });
  assert.equal(cut('ＧＯＬＦ 7 oil', placeOf('ＧＯＬＦ 7 oil', 'golf 7')), 'ＧＯＬＦ 7');
  assert.equal(cut('Oil  Filter', placeOf('Oil  Filter', 'oil filter')), 'Oil  Filter');
  assert.equal(cut('😀 golf', placeOf('😀 golf', 'golf')), 'golf');
  assert.equal(placeOf('golf', 'polo'), null);
  assert.equal(placeOf('golf', ' '), null);
});

it('finds a word said twice at both places, and takes a chip at its word', () => {
  assert.deepEqual(places('5 x 5', [chip('5'), chip('5')]), [{ at: 0, length: 1 }, { at: 4, length: 1 }]);
  assert.deepEqual(places('5 x 5', [chip('5', { at: 4, length: 1 })]), [{ at: 4, length: 1 }]);
  assert.deepEqual(places('golf', [chip('golf', { at: 3, length: 9 })]), [{ at: 0, length: 4 }], 'a place beyond the text is none');
  assert.deepEqual(places('凱美瑞', [chip('凯美瑞')]), [null]);
});

it('takes words out', () => {
  const q = '18款高尔夫1.4T机滤';
  assert.equal(without(q, places(q, [chip('1.4t')])), '18款高尔夫 机滤');
  assert.equal(without(q, places(q, [chip('18款'), chip('机滤')])), '高尔夫1.4T');
  assert.equal(without(q, [null]), q);
  assert.equal(without(q, [{ at: 0, length: 6 }, { at: 3, length: 7 }]), '机滤', 'places may overlap');
});

it('knows what no chip speaks of', () => {
  const q = 'toyota hilux oil filter';
  const parts = uncovered(q, placeOf(q, 'toyota hilux'), places(q, [chip('toyota'), chip('oil filter')]));
  assert.deepEqual(parts, [{ at: 7, length: 5 }]);
  assert.deepEqual(uncovered('a b c', { at: 0, length: 5 }, [{ at: 2, length: 1 }]), [{ at: 0, length: 1 }, { at: 4, length: 1 }]);
  assert.deepEqual(uncovered('ab', { at: 0, length: 2 }, [{ at: 0, length: 2 }]), []);
});

it('quotes what is meant as written', () => {
  assert.equal(literally('golf oil filtr', 'oil filtr'), 'golf "oil filtr"');
  assert.equal(literally('雪弗兰火花塞', '雪弗兰'), '"雪弗兰" 火花塞');
  assert.equal(literally('golf', 'polo'), 'golf');
});
