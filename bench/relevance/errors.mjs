// errors.mjs: what fingers and ears do to words. Drawn at random places from general tables: the QWERTY keyboard, and the sounds ICU's
// uconv gives the 3,755 common characters of GB 2312's first level. Nothing here is shared with index/.
import { spawnSync } from 'node:child_process';

const ROWS = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
function neighbours(letter) {
    const found = [];
    ROWS.forEach((row, r) => {
        const at = row.indexOf(letter);
        if (at < 0) return;
        for (const [dr, offsets] of [[0, [-1, 1]], [-1, [0, 1]], [1, [-1, 0]]])
            for (const o of offsets) if (ROWS[r + dr]?.[at + o]) found.push(ROWS[r + dr][at + o]);
    });
    return found;
}

// One slip in one word of at least five Latin letters; null where there is no such word.
export function mistype(text, random) {
    const words = text.split(' '), able = words.map((w, i) => i).filter((i) => /^[a-z]{5,}$/i.test(words[i]));
    if (!able.length) return null;
    const i = random.pick(able), w = words[i].toLowerCase(), at = random.below(w.length), kind = random.below(4);
    let slip;
    if (kind === 0) slip = w.slice(0, at) + random.pick(neighbours(w[at])) + w.slice(at + 1);
    else if (kind === 1) slip = w.slice(0, at) + w.slice(at + 1);
    else if (kind === 2) slip = w.slice(0, at) + w[at] + w.slice(at);
    else slip = at + 1 < w.length ? w.slice(0, at) + w[at + 1] + w[at] + w.slice(at + 2) : w.slice(0, at) + w[at] + w.slice(at);
    if (slip === w) return null;
    words[i] = slip;
    return words.join(' ');
}

export function uconv(transform, texts) {
    const r = spawnSync('uconv', ['-f', 'utf-8', '-t', 'utf-8', '-x', transform], { input: texts.join('\n') + '\n', encoding: 'utf8', maxBuffer: 1 << 28 });
    if (r.status !== 0) throw new Error(`uconv ${transform}: ${r.error ?? r.stderr}`);
    return r.stdout.split('\n').slice(0, texts.length);
}
const SOUND = 'Han-Latin; Latin-ASCII; Lower';
export const traditional = (texts) => uconv('Simplified-Traditional', texts);
// ICU reads 调 as diao everywhere; an air conditioner is a kongtiao.
export const pinyin = (texts) => uconv(SOUND, texts).map((t) => t.replace(/ /g, '').replaceAll('kongdiao', 'kongtiao'));

export class Homophones {
    constructor() {
        const common = [];
        for (let high = 0xb0; high <= 0xd7; high++)
            for (let low = 0xa1; low <= 0xfe && !(high === 0xd7 && low > 0xf9); low++) common.push(new TextDecoder('gb18030').decode(Uint8Array.of(high, low)));
        const sounds = uconv(SOUND, common);
        this.sound = new Map(common.map((c, i) => [c, sounds[i]]));
        this.alike = new Map();
        common.forEach((c, i) => this.alike.set(sounds[i], [...(this.alike.get(sounds[i]) ?? []), c]));
    }

    // One character of a word of two or more replaced by another of the same sound.
    replace(word, random) {
        const able = [...word].map((c, i) => i).filter((i) => (this.alike.get(this.sound.get([...word][i])) ?? []).length > 1);
        if ([...word].length < 2 || !able.length) return null;
        const chars = [...word], i = random.pick(able), others = this.alike.get(this.sound.get(chars[i])).filter((c) => c !== chars[i]);
        chars[i] = random.pick(others);
        return chars.join('');
    }
}
