// Building DOM without markup strings: whatever came from a server or a person only ever becomes text or an attribute.

const PROPERTIES = new Set(['value', 'checked', 'disabled', 'hidden', 'open', 'selected', 'tabIndex']);

// What a node is given: nothing for a value that says nothing, listeners by `on...`, the rest by `set(key, value)`.
function filled(node, props, children, set) {
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === 'testid') node.dataset.testid = value;
    else if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else set(key, value);
  }
  node.append(...flat(children));
  return node;
}

// el('button', {class: 'x', onclick: f, 'aria-label': 'y', testid: 'z'}, 'text', node, [more], null)
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  return filled(node, props, children, (key, value) => {
    if (key === 'style') Object.assign(node.style, value);
    else if (PROPERTIES.has(key)) node[key] = value;
    else node.setAttribute(key, value === true ? '' : value);
  });
}

// The same for a drawing, which knows attributes only.
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  return filled(node, attributes, children, (key, value) => node.setAttribute(key, value));
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
