// Picking a car step by step, in the order people of a market think: brand, series, year, details, or brand, series,
// engine size, year, details. Any earlier step can be gone back to.
import { api, isAbort } from './api.js';
import { el, latest, replace } from './dom.js';
import { errorBox } from './errors.js';
import { collator, letterOf, nameOf } from './format.js';
import { icon } from './icons.js';

const POPULAR_MAKES = 12;
const FILTER_FROM = 12; // lists longer than this can be filtered
const ENGINE = 'displacement';
const STEPS = { engine: ['make', 'model', ENGINE, 'year', 'details'], year: ['make', 'model', 'year', 'details'] };
const NOT_DETAILS = new Set(['make', 'model', 'year', 'market']);

const NO_CHOICE = { make: null, model: null, year: null, attrs: {} };

export function openPicker(app) {
  const { t, words, lang } = app;
  const next = latest();
  const context = { ...app.context(), market: app.homeMarket() };
  let order = lang === 'zh' ? 'engine' : 'year';
  let choice = { ...NO_CHOICE };
  let passed = new Set(); // steps that had nothing to choose
  let step = 'make';

  const body = el('div', { class: 'picker-body' });
  const trail = el('ol', { class: 'steps' });
  const close = el('button', { class: 'icon-button', 'aria-label': t('close'), testid: 'picker-close' }, icon('close'));
  const dialog = el('dialog', { class: 'picker', 'aria-label': t('pick_title'), testid: 'picker' },
    el('header', {}, el('h2', {}, t('pick_title')), orderSwitch(), close), el('div', { class: 'picker-bar' }, trail, marketSwitch()), body);

  function orderSwitch() {
    const radio = (value) => el('label', {},
      el('input', { type: 'radio', name: 'order', value, checked: order === value, testid: `order-${value}`, onchange: () => reorder(value) }), el('span', {}, t(`order_${value}`)));
    return el('div', { class: 'segmented', role: 'radiogroup', 'aria-label': t('order_label') }, radio('engine'), radio('year'));
  }

  // Cars of other markets (parallel imports) are left out until asked for.
  function marketSwitch() {
    const turn = (event) => {
      context.market = event.target.checked ? '' : app.homeMarket();
      back('make');
    };
    return el('label', { class: 'facet-value' }, el('input', { type: 'checkbox', onchange: turn, testid: 'all-markets' }), el('span', {}, t('all_markets')));
  }

  function reorder(value) {
    order = value;
    if (step === 'make' || step === 'model') return drawTrail();
    return back('model-done');
  }

  const used = () => (choice.year && choice.year.vehicle) || null;
  const finish = () => {
    const id = used();
    dialog.close();
    app.pickCar(id, choice.attrs);
  };

  // ---- where we are -------------------------------------------------------------------------------------------------------
  function chosenText(name) {
    if (name === 'make' || name === 'model') return choice[name] && choice[name].text;
    if (name === 'year') return choice.year && String(choice.year.year);
    if (name === ENGINE) return choice.attrs[ENGINE] && words.valueName(ENGINE, choice.attrs[ENGINE][0]);
    return null;
  }

  function drawTrail() {
    replace(trail, STEPS[order].filter((name) => !passed.has(name)).map((name) => {
      const chosen = chosenText(name);
      const label = chosen || t(`step_${name}`);
      const current = name === step;
      return el('li', { class: current ? 'current' : chosen ? 'done' : '', 'aria-current': current ? 'step' : null },
        chosen && !current ? el('button', { onclick: () => back(name), testid: `step-${name}` }, label) : el('span', {}, label));
    }));
  }

  // Forgets a step and all after it, then asks it again.
  function back(name) {
    const steps = STEPS[order];
    const from = name === 'model-done' ? 2 : steps.indexOf(name);
    const forgotten = new Set(steps.slice(from));
    choice = {
      make: forgotten.has('make') ? null : choice.make, model: forgotten.has('model') ? null : choice.model,
      year: forgotten.has('year') ? null : choice.year, attrs: forgotten.has(ENGINE) || !choice.attrs[ENGINE] ? {} : { [ENGINE]: choice.attrs[ENGINE] },
    };
    passed = new Set();
    go(steps[from]);
  }

  function advance() {
    const steps = STEPS[order];
    go(steps[steps.indexOf(step) + 1]);
  }

  async function go(name) {
    step = name;
    drawTrail();
    replace(body, el('p', { class: 'muted', role: 'status' }, t('loading')));
    const signal = next();
    await DRAW[name](signal).catch(fail(name));
  }

  function fail(name) {
    return (error) => { if (!isAbort(error)) replace(body, errorBox(app, error, () => go(name))); };
  }

  // ---- lists ------------------------------------------------------------------------------------------------------------
  function optionButton({ text, detail, testid, value, choose }) {
    return el('button', { class: 'pick', onclick: choose, testid, 'data-value': value }, el('span', {}, text), detail && el('small', {}, detail));
  }

  // `sections`: [{title, items: [{text, also, ...}]}]; a filter above them when they are many.
  function drawSections(sections) {
    const area = el('div', {});
    const draw = (needle) => {
      const wanted = needle.trim().toLowerCase();
      const kept = sections.map(({ title, items }) => ({
        title, items: wanted ? items.filter((item) => `${item.text} ${item.also || ''}`.toLowerCase().includes(wanted)) : items,
      })).filter(({ items, title }) => items.length > 0 && !(wanted && title === t('popular')));
      replace(area, kept.length === 0 && el('p', { class: 'muted' }, t('nothing_here')), kept.map(({ title, items }) =>
        el('section', {}, title && el('h3', {}, title), el('div', { class: 'picks' }, items.map(optionButton)))));
    };
    const total = sections.reduce((sum, { items }) => sum + items.length, 0);
    const filter = el('input', { type: 'search', class: 'picker-filter', placeholder: t('filter_list'), 'aria-label': t('filter_list'), testid: 'picker-filter' });
    filter.addEventListener('input', () => draw(filter.value));
    filter.addEventListener('keydown', (event) => { if (event.key === 'Enter' && !event.isComposing) area.querySelector('button')?.click(); });
    draw('');
    replace(body, total > FILTER_FROM && filter, area);
    if (total > FILTER_FROM && matchMedia('(pointer: fine)').matches) filter.focus();
    else area.querySelector('button')?.focus({ preventScroll: true });
  }

  // ---- one function a step ----------------------------------------------------------------------------------------------
  async function drawMakes(signal) {
    const { makes } = await api.makes(context, signal);
    const compare = collator(lang).compare;
    const items = makes.map((one) => {
      const text = (lang === 'zh' && one.name_zh) || one.make;
      return {
        text, also: `${one.make} ${one.name_zh || ''}`, detail: t('count_models', { n: one.models }), testid: 'pick-make', value: one.make, vehicles: one.vehicles, letter: letterOf(lang, one, text),
        choose: () => { choice.make = { value: one.make, text }; advance(); },
      };
    });
    // Chinese lists come in the order of sales; others by name, where the number of model years has to stand in for it.
    const popular = (lang === 'zh' ? items : [...items].sort((a, b) => b.vehicles - a.vehicles)).slice(0, POPULAR_MAKES);
    const letters = new Map();
    for (const item of [...items].sort((a, b) => compare(a.text, b.text))) {
      if (!letters.has(item.letter)) letters.set(item.letter, []);
      letters.get(item.letter).push(item);
    }
    const filed = [...letters].sort(([a], [b]) => (a < b ? -1 : 1)).map(([title, list]) => ({ title, items: list }));
    drawSections(items.length > POPULAR_MAKES ? [{ title: t('popular'), items: popular }, ...filed] : [{ title: '', items }]);
  }

  async function drawModels(signal) {
    const { models } = await api.models(context, choice.make.value, signal);
    drawSections([{
      title: '', items: models.map((one) => {
        const text = (lang === 'zh' && one.name_zh) || one.model;
        return {
          text, also: `${one.model} ${one.name_zh || ''}`, detail: t('count_vehicles', { n: one.vehicles }), testid: 'pick-model', value: one.model,
          choose: () => { choice.model = { value: one.model, text }; advance(); },
        };
      }),
    }]);
  }

  async function loadOptions(signal) {
    const answer = await api.options(context, { make: choice.make.value, model: choice.model.value, year: choice.year ? choice.year.year : '', attrs: choice.attrs }, signal);
    words.learnOptions(answer.options);
    return answer;
  }

  async function drawEngines(signal) {
    const { options } = await loadOptions(signal);
    const engine = options.find((option) => option.attribute === ENGINE);
    if (!engine || engine.values.length < 2) {
      passed.add(ENGINE);
      return advance();
    }
    const compare = collator(lang).compare;
    return drawSections([{
      title: '', items: [...engine.values].sort((a, b) => compare(a.value, b.value)).map(({ value, label }) => ({
        text: words.valueName(ENGINE, value, label), testid: 'pick-displacement', value,
        choose: () => { choice.attrs = { [ENGINE]: [value] }; advance(); },
      })),
    }]);
  }

  async function drawYears(signal) {
    const { vehicles, options } = await loadOptions(signal);
    const ids = new Map(vehicles.map((vehicle) => [vehicle.year, vehicle.id]));
    const listed = options.find((option) => option.attribute === 'year');
    const years = new Set([...ids.keys(), ...(listed ? listed.values.map(({ value }) => Number(value)) : [])]);
    const lookUp = async (year) => {
      const answer = await api.options(context, { make: choice.make.value, model: choice.model.value, year, attrs: choice.attrs }, signal);
      return answer.vehicles[0].id;
    };
    const take = async (year) => {
      choice.year = { year, vehicle: ids.get(year) || await lookUp(year) };
      advance();
    };
    drawSections([{
      title: '', items: [...years].sort((a, b) => b - a).map((year) => ({ text: String(year), testid: 'pick-year', value: String(year), choose: () => take(year).catch(fail('year')) })),
    }]);
  }

  // What still varies, all at once: each answer narrows the others.
  async function drawDetails(signal) {
    const { options, vehicles } = await loadOptions(signal);
    const asked = new Set(STEPS[order]);
    const wanted = ({ attribute }) => !NOT_DETAILS.has(attribute) && !asked.has(attribute);
    // What was chosen no longer varies, so the server does not list it; it stays to be taken back.
    const chosen = Object.entries(choice.attrs).filter(([attribute]) => !options.some((option) => option.attribute === attribute))
      .map(([attribute, values]) => ({ attribute, values: values.map((value) => ({ value, label: '' })) }));
    const vary = [...chosen, ...options].filter(wanted);
    const toggle = (attribute, value) => () => {
      const attrs = { ...choice.attrs };
      if (attrs[attribute] && attrs[attribute][0] === value) delete attrs[attribute];
      else attrs[attribute] = [value];
      choice.attrs = attrs;
      drawDetails(next()).catch(fail('details'));
    };
    const group = (option) => el('fieldset', { 'data-attribute': option.attribute }, el('legend', {}, words.attributeName(option.attribute)),
      el('div', { class: 'picks' }, option.values.map(({ value, label }) => el('button', {
        class: 'pick small', 'aria-pressed': String((choice.attrs[option.attribute] || [])[0] === value), testid: 'pick-detail', 'data-value': value,
        'data-focus': `${option.attribute}:${value}`,
        onclick: toggle(option.attribute, value),
      }, words.valueName(option.attribute, value, label)))));
    const vehicle = vehicles[0];
    const use = el('button', { class: 'button primary big', onclick: finish, testid: 'picker-use' }, t('car_use'));
    replace(body, el('p', { class: 'muted' }, t(vary.length > 0 ? 'details_lead' : 'nothing_varies')), vary.map(group),
      el('div', { class: 'picker-foot' },
        el('div', {}, el('strong', {}, vehicle ? nameOf(lang, vehicle) : ''),
          vehicle && el('small', { class: 'muted', testid: 'picker-left' }, vehicle.configurations === 1 ? t('car_config_one') : t('car_configs', { n: vehicle.configurations }))),
        use));
    if (!body.contains(document.activeElement)) use.focus({ preventScroll: true });
  }

  const DRAW = { make: drawMakes, model: drawModels, [ENGINE]: drawEngines, year: drawYears, details: drawDetails };

  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener('close', () => { next(); dialog.remove(); });
  document.body.append(dialog);
  dialog.showModal();
  go('make');
}
