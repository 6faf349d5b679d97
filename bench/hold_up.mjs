// Does a product of thousands of vehicles hold up events? Starts rightfitd on a copy of the data, lets events flow one by one at a
// fixed rate, and puts one product over and over: time from sending to acknowledgement of the events, with and without, of the put, until
// the put shows in an answer, and until it is folded into its groups.
// node bench/hold_up.mjs DATA [vehicles=5000] [events a second=1000] [seconds=10]
import fs from 'node:fs';
import { Client, Server, copyDatabase, scratch } from '../tests/system/lib.mjs';

const [data, wanted = '5000', rate = '1000', seconds = '10'] = process.argv.slice(2);
if (!data) throw new Error('usage: node bench/hold_up.mjs DATA [vehicles] [events a second] [seconds]');
const now = () => Number(process.hrtime.bigint()) / 1e6;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const quantile = (list, q) => list.slice().sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))];

// Base vehicles as applications of one model and one year each, spread over makes.
async function vehiclesOf(client, count) {
    const out = [], { makes } = await client.ok('GET', '/v1/makes');
    for (const make of makes) {
        const { models } = await client.ok('GET', `/v1/models?make=${encodeURIComponent(make.slug)}`);
        for (const model of models) {
            const { years } = await client.ok('GET', `/v1/years?make=${encodeURIComponent(make.slug)}&model=${encodeURIComponent(model.slug)}`);
            for (const y of years) {
                out.push({ id: y.vehicle, doc: { make: make.make, model: model.model, years: [y.year, y.year] } });
                if (out.length === count) return out;
            }
        }
    }
    return out;
}

// Sends on time whatever the answers do, so that a pause shows in every event that fell into it.
async function eventsFlow(client, until, sample) {
    const started = now(), pending = [];
    for (let i = 0; now() < until(); i++) {
        const due = started + i * 1000 / Number(rate);
        while (now() < due) await wait(Math.max(0, due - now() - 0.5));
        const body = { id: `h${process.pid}-${sample.length}-${i}`, ts: Date.now(), user: `u${i % 500}`, type: 'click', product: 'hold-up' };
        pending.push(client.request('POST', '/v1/events', body).then((r) => {
            if (r.status >= 300) throw new Error(`event: ${r.status} ${r.text.slice(0, 200)}`);
            sample.push(now() - due);
        }));
    }
    await Promise.all(pending);
}

const changed = async (client) => Number(/^rightfit_products_changed (\d+)/m.exec((await client.get('/metrics')).text)[1]);

function told(what, list) {
    console.log(`${what}: ${list.length} events, p50 ${quantile(list, 0.5).toFixed(1)} ms, p99 ${quantile(list, 0.99).toFixed(1)} ms, longest ${Math.max(...list).toFixed(1)} ms`);
}

const copy = copyDatabase(data, scratch('hold-up'));
const server = await Server.start(copy);
const events = new Client(server.port, 64), puts = new Client(server.port, 2);
try {
    const vehicles = await vehiclesOf(puts, Number(wanted));
    const type = 'oil_filter', vehicle = vehicles[vehicles.length >> 1];
    const alone = [], beside = [], acknowledged = [], shown = [];
    const bodyOf = (i) => ({ brand: 'Holdup', number: 'H-1', type, title: `hold up ${i}`,
        applications: vehicles.map((v, k) => ({ quantity: 1 + i % 2, position: k % 2 ? 'front' : 'rear', vehicles: [v.doc] })) });
    let end = now() + Number(seconds) * 500;
    await eventsFlow(events, () => end, []); // warm
    end = now() + Number(seconds) * 1000;
    await eventsFlow(events, () => end, alone);
    let putting = true;
    const flow = eventsFlow(events, () => (putting ? Infinity : 0), beside);
    end = now() + Number(seconds) * 1000;
    for (let i = 0; now() < end; i++) {
        const sent = now(), r = await puts.put('/v1/products/hold-up', bodyOf(i));
        if (r.status >= 300) throw new Error(`put: ${r.status} ${r.text.slice(0, 300)}`);
        const done = now();
        acknowledged.push(done - sent);
        const answer = await puts.ok('GET', `/v1/fitment?product=hold-up&vehicle=${vehicle.id}`);
        if (answer.verdict !== 'fits') throw new Error(`the product does not show: ${JSON.stringify(answer)}`);
        shown.push(now() - done);
        await wait(200);
    }
    putting = false;
    await flow;
    const last = now();
    await puts.ok('PUT', '/v1/products/hold-up', bodyOf(1000001));
    do await wait(1100); // the metric is taken once a second
    while (await changed(puts) > 0);
    const foldedMs = now() - last;
    told(`${rate} events/s alone`, alone);
    told(`beside puts of ${vehicles.length} vehicles`, beside);
    console.log(`${acknowledged.length} puts: acknowledged in p50 ${quantile(acknowledged, 0.5).toFixed(0)} ms, longest ${Math.max(...acknowledged).toFixed(0)} ms; `
        + `a verdict after that took p50 ${quantile(shown, 0.5).toFixed(1)} ms, longest ${Math.max(...shown).toFixed(1)} ms; `
        + `all groups know it within ${(foldedMs / 1000).toFixed(1)} s (looked once a second)`);
} finally {
    events.close();
    puts.close();
    await server.stop();
    fs.rmSync(copy, { recursive: true, force: true });
}
