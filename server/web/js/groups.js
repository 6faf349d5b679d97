// Icons of product types: by the type itself where it has one, else by its group, else by its kind.

const OF_TYPE = { air_filter: 'air_filter', cabin_filter: 'air_filter', wiper_blade: 'wiper', wiper_motor: 'wiper' };
const OF_GROUP = new Set([
  'filters', 'fluids', 'brakes', 'tyres', 'electrical', 'wipers_lighting', 'ignition', 'engine', 'cooling', 'air_conditioning',
  'fuel', 'exhaust', 'suspension', 'steering', 'driveline', 'body', 'accessories', 'services', 'packages',
]);
const OF_KIND = { part: 'engine', fluid: 'fluids', tyre: 'tyres', accessory: 'accessories', service: 'services', package: 'packages' };

export function iconOf(words, id) {
  const type = words.types.get(id) || {};
  if (OF_TYPE[id]) return OF_TYPE[id];
  return OF_GROUP.has(type.group) ? type.group : OF_KIND[type.kind] || 'accessories';
}

// What most people come for, in this order.
export const OFTEN = [
  'minor_service', 'oil_filter', 'engine_oil', 'air_filter', 'cabin_filter', 'brake_pad', 'tyre', 'battery', 'wiper_blade',
  'spark_plug', 'brake_disc', 'coolant',
];
