// What is known about a car beyond its base vehicle, {attribute: [values]}, and the text form that travels in URLs:
// displacement:1.4|2.0,abs:?   with , : | and % percent-escaped inside names and values.

const escape = (text) => text.replace(/[%,:|]/g, (c) => encodeURIComponent(c));

function unescape(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function formatAttrs(attrs) {
  return Object.entries(attrs)
    .map(([name, values]) => `${escape(name)}:${values.map(escape).join('|')}`)
    .join(',');
}

export function parseAttrs(text) {
  const attrs = {};
  for (const pair of (text || '').split(',')) {
    const colon = pair.indexOf(':');
    if (colon > 0) attrs[unescape(pair.slice(0, colon))] = pair.slice(colon + 1).split('|').map(unescape);
  }
  return attrs;
}

// The form of a JSON body: one value as a string, several as an array.
export function attrsObject(attrs) {
  return Object.fromEntries(Object.entries(attrs).map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

// A garage entry carries either form.
export function attrsFromAnswer(attrs) {
  if (typeof attrs === 'string') return parseAttrs(attrs);
  return Object.fromEntries(Object.entries(attrs || {}).map(([name, value]) => [name, [value].flat().map(String)]));
}
