// Draws avatars with the style's own package, as one SVG each: the independent check of src/data/avatar.
//
//   npm install --prefix /tmp/dicebear @dicebear/core@9 @dicebear/pixel-art@9.4.3
//   cargo noisewalk data export /tmp/avatars --count 256
//   node tests/tools/avatar_reference.mjs /tmp/dicebear /tmp/avatars/metadata.jsonl /tmp/svg
//   cargo noisewalk data reference /tmp/svg -o tests/avatars/reference.png

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [packages, metadata, out] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(createRequire(`${packages}/`).resolve(name)));
const { createAvatar } = await load('@dicebear/core');
const style = await load('@dicebear/pixel-art');

mkdirSync(out, { recursive: true });
for (const line of readFileSync(metadata, 'utf8').trim().split('\n')) {
    const { seed, attributes } = JSON.parse(line);
    const options = {};
    for (const [name, value] of Object.entries(attributes)) options[name] = [value];
    for (const part of ['accessories', 'glasses', 'beard', 'hat']) {
        options[`${part}Probability`] = part in attributes ? 100 : 0;
    }
    const svg = createAvatar(style, options).toString();
    writeFileSync(`${out}/${String(seed).padStart(8, '0')}.svg`, svg);
}
