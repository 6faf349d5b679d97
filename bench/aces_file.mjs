// Writes an ACES file of N applications and its side map, shaped like what senders bring, to time the reader with:
//   node bench/aces_file.mjs 1000000 /tmp/aces && time build/release/rightfit import --dry-run /tmp/aces/million.xml
// Every fifth application is Years + Make + Model, every third has engine or trim, every fifth a note, one of a thousand an unknown id.
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';

const [count = '1000000', folder = '/tmp/aces'] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const n = Number(count), BASE = 60000, MAKES = 60, MODELS = 4000;

const map = ['element\tid\tvalue'];
for (let i = 1; i <= MAKES; i++) map.push(`Make\t${i}\tMaker ${i}`);
for (let i = 1; i <= MODELS; i++) map.push(`Model\t${i}\tModel ${i}`);
for (let i = 1; i <= BASE; i++) map.push(`BaseVehicle\t${i}\t${1990 + (i % 35)}|Maker ${1 + (i % MAKES)}|Model ${1 + (i % MODELS)}`);
for (let i = 1; i <= 500; i++) map.push(`EngineBase\t${i}\tdisplacement=${1 + (i % 40) / 10};cylinders=${3 + (i % 6)};fuel=gasoline`, `SubModel\t${i}\tTrim ${i}`);
map.push('Position\t1\t', 'Position\t22\tfront', 'Position\t30\trear', 'PartType\t1896\tbrake_pad', 'PartType\t6832\tcabin_filter', 'Brand\tBMNN\tExample');
writeFileSync(`${folder}/million.map.tsv`, map.join('\n') + '\n');

const NOTES = ['With A/C', 'w/ Heavy Duty Brakes', 'from 05/2017', 'Sold individually', 'To chassis no. 1K-8-123456', 'Carbon version; located under dash'];
const out = createWriteStream(`${folder}/million.xml`);
let seed = 7;
const below = (k) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0, Math.floor((seed >>> 8) / 16777216 * k));
const put = async (text) => { if (!out.write(text)) await once(out, 'drain'); };

await put('<?xml version="1.0" encoding="UTF-8"?>\n<ACES version="4.2">\n<Header><Company>Example</Company><BrandAAIAID>BMNN</BrandAAIAID>' +
  '<SubmissionType>FULL</SubmissionType></Header>\n');
let block = '';
for (let i = 1; i <= n; i++) {
  const car = i % 5 === 0
    ? `<Years from="${2000 + below(10)}" to="${2010 + below(15)}"/>\n\t\t<Make id="${1 + below(MAKES)}"/>\n\t\t<Model id="${1 + below(MODELS)}"/>`
    : `<BaseVehicle id="${i % 1000 === 1 ? 999999 : 1 + below(BASE)}"/>`;
  const narrow = i % 3 === 0 ? (i % 2 ? `\n\t\t<EngineBase id="${1 + below(500)}"/>` : `\n\t\t<SubModel id="${1 + below(500)}"/>`) : '';
  const note = i % 5 === 2 ? `\n\t\t<Note>${NOTES[below(NOTES.length)]}</Note>` : '';
  block += `\t<App action="A" id="${i}">\n\t\t${car}${narrow}${note}\n\t\t<Qty>1</Qty>\n\t\t<PartType id="${below(2) ? 1896 : 6832}"/>\n` +
    `\t\t<Position id="${[1, 22, 30][below(3)]}"/>\n\t\t<Part>AQ${1000 + below(50000)}</Part>\n\t</App>\n`;
  if (block.length > 1 << 20) { await put(block); block = ''; }
}
await put(`${block}<Footer><RecordCount>${n}</RecordCount></Footer>\n</ACES>\n`);
out.end();
