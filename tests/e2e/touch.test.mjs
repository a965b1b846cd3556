// Each lesson by a finger on a phone: taps, scrubbing on the picture, the sheet, targets that a finger hits.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch } from './browser.mjs';
import { LESSONS, SIZES, open } from './everyone.mjs';
import { serve } from './site.mjs';

const PHONE = { viewport: SIZES.phone, hasTouch: true, isMobile: true };

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch()])));
after(() => Promise.all([browser.close(), site.close()]));

/** A finger goes down at a place, moves by so much, and leaves. */
async function swipe(page, { x, y }, [right, down]) {
    const client = await page.context().newCDPSession(page);
    const touch = (type, points) => client.send('Input.dispatchTouchEvent', { type, touchPoints: points });
    await touch('touchStart', [{ x, y }]);
    for (let step = 1; step <= 10; step += 1) {
        await touch('touchMove', [{ x: x + (right * step) / 10, y: y + (down * step) / 10 }]);
        await page.waitForTimeout(16);
    }
    await touch('touchEnd', []);
    await page.waitForTimeout(200);
}
const middle = async (page, selector) => {
    const box = await page.locator(selector).first().boundingBox();
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};
const head = (page) => page.$eval('.timeline input', (slider) => [Number(slider.value), Number(slider.max)]);

for (const lesson of LESSONS) {
    describe(lesson, () => {
        test('a finger scrubs sideways on the picture and scrolls the page up and down', () =>
            open(browser, site, lesson, PHONE, async (page) => {
                const [, last] = await head(page);
                if (last > 0) {
                    await page.$eval('.timeline input', (slider) => {
                        slider.value = String(Math.round(Number(slider.max) / 2));
                        slider.dispatchEvent(new Event('input', { bubbles: true }));
                    });
                    const [before] = await head(page);
                    await swipe(page, await middle(page, '.main-picture'), [80, 0]);
                    const [after] = await head(page);
                    assert.ok(after > before, `${before} → ${after}`);
                    await swipe(page, await middle(page, '.main-picture'), [-90, 0]);
                    assert.ok((await head(page))[0] < after);
                }
                const [still] = await head(page);
                await swipe(page, await middle(page, '.main-picture'), [0, -120]);
                assert.ok((await page.evaluate(() => scrollY)) > 40, 'the page scrolled');
                // The scroll reached a beat, which may set the figure; nothing but a beat may.
                if (lesson === 'reverse') assert.ok(Number.isFinite(still));
            }));

        test('a tap plays and pauses, the handle opens the sheet, and controls answer', () =>
            open(browser, site, lesson, { ...PHONE, reducedMotion: 'no-preference' }, async (page) => {
                const name = () => page.getAttribute('.timeline .play', 'aria-label');
                if ((await head(page))[1] > 0) {
                    if ((await name()) === 'Pause') await page.tap('.timeline .play');
                    assert.equal(await name(), 'Play');
                    await page.tap('.timeline .play');
                    assert.equal(await name(), 'Pause');
                    await page.tap('.timeline .play');
                }
                assert.equal(await page.getAttribute('.sheet-handle', 'aria-expanded'), 'false');
                await page.tap('.sheet-handle');
                assert.equal(await page.getAttribute('.sheet-handle', 'aria-expanded'), 'true');
                await page.waitForTimeout(300);
                const button = page.locator('.sheet .choice-button[aria-pressed="false"]').first();
                await button.scrollIntoViewIfNeeded();
                await button.tap();
                assert.equal(await page.locator('.sheet .choice-button[aria-pressed="true"]').count() > 0, true);
                await page.tap('.sheet-handle');
                assert.equal(await page.getAttribute('.sheet-handle', 'aria-expanded'), 'false');
            }));

        test('every target of a finger is 44 pixels high, and no narrower than 24', () =>
            open(browser, site, lesson, PHONE, async (page) => {
                await page.tap('.sheet-handle');
                await page.$$eval('details', (all) => all.forEach((details) => (details.open = true)));
                await page.waitForTimeout(300);
                const small = await page.evaluate(() => {
                    // Links and terms within a sentence are as high as its lines; a label around a control is its target.
                    const targets = [...document.querySelectorAll('button, summary, select, input, a[href]')];
                    return targets
                        .filter((target) => target.checkVisibility() && !target.closest('p, li.sources, cite') && !target.matches('.skip'))
                        .map((target) => (target.matches('input') ? target.closest('label') ?? target : target))
                        .map((target) => ({ name: target.className || target.tagName, text: target.textContent.slice(0, 20), box: target.getBoundingClientRect() }))
                        .filter(({ box }) => box.height < 43.5 || box.width < 24)
                        .map(({ name, text, box }) => `${name} “${text}” ${Math.round(box.width)} × ${Math.round(box.height)}`);
                });
                assert.deepEqual([...new Set(small)], []);
            }));
    });
}
