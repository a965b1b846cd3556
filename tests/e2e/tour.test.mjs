// The guided tour of each lesson: it sets the real tool, lights what it speaks of, notices what is done, and lets go.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';

import { launch, watchedPage } from './browser.mjs';
import { serve } from './site.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FAILURES = fileURLToPath(new URL('./failures/', import.meta.url));
const WIDE = { viewport: { width: 1360, height: 900 }, reducedMotion: 'reduce' };
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, reducedMotion: 'reduce' };

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch()])));
after(() => Promise.all([browser.close(), site.close()]));

async function open(lesson, drive, options = WIDE, query = '') {
    const { page, faults, close } = await watchedPage(browser, site, options);
    try {
        await page.goto(`${site.url}?lesson=${lesson}&device=none${query}`);
        await page.waitForSelector('.chip', { state: 'attached' });
        // The recorded run, where the lesson has one.
        if (lesson === 'reverse' || lesson === 'words') await page.waitForFunction(() => document.querySelector('.timeline input').max === '20');
        await drive(page);
        assert.deepEqual(faults, []);
    } catch (error) {
        mkdirSync(FAILURES, { recursive: true });
        await page.screenshot({ path: `${FAILURES}tour-${lesson}.png` });
        throw error;
    } finally {
        await close();
    }
}

const seek = (page, value) =>
    page.$eval('.timeline input', (slider, value) => {
        slider.value = value;
        slider.dispatchEvent(new Event('input', { bubbles: true }));
    }, String(value));
const press = (page, control, name) => page.locator(`[data-control="${control}"]`).getByRole('button', { name, exact: true }).click();
/** Presses a key until the tour notices, as a person who holds it. */
async function hold(page, key) {
    for (let count = 0; count < 120 && (await page.textContent('.tour-met')) === ''; count += 1) await page.keyboard.press(key);
}
/** From the panel to the first thing that is lit. */
async function intoTarget(page) {
    for (let count = 0; count < 6; count += 1) {
        await page.keyboard.press('Tab');
        if (await page.evaluate(() => document.activeElement.closest('.tour-panel') === null)) return;
    }
    assert.fail('the Tab key never left the panel');
}

