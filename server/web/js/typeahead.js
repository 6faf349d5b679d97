// A text field with suggestions below it: the combobox pattern of the ARIA practices, arrows, Enter and Escape. While an input
// method composes, nothing is asked: its letters are not yet what the person means.
import { isAbort } from './api.js';
import { debounce, el, latest, replace } from './dom.js';
import { icon } from './icons.js';
import { boldTyped, marked } from './mark.js';

const WAIT_MS = 80;

// find(text, signal) answers [{title, items: [{label, ranges, detail, icon, choose}]}] or {note} ; `ranges` is what of a label was
// matched, [[at, length]], if that is told; submit(text) is Enter without a choice.
export function typeahead({ id, testid, label, placeholder, value = '', find, submit }) {
  const next = latest();
  const listId = `${id}-list`;
  let items = [];
  let at = -1;
  let composing = false;

  const input = el('input', {
    id, testid, type: 'text', role: 'combobox', value, placeholder, 'aria-label': label, autocomplete: 'off', autocapitalize: 'off',
    autocorrect: 'off', spellcheck: 'false', enterkeyhint: 'search', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': listId,
    'data-focus': id,
  });
  const list = el('div', { id: listId, class: 'suggest', role: 'listbox', 'aria-label': label, hidden: true, testid: `${testid}-list` });

  const close = () => {
    list.hidden = true;
    items = [];
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const choose = (item) => {
    ask.cancel();
    close();
    item.choose();
  };
  const mark = (index) => {
    at = index;
    items.forEach((item, i) => item.node.setAttribute('aria-selected', String(i === at)));
    if (at < 0) return input.removeAttribute('aria-activedescendant');
    input.setAttribute('aria-activedescendant', items[at].node.id);
    return items[at].node.scrollIntoView({ block: 'nearest' });
  };
  const option = (item, typed) => {
    const node = el(
      'div', { role: 'option', id: `${listId}-${items.length}`, class: 'suggest-item', 'aria-selected': 'false', testid: 'suggestion', 'data-kind': item.kind },
      icon(item.icon, 20), el('span', { class: 'suggest-label' }, item.ranges?.length > 0 ? marked(item.label, item.ranges, 'b') : boldTyped(item.label, typed)), item.detail && el('span', { class: 'suggest-detail' }, item.detail),
    );
    node.addEventListener('pointerdown', (event) => event.preventDefault());
    node.addEventListener('click', () => choose(item));
    items.push({ ...item, node });
    return node;
  };
  const show = (groups, typed) => {
    items = [];
    at = -1;
    input.removeAttribute('aria-activedescendant');
    const nodes = groups.filter((group) => group.note || group.items.length > 0).map((group) => (group.note
      ? el('div', { class: 'suggest-note', role: 'presentation' }, group.note)
      : el('div', { role: 'group', 'aria-label': group.title }, el('div', { class: 'suggest-title', 'aria-hidden': 'true' }, group.title), group.items.map((item) => option(item, typed)))));
    replace(list, nodes);
    list.hidden = nodes.length === 0;
    input.setAttribute('aria-expanded', String(!list.hidden));
  };
  // An answer counts only while nothing was typed, chosen or left since it was asked for.
  const ask = (() => {
    let live = 0;
    const run = debounce(async (turn) => {
      const text = input.value.trim();
      if (turn !== live) return;
      if (!text) return close();
      try {
        const groups = await find(text, next());
        if (turn === live && document.activeElement === input) show(groups, text);
      } catch (error) {
        if (!isAbort(error)) close();
      }
    }, WAIT_MS);
    return { now: () => run(++live), cancel: () => { live++; next(); } };
  })();

  input.addEventListener('compositionstart', () => { composing = true; ask.cancel(); });
  input.addEventListener('compositionend', () => { composing = false; ask.now(); });
  input.addEventListener('input', (event) => { if (!composing && !event.isComposing) ask.now(); });
  input.addEventListener('blur', () => { ask.cancel(); close(); });
  input.addEventListener('keydown', (event) => {
    if (composing || event.isComposing) return; // Enter and arrows belong to the input method
    if (event.key === 'Escape' && !list.hidden) {
      event.stopPropagation();
      ask.cancel();
      close();
    } else if (event.key === 'ArrowDown' && items.length > 0) mark(at + 1 < items.length ? at + 1 : -1);
    else if (event.key === 'ArrowDown' && input.value.trim()) ask.now();
    else if (event.key === 'ArrowUp' && items.length > 0) mark(at < 0 ? items.length - 1 : at - 1);
    else if (event.key === 'Enter' && at >= 0) choose(items[at]);
    else if (event.key === 'Enter') {
      ask.cancel();
      close();
      submit(input.value.trim());
    } else return;
    event.preventDefault();
  });
  return { input, list };
}
