// Undo and redo go through the whole of a lesson's settings, branches and comparison among them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, watchedPage } from './browser.mjs';
import { serve } from './site.mjs';

const WIDE = { viewport: { width: 1360, height: 900 }, reducedMotion: 'reduce' };

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch()])));
after(() => Promise.all([browser.close(), site.close()]));

test('a branch and a comparison are undone and redone, in turn', async () => {
    const { page, faults, close } = await watchedPage(browser, site, WIDE);
    await page.goto(`${site.url}?lesson=reverse&device=none`);
    await page.waitForFunction(() => Number(document.querySelector('.timeline input')?.max) > 1);
    const at = async (wanted) => {
        // The address follows the settings a moment later.
        await page.waitForFunction(
            (wanted) => {
                const query = new URLSearchParams(location.search);
                return query.get('compare') === wanted.compare && (query.get('branch')?.split('.').length ?? 0) === wanted.branch;
            },
            wanted,
        );
        const shown = { difference: await page.locator('figure.difference').count(), split: await page.locator('.split-line').count() };
        const compares = Number(wanted.compare !== null);
        assert.deepEqual(shown, { difference: compares, split: compares });
        return new URL(page.url()).searchParams.get('branch');
    };
    // Presses closer together than this count as one change.
    const pause = () => page.waitForTimeout(1200);
    await page.locator('.timeline input').focus();
    for (let step = 0; step < 6; step += 1) await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('b');
    const branch = await at({ compare: null, branch: 2 });
    assert.match(branch, /^14\.\d+$/);
    await pause();
    await page.keyboard.press('c');
    await at({ compare: '1', branch: 2 });
    await pause();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('b');
    assert.match(await at({ compare: '1', branch: 2 }), /^13\.\d+$/, 'an earlier branch forgets the later one');

    await page.keyboard.press('Control+z');
    assert.equal(await at({ compare: '1', branch: 2 }), branch);
    await page.keyboard.press('Control+z');
    await at({ compare: null, branch: 2 });
    await page.keyboard.press('Control+z');
    await at({ compare: null, branch: 0 });
    await page.keyboard.press('Control+Shift+z');
    assert.equal(await at({ compare: null, branch: 2 }), branch);
    await page.keyboard.press('Control+Shift+z');
    await at({ compare: '1', branch: 2 });
    await page.reload();
    assert.equal(await at({ compare: '1', branch: 2 }), branch, 'a reload keeps both');
    assert.deepEqual(faults, []);
    await close();
});
