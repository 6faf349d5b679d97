// Building DOM without markup strings: whatever came from a server or a person only ever becomes text or an attribute.

const PROPERTIES = new Set(['value', 'checked', 'disabled', 'hidden', 'open', 'selected', 'tabIndex']);

// el('button', {class: 'x', onclick: f, 'aria-label': 'y', testid: 'z'}, 'text', node, [more], null)
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === 'testid') node.dataset.testid = value;
    else if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key === 'style') Object.assign(node.style, value);
    else if (PROPERTIES.has(key)) node[key] = value;
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...flat(children));
  return node;
}

// The same for a drawing; `onclick` and the like are listeners here as well.
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === 'testid') node.dataset.testid = value;
    else if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value);
  }
  node.append(...flat(children));
  return node;
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

// Puts new children into a container. The control that had the focus (by its data-focus) has it again afterwards.
export function replace(container, ...children) {
  const active = document.activeElement;
  const key = container.contains(active) ? active.dataset.focus : undefined;
  container.replaceChildren(...flat(children));
  if (!key) return;
  const again = [...container.querySelectorAll('[data-focus]')].find((node) => node.dataset.focus === key);
  if (again) again.focus({ preventScroll: true });
}

// At most one answer is awaited per slot: asking again cancels what was asked before.
export function latest() {
  let controller = null;
  return () => {
    if (controller) controller.abort();
    controller = new AbortController();
    return controller.signal;
  };
}

export function debounce(fn, wait_ms) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => fn(...args), wait_ms);
  };
}
