// The search box that understands cars: what it read, what it asks, what it suggests, how results are narrowed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { at, complaints, open, page, resultsAfter, searchAfter } from './session.mjs';

const GOLF = '18款高尔夫1.4T机滤';

const hash = () => new URLSearchParams(new URL(page.url()).hash.slice(1));
const roles = () => at('chip').evaluateAll((chips) => chips.map((chip) => chip.dataset.role));
const chip = (role) => page.locator(`[data-testid="chip"][data-role="${role}"]`);

async function search(q) {
  await at('q').fill(q);
  return searchAfter(() => page.keyboard.press('Enter'));
}

// Answers of searches as the server gives them, changed by `change`, which may leave one as it is. Counts of attributes are not touched.
async function changeSearches(change) {
  await page.route((url) => url.pathname === '/v1/search' && !url.searchParams.has('fields'), async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    change(body, new URL(route.request().url()).searchParams);
    await route.fulfill({ response, json: body });
  });
}

describe('what a search was read as', () => {
  it('shows the words of a Chinese query as chips, and searches without one that is removed', async () => {
    await open({ locale: 'zh-CN' });
    const told = page.waitForRequest((one) => one.url().includes('/v1/events') && one.postDataJSON().type === 'search');
    const { query_id, total } = await search(GOLF);
    const event = await told;
    assert.equal((await event.response()).status(), 200);
    const { query, query_id: id, value } = event.postDataJSON();
    assert.deepEqual({ query, id, value }, { query: GOLF, id: query_id, value: total });
    assert.deepEqual(await roles(), ['year', 'model', 'attribute', 'type']);
    assert.match(await chip('year').textContent(), /年款.*2018/);
    assert.match(await chip('model').textContent(), /车型.*高尔夫/);
    assert.match(await chip('type').textContent(), /品类.*机油滤清器/);
    assert.match(await at('named-car').textContent(), /2018款 大众 高尔夫/);

    const answer = await resultsAfter(() => at('chip-remove', chip('attribute')).click());
    assert.ok(answer.total > 0);
    assert.equal(hash().get('q'), '18款高尔夫 机滤');
    assert.equal(await at('q').inputValue(), '18款高尔夫 机滤');
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), 'chips', 'the keyboard stays where it was');
    assert.deepEqual(await roles(), ['year', 'model', 'type']);
    assert.deepEqual(complaints, []);
  });

  it('says in English what was corrected, and searches for the words as written', async () => {
    await open({ locale: 'en-US' });
    await search('golf 7 oil filtr');
    assert.match(await at('corrections').textContent(), /Showing results for oil filter instead of oil filtr\./);
    assert.match(await chip('type').textContent(), /Part.*Oil Filter.*oil filtr/);
    await searchAfter(() => at('search-original').click());
    assert.equal(hash().get('q'), 'golf 7 "oil filtr"');
    assert.deepEqual(complaints, []);
  });

  it('names a fault code, and what was left out', async () => {
    await open({ locale: 'en-US', hash: `#q=${encodeURIComponent('P0128 sagitar')}&lang=zh` });
    await at('hits').waitFor();
    assert.match(await chip('trouble_code').textContent(), /故障码.*P0128.*节温器/);
    const answer = await search('机滤 qqqzzzxxx');
    assert.deepEqual(answer.dropped, ['qqqzzzxxx']);
    assert.match(await at('dropped').textContent(), /qqqzzzxxx/);
    assert.equal(await at('chip').filter({ hasText: 'qqqzzzxxx' }).locator('s').count(), 1, 'it is struck through');
    assert.deepEqual(complaints, []);
  });

  it('says of a car nobody knows that nothing is claimed to fit', async () => {
    await open({ locale: 'zh-CN' });
    const answer = await search('1998款朗逸机滤');
    assert.match(await at('unknown-car').textContent(), /暂未收录此车型：1998款 朗逸.*均未确认适配/);
    assert.ok(answer.hits.every((hit) => !hit.fit || !['fits', 'conditional'].includes(hit.fit.verdict)), 'nothing fits a car that never was');
    await resultsAfter(() => at('unknown-without').click());
    assert.equal(hash().get('q'), '机滤');
    assert.equal(await at('unknown-car').count(), 0);
    assert.deepEqual(complaints, []);
  });

  it('shows the words of the unknown car as such, and leaves them out with it', async () => {
    await open({
      locale: 'en-US',
      before_load: () => changeSearches((body, asked) => {
        if (asked.get('q') !== 'toyota nosuch oil filter') return;
        const chip = (text, role, value) => ({ text, role, value, match: 'exact' });
        body.understood.car = { makes: ['Toyota'], models: [], years: null, attrs: {}, unknown: 'toyota nosuch', conflict: false };
        body.understood.chips = [chip('toyota', 'make', 'toyota'), chip('oil filter', 'type', 'oil_filter')];
        body.understood.words = [];
        body.dropped = [];
      }),
    });
    await search('toyota nosuch oil filter');
    assert.deepEqual(await roles(), ['make', 'unknown_car', 'type']);
    assert.match(await chip('unknown_car').textContent(), /Unknown car.*nosuch/);
    await resultsAfter(() => at('unknown-without').click());
    assert.equal(hash().get('q'), 'oil filter');
    assert.deepEqual(complaints, []);
  });

  it('says when another car is picked than the search names, and switches', async () => {
    await open({ locale: 'en-US', hash: `#vehicle=2018-volkswagen-golf&q=${encodeURIComponent('corolla oil filter')}` });
    const conflict = at('car-conflict');
    await conflict.getByText('another car').waitFor();
    const other = at('use-understood', conflict).first();
    const id = await other.getAttribute('data-vehicle');
    await resultsAfter(() => other.click());
    assert.equal(hash().get('vehicle'), id);
    assert.equal(await conflict.count(), 0);
    assert.deepEqual(complaints, []);
  });

  it('asks which car, shows the answer as a chip, and takes "do not know"', async () => {
    await open({ locale: 'zh-CN' });
    await search('雪佛兰科鲁兹火花塞');
    const attribute = await at('question').getAttribute('data-attribute');
    const option = at('question-option').first();
    const value = await option.getAttribute('data-value');
    await searchAfter(() => option.click());
    assert.equal(hash().get('attrs'), `${attribute}:${value}`);
    const told = page.locator(`[data-testid="attr-chip"][data-attribute="${attribute}"]`);
    assert.match(await told.textContent(), new RegExp(value));
    await searchAfter(() => told.getByRole('button').click());
    await searchAfter(() => at('question-unknown').click());
    assert.equal(hash().get('attrs'), `${attribute}:?`);
    assert.notEqual(await at('question').count() && await at('question').getAttribute('data-attribute'), attribute, 'it is not asked again');
    assert.deepEqual(complaints, []);
  });

  it('offers the exact cars that may be meant', async () => {
    await open({ locale: 'en-US' });
    const { vehicle_options: options } = await search('cruze spark plug');
    assert.ok(options.length > 1);
    await resultsAfter(() => page.locator(`[data-testid="use-understood"][data-vehicle="${options[1].id}"]`).click());
    await at('car-bar').getByText(options[1].name).waitFor();
    assert.equal(hash().get('vehicle'), options[1].id);
    assert.deepEqual(complaints, []);
  });

  it('offers other readings, takes the places the server tells, and marks words in titles', async () => {
    const name = 'Golf <b>Oil</b> Filter';
    const car = (make, model) => ({ makes: [make], models: [{ make, model, name_zh: '' }], years: null, attrs: {} });
    await open({
      locale: 'en-US',
      before_load: () => changeSearches((body, asked) => {
        if (asked.get('q') !== 'b9 B9 filter') return;
        body.understood.chips = [{ text: 'b9', role: 'generation', value: 'b9', match: 'exact', at: 3, length: 2 }];
        body.readings = [car('Audi', 'A4'), car('Volkswagen', 'Passat')];
        body.hits[0] = { ...body.hits[0], title: name, highlights: { title: [[5, 3], [9, 3], [10, 5], [90, 1]] } };
      }),
    });
    await search('b9 B9 filter');
    const title = at('product-link', at('hits')).first();
    assert.equal(await title.textContent(), name, 'markup of a title is text');
    assert.deepEqual(await title.locator('mark').allTextContents(), ['<b>', 'il<']);
    assert.equal(await title.locator('b').count(), 0);
    await searchAfter(() => at('reading').filter({ hasText: 'Passat' }).click());
    assert.equal(hash().get('q'), 'Volkswagen Passat b9 B9 filter');
    await searchAfter(() => page.goBack());
    await searchAfter(() => at('chip-remove', chip('generation')).click());
    assert.equal(hash().get('q'), 'b9 filter');
    assert.deepEqual(complaints, []);
  });

  it('looks in all markets for a car that the own one lacks', async () => {
    const markets = [];
    await open({
      locale: 'zh-CN',
      before_load: () => page.route('**/v1/search?*', (route) => {
        const market = new URL(route.request().url()).searchParams.get('market');
        markets.push(market);
        return market ? route.fulfill({ status: 400, json: { error: { code: 'bad_request', message: 'market can be: US', field: 'market' } } }) : route.continue();
      }),
    });
    const answer = await search('机滤');
    assert.ok(answer.total > 0);
    assert.deepEqual(markets.slice(0, 2), ['CN', null]);
    assert.equal(await at('error').count(), 0);
    complaints.splice(0, complaints.length, ...complaints.filter((one) => !one.includes('400')));
    assert.deepEqual(complaints, []);
  });

  it('shows products with the number that do not fit, and why', async () => {
    await open({ locale: 'en-US' });
    const list = await search('oil filter');
    const { number } = list.hits[0];
    const answer = await search(`${number} 2018 corolla`);
    if (answer.number_matches.length === 0) return;
    assert.equal(await at('hit', at('number-matches')).count(), answer.number_matches.length);
    assert.match(await at('no-reason', at('number-matches')).first().textContent(), /Differs: ./);
    assert.deepEqual(complaints, []);
  });
});

