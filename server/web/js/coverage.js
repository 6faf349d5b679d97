// Who has an able workshop near, in the operator's view: by city for a service, and by service.
import { api, isAbort } from './api.js';
import { BLUE, GREEN, barChart } from './chart.js';
import { el, latest, replace } from './dom.js';
import { errorBox } from './errors.js';
import { number } from './format.js';

const CITIES_SHOWN = 14;

export function coveragePanel(app) {
  const { t, lang } = app;
  const next = latest();
  const area = el('div', { class: 'coverage-area' });
  const percent = (share) => `${number(lang, share * 100, 1)} %`;
  let service = '';

  function choice(services) {
    const option = (value, label) => el('option', { value, selected: value === service }, label);
    return el('div', { class: 'map-bar' }, el('label', { for: 'coverage-service' }, t('coverage_service')),
      el('select', { id: 'coverage-service', testid: 'coverage-service', 'data-focus': 'coverage-service', onchange: (event) => { service = event.target.value; load(); } },
        option('', t('coverage_any')), services.map((one) => option(one.service, app.words.typeName(one.service)))));
  }

  const bars = (label, rows, color, name) => [el('h3', {}, label),
    barChart({ label, rows: rows.map((row) => ({ label: name(row), value: row.users_share || 0, color })), text: percent })];

  function draw(answer) {
    const services = answer.services.filter((one) => one.users_share !== null).sort((a, b) => b.users_share - a.users_share);
    const cities = answer.cities.filter((one) => one.users_share !== null && one.city).sort((a, b) => b.users - a.users).slice(0, CITIES_SHOWN);
    const total = answer.services.find((one) => one.service === service) || answer;
    replace(area, choice(answer.services),
      el('div', { class: 'quote-row' }, [['users', total.users_share], ['districts', total.districts_share]].map(([what, share]) => share !== null && share !== undefined
        && el('div', { class: 'quote', testid: `coverage-${what}` }, el('span', {}, t(`coverage_${what}`)), el('strong', {}, percent(share))))),
      el('div', { class: 'coverage-columns' }, el('div', {}, bars(t('coverage_by_city'), cities, BLUE, (row) => app.cities.nameOf(lang, row.city))),
        el('div', {}, bars(t('coverage_by_service'), services, GREEN, (row) => app.words.typeName(row.service)))));
  }

  async function load() {
    const signal = next();
    try {
      const [answer] = await Promise.all([api.coverage({ service }, signal), app.cities.load()]);
      draw(answer);
    } catch (error) {
      if (!isAbort(error)) replace(area, errorBox(app, error, load));
    }
  }

  return { node: el('section', { class: 'panel coverage', testid: 'panel-coverage' }, el('h2', {}, t('coverage_title')), area), load, leave: next };
}
