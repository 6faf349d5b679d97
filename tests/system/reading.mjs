// reading.mjs: whether an answer of GET /v1/search understood its query as it should have. An expectation is text:
//
//   make=Volkswagen;model=Golf;year=2018;displacement=1.4;type=oil_filter|oil_change;pos=front_left
//
// Keys are joined by ";" and all must hold. A value is "a,b" (exactly this set) or alternatives "a|b"; "key~a" asks that it be among
// others; "key=*" that there is something, "key=" that there is nothing. Letters' case, blanks and punctuation do not matter.
//   make, model, year (2018 or 2015-2018), type, brand, pos, number, tyre, oil, dtc, service, km, words, unknown, vehicle
//   spec     a value under any name of understood.specs (H7, 60Ah, 6PK1733, 5x114.3), or its last word (SN of API SN)
//   badge    understood.car.badge
//   gen      Mk7@2013-2020: that generation, or model years within those bounds
//   read     readings that must be offered beside or as the first one: a name each
//   fixed    corrections: the corrected word
//   status   of HTTP, 200 unless said
//   "key?"   is named but not looked at
//   any other key is an attribute of the car: displacement, fuel, aspiration, drive, transmission, body, market; of aspiration, drive
//   and fuel the value may be one of several
// What is left over is checked without being named: no `words` and no `unknown` unless the expectation says so.

const plain = (value) => String(value).normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
const list = (value) => (value === null || value === undefined || value === '' ? [] : Array.isArray(value) ? value : [value]);
const named = (value, ...fields) => list(value).map((v) => {
    if (typeof v !== 'object') return v;
    for (const f of fields) if (v[f] !== undefined) return v[f];
    return JSON.stringify(v);
});

export function parseExpectation(text) {
    const out = [];
    for (const part of text.split(';').map((p) => p.trim()).filter(Boolean)) {
        const m = /^([a-z_.]+)(\?)()$/.exec(part) ?? /^([a-z_.]+)([=~])(.*)$/.exec(part);
        if (!m) throw new Error(`not key=value: ${part}`);
        out.push({ key: m[1], among: m[2] === '~', ignored: m[2] === '?', text: m[3].trim(), alternatives: m[3].split('|').map((a) => a.split(',').map((v) => v.trim()).filter(Boolean)) });
    }
    return out;
}

// The car of an answer: the base vehicle it settled on, else what the words say.
function carOf(understood) {
    const car = understood.car ?? {}, vehicle = understood.vehicle ?? {};
    const models = list(car.models), from = (name) => list(vehicle[name]);
    return {
        makes: [...new Set([...named(car.makes, 'make', 'name'), ...models.map((m) => m.make).filter(Boolean), ...from('make')])],
        models: [...new Set([...models.map((m) => m.model ?? m).filter((m) => typeof m === 'string'), ...from('model')])],
        years: car.years ?? (vehicle.year ? [vehicle.year, vehicle.year] : null),
        attrs: { ...vehicle.attrs, ...car.attrs },
        unknown: car.unknown || null,
    };
}

function found(key, answer, car) {
    const u = answer.understood;
    switch (key) {
    case 'make': return car.makes;
    case 'model': return car.models;
    case 'type': return named(u.types, 'id');
    case 'brand': return named(u.brands, 'id', 'name', 'brand');
    case 'pos': return named(u.position, 'value', 'name');
    case 'number': return named(u.part_number, 'canonical', 'number');
    case 'tyre': return named(u.tyre, 'size', 'value');
    case 'oil': return named(u.oil, 'viscosity', 'value');
    case 'dtc': return named(u.dtc, 'code');
    case 'service': return [...named(u.service, 'id', 'service'), ...named(u.types, 'id')];
    case 'km': return list(u.distance_km);
    case 'words': return named(u.words, 'text', 'word');
    case 'unknown': return list(car.unknown);
    case 'vehicle': return named(u.vehicle, 'id');
    case 'spec': return Object.values(u.specs ?? {}).flat().flatMap((v) => [v, v.split(' ').pop()]);
    case 'badge': return list(u.car?.badge);
    case 'fixed': return named(u.corrections, 'to');
    default: return list(car.attrs[key]).flatMap((v) => String(v).split('|'));
    }
}

function yearMatches(expected, years) {
    if (!years) return false;
    const [from, to = from] = expected.split('-').map(Number);
    return years[0] === from && years[1] === to;
}

function generationMatches(expected, car) {
    const [name, bounds] = expected.split('@');
    if (list(car.attrs.generation).flatMap((g) => String(g).split('|')).some((g) => plain(g) === plain(name))) return true;
    if (!bounds || !car.years) return false;
    const [from, to] = bounds.split('-').map(Number);
    return car.years[0] >= from && car.years[1] <= to;
}

function holds(e, answer, car) {
    if (e.key === 'year') return e.text === '' ? !car.years : e.text === '*' ? !!car.years : e.alternatives.some((a) => yearMatches(a[0], car.years));
    if (e.key === 'gen') return e.alternatives.some((a) => generationMatches(a[0], car));
    if (e.key === 'read') {
        const all = plain(JSON.stringify(answer.readings ?? []));
        return list(answer.readings).length > 1 && e.alternatives[0].every((name) => all.includes(plain(name)));
    }
    const got = found(e.key, answer, car).map(plain);
    return e.alternatives.some((a) => {
        if (a.length === 0) return got.length === 0;
        if (a[0] === '*') return got.length > 0;
        const wanted = a.map(plain);
        if (!wanted.every((w) => got.includes(w))) return false;
        return e.among || ['service', 'spec', 'fixed', 'aspiration', 'drive', 'fuel'].includes(e.key) || new Set(got).size === new Set(wanted).size;
    });
}

// [{key, expected, got}] of one response {status, json}; empty: read right.
export function differences(response, expectation) {
    const expected = parseExpectation(expectation), out = [];
    const status = expected.find((e) => e.key === 'status')?.text ?? '200';
    if (!status.split('|').includes(String(response.status))) return [{ key: 'status', expected: status, got: response.status }];
    if (response.status !== 200) return out;
    const answer = response.json, car = carOf(answer.understood);
    const unsaid = ['words', 'unknown'].filter((key) => !expected.some((e) => e.key === key)).map((key) => ({ key, text: '', alternatives: [[]] }));
    for (const e of [...expected.filter((x) => x.key !== 'status'), ...unsaid]) {
        if (e.ignored || holds(e, answer, car)) continue;
        const got = e.key === 'year' || e.key === 'gen' ? car.years : e.key === 'read' ? list(answer.readings).length : found(e.key, answer, car);
        out.push({ key: e.key, expected: e.text, got });
    }
    return out;
}
