// Line icons on a 24 by 24 grid: path data only, built as SVG nodes.

const PATHS = {
  logo: 'M4 14l1.7-4.7A2.3 2.3 0 0 1 7.9 7.8h8.2a2.3 2.3 0 0 1 2.2 1.5L20 14v4h-2.6v-1.7H6.6V18H4z M8.7 12l2.3 2 4-4',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z M15.5 15.5L20 20',
  car: 'M3.5 13.5l2-5A2.5 2.5 0 0 1 7.8 7h8.4a2.5 2.5 0 0 1 2.3 1.5l2 5v4.5h-3v-1.5h-11V18h-3z M4 13h16 M6.5 15.5h1.5 M16 15.5h1.5',
  user: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5',
  close: 'M6 6l12 12 M18 6L6 18',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  left: 'M14.5 6l-6 6 6 6',
  right: 'M9.5 6l6 6-6 6',
  down: 'M6 9.5l6 6 6-6',
  star: 'M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9L12 16.9l-5.2 2.8 1-5.9L3.5 9.7l5.9-.8z',
  question: 'M9 9.2a3 3 0 1 1 4.3 2.7c-.9.5-1.3 1-1.3 2.1 M12 17.2v.3 M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  filter: 'M4 6h16 M7 12h10 M10 18h4',
  chart: 'M4 4v16h16 M7.5 15l3.5-4 3 2.5L19 7',
  spark: 'M12 3l1.8 5.2L19 10l-5.2 1.8L12 17l-1.8-5.2L5 10l5.2-1.8z M18.5 16v4 M16.5 18h4',

  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z M12 7.5V12l3 2',
  calendar: 'M4.5 6h15v14h-15z M4.5 10.5h15 M8.5 3.5V8 M15.5 3.5V8',
  tune: 'M4 8h9 M17 8h3 M15 5.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z M4 16h3 M11 16h9 M9 13.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z',
  tag: 'M4 4.5h8l8 8-7.5 7.5-8.5-8.5z M8.2 8.2v.2',
  pin: 'M12 21s6.5-6 6.5-11A6.5 6.5 0 0 0 5.5 10c0 5 6.5 11 6.5 11z M12 7.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z',
  ruler: 'M3 16.5L16.5 3 21 7.5 7.5 21z M7.5 12l2 2 M10.5 9l2.8 2.8 M13.5 6l2 2',
  hash: 'M9.5 4L7.5 20 M16.5 4l-2 16 M4.5 9h16 M3.5 15h16',
  alert: 'M12 4L2.8 19.5h18.4z M12 10v4.5 M12 17v.2',
  gauge: 'M4.5 18a9 9 0 1 1 15 0 M12 14l4-5 M12 13a1.2 1.2 0 1 0 0 2.4 1.2 1.2 0 0 0 0-2.4z',
  spell: 'M3.5 16L8 5l4.5 11 M5 12.5h6 M12.5 18l3 3 5.5-6.5',
  sort: 'M7 4v15 M3.5 15.5L7 19l3.5-3.5 M14 6h6.5 M14 11h5 M14 16h3.5',

  filters: 'M7 4h10v3H7z M6 7h12v11a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2z M9.5 10.5v6 M12 10.5v6 M14.5 10.5v6',
  air_filter: 'M3.5 7h17v10h-17z M7 7v10 M10.3 7v10 M13.7 7v10 M17 7v10',
  fluids: 'M8 3h5v3l4.5 2.5A2 2 0 0 1 18.5 10v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2H8z M12 11.5c1.5 2 2 2.8 2 3.7a2 2 0 0 1-4 0c0-.9.5-1.7 2-3.7z',
  brakes: 'M12 4a8 8 0 1 0 8 8 M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z M15 3.5c3 .8 5 3 5.5 6l-4 .8a4.5 4.5 0 0 0-2.6-2.6z',
  tyres: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z M12 3v4.5 M12 16.5V21 M3 12h4.5 M16.5 12H21',
  electrical: 'M4 8h16v11H4z M7 8V5.5h3V8 M14 8V5.5h3V8 M7 13.5h3.5 M15.3 11.7v3.6 M13.5 13.5H17',
  wipers_lighting: 'M13 6c5 0 7.5 3 7.5 6s-2.5 6-7.5 6c-1.5 0-2-2.5-2-6s.5-6 2-6z M3.5 8.5l4.5.5 M3 12h5 M3.5 15.5L8 15',
  wiper: 'M4 17A11.5 11.5 0 0 1 20 9 M12 19L7 8.5 M12 17.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z',
  ignition: 'M10 3h4v4l1 2v3H9V9l1-2z M8 12h8v3H8z M10 15v3h4v-3 M12 18v2.5h3',
  engine: 'M6 9h3l2-2h4l2 2v2h2V9.5h2v7h-2V15h-2l-2 3H9l-2-2H5v-2H3v-3h3z M10 4.5h5 M12.5 4.5V7',
  cooling: 'M4 5h16v14H4z M8 5v14 M12 5v14 M16 5v14 M4 12h16',
  air_conditioning: 'M12 3v18 M4.2 7.5l15.6 9 M19.8 7.5l-15.6 9 M9.5 4.5L12 7l2.5-2.5 M9.5 19.5L12 17l2.5 2.5',
  fuel: 'M5 20V5.5A1.5 1.5 0 0 1 6.5 4h6A1.5 1.5 0 0 1 14 5.5V20 M4 20h11 M7.5 7h4v4h-4z M14 12h1.5a1.5 1.5 0 0 1 1.5 1.5v2.5a1.5 1.5 0 0 0 3 0V9l-3-3',
  exhaust: 'M3 12h4l1.5-2.5h8L18 12h3 M3 15h4l1.5 2.5h8L18 15h3 M3 12v3 M21 12v3',
  suspension: 'M12 3v3 M8 6h8 M8.5 8.5l7 2 M8.5 12l7 2 M8.5 15.5l7 2 M8 18.5h8 M12 18.5V21 M15.5 6l-7 2.5',
  steering: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z M12 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4z M10 12H3.5 M14 12h6.5 M12 14v6.5',
  driveline: 'M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z M12 3v3 M12 18v3 M3 12h3 M18 12h3 M5.6 5.6l2.2 2.2 M16.2 16.2l2.2 2.2 M5.6 18.4l2.2-2.2 M16.2 7.8l2.2-2.2',
  body: 'M3 16v-3.5l4.5-1L10 8h6l3.5 3.5L21 13v3h-2 M15 16H9 M3 16h2 M7 14.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z M17 14.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z',
  accessories: 'M5 8h14l1 12H4z M9 8V6.5a3 3 0 0 1 6 0V8',
  services: 'M14.5 4.5a4.5 4.5 0 0 0-4.2 6.2L4 17v3h3l6.3-6.3a4.5 4.5 0 0 0 5.7-5.7l-2.7 2.7-2.5-.7-.7-2.5z',
  packages: 'M4 8l8-4 8 4v8.5L12 20.5l-8-4z M4 8l8 4 8-4 M12 12v8.5 M8 6l8 4',
};

export function icon(name, size = 24) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const attributes = {
    viewBox: '0 0 24 24', width: size, height: size, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.7,
    'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true', focusable: 'false',
  };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', PATHS[name] || PATHS.accessories);
  svg.append(path);
  return svg;
}
