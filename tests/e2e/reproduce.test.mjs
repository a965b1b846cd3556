// Every picture can be made again outside of the page: the chip's command line, run, makes the picture on the stage.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { BROWSERS, launch, watchedPage } from './browser.mjs';
import { ROOT, difference, isBuilt, lines, live, run } from './reproduce.mjs';
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

async function visit(query, drive) {
    const { page, faults, close } = await watchedPage(browser, site, WIDE);
    page.setDefaultTimeout(180_000);
    try {
        await page.goto(`${site.url}?${query}&device=cpu`);
        await drive(page);
        assert.deepEqual(faults, []);
    } finally {
        await close();
    }
}

// Over the first picture with a word pressed lies where that word is heard, so there the second is compared.
for (const [query, facts, count, columns, first] of [
    ['lesson=reverse&n=6&seed=3', ['ddim, 6 steps, η = 0', '3'], 1],
    ['lesson=reverse&sampler=ddpm&n=12&seed=41', ['ddpm, 12 steps, η = 0', '41'], 1],
    ['lesson=reverse&eta=0.5&n=7&seed=99999&many=1', ['ddim, 7 steps, η = 0.5', '99999'], 16],
    ['lesson=reverse&sampler=ddpm&n=5&seed=0&forget=1', ['ddpm, 5 steps, η = 0', '0'], 1],
    ['lesson=reverse&n=8&seed=7&branch=3,11,5,12', ['ddim, 8 steps, η = 0', '7'], 1],
    ['lesson=words&n=6&seed=3&prompt=red+hair&w=3', ['red hair', '3', 'ddim, 6 steps'], 1],
    ['lesson=words&n=5&seed=8&prompt=green+hair&w=7.5&negative=glasses&rescale=0.7', ['green hair', '7.5', '8'], 1],
    ['lesson=words&n=4&seed=2&prompt=a+blue+hat&w=0', ['a blue hat', '0', 'ddim, 4 steps'], 1],
    ['lesson=words&n=4&seed=5&prompt=&w=2', ['', '2', '5'], 1],
    ['lesson=words&n=3&seed=6&prompt=it%27s+red&w=1&mode=grid', ['it\'s red', '6'], 16],
    ['lesson=words&n=3&seed=6&prompt=red+hair&w=2&mode=weigh&word=1&factor=0', ['red hair', '6'], 2, { ours: 2, theirs: 1 }, 1],
    ['lesson=words&n=3&seed=6&prompt=red+hair&w=2&mode=versus&other=a+blue+hat', ['red hair', '6'], 2, { ours: 2, theirs: 1 }],
    ['lesson=words&n=3&seed=6&prompt=red+hair&w=2&mode=walk&other=a+%22blue%22+hat', ['red hair', '6'], 8, { ours: 4, theirs: 1 }],
    ['lesson=words&n=3&seed=6&prompt=red+hair&w=2&mode=sum', ['red hair', '6'], 2, { ours: 2, theirs: 1 }],
]) {
    test(`${query} is made again, and its Python is the one that the command line prints`, () =>
        visit(query, async (page) => {
            await live(page, facts);
            assert.ok((await difference(page, { first, count, columns, into: folder })) <= ALLOWED);
            const [command, python] = await lines(page);
            // tests/python runs that text and compares its picture with the command line's.
            assert.equal(run(command, ROOT, '--print-python'), python);
        }));
}

test('both runs of a comparison have a line', () =>
    visit('lesson=reverse&n=5&seed=4&compare=1&other=ddpm&split=0', async (page) => {
        await live(page, ['ddim, 5 steps, η = 0', '4']);
        // The other run is complete when the difference has as many states.
        await page.waitForTimeout(3000);
        assert.equal((await lines(page)).length, 3);
        assert.ok((await difference(page, { into: folder })) <= ALLOWED);
        assert.ok((await difference(page, { into: folder, line: 1, canvas: '.over canvas' })) <= ALLOWED);
    }));

for (const [query, wanted, count] of [
    ['lesson=forward&seed=5&at=300', '--avatar-seed 5 --schedule squaredcos_cap_v2 --timesteps 1000 --steps 300', 1],
    ['lesson=forward&subject=batch&schedule=linear&T=100&at=50', '--count 16 --schedule linear --timesteps 100 --steps 50', 16],
    ['lesson=forward&walk=1&T=50&schedule=sigmoid&at=20', '--steps 20 --walk', 1],
    ['lesson=schedules&show=0.2.7&T=200&seed=3&points=900.700.400.300.100.0&at=50', '--schedule custom --points ', 3],
]) {
    test(`${query} is made again`, () =>
        visit(query, async (page) => {
            await page.waitForFunction((wanted) => document.querySelector('.stage .chip pre code')?.textContent.includes(wanted), wanted);
            assert.ok((await difference(page, { count, into: folder })) <= ALLOWED);
        }));
}

test('what has no line says why', async () => {
    await visit('lesson=forward&subject=paint', async (page) => {
        await page.waitForSelector('.chip');
        assert.deepEqual(await lines(page), []);
        assert.match(await page.textContent('.chip-body'), /no command line for a picture of yours/);
    });
    await visit('lesson=lab', async (page) => {
        await page.waitForFunction(() => document.querySelector('.chip-body')?.textContent.includes('No command makes this again'));
    });
});

test('a recorded run names the command that recorded it', async () => {
    for (const lesson of ['reverse', 'words']) {
        const { page, close } = await watchedPage(browser, site, WIDE);
        await page.goto(`${site.url}?lesson=${lesson}&device=none`);
        await page.waitForFunction(() => document.querySelector('.chip dl')?.textContent.includes('cargo noisewalk record'));
        await close();
    }
});
