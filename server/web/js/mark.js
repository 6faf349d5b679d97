// Text with parts of it marked, built from text nodes only.
import { el } from './dom.js';
import { placeOf } from './query_text.js';

// `ranges` is [[at, length]] in UTF-16 units, ascending; what overlaps or reaches beyond the text is left out.
export function marked(text, ranges, tag = 'mark') {
  const nodes = [];
  let reached = 0;
  for (const [at, length] of ranges || []) {
    if (!(at >= reached && length > 0 && at + length <= text.length)) continue;
    if (at > reached) nodes.push(text.slice(reached, at));
    nodes.push(el(tag, {}, text.slice(at, at + length)));
    reached = at + length;
  }
  if (reached < text.length) nodes.push(text.slice(reached));
  return nodes;
}

// The words that were typed, where they stand in a suggestion.
export function boldTyped(text, typed) {
  const whole = placeOf(text, typed);
  const found = whole ? [whole] : typed.split(/\s+/).filter(Boolean).map((word) => placeOf(text, word)).filter(Boolean);
  return marked(text, found.sort((a, b) => a.at - b.at).map(({ at, length }) => [at, length]), 'b');
}
