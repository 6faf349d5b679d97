// What the car needs next, in a real browser against a running server: cockpit, plan, tyres by scene, workshops and a hold.
//
//   npm ci && RIGHTFIT_URL=http://127.0.0.1:7700 node --test service.test.mjs
//
// SERVICE_SCREENSHOT, if set, is where a picture of the cockpit goes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { at, complaints, open, page } from './session.mjs';

const { SERVICE_SCREENSHOT } = process.env;
const LAVIDA = '#vehicle=2018-volkswagen-lavida&attrs=displacement%3A1.5&view=service';

// The answer of the call that `act` sets off: the last of them when several were asked and the older ones cancelled.
async function answerOf(path, act, fits = () => true) {
  const wanted = (response) => new URL(response.url()).pathname === path && response.ok() && fits(response.request());
  const [response] = await Promise.all([page.waitForResponse(wanted), act()]);
  return response.json();
}

const COCKPIT = '/v1/cockpit/suggest';
async function suggestionsAfter(act, fits = () => true) {
  const answer = await answerOf(COCKPIT, act, (request) => fits(request.postDataJSON()));
  await page.locator(`[data-testid="suggestions"][data-query="${answer.query_id}"]`).waitFor();
  const shown = await at('suggestion').evaluateAll((nodes) => nodes.map((node) => node.dataset.service));
  assert.deepEqual(shown, answer.suggestions.map((one) => one.service));
  return shown;
}

const slideTo = (km) => at('odometer').evaluate((input, value) => {
  input.value = value;
  input.dispatchEvent(new Event('input', { bubbles: true }));
}, km);

