// What the tests of accessibility share: opening a lesson with its recorded run, axe, the Tab key.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { watchedPage } from './browser.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FAILURES = fileURLToPath(new URL('./failures/', import.meta.url));

export const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } };
/** The lessons that are written. */
export const LESSONS = ['forward', 'reverse', 'words', 'schedules', 'lab'];

/** Opens a lesson without an engine, so that nothing moves by itself; a failure leaves a screenshot. */
export async function open(browser, site, lesson, options, look) {
    const { page, faults, close } = await watchedPage(browser, site, { viewport: SIZES.wide, reducedMotion: 'reduce', ...options });
    page.setDefaultTimeout(15_000);
    try {
        await page.goto(`${site.url}?lesson=${lesson}&device=none`);
        await page.waitForSelector('.chip', { state: 'attached' });
        // The recorded run, where the lesson has one, and the parts that are built last.
        if (lesson === 'reverse' || lesson === 'words') await page.waitForFunction(() => document.querySelector('.timeline input').max === '20');
        await page.waitForSelector('.share', { state: 'attached' });
        await look(page);
        assert.deepEqual(faults, []);
    } catch (error) {
        mkdirSync(FAILURES, { recursive: true });
        await page.screenshot({ path: `${FAILURES}everyone-${lesson}.png` });
        throw error;
    } finally {
        await close();
    }
}

/** What axe finds; the context needs `bypassCSP`, for the page's own policy forbids injected scripts. */
export async function violations(page) {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(', ')}`);
}

/** Presses Tab until the focused element satisfies `wanted`, a function that runs in the page. */
export async function tabTo(page, wanted, argument, key = 'Tab') {
    for (let press = 0; press < 150; press += 1) {
        await page.keyboard.press(key);
        if (await page.evaluate(([wanted, argument]) => new Function('e', 'a', `return (${wanted})(e, a)`)(document.activeElement, argument), [wanted.toString(), argument])) return;
    }
    assert.fail(`the Tab key never came to ${wanted} ${argument ?? ''}`);
}
/** Tab to a button, a summary or a link by its text. */
export const tabToText = (page, text) => tabTo(page, (e, text) => ['BUTTON', 'SUMMARY', 'A'].includes(e.tagName) && e.textContent.trim() === text, text);
