// What the car needs next: cockpit, plan, tyres by scene and workshops on one page. Each panel asks for itself when something it
// depends on has changed.
import { cockpitPanel } from './cockpit.js';
import { el, replace } from './dom.js';
import { planPanel } from './plan.js';
import { tyresPanel } from './tyres.js';
import { workshopsPanel } from './workshops.js';

const CAR = ['vehicle', 'attrs', 'user'];
const OF_CAR = [
  { make: cockpitPanel, keys: [...CAR, 'km', 'months', 'codes', 'lamps', 'outside', 'near'] },
  { make: planPanel, keys: [...CAR, 'km', 'months', 'near'] },
  { make: tyresPanel, keys: [...CAR, 'scene', 'near'] },
];
const WORKSHOPS = { make: workshopsPanel, keys: [...CAR, 'near', 'service'] };

export function serviceView(container, app) {
  const sections = [...(app.car ? OF_CAR : []), WORKSHOPS].map(({ make, keys }) => ({ panel: make(app), keys }));
  const root = el('div', { class: 'service', testid: 'service' });
  const hadCar = Boolean(app.car);
  let ready = false, left = false;
  const updateAll = (changed) => {
    for (const { panel, keys } of sections) if (!changed || keys.some((key) => changed.has(key))) panel.update(changed);
  };
  replace(root, !hadCar && el('p', { class: 'notice' }, app.t('service_none')), sections.map(({ panel }) => panel.node));
  replace(container, root);
  app.cities.load().then(() => { // every panel asks from where the customer is
    ready = true;
    if (!left) updateAll(null);
  });
  return {
    update(changed) {
      if (hadCar !== Boolean(app.car)) return app.restart();
      return ready ? updateAll(changed) : undefined;
    },
    leave() {
      left = true;
      sections.forEach(({ panel }) => panel.leave());
    },
  };
}
