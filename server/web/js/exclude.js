// "It does not fit": an owner's own word on one product and one car, said and withdrawn with one click. Who says it is kept in the browser.
import { api } from './api.js';
import { el } from './dom.js';
import { errorBox } from './errors.js';

const WHO_SLOT = 'rightfit-who';

// What has been said so far about this product and car.
function said(app, exclusions, withdraw) {
  return el('ul', { class: 'why-list', testid: 'exclusions' }, exclusions.map((one) =>
    el('li', {}, el('p', { class: 'why-app' }, app.t('exclude_said', { who: one.who, why: one.why })),
      el('button', { class: 'link', testid: 'exclude-withdraw', onclick: () => withdraw(one) }, app.t('exclude_withdraw')))));
}

// `vehicle` is the id the car has in the address; `changed` is called when something was said or withdrawn.
export function excludeBox(app, product, fit, vehicle, changed) {
  const { t } = app;
  const problem = el('div', {});
  const who = el('input', { type: 'text', value: localStorage.getItem(WHO_SLOT) || '', placeholder: t('exclude_who'), 'aria-label': t('exclude_who'), testid: 'exclude-who', required: true });
  const why = el('input', { type: 'text', placeholder: t('exclude_why'), 'aria-label': t('exclude_why'), testid: 'exclude-why', required: true });

  async function change(call) {
    problem.replaceChildren();
    try {
      await call();
      changed();
    } catch (error) {
      problem.replaceChildren(errorBox(app, error));
    }
  }

  function submit(event) {
    event.preventDefault();
    localStorage.setItem(WHO_SLOT, who.value.trim());
    change(() => api.exclude({ product, vehicle, who: who.value.trim(), why: why.value.trim() }));
  }

  const exclusions = fit.exclusions || [];
  return el('details', { class: 'exclude', testid: 'exclude', open: exclusions.length > 0 }, el('summary', {}, t('exclude')),
    exclusions.length > 0 && said(app, exclusions, (one) => change(() => api.includeAgain({ product, vehicle: one.vehicle }))),
    el('form', { onsubmit: submit }, why, who, el('button', { type: 'submit', testid: 'exclude-submit' }, t('exclude_submit'))), problem);
}
