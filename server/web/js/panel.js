// What panels share: the frame with its heading, and asking again for what is drawn in it.
import { isAbort } from './api.js';
import { el, latest, replace } from './dom.js';
import { errorBox } from './errors.js';

export function panelFrame({ title, lead, testid }, ...parts) {
  return el('section', { class: 'panel service-panel', testid, 'aria-label': title }, el('div', { class: 'section-head' }, el('h2', {}, title), el('p', { class: 'muted' }, lead)), parts);
}

// `ask(signal)` draws an answer into `area`, which is busy meanwhile. Asking anew drops what was asked before; what fails can be
// tried again.
export function asking(app, area, ask) {
  const next = latest();
  async function update() {
    const signal = next();
    area.setAttribute('aria-busy', 'true');
    try {
      await ask(signal);
    } catch (error) {
      if (isAbort(error)) return;
      replace(area, errorBox(app, error, update));
    }
    area.removeAttribute('aria-busy');
  }
  return { update, leave: next };
}
