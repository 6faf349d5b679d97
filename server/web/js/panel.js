// The frame of a panel: its heading, and the parts that are drawn again and again.
import { el } from './dom.js';

export function panelFrame({ title, lead, testid }, ...parts) {
  return el('section', { class: 'panel service-panel', testid, 'aria-label': title }, el('div', { class: 'section-head' }, el('h2', {}, title), el('p', { class: 'muted' }, lead)), parts);
}