describe('suggestions', () => {
  const groups = (label) => ({ took_us: 1, queries: [{ q: label, count: 2, types: [], highlights: { q: [[0, 1]] } }], vehicles: [], types: [], products: [] });

  it('are walked through with the keyboard', async () => {
    await open({ locale: 'en-US' });
    await at('q').fill('golf');
    const list = at('q-list');
    await at('suggestion', list).first().waitFor();
    assert.equal(await at('q').getAttribute('aria-expanded'), 'true');
    assert.match((await list.locator('b').allTextContents()).join(), /golf/i);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    const first = at('suggestion', list).first();
    assert.equal(await first.getAttribute('aria-selected'), 'true');
    assert.equal(await at('q').getAttribute('aria-activedescendant'), await first.getAttribute('id'));
    await page.keyboard.press('ArrowUp');
    assert.equal(await at('q').getAttribute('aria-activedescendant'), null, 'above the first is what was typed');
    await page.keyboard.press('Escape');
    await list.waitFor({ state: 'hidden' });
    assert.equal(await at('q').inputValue(), 'golf');
    await page.keyboard.press('ArrowDown');
    await first.waitFor();
    await page.keyboard.press('ArrowDown');
    const before = page.url();
    await page.keyboard.press('Enter');
    await list.waitFor({ state: 'hidden' });
    await page.waitForFunction((url) => location.href !== url, before);
    assert.deepEqual(complaints, []);
  });

  it('of an earlier text never take the place of later ones', async () => {
    let release;
    const late = new Promise((resolve) => { release = resolve; });
    await open({
      locale: 'zh-CN',
      before_load: () => page.route('**/v1/suggest?*', async (route) => {
        const q = new URL(route.request().url()).searchParams.get('q');
        if (q === '机') await late;
        await route.fulfill({ json: groups(`${q}：建议`) }).catch(() => {}); // the page may have given it up
      }),
    });
    const asked = page.waitForRequest((one) => one.url().includes('/v1/suggest'));
    await at('q').pressSequentially('机');
    await asked;
    await at('q').pressSequentially('滤');
    await at('suggestion', at('q-list')).getByText('机滤：建议').waitFor();
    release();
    await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
    assert.deepEqual(await at('suggestion', at('q-list')).allTextContents(), ['机滤：建议']);
    assert.deepEqual(await at('q-list').locator('b').allTextContents(), ['机'], 'what the server says was matched');
    assert.deepEqual(complaints, []);
  });

  it('are not asked for while an input method composes', async () => {
    const asked = [];
    await open({
      locale: 'zh-CN',
      before_load: async () => {
        await page.clock.install();
        await page.route('**/v1/suggest?*', (route) => {
          asked.push(new URL(route.request().url()).searchParams.get('q'));
          return route.fulfill({ json: groups('机滤') });
        });
      },
    });
    await at('q').focus();
    const keyboard = await page.context().newCDPSession(page);
    for (const text of ['j', 'ji', 'jil', 'ji lv']) {
      await keyboard.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
      await page.clock.runFor(1000);
    }
    assert.equal(await at('q').inputValue(), 'ji lv');
    assert.deepEqual(asked, []);
    await keyboard.send('Input.insertText', { text: '机滤' });
    await page.clock.runFor(1000);
    await at('suggestion', at('q-list')).first().waitFor();
    assert.deepEqual(asked, ['机滤']);
    assert.deepEqual(complaints, []);
  });
});

