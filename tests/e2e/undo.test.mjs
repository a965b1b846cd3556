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
                const [step] = query.get('branch')?.split('.') ?? [null];
                return query.get('compare') === wanted.compare && step === wanted.branch;
            },
            wanted,
        );
        await page.waitForFunction(
            (compares) => ['figure.difference', '.split-line'].every((part) => document.querySelectorAll(part).length === compares),
            Number(wanted.compare !== null),
        );
        return new URL(page.url()).searchParams.get('branch');
    };
    // Presses closer together than this count as one change.
    const pause = () => page.waitForTimeout(1200);
    await page.locator('.timeline input').focus();
    for (let step = 0; step < 6; step += 1) await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('b');
    const branch = await at({ compare: null, branch: '14' });
    assert.match(branch, /^14\.\d+$/);
    await pause();
    await page.keyboard.press('c');
    await at({ compare: '1', branch: '14' });
    await pause();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('b');
    // An earlier branch forgets the later one.
    assert.match(await at({ compare: '1', branch: '13' }), /^13\.\d+$/);

    await page.keyboard.press('Control+z');
    assert.equal(await at({ compare: '1', branch: '14' }), branch);
    await page.keyboard.press('Control+z');
    await at({ compare: null, branch: '14' });
    await page.keyboard.press('Control+z');
    await at({ compare: null, branch: null });
    await page.keyboard.press('Control+Shift+z');
    assert.equal(await at({ compare: null, branch: '14' }), branch);
    await page.keyboard.press('Control+Shift+z');
    await at({ compare: '1', branch: '14' });
    await page.reload();
    assert.equal(await at({ compare: '1', branch: '14' }), branch, 'a reload keeps both');
    assert.deepEqual(faults, []);
    await close();
});
