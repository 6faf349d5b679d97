// The storefront in a real browser, against a running server.
//
//   npm ci && RIGHTFIT_URL=http://127.0.0.1:7700 npm test
//
// SCREENSHOT, if set, is where a picture of the results page goes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { at, closePage, complaints, open, page, resultsAfter, whichever } from './session.mjs';

const { SCREENSHOT } = process.env;

// Brand and series by their Chinese names, then whatever is asked, in the order of the page.
async function pickCar(make, model, year) {
  await at('open-picker').click();
  await at('pick-make').filter({ hasText: make }).first().click();
  await at('pick-model').filter({ has: page.getByText(model, { exact: true }) }).click();
  const asked = [];
  for (;;) {
    const step = await whichever('pick-displacement', 'pick-year', 'picker-use');
    asked.push(step);
    if (step === 'picker-use') break;
    const wanted = at(step).filter({ hasText: step === 'pick-year' ? year : '1.5' });
    await (await wanted.count() > 0 ? wanted : at(step)).first().click();
    await at(step).first().waitFor({ state: 'detached' });
  }
  await at('picker-use').click();
  await at('car-bar').waitFor();
  return asked;
}

// Does something that makes the page ask for recommendations, and answers what is then shown.
async function recommendationsAfter(act) {
  const [response] = await Promise.all([
    page.waitForResponse((one) => one.url().includes('/v1/recommend') && one.request().method() === 'POST' && one.ok()), act(),
  ]);
  const { query_id, hits } = await response.json();
  assert.ok(hits.length > 0, 'something is recommended');
  await page.locator(`[data-testid="recs"][data-query="${query_id}"] [data-testid="rec"]`).first().waitFor();
  return hits.map((hit) => hit.id);
}

