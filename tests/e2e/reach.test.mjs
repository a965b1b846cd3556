// What lessons 1 and 2 let a visitor reach: controls in the first window, layers and pixels by the keyboard, a run that is stopped.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { BROWSERS, launch } from './browser.mjs';
import { address, head, headAt, live, read, visit as open } from './drive.mjs';
import { tabTo } from './everyone.mjs';
import { serve } from './site.mjs';

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch(BROWSERS['no webgpu'])])));
after(() => Promise.all([browser.close(), site.close()]));

const visit = (query, drive, options) => open(browser, site, query, drive, options);

test('picture, plots and both choices of lesson 1 fit into a window of 1280 × 800', () =>
    visit('?lesson=forward&device=none', async (page) => {
        await page.waitForSelector('[data-control=schedule]');
        await page.waitForFunction(() => document.fonts.status === 'loaded' && document.querySelectorAll('.plots .plot').length === 2);
        const bottom = await page.$eval('[data-control=schedule]', (control) => control.getBoundingClientRect().bottom);
        assert.ok(bottom <= 800, `${bottom}`);
    }, { viewport: { width: 1280, height: 800 } }));

test('the layers of lesson 2 are chosen by the keyboard', () =>
    visit('?lesson=reverse&device=none&at=10', async (page) => {
        await page.waitForFunction(() => document.querySelector('.timeline input').max === '20');
        const shown = () => page.$eval('.main-picture canvas', (canvas) => canvas.toDataURL());
        const state = await shown();
        const label = await page.getAttribute('.main-picture canvas', 'aria-label');
        await tabTo(page, (e) => e.closest('[data-control=show]') !== null);
        for (const key of ['Tab', 'Tab', 'Enter']) await page.keyboard.press(key);
        await address(page, /layer=eps/);
        assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-pressed')), 'true');
        await page.waitForFunction((label) => document.querySelector('.main-picture canvas').getAttribute('aria-label') !== label, label);
        assert.notEqual(await shown(), state);
        for (const key of ['Shift+Tab', 'Shift+Tab', 'Enter']) await page.keyboard.press(key);
        await page.waitForFunction((label) => document.querySelector('.main-picture canvas').getAttribute('aria-label') === label, label);
        assert.equal(await shown(), state);
    }));

test('arrows on the pixel of lesson 2 choose a pixel and leave the timeline alone', () =>
    visit('?lesson=reverse&device=none', async (page) => {
        await page.waitForFunction(() => document.querySelector('.timeline input').max === '20');
        // The beat that the slider belongs to shows the middle of the run as it is read.
        await read(page, 5);
        await headAt(page, 10);
        await page.locator('article [data-control=pixel] input').focus();
        for (const key of ['ArrowRight', 'ArrowRight', 'ArrowUp']) await page.keyboard.press(key);
        await address(page, /pixel=123/);
        assert.equal(await head(page), 10);
        assert.ok(await page.isVisible('.pixel-mark'));
    }));

describe('a run that is stopped', () => {
    for (const [lesson, steps] of [['reverse', 200], ['words', 100]])
        test(`of lesson ${lesson} ends with the states that are there, and the next one is whole`, () =>
            visit(`?lesson=${lesson}&device=cpu&n=${steps}&${lesson === 'reverse' ? 'many=1' : 'mode=grid'}`, async (page) => {
                const last = () => page.$eval('.timeline input', (slider) => Number(slider.max));
                await page.waitForFunction((steps) => document.querySelector('.timeline input').max === String(steps), steps);
                await page.locator('[data-control=cancel]').click();
                await page.waitForFunction((steps) => Number(document.querySelector('.timeline input').max) < steps, steps);
                await page.waitForFunction(() => document.querySelector('.engine-status progress') === null);
                const stopped = await last();
                await page.locator('.timeline input').focus();
                await page.keyboard.press('End');
                await headAt(page, stopped);
                // The last state is of this run: nothing of it is still to come, and nothing of the recorded run is left behind it.
                assert.ok(!(await page.textContent('.timeline output')).includes('on its way'), await page.textContent('.timeline output'));
                assert.match(await page.textContent('.chip summary'), /^live/);
                await page.goto(page.url().replace(/n=\d+/, 'n=3').replace(/at=\d+/, 'at=3'));
                await live(page);
                assert.equal(await last(), 3);
            }));
});
