// One workshop in words, its free times, and a time held.
import { api, isAbort } from './api.js';
import { el, latest, replace } from './dom.js';
import { errorBox } from './errors.js';
import { money, nameOf, number, weekday, clockTime } from './format.js';
import { icon } from './icons.js';
import { randomId } from './user.js';

const DAYS_SHOWN = 5;
const DAY_MS = 86400e3;
const DAY_MIN = 24 * 60;
const NEAR_M = 1000;

// Of what the car needs, not all is a service workshops list: a tyre to be inflated is not.
export const isBookable = (app, service) => ['service', 'package'].includes(app.words.types.get(service)?.kind);

export function distanceText(app, metres) {
  const { t, lang } = app;
  return metres < NEAR_M ? t('metres_n', { n: number(lang, metres) }) : t('map_km', { n: number(lang, metres / 1000, 1) });
}

export function etaText(app, shop) {
  if (shop.eta_min === null || shop.eta_min === undefined) return '';
  const { t, lang } = app;
  if (shop.eta_min === 0) return t('eta_local');
  if (shop.eta_min < DAY_MIN) return t('eta', { n: number(lang, shop.eta_min) });
  return t('eta_days', { n: number(lang, Math.ceil(shop.eta_min / DAY_MIN)) });
}

// Times at a workshop are those of the clock on its wall, `utc_offset` minutes from UTC, beside each of them in the answers.
const wall = (ms, offset) => ms + offset * 60e3;
const whenText = (lang, ms, offset) => `${weekday(lang, wall(ms, offset), 'UTC')} ${clockTime(lang, wall(ms, offset), 'UTC')}`;

export const earliestText = (app, shop) => app.t('earliest', { when: whenText(app.lang, shop.earliest, shop.utc_offset) });

// "Name, 450 m, earliest Tue 08:30, parts in stock"; what a product of this `price` costs there, where that is another.
export function placeText(app, shop, price = null) {
  const parts = [nameOf(app.lang, shop)];
  if (Number.isFinite(shop.distance_m)) parts.push(distanceText(app, shop.distance_m));
  if (shop.earliest) parts.push(earliestText(app, shop));
  if (price && shop.price && shop.price.amount !== price.amount) parts.push(app.t('price_there', { price: money(app.lang, shop.price) }));
  return [...parts, etaText(app, shop)].filter(Boolean).join(' · ');
}

const dayText = (ms) => new Date(ms).toISOString().slice(0, 10);

// A time to come is chosen, held, let go. A hold ends by the reader's own clock.
export function bookingBox(app, shop, service) {
  const { t, lang } = app;
  const next = latest();
  const box = el('div', { class: 'booking', testid: 'booking' });
  const times = el('div', {});
  const said = el('div', { 'aria-live': 'polite' });
  let days = null, day = '', picked = null, busy = false;

  const when = ({ start, utc_offset }) => whenText(lang, start, utc_offset);

  function drawTimes(slots) {
    const free = slots.filter((slot) => slot.free > 0);
    const pick = (slot) => { picked = slot; drawTimes(slots); };
    replace(times,
      el('div', { class: 'scenes', role: 'group', 'aria-label': t('slots_day') }, days.map((one) => el('button', {
        class: 'mini', 'aria-pressed': String(one === day), onclick: () => { day = one; picked = null; load(); }, testid: 'slot-day', 'data-focus': `day-${one}`,
      }, weekday(lang, Date.parse(one), 'UTC')))),
      free.length === 0 ? el('p', { class: 'muted' }, t('slots_none'))
        : el('div', { class: 'slots', role: 'group', 'aria-label': t('slots_title') }, free.map((slot) => el('button', {
          class: 'mini', 'aria-pressed': String(slot.start === picked?.start), title: t('slot_free', { n: slot.free }), onclick: () => pick(slot), testid: 'slot', 'data-focus': `slot-${slot.start}`,
        }, clockTime(lang, wall(slot.start, slot.utc_offset), 'UTC')))),
      picked && el('button', { class: 'button primary', onclick: take, testid: 'hold', 'data-focus': 'hold' }, t('hold', { when: when(picked) })));
  }

  async function load() {
    const signal = next();
    try {
      const answer = await api.slots(shop.id, day, signal);
      if (!days) {
        const today = wall(Date.now(), answer.utc_offset);
        days = Array.from({ length: DAYS_SHOWN }, (_, i) => dayText(today + i * DAY_MS));
        day = shop.earliest ? dayText(wall(shop.earliest, shop.utc_offset)) : days[0];
        return await load();
      }
      return drawTimes(answer.slots);
    } catch (error) {
      if (!isAbort(error)) replace(times, errorBox(app, error, load));
      return undefined;
    }
  }

  function drawHold(hold) {
    const release = async () => {
      try {
        await api.hold(shop.id, { action: 'release', hold: hold.hold });
        replace(said, el('p', { class: 'notice', testid: 'hold-state', 'data-state': 'released' }, t('released')));
        await load();
      } catch (error) {
        replace(said, errorBox(app, error, release));
      }
    };
    replace(said, el('div', { class: 'notice held', testid: 'hold-state', 'data-state': hold.state },
      el('p', {}, icon('check', 16), ` ${t('held', { when: when(hold), until: clockTime(lang, hold.expires) })}`),
      el('button', { class: 'button small', onclick: release, testid: 'release' }, t('release'))));
  }

  async function take() {
    if (busy) return;
    busy = true;
    try {
      const hold = await api.hold(shop.id, { service, start: picked.start, user: app.context().user, id: randomId() });
      picked = null;
      drawHold(hold);
    } catch (error) {
      if (error.status === 409) replace(said, el('p', { class: 'notice warn', role: 'alert', testid: 'hold-state', 'data-state': 'gone' }, t('hold_gone')));
      else replace(said, errorBox(app, error, take));
    }
    busy = false;
    await load();
  }

  replace(box, el('h4', {}, t('slots_title')), times, said);
  load();
  return box;
}
