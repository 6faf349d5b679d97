// needs.test.mjs: GET /v1/users/{id}/needs on people of the fixture and on one made here: what is due in order of its urgency, an offer that surely
// fits, what was shown interest in until it is bought or put aside. On the fixture, or on the running server of RIGHTFIT_URL.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, Server, copyDatabase, fixture, scratch } from './lib.mjs';

const PEOPLE = 200, run_id = Date.now();
let client, server;

before(async () => {
    if (process.env.RIGHTFIT_URL) {
        client = new Client(Number(new URL(process.env.RIGHTFIT_URL).port));
        return;
    }
    server = await Server.start(copyDatabase(fixture().data, path.join(scratch('needs'), 'data')));
    client = new Client(server.port);
});
after(async () => { if (server) await server.stop(); });

const needs = (user) => client.ok('GET', `/v1/users/${user}/needs`);
const tell = (user, event) => client.ok('POST', '/v1/events', { id: `needs-${run_id}-${Math.random()}`, user, ...event });

function checkOffer(offer, of) {
    assert.ok(offer.reason.length > 0 && (offer.service === null) !== (offer.type === null), of);
    for (const hit of [...offer.hits, ...offer.labour]) {
        assert.ok(['fits', 'universal'].includes(hit.fit.verdict), `${of}: ${hit.id} ${hit.fit.verdict}`);
        if (offer.type) assert.equal(hit.type, offer.type);
    }
}

test('needs come in the order of their scores, with an offer that fits', async () => {
    let cars = 0, due = 0, offers = 0, interests = 0;
    for (let i = 1; i <= PEOPLE; i++) {
        const answer = await needs(`u${String(i).padStart(6, '0')}`);
        for (const car of answer.cars) {
            cars++;
            due += car.needs.length;
            assert.equal(new Set(car.needs.map((n) => n.service)).size, car.needs.length);
            for (const [k, n] of car.needs.entries()) assert.ok(n.score > 0 && (k === 0 || n.score <= car.needs[k - 1].score));
            const offer = car.next_best_offer;
            if (!offer) continue;
            offers++;
            interests += offer.type !== null;
            checkOffer(offer, `${answer.id} ${car.vehicle}`);
            if (offer.service) assert.ok(car.needs.some((n) => n.service === offer.service));
            else assert.equal(car.needs.length, 0);
        }
    }
    assert.ok(cars > PEOPLE / 2 && due > cars && offers > cars / 2, `${cars} cars, ${due} needs, ${offers} offers`);
    assert.ok(interests > 0);
});

test('a car that needs nothing is offered what its owner looked at, until it is bought', async () => {
    const user = `needs-${run_id}`, vehicle = '2018-volkswagen-lavida';
    await client.ok('PUT', `/v1/users/${user}`, { garage: [{ vehicle, attrs: { displacement: '1.5' }, odometer_km: 10 }] });
    const done = (await needs(user)).cars[0].needs; // by its age some are due; all of them are put aside
    for (const n of done) await tell(user, { type: 'dismiss', service: n.service, vehicle });
    let car = (await needs(user)).cars[0];
    assert.deepEqual([car.needs, car.next_best_offer], [[], null]);

    const found = await client.ok('GET', `/v1/search?vehicle=${vehicle}&attrs=displacement:1.5&type=oil_filter&market=CN&limit=1`);
    const product = found.hits[0].id;
    await tell(user, { type: 'click', product, vehicle });
    car = (await needs(user)).cars[0];
    assert.equal(car.next_best_offer.type, 'oil_filter');
    assert.equal(car.next_best_offer.reason, 'You looked at Oil Filter');
    assert.ok(car.next_best_offer.hits.length > 0);
    checkOffer(car.next_best_offer, user);
    await tell(user, { type: 'cart', product, vehicle });
    assert.equal((await client.ok('GET', `/v1/users/${user}/needs?lang=zh`)).cars[0].next_best_offer.reason, '您把机油滤清器放进过购物车');
    await tell(user, { type: 'purchase', product, vehicle });
    const answer = await needs(user);
    assert.equal(answer.cars[0].next_best_offer, null);
    assert.ok(!answer.intents.some((i) => i.type === 'oil_filter'));
    assert.equal((await client.request('GET', `/v1/users/nobody-${run_id}/needs`)).status, 404);
});
