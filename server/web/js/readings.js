// What a driver can say of the car, as the cockpit's call takes it.

// A lamp that is lit says what a car would have measured or stored; the page shows the same beside the lamp.
export const LAMPS = [
  { id: 'engine', icon: 'engine', dtc: 'P0300' },
  { id: 'oil', icon: 'oil', sensors: { oil_life_pct: 5 } },
  { id: 'battery', icon: 'electrical', sensors: { battery_v: 11.4 } },
  { id: 'tyre', icon: 'tyre_pressure', sensors: { tyre_kpa: { front_left: 150 } } },
  { id: 'brake', icon: 'brake_warning', sensors: { brake_pad_mm: 1.8 } },
];

export const ODOMETER = { least: 0, most: 300000, step: 100, unknown: 60000 };

const listOf = (text) => text.split(/[\s,，;、]+/).filter(Boolean);
export const litLamps = (state) => new Set(listOf(state.lamps));
export const kilometres = (app) => app.odometerKm() || ODOMETER.unknown;
export const monthsOf = (state) => (state.months ? Number(state.months) : undefined);

// {odometer_km, months, dtc, sensors}
export function readings(app) {
  const state = app.store.get();
  const lamps = litLamps(state);
  const lit = LAMPS.filter((lamp) => lamps.has(lamp.id));
  const sensors = Object.assign({}, ...lit.map((lamp) => lamp.sensors || {}));
  if (state.outside !== '') sensors.outside_c = Number(state.outside);
  return {
    odometer_km: kilometres(app), months: monthsOf(state),
    dtc: [...new Set([...listOf(state.codes), ...lit.filter((lamp) => lamp.dtc).map((lamp) => lamp.dtc)])], sensors,
  };
}
