// Makes the pictures of the README from the built page: `cargo xtask pictures`.

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { BROWSERS, launch, watchedPage } from './browser.mjs';
import { serve } from './site.mjs';

const FOLDER = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));
/** File name, address, window. The CPU computes: its pictures are the same on every machine. */
const PICTURES = [
    ['home', '?device=cpu', { width: 1280, height: 800 }],
    ['forward', '?lesson=forward&device=cpu', { width: 1280, height: 800 }],
    ['reverse', '?lesson=reverse&device=cpu', { width: 1280, height: 800 }],
    ['words', '?lesson=words&device=cpu', { width: 1280, height: 800 }],
    ['lab', '?lesson=lab&device=cpu&view=velocity&particles=600', { width: 1280, height: 800 }],
    ['schedules', '?lesson=schedules&device=cpu', { width: 1280, height: 800 }],
    ['reverse-phone', '?lesson=reverse&device=cpu', { width: 390, height: 844 }],
];
/** Long enough for the model to load and a run to end on two busy cores. */
const SETTLE = 15_000;

mkdirSync(FOLDER, { recursive: true });
const site = await serve();
const browser = await launch(BROWSERS['no webgpu']);
let failed = false;
for (const [name, query, viewport] of PICTURES) {
    for (const colorScheme of ['light', 'dark']) {
        const settings = { viewport, colorScheme, reducedMotion: 'reduce' };
        const { page, faults, close } = await watchedPage(browser, site, settings);
        await page.goto(site.url + query);
        await page.waitForSelector('h1');
        await page.waitForTimeout(SETTLE);
        const path = `${FOLDER}${name}${colorScheme === 'dark' ? '-dark' : ''}.png`;
        await page.screenshot({ path });
        console.log(path);
        for (const fault of faults) console.error(`${name}: ${fault}`);
        failed ||= faults.length > 0;
        await close();
    }
}
await browser.close();
await site.close();
process.exitCode = failed ? 1 : 0;
