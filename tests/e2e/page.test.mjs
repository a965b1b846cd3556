// The page as a visitor meets it, in a browser with WebGPU and in one without.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { BROWSERS, launch, watchedPage } from './browser.mjs';
import { serve } from './site.mjs';

const WIDE = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true };

let site;
before(async () => (site = await serve()));
after(() => site.close());

for (const [name, flags] of Object.entries(BROWSERS)) {
    describe(`with ${name}`, () => {
        let browser;
        before(async () => (browser = await launch(flags)));
        after(() => browser.close());

        /** Opens a page, waits for its headline, lets `look` look at it, and expects nothing to have gone wrong. */
        async function visit(query, options, look) {
            const { page, faults, close } = await watchedPage(browser, site, options);
            await page.goto(site.url + query);
            await page.waitForSelector('h1');
            await look?.(page);
            assert.deepEqual(faults, []);
            await close();
        }

        test('the browser has the adapter that its name promises', () =>
            visit('', WIDE, async (page) => {
                const has = await page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));
                assert.equal(has, name === 'webgpu');
            }));

        test('the page opens and nothing goes wrong', () =>
            visit('', WIDE, async (page) => {
                assert.match(await page.title(), /Noisewalk/);
                await page.waitForTimeout(1000);
            }));

        test('every lesson that is linked opens', async () => {
            let links = [];
            await visit('', WIDE, async (page) => {
                links = await page.$$eval('a[href*="lesson="]', (found) => found.map((link) => link.href));
            });
            assert.ok(links.length > 0, 'the page links no lesson');
            for (const link of new Set(links)) await visit(new URL(link).search, WIDE);
        });

        test('nonsense in the address is ignored', () =>
            visit('?lesson=nowhere&steps=minus&seed=%F0%9F%A6%86&t=1e999&device=abacus&v=99', WIDE));

        test('indices are set as indices wherever a person reads', async () => {
            for (const query of ['', '?lesson=forward', '?lesson=reverse', '?lesson=words', '?lesson=schedules', '?lesson=lab'])
                await visit(query, WIDE, async (page) => {
                    if (query) await page.waitForSelector('.chip');
                    // Controls and plots come a moment after the stage.
                    if (/schedules|lab/.test(query)) await page.waitForSelector('.plot .curve-label');
                    for (const term of await page.$$('article .term')) await term.focus();
                    const written = await page.evaluate(() => {
                        const spoken = [...document.querySelectorAll('[aria-label], [aria-description], [title]')];
                        const attributes = spoken.flatMap((e) => ['aria-label', 'aria-description', 'title'].map((name) => e.getAttribute(name) ?? ''));
                        document.querySelectorAll('script, style, code').forEach((element) => element.remove());
                        return [document.body.textContent, ...attributes].filter((text) => text.includes('_'));
                    });
                    assert.deepEqual(written, []);
                });
        });

        test('a phone of 360 pixels shows the page without scrolling sideways', () =>
            visit('', PHONE, async (page) => {
                const [content, window] = await page.evaluate(() => [
                    document.documentElement.scrollWidth,
                    document.documentElement.clientWidth,
                ]);
                assert.ok(content <= window, `the content is ${content} pixels wide in a window of ${window}`);
            }));

        test('the Tab key reaches something, and the focus is seen', () =>
            visit('', WIDE, async (page) => {
                await page.keyboard.press('Tab');
                assert.notEqual(await page.evaluate(() => document.activeElement.tagName), 'BODY');
            }));
    });
}