describe('facets', () => {
  const box = (facet, value) => page.locator(`[data-testid="facet-${facet}"][data-value="${value}"]`);

  for (const [locale, legend] of [['zh-CN', '配件'], ['en-US', 'Parts']]) {
    it(`take several values of one, and count as if none were chosen (${locale})`, async () => {
      await open({ locale, hash: '#vehicle=2018-volkswagen-golf&type=brake_pad&type=oil_filter' });
      await at('hits').waitFor();
      const counts = new Map();
      const answers = [];
      for (const i of [0, 1]) {
        const value = await at('facet-brand').nth(i).getAttribute('data-value');
        answers.push(await resultsAfter(() => box('brand', value).check()));
        counts.set(value, answers[i].facets.brand.find((one) => one.value === value).count);
      }
      assert.equal(answers[1].total, [...counts.values()].reduce((a, b) => a + b), 'either brand');
      assert.deepEqual(answers[1].facets.brand, answers[0].facets.brand, 'a facet leaves out its own selection');
      assert.deepEqual(hash().getAll('brand'), [...counts.keys()]);
      assert.equal(await at('filter-chip').count(), 2);
      await resultsAfter(() => at('filter-chip').first().getByRole('button').click());
      assert.deepEqual(hash().getAll('brand'), [...counts.keys()].slice(1));
      assert.equal(await page.locator('[data-facet="kind"]').count() === 0 || await page.getByText(legend, { exact: true }).count() > 0, true);
      assert.deepEqual(complaints, []);
    });
  }

  it('know ranges of prices and attributes of products', async () => {
    await open({ locale: 'zh-CN', hash: '#vehicle=2018-volkswagen-golf&type=brake_pad' });
    await at('facet-price').first().waitFor();
    const range = await at('facet-price').first().getAttribute('data-value');
    const [from, to] = range.split(' TO ').map(Number);
    const cheap = await resultsAfter(() => box('price', range).check());
    assert.ok(cheap.total > 0 && cheap.hits.every((hit) => hit.price.amount >= from && hit.price.amount <= to), range);
    await resultsAfter(() => box('price', range).uncheck());

    const spec = page.locator('[data-facet="attributes.material"]').getByTestId('facet-spec');
    await spec.first().waitFor();
    const values = await spec.evaluateAll((boxes) => boxes.slice(0, 2).map((one) => one.dataset.value));
    let found;
    for (const value of values) found = await resultsAfter(() => box('spec', value).check());
    assert.ok(found.total > 0 && found.hits.every((hit) => values.includes(hit.attributes.material)), values.join());
    assert.deepEqual(hash().getAll('spec'), values.map((value) => `material:${value}`));
    assert.deepEqual(complaints, []);
  });

  it('have room on a phone, like everything above them', async () => {
    await open({ locale: 'zh-CN', viewport: { width: 390, height: 844 } });
    await search('雪佛兰科鲁兹火花塞');
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
    assert.equal(await at('facet-brand').first().isVisible(), false, 'folded');
    await at('filters-toggle').click();
    await at('facet-brand').first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
    await at('filters-done').click();
    await at('facet-brand').first().waitFor({ state: 'hidden' });
    assert.deepEqual(complaints, []);
  });
});

it('says what to do when the server cannot answer, and goes on when it can', async () => {
  let broken = true;
  await open({
    locale: 'en-US', hash: '#q=oil%20filter',
    before_load: () => page.route('**/v1/search?*', (route) => (broken
      ? route.fulfill({ status: 500, json: { error: { code: 'internal', message: 'test', field: '' } } }) : route.continue())),
  });
  await at('error').getByText('Try again').first().waitFor();
  broken = false;
  await resultsAfter(() => at('error-act').click());
  complaints.splice(0, complaints.length, ...complaints.filter((one) => !one.includes('500')));
  assert.deepEqual(complaints, []);
});
