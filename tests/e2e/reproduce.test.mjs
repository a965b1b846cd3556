// Every picture can be made again outside of the page: the chip's command line, run, makes the picture on the stage.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { BROWSERS, launch, watchedPage } from './browser.mjs';
import { difference, isBuilt, live } from './reproduce.mjs';
import { serve } from './site.mjs';

const WIDE = { viewport: { width: 1360, height: 900 }, reducedMotion: 'reduce' };
/** Both are f32 on a processor, and sum in another order: a value may round to the next of 256 shades, and no further. */
const ALLOWED = 1;

let site, folder, browser;
before(async () => {
    isBuilt();
    folder = mkdtempSync(join(tmpdir(), 'noisewalk-reproduce-'));
    [site, browser] = await Promise.all([serve(), launch(BROWSERS['no webgpu'])]);
});
after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await browser.close();
    await site.close();
});

for (const [query, facts, count] of [
    ['lesson=reverse&n=6&seed=3', ['ddim, 6 steps, η = 0', '3'], 1],
    ['lesson=reverse&sampler=ddpm&n=12&seed=41', ['ddpm, 12 steps, η = 0', '41'], 1],
    ['lesson=reverse&eta=0.5&n=7&seed=99999&many=1', ['ddim, 7 steps, η = 0.5', '99999'], 16],
    ['lesson=reverse&sampler=ddpm&n=5&seed=0&forget=1', ['ddpm, 5 steps, η = 0', '0'], 1],
    ['lesson=reverse&n=8&seed=7&branch=3,11,5,12', ['ddim, 8 steps, η = 0', '7'], 1],
    ['lesson=words&n=6&seed=3&prompt=red+hair&w=3', ['red hair', '3', 'ddim, 6 steps'], 1],
    ['lesson=words&n=5&seed=8&prompt=green+hair&w=7.5&negative=glasses&rescale=0.7', ['green hair', '7.5', '8'], 1],
    ['lesson=words&n=4&seed=2&prompt=a+blue+hat&w=0', ['a blue hat', '0', 'ddim, 4 steps'], 1],
    ['lesson=words&n=4&seed=5&prompt=&w=2', ['', '2', '5'], 1],
    ['lesson=words&n=4&seed=6&prompt=it%27s+red&w=1&mode=grid', ['it\'s red', '6'], 1],
]) {
    test(`${query} is made again`, async () => {
        const { page, faults, close } = await watchedPage(browser, site, WIDE);
        page.setDefaultTimeout(180_000);
        try {
            await page.goto(`${site.url}?${query}&device=cpu`);
            await live(page, facts);
            assert.ok((await difference(page, { count, into: folder })) <= ALLOWED);
            assert.deepEqual(faults, []);
        } finally {
            await close();
        }
    });
}
