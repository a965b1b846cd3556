// Every lesson for everyone: axe in both themes and sizes, no sideways scrolling, the keyboard alone, a canvas given back blank.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';

import { launch, watchedPage } from './browser.mjs';
import { serve } from './site.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LESSONS = ['', '?lesson=forward', '?lesson=reverse', '?lesson=words', '?lesson=schedules', '?lesson=lab'];
const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 360, height: 740 }, 'zoomed to 200 %': { width: 640, height: 400 } };
/** Lessons are looked at with recorded runs, so that nothing moves. */
const STILL = { reducedMotion: 'reduce' };

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch()])));
after(() => Promise.all([browser.close(), site.close()]));

/** Opens a lesson without an engine and lets `look` use it. */
async function open(lesson, options, look) {
    const { page, faults, close } = await watchedPage(browser, site, { ...STILL, ...options });
    await page.goto(`${site.url}${lesson}${lesson ? '&device=none' : ''}`);
    await page.waitForSelector(lesson ? '.chip' : 'h1');
    try {
        await look(page);
        assert.deepEqual(faults, []);
    } finally {
        await close();
    }
}

for (const lesson of LESSONS) {
    describe(lesson || 'home', () => {
        for (const [size, viewport] of Object.entries(SIZES)) {
            for (const colorScheme of ['light', 'dark']) {
                // The page's own policy forbids injected scripts, which is what axe is.
                test(`axe finds nothing: ${size}, ${colorScheme}`, () =>
                    open(lesson, { viewport, colorScheme, bypassCSP: true }, async (page) => {
                        await page.waitForTimeout(300);
                        await page.evaluate(AXE);
                        const { violations } = await page.evaluate(() => globalThis.axe.run());
                        assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.target).join(', ')}`), []);
                    }));
            }
            test(`nothing is wider than the window: ${size}`, () =>
                open(lesson, { viewport }, async (page) => {
                    await page.waitForTimeout(300);
                    const { scrollWidth, clientWidth } = await page.evaluate(() => {
                        const { scrollWidth, clientWidth } = document.documentElement;
                        return { scrollWidth, clientWidth };
                    });
                    assert.ok(scrollWidth <= clientWidth, `${scrollWidth} > ${clientWidth}`);
                }));
        }

        test('the keyboard reaches every control, and each one shows that it has the focus', () =>
            open(lesson, { viewport: SIZES.wide }, async (page) => {
                await page.waitForTimeout(300);
                const controls = 'a[href], button:not(:disabled), input:not(:disabled), select, textarea, summary, [tabindex="0"]';
                // The engine's control and the like may be hidden; closed details keep theirs out of the order too.
                const wanted = await page.$$eval(controls, (all) => all.filter((e) => e.checkVisibility() && e.tabIndex >= 0).length);
                const reached = new Set();
                for (let press = 0; press < wanted * 3 + 20; press += 1) {
                    await page.keyboard.press('Tab');
                    const [index, ringed] = await page.evaluate((controls) => {
                        const focused = document.activeElement;
                        const style = getComputedStyle(focused);
                        const ring = style.outlineStyle !== 'none' || style.boxShadow !== 'none' || focused.closest(':focus-within label, label:focus-within') !== null;
                        return [[...document.querySelectorAll(controls)].indexOf(focused), ring];
                    }, controls);
                    if (index < 0) continue;
                    assert.ok(ringed, `control ${index} shows no focus`);
                    if (reached.has(index) && reached.size >= wanted) break;
                    reached.add(index);
                }
                // Groups of radio buttons are one stop of the keyboard, whatever their size.
                const radios = await page.$$eval('input[type=radio]', (all) => all.length - new Set(all.map((e) => e.name)).size);
                assert.ok(reached.size >= wanted - radios, `${reached.size} of ${wanted - radios} controls were reached`);
            }));
    });
}

test('a canvas that the browser gives back blank is drawn again', () =>
    open('?lesson=forward', { viewport: SIZES.wide }, async (page) => {
        const canvas = page.locator('.main-picture canvas');
        const seen = () =>
            canvas.evaluate((element) => {
                const { width, height } = element;
                return new Set(element.getContext('2d').getImageData(0, 0, width, height).data).size;
            });
        await page.waitForTimeout(300);
        const whole = await seen();
        assert.ok(whole > 2);
        await canvas.evaluate((element) => element.getContext('2d').clearRect(0, 0, element.width, element.height));
        assert.equal(await seen(), 1);
        await canvas.evaluate((element) => element.dispatchEvent(new Event('contextrestored')));
        await page.waitForTimeout(200);
        assert.equal(await seen(), whole);
    }));
