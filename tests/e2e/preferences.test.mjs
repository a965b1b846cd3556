// What a visitor's system asks of every lesson: colours of its own, and less motion.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch } from './browser.mjs';
import { LESSONS, open } from './everyone.mjs';
import { serve } from './site.mjs';

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch()])));
after(() => Promise.all([browser.close(), site.close()]));

/** Lines of the plots that can hardly be told from the page (WCAG 1.4.11 asks for a contrast of 3), as text. */
function faintLines() {
    const rgb = (colour) => colour.match(/[\d.]+/g).map(Number);
    const light = (colour) => {
        const [r, g, b] = rgb(colour).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const page = light(getComputedStyle(document.body).backgroundColor);
    const lines = [...document.querySelectorAll('.plot path, .plot polyline')].filter((line) => line.checkVisibility() && getComputedStyle(line).fill === 'none');
    const faint = lines.filter((line) => {
        const { stroke, strokeWidth } = getComputedStyle(line);
        if (stroke === 'none' || parseFloat(strokeWidth) === 0) return true;
        const [dark, bright] = [light(stroke), page].sort((a, b) => a - b);
        return (bright + 0.05) / (dark + 0.05) < 3;
    });
    return { count: lines.length, faint: faint.map((line) => `${line.getAttribute('class')}: ${getComputedStyle(line).stroke}`) };
}

for (const lesson of ['forward', 'schedules'])
    for (const colorScheme of ['light', 'dark'])
        test(`lesson ${lesson}: curves stay visible in the forced colours of a ${colorScheme} system`, () =>
            open(browser, site, lesson, { forcedColors: 'active', colorScheme }, async (page) => {
                await page.waitForSelector('.stage .plot path, .stage .plot polyline');
                const { count, faint } = await page.evaluate(faintLines);
                assert.ok(count >= 2, `${count} lines`);
                assert.deepEqual(faint, []);
            }));

describe('with reduced motion', () => {
    for (const lesson of LESSONS)
        test(`nothing plays by itself: ${lesson}`, () =>
            open(browser, site, lesson, { reducedMotion: 'reduce' }, async (page) => {
                await page.evaluate(() => {
                    globalThis.heads = [];
                    const look = () => {
                        const head = document.querySelector('.timeline input')?.value;
                        if (head !== globalThis.heads.at(-1)) globalThis.heads.push(head);
                        requestAnimationFrame(look);
                    };
                    look();
                });
                for (const beat of [0, 1]) {
                    await page.evaluate(() => (globalThis.heads.length = 0));
                    await page.$eval(`[data-beat="${beat}"]`, (section) => section.scrollIntoView({ block: 'center' }));
                    await page.waitForSelector(`[data-beat="${beat}"].seen`);
                    await page.waitForTimeout(400);
                    // A beat may put the head somewhere else, at once; nothing goes on from there.
                    const heads = await page.evaluate(() => globalThis.heads);
                    assert.ok(heads.length <= 2, `beat ${beat}: ${heads}`);
                    assert.equal(await page.getAttribute('.timeline .play', 'aria-label'), 'Play');
                }
                const moving = await page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length);
                assert.equal(moving, 0);
            }));
});