describe('what the car needs next', () => {
  it('suggests by odometer, fault code and lamp, and respects an answer', async () => {
    await open({ locale: 'zh-CN', hash: LAVIDA });
    await at('suggestions').waitFor();
    const young = await suggestionsAfter(() => slideTo(1000), (body) => body.odometer_km === 1000);
    const old = await suggestionsAfter(() => slideTo(60000), (body) => body.odometer_km === 60000);
    assert.notDeepEqual(old, young, 'the slider changes what is suggested');

    const misfire = await suggestionsAfter(() => at('codes').fill('P0301'), (body) => body.dtc.includes('P0301'));
    assert.equal(misfire[0], 'spark_plug_replacement');
    assert.equal(await at('suggestion').first().getAttribute('data-severity'), 'stop');
    assert.match(await at('suggestion').first().textContent(), /P0301/);

    const flat = await suggestionsAfter(() => page.locator('[data-lamp="tyre"]').click(), (body) => body.sensors.tyre_kpa);
    assert.ok(flat.includes('tyre_pressure'), `the lamp of the tires: ${flat}`);
    if (SERVICE_SCREENSHOT) {
      await at('timeline').waitFor();
      await page.screenshot({ path: SERVICE_SCREENSHOT });
    }

    const put_off = page.waitForRequest((one) => one.url().endsWith('/v1/events') && one.postDataJSON().type === 'snooze');
    const rest = await suggestionsAfter(() => at('suggestion-snooze').first().click());
    assert.equal((await put_off).postDataJSON().service, 'spark_plug_replacement');
    assert.ok(!rest.includes('spark_plug_replacement'), 'what was put off stays away');
    await at('aside').waitFor();
    assert.deepEqual(complaints, []);
  });

  it('says at the field that a code is none', async () => {
    await open({ locale: 'en-US', hash: LAVIDA });
    await at('suggestion').first().waitFor();
    const refused = page.waitForResponse((one) => one.url().endsWith(COCKPIT) && one.status() === 400);
    await at('codes').fill('WRONG');
    await refused;
    await page.locator('[data-testid="codes"][aria-invalid="true"]').waitFor();
    assert.match(await at('codes-said').textContent(), /trouble code/);
    await suggestionsAfter(() => at('codes').fill(''));
    assert.equal(await at('codes').getAttribute('aria-invalid'), 'false');
    assert.ok(complaints.every((one) => one.includes('400')), String(complaints));
  });

  it('draws the plan, says whose figures it uses, and quotes', async () => {
    await open({ locale: 'zh-CN', hash: `${LAVIDA}&km=62300` });
    await at('timeline-here').waitFor();
    const drawn = await at('timeline-item').count();
    assert.ok(drawn >= 10, `${drawn} services are drawn`);
    assert.equal(await at('plan-item').count(), drawn, 'as many as are listed');
    const states = await at('timeline-item').evaluateAll((nodes) => [...new Set(nodes.map((node) => node.dataset.state))]);
    assert.ok(states.includes('due') && states.includes('later'), `${states}`);
    assert.ok(await at('source').count() >= drawn, 'each figure says whose it is');
    assert.deepEqual(await at('quote').evaluateAll((nodes) => nodes.map((node) => node.dataset.tier)), ['good', 'better', 'best']);
    assert.deepEqual(complaints, []);
  });

  it('offers packages beside the quote: what is in them, what they cover, what they cost', async () => {
    await open({ locale: 'zh-CN', hash: `${LAVIDA}&km=61000` });
    await at('packages').waitFor();
    const plan = await answerOf('/v1/maintenance', () => slideTo(60000), (request) => request.url().includes('odometer_km=60000'));
    const sold = plan.packages.filter((one) => one.hits.length > 0 && one.cost_complete);
    await page.waitForFunction((n) => document.querySelectorAll('[data-testid="package"]').length === n, sold.length);
    const due = plan.items.filter((item) => ['due', 'overdue'].includes(item.state) && item.applies !== 'maybe').map((item) => item.service);
    for (const one of sold) {
      const shown = page.locator(`[data-testid="package"][data-service="${one.service}"]`);
      const text = await shown.textContent();
      for (const part of [one.name_zh, (one.cost.amount / 100).toFixed(2).replace(/\B(?=(\d{3})+\.)/, ','), String(one.due)]) assert.ok(text.includes(part), `${part} in ${text}`);
      assert.deepEqual(await shown.locator('li').evaluateAll((nodes) => nodes.map((node) => node.dataset.service)), one.items);
      assert.deepEqual(await shown.locator('li.is-due').evaluateAll((nodes) => nodes.map((node) => node.dataset.service)), one.items.filter((service) => due.includes(service)));
      assert.equal(one.due + one.left, due.length, 'what it covers and what is left is all that is due');
      const outside = plan.items.filter((item) => due.includes(item.service) && !one.items.includes(item.service)).reduce((sum, item) => sum + (item.cost.amount ?? 0), 0);
      assert.equal(one.total.amount, outside + one.cost.amount);
    }
    const covers = await at('package').evaluateAll((nodes) => nodes.map((node) => Number(node.dataset.due)));
    assert.deepEqual(covers, [...covers].sort((a, b) => b - a), 'what covers most stands first');
    assert.ok(!(await at('plan').textContent()).includes('¥0.00'), 'a price that is not known is no price');
    assert.deepEqual(complaints, []);
  });

  it('maps workshops, moves by a click, and holds a time', async () => {
    await open({ locale: 'zh-CN', hash: LAVIDA });
    await at('map-dot').first().waitFor();
    assert.equal(await at('map-ring').count(), 3);
    await at('map-scale').waitFor();
    await at('map-north').waitFor();
    assert.equal(await at('map-dot').count(), await at('shop').count(), 'the list has what the map has');

    const workshops = '/v1/workshops';
    const { cities } = await (await page.request.get(new URL('/v1/cities', page.url()).href)).json();
    const chinese = cities.filter((city) => city.country === 'CN');
    assert.deepEqual(await at('city').locator('option').allTextContents(), chinese.map((city) => city.name_zh ?? city.name), 'the cities that have workshops');
    const start = await at('city').inputValue();
    const elsewhere = await answerOf(workshops, () => at('map').click({ position: { x: 30, y: 200 } }), (request) => !request.url().includes(encodeURIComponent(start)));
    assert.ok(Array.isArray(elsewhere.workshops));
    const [first] = (await answerOf(workshops, () => at('city').selectOption({ index: 1 }))).workshops;
    const wall = new Date(first.earliest + first.utc_offset * 60e3).toISOString().slice(11, 16);
    await page.locator('[data-testid="shop"]').first().getByText(wall).waitFor(); // by the clock on its wall

    await at('shop').first().click();
    await at('shop-detail').waitFor();
    await at('slot-day').nth(1).click();
    await at('slot').first().click();
    const hold = await answerOf(`${workshops}/${await at('shop').first().getAttribute('data-workshop')}/holds`, () => at('hold').click());
    assert.equal(hold.state, 'held');
    await page.locator('[data-testid="hold-state"][data-state="held"]').waitFor();
    await at('release').click();
    await page.locator('[data-testid="hold-state"][data-state="released"]').waitFor();
    assert.deepEqual(complaints, []);
  });

  it('ranks tires by scene, the own size first, and pairs those of axles that differ', async () => {
    await open({ locale: 'en-US', hash: LAVIDA });
    await at('tyre').first().waitFor();
    assert.equal(await at('scene').count(), 6);
    const winter = await answerOf('/v1/tyres', () => page.locator('[data-scene="winter"]').first().click(), (request) => request.url().includes('scene=winter'));
    await page.locator('.tyres[data-scene="winter"] [data-testid="tyre"]').first().waitFor();
    assert.equal(await at('tyre').first().getAttribute('data-product'), winter.hits[0].id);
    assert.equal(await at('tyre').first().getAttribute('data-relation'), 'own');
    assert.ok((await at('tyre-reason').first().textContent()).length > 0);

    await page.goto(new URL('/#vehicle=2019-bmw-m4&view=service&scene=sport', page.url()).href);
    await at('tyre-pair').first().waitFor();
    assert.equal(await at('tyre').first().getAttribute('data-parts'), '2');
    assert.match(await at('tyre').first().textContent(), /2 ×.*2 ×/s);
    assert.deepEqual(complaints, []);
  });

  it('fits a phone, in both languages, and is reached from the car', async () => {
    await open({ locale: 'zh-CN', hash: '#vehicle=2018-volkswagen-lavida&attrs=displacement%3A1.5', viewport: { width: 390, height: 844 } });
    await at('service-link').click();
    for (const panel of ['suggestion', 'timeline', 'tyre', 'map']) await at(panel).first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
    await at('lang-en').click();
    await at('cockpit').getByText('Odometer').waitFor();
    for (const panel of ['suggestion', 'timeline', 'map']) await at(panel).first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
    await page.keyboard.press('Tab');
    await at('service-link').click();
    await at('type-tile').first().waitFor();
    assert.deepEqual(complaints, []);
  });

  it('plots who has a workshop near', async () => {
    await open({ locale: 'en-US', hash: '#view=console' });
    await at('coverage-users').waitFor();
    await answerOf('/v1/reports/coverage', () => at('coverage-service').selectOption('brake_service'));
    assert.ok(await at('panel-coverage').locator('.bar').count() > 10);
    assert.deepEqual(complaints, []);
  });
});
