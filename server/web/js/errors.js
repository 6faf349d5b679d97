// An error as a person can use it: what happened, and a button that helps.
import { rememberKey } from './api.js';
import { el } from './dom.js';
import { NO_FILTERS } from './store.js';

function remedies(app, error, retry) {
  const { t, store } = app;
  const again = { text: t('error_other'), label: t('retry'), act: retry };
  if (error.code === 'network') return { ...again, text: t('error_network') };
  if (error.status === 429) return { ...again, text: t('error_busy', { n: error.retry_s || 1 }) };
  if (error.field === 'vehicle') return { text: t('error_vehicle'), label: t('car_change'), act: () => { store.set({ vehicle: '', attrs: {} }); app.openPicker(); } };
  if (error.field === 'attrs') return { text: t('error_attrs'), label: t('error_attrs_clear'), act: () => store.set({ attrs: {} }) };
  if (error.field === 'filters') return { text: t('error_filters'), label: t('filters_clear'), act: () => store.set({ ...NO_FILTERS, type: [] }) };
  if (error.field === 'q') return { text: t('error_query'), label: t('clear'), act: () => store.set({ ...NO_FILTERS, q: '', type: [] }) };
  if (error.status === 404) return { ...again, text: t('error_not_found') };
  return again;
}

function keyForm(app, retry) {
  const { t } = app;
  const input = el('input', { id: 'key', type: 'password', autocomplete: 'off', required: true, testid: 'key' });
  const use = (event) => {
    event.preventDefault();
    rememberKey(input.value.trim());
    retry();
  };
  return el('form', { class: 'row', onsubmit: use }, el('label', { for: 'key' }, t('error_key_label')), input, el('button', { class: 'button primary' }, t('error_key_use')));
}

export function errorBox(app, error, retry) {
  const { t } = app;
  const said = error.message && error.code !== 'network' && el('p', { class: 'muted' }, t('error_says', { message: error.message }));
  if (error.status === 401 || error.status === 403)
    return el('div', { class: 'notice error', role: 'alert', testid: 'error' }, el('p', {}, t('error_key')), said, keyForm(app, retry));
  const { text, label, act } = remedies(app, error, retry);
  return el('div', { class: 'notice error', role: 'alert', testid: 'error' }, el('p', {}, text), said, el('button', { class: 'button', onclick: act, testid: 'error-act' }, label));
}