describe('storefront', () => {
  it('finds what fits a car picked in Chinese order', async () => {
    await open({ locale: 'zh-CN' });
    await at('sample-banner').getByText('示例').waitFor();
    const asked = await pickCar('大众', '朗逸', '2018');
    assert.ok(asked.includes('pick-year'), `a year is asked: ${asked}`);
    assert.match(await at('car-name').textContent(), /朗逸/);

    const oilFilters = page.locator('[data-testid="type-tile"][data-type="oil_filter"]').first();
    await oilFilters.waitFor();
    const found = await resultsAfter(() => oilFilters.click());
    assert.ok(found.total > 0, 'there are oil filters for it');
    assert.ok(found.hits.every((hit) => hit.type === 'oil_filter'), 'all are oil filters');
    const verdicts = await at('verdict', at('hits')).evaluateAll((badges) => badges.map((badge) => badge.dataset.verdict));
    assert.equal(verdicts.length, found.hits.length, 'every product says whether it fits');
    assert.ok(verdicts.every((verdict) => ['fits', 'conditional', 'universal'].includes(verdict)), `only what may fit is listed: ${verdicts}`);
    assert.ok(found.hits.every((hit) => !hit.price || hit.price.currency === 'CNY'), 'prices are in yuan');

    await at('why', at('hits').getByTestId('hit').first()).locator('summary').click();
    if (SCREENSHOT) await page.screenshot({ path: SCREENSHOT });
    assert.deepEqual(complaints, []);
  });

  it('asks, and an answer narrows', async (t) => {
    await open({ locale: 'zh-CN', hash: '#vehicle=2018-volkswagen-lavida&type=oil_filter' });
    await at('total').waitFor();
    const question = at('question');
    if (await question.count() === 0) {
      t.diagnostic('nothing to ask: every oil filter is decided for this car');
    } else {
      const attribute = await question.getAttribute('data-attribute');
      await resultsAfter(() => at('question-option').first().click());
      const chip = page.locator(`[data-testid="attr-chip"][data-attribute="${attribute}"]`);
      await chip.waitFor();
      assert.match(decodeURIComponent(new URL(page.url()).hash), new RegExp(`attrs=.*${attribute.replace('.', '\\.')}`));
      await resultsAfter(() => chip.getByRole('button').click());
      await chip.waitFor({ state: 'detached' });
      await question.waitFor();
    }
    assert.deepEqual(complaints, []);
  });

  it('asks about one product how many, and keeps the answer to it', async () => {
    await open({ locale: 'zh-CN', hash: '#vehicle=2018-volkswagen-lavida&type=oil_filter' });
    await at('hits').waitFor();
    const asked = [];
    const because = [1, 2].map((quantity) => ({ application: {}, source: 'test', matched: [], maybe: [], open: [], position: null, quantity }));
    const question = { attribute: 'quantity', text: '需要几个？', options: [1, 2].map((n) => ({ value: String(n), label: String(n), count: 1 })) };
    await page.route('**/v1/fitment?*', (route) => {
      const attrs = new URL(route.request().url()).searchParams.get('attrs') || '';
      asked.push(attrs);
      const left = attrs.includes('quantity:2') ? because.slice(1) : because;
      return route.fulfill({ json: { verdict: 'fits', because: left, question: left.length > 1 ? question : null } });
    });
    await at('product-link', at('hits')).first().click();
    await at('detail-question').getByText('需要几个').waitFor();
    await at('detail-question-option').nth(1).click();
    await at('detail-question').waitFor({ state: 'detached' });
    await at('detail-fit').locator('.why-list > li').first().waitFor();
    assert.equal(await at('detail-fit').locator('.why-list > li').count(), 1);
    assert.deepEqual(asked, ['', 'quantity:2']);
    assert.ok(!page.url().includes('quantity'), 'it says nothing of the car');
    assert.deepEqual(complaints, []);
  });

  it('recommends for a person, and learns from a look', async () => {
    await open({ locale: 'zh-CN', hash: '#vehicle=2018-volkswagen-lavida' });
    await at('recs').waitFor();
    const first = await recommendationsAfter(() => at('user').selectOption('u000001'));
    assert.ok(first.length > 0);
    await at('garage').waitFor();

    const accepted = page.waitForResponse((one) => one.url().endsWith('/v1/events'));
    await recommendationsAfter(() => at('rec-link', at('recs')).last().click());
    assert.equal((await accepted).status(), 200);
    await at('detail').waitFor();
    await at('rec', at('detail-recs')).first().waitFor();
    await at('detail-close').click();
    await at('detail').waitFor({ state: 'detached' });

    await recommendationsAfter(() => at('user').selectOption('u000002'));
    assert.deepEqual(complaints, []);
  });

  it('suggests cars while typing, with the keyboard alone', async () => {
    await open({ locale: 'en-US' });
    await at('car-input').pressSequentially('golf 2018');
    await at('suggestion', at('car-input-list')).first().waitFor();
    await page.keyboard.press('ArrowDown');
    const option = page.locator('[role="option"][aria-selected="true"]');
    await option.waitFor();
    const name = (await option.textContent()).trim();
    await page.keyboard.press('Enter');
    await at('car-bar').waitFor();
    assert.equal((await at('car-name').textContent()).trim(), name);
    await at('type-tile').first().waitFor();
    assert.deepEqual(complaints, []);
  });

  it('filters, and a link shows the same to somebody else', async () => {
    await open({ locale: 'en-US', hash: '#vehicle=2018-volkswagen-golf&type=oil_filter' });
    await at('hits').waitFor();
    const brand = at('facet-brand').first();
    const value = await brand.getAttribute('data-value');
    const found = await resultsAfter(() => brand.check());
    assert.ok(found.hits.length > 0 && found.hits.every((hit) => hit.brand === value), `only ${value}`);
    const link = new URL(page.url()).hash;
    await closePage();

    await open({ locale: 'en-US', hash: link });
    await at('hits').waitFor();
    assert.equal(await at('total').getAttribute('data-total'), String(found.total));
    assert.equal(await page.locator(`[data-testid="facet-brand"]:checked`).getAttribute('data-value'), value);
    assert.deepEqual(complaints, []);
  });

  it('changes its language, on a phone, without scrolling sideways', async () => {
    await open({ locale: 'zh-CN', hash: '#vehicle=2018-volkswagen-golf&type=oil_filter', viewport: { width: 390, height: 844 } });
    await at('hits').waitFor();
    const found = await resultsAfter(() => at('lang-en').click());
    assert.ok(found.hits.every((hit) => !hit.price || hit.price.currency === 'USD'), 'prices are in dollars');
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
    assert.deepEqual(complaints, []);
  });

  it('draws the figures of the server', async () => {
    await open({ locale: 'en-US', hash: '#view=console' });
    for (const panel of ['panel-rps', 'panel-latency', 'panel-verdicts', 'panel-routes']) await at(panel).waitFor();
    assert.deepEqual(complaints, []);
  });
});
