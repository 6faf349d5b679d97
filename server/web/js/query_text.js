// A query as it was typed: where the words stand that the server speaks of, and the query without them.

// The text without blanks, folded one character at a time, and for each of its code units where that character begins and
// ends in the original.
function folded(text) {
  const from = [], to = [];
  let out = '', at = 0;
  for (const character of text) {
    const plain = character.normalize('NFKC').toLowerCase().replace(/\s/g, '');
    for (let i = 0; i < plain.length; i++) {
      from.push(at);
      to.push(at + character.length);
    }
    out += plain;
    at += character.length;
  }
  return { text: out, from, to };
}

// The first place at or after `start` where `wanted` stands, however it is spelt: {at, length} in UTF-16 units, or null.
export function placeOf(text, wanted, start = 0) {
  const hay = folded(text), needle = folded(wanted).text;
  if (!needle) return null;
  const first = hay.from.findIndex((at) => at >= start);
  const found = first < 0 ? -1 : hay.text.indexOf(needle, first);
  if (found < 0) return null;
  const at = hay.from[found];
  return { at, length: hay.to[found + needle.length - 1] - at };
}

const inside = (q, { at, length }) => Number.isInteger(at) && Number.isInteger(length) && length > 0 && at >= 0 && at + length <= q.length;

// One place for each chip, null where it cannot be told. A chip's own `at` and `length` count; without them the chips are looked
// for in their order, so that a word said twice is found twice.
export function places(q, chips) {
  let reached = 0;
  return chips.map((chip) => {
    const place = inside(q, chip) ? { at: chip.at, length: chip.length } : placeOf(q, chip.text, reached) || placeOf(q, chip.text);
    if (place) reached = place.at + place.length;
    return place;
  });
}

const tidy = (text) => text.replace(/\s+/g, ' ').trim();

// Which code units lie in none of the places.
function outside(q, list) {
  const kept = Array.from({ length: q.length }, () => true);
  for (const place of list) if (place) kept.fill(false, place.at, place.at + place.length);
  return kept;
}

export function without(q, list) {
  const kept = outside(q, list);
  return tidy(q.split('').map((unit, i) => (kept[i] ? unit : ' ')).join(''));
}

// The parts of one place that the others do not cover, blanks aside.
export function uncovered(q, place, others) {
  const kept = outside(q, others), parts = [];
  for (let at = place.at, end; at < place.at + place.length; at = end + 1) {
    for (end = at; end < place.at + place.length && kept[end]; end++);
    const text = q.slice(at, end), lead = text.length - text.trimStart().length;
    if (text.trim()) parts.push({ at: at + lead, length: text.trim().length });
  }
  return parts;
}

// The query with `wanted` in quotes, which means: as it is written.
export function literally(q, wanted) {
  const place = placeOf(q, wanted);
  return place ? tidy(`${q.slice(0, place.at)} "${q.slice(place.at, place.at + place.length)}" ${q.slice(place.at + place.length)}`) : q;
}