/** For each lesson what is lit at each stop, and how a person does what a stop asks for: with the mouse, with keys alone. */
const TOURS = {
    forward: [
        ['figure'],
        ['timeline', (page) => seek(page, 950), (page) => hold(page, 'End')],
        ['plots'],
        ['schedule', (page) => press(page, 'schedule', 'linear'), async (page) => (await page.keyboard.press('Tab'), page.keyboard.press('Enter'))],
        ['step-by-step', (page) => page.getByLabel('Step by step').click(), (page) => page.keyboard.press('Space')],
        ['seed', (page) => press(page, 'seed', 'New seed'), async (page) => (await page.keyboard.press('Tab'), page.keyboard.press('Enter'))],
    ],
    reverse: [
        ['timeline', (page) => seek(page, 20), (page) => hold(page, 'End')],
        ['figure'],
        ['strip'],
        ['seed', (page) => press(page, 'seed', 'New seed'), async (page) => (await page.keyboard.press('Tab'), page.keyboard.press('Enter'))],
        ['chip'],
        ['branch-here', (page) => page.click('[data-control=branch-here]'), (page) => page.keyboard.press('Enter')],
    ],
    words: [
        ['prompt'],
        ['strip'],
        ['guidance-w', (page) => page.fill('[data-control=guidance-w] input', '8'), (page) => hold(page, 'ArrowRight')],
        ['figure'],
        ['compare', (page) => press(page, 'compare', 'walk'), (page) => walk(page)],
        ['prompt', (page) => page.fill('.prompt-line input', 'long green hair'), (page) => page.keyboard.type('green ')],
    ],
    schedules: [
        ['figure'],
        ['timeline', (page) => seek(page, 950), (page) => hold(page, 'End')],
        ['plots'],
        ['curves', (page) => press(page, 'curves', 'quadratic'), (page) => choose(page, 'quadratic')],
        ['steps-t', (page) => page.fill('[data-control=steps-t] input', '50'), (page) => hold(page, 'Home')],
    ],
    lab: [
        ['figure'],
        ['train'],
        ['show', (page) => press(page, 'show', 'Velocity'), (page) => choose(page, 'Velocity')],
        ['of', (page) => press(page, 'of', 'their difference'), (page) => choose(page, 'their difference')],
        ['data', (page) => press(page, 'data', 'Spiral'), (page) => choose(page, 'Spiral')],
    ],
};
/** Tab to a button of this name, and press it. */
async function choose(page, name) {
    for (let count = 0; count < 12; count += 1) {
        if ((await page.evaluate(() => document.activeElement.textContent)) === name) break;
        await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
}
const walk = (page) => choose(page, 'walk');

const title = (page) => page.textContent('#tour-title');
/** What is lit is there, in the window, and not under the panel. */
async function lit(page, name) {
    await page.waitForFunction((name) => {
        const hole = document.querySelector('.tour-hole')?.getBoundingClientRect();
        const targets = [...document.querySelectorAll(`[data-control="${name}"]`)].map((target) => target.getBoundingClientRect());
        return hole !== undefined && targets.some((target) => target.width > 0 && Math.abs(target.left - hole.left - 6) < 2 && Math.abs(target.top - hole.top - 6) < 2);
    }, name, { timeout: 5000 });
    // The panel takes its place with the next frame, and what unfolds on a phone takes a fifth of a second.
    await page.waitForTimeout(350);
    const seen = await page.evaluate(() => {
        const box = (selector) => document.querySelector(selector).getBoundingClientRect();
        const [hole, panel] = [box('.tour-hole'), box('.tour-panel')];
        return {
            panelInside: panel.left >= 0 && panel.top >= 0 && panel.right <= innerWidth + 1 && panel.bottom <= innerHeight + 1,
            over: Math.max(0, Math.min(hole.right, panel.right) - Math.max(hole.left, panel.left)) * Math.max(0, Math.min(hole.bottom, panel.bottom) - Math.max(hole.top, panel.top)) / (hole.width * hole.height),
            holeSeen: hole.bottom > 0 && hole.top < innerHeight,
        };
    });
    assert.ok(seen.panelInside && seen.holeSeen, `${name}: ${JSON.stringify(seen)}`);
    return seen.over;
}
const begin = (page) => page.click('.tour-start button');
const next = (page) => page.click('.tour-panel .next');

for (const [lesson, stops] of Object.entries(TOURS)) {
    describe(lesson, () => {
        test('each stop lights its part; what it asks for is not done before, and noticed after', () =>
            open(lesson, async (page) => {
                await begin(page);
                for (const [index, [name, act]] of stops.entries()) {
                    assert.match(await title(page), new RegExp(`stop ${index + 1} of ${stops.length}`));
                    assert.equal(await lit(page, name), 0, `the panel covers ${name}`);
                    assert.equal(await page.isVisible('.tour-ask'), act !== undefined, `stop ${index + 1}`);
                    if (act) {
                        assert.equal(await page.textContent('.tour-met'), '', `stop ${index + 1} is done on arrival`);
                        await act(page);
                        await page.waitForFunction(() => document.querySelector('.tour-met').textContent === 'Done.', undefined, { timeout: 5000 });
                    }
                    await next(page);
                }
                await page.waitForSelector('.tour-panel', { state: 'detached' });
                assert.match(await page.evaluate(() => document.activeElement.textContent), /Take the tour again/);
            }));

        test('the keyboard alone takes it from beginning to end', () =>
            open(lesson, async (page) => {
                await page.focus('.tour-start button');
                await page.keyboard.press('Enter');
                for (const [index, [name, , act]] of stops.entries()) {
                    await lit(page, name);
                    if (act) {
                        await intoTarget(page);
                        await act(page);
                        await page.waitForFunction(() => document.querySelector('.tour-met').textContent === 'Done.', undefined, { timeout: 5000 });
                    }
                    for (let count = 0; count < 30; count += 1) {
                        if (await page.evaluate(() => document.activeElement.classList.contains('next'))) break;
                        await page.keyboard.press('Tab');
                    }
                    await page.keyboard.press('Enter');
                    if (index + 1 < stops.length) assert.match(await title(page), new RegExp(`stop ${index + 2} of`));
                }
                await page.waitForSelector('.tour-panel', { state: 'detached' });
            }));

        test('axe finds nothing while it is open, in both themes', async () => {
            for (const colorScheme of ['light', 'dark'])
                await open(lesson, async (page) => {
                    await begin(page);
                    await lit(page, stops[0][0]);
                    await page.evaluate(AXE);
                    const { violations } = await page.evaluate(() => globalThis.axe.run());
                    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.target).join(', ')}`), []);
                }, { ...WIDE, colorScheme, bypassCSP: true });
        });

        test('on a phone each part comes into view, and the panel leaves most of it free', () =>
            open(lesson, async (page) => {
                await begin(page);
                for (const [name] of stops) {
                    const over = await lit(page, name);
                    // Where a part is as high as the window there is nowhere else to stand.
                    assert.ok(over < 0.5, `${name}: ${Math.round(over * 100)} % is covered`);
                    await page.tap('.tour-panel .next');
                }
                const { scrollWidth, clientWidth } = await page.$eval('html', ({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }));
                assert.ok(scrollWidth <= clientWidth);
            }, PHONE));
    });
}

test('Esc leaves it, the next visit goes on where it was left, and undo brings the visitor’s own state back', () =>
    open('forward', async (page) => {
        await press(page, 'schedule', 'quadratic');
        await begin(page);
        await next(page);
        await next(page);
        await page.keyboard.press('Escape');
        await page.waitForSelector('.tour-panel', { state: 'detached' });
        assert.match(await page.evaluate(() => document.activeElement.textContent), /Go on with the tour: stop 3 of 6/);
        await page.reload();
        await page.waitForSelector('.chip');
        assert.match(await page.textContent('.tour-start'), /stop 3 of 6/);
        await begin(page);
        await lit(page, 'plots');
        await page.click('.tour-panel >> text=Back');
        await lit(page, 'timeline');
        await page.click('.tour-panel >> text=Leave the tour');
        await page.waitForSelector('.tour-panel', { state: 'detached' });
    }));

test('what is dimmed stays usable, and the text leaves the stage alone meanwhile', () =>
    open('forward', async (page) => {
        await begin(page);
        await next(page);
        await page.click('[data-control=schedule] >> text=linear');
        await page.waitForFunction(() => /schedule=linear/.test(location.search));
        await page.evaluate(() => document.querySelector('#beat-2').scrollIntoView());
        await page.waitForTimeout(500);
        assert.match(page.url(), /schedule=linear/);
        assert.match(await title(page), /stop 2/);
    }));

test('an embedded lesson has no tour, and hide=tour takes it away', async () => {
    await open('forward', async (page) => assert.equal(await page.locator('.tour-start').count(), 0), WIDE, '&embed=1');
    await open('forward', async (page) => assert.equal(await page.isVisible('.tour-start button'), false), WIDE, '&hide=tour');
});
