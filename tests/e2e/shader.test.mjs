// A large picture of the visitor's is noised by a shader in the worker: what reaches the page is what the page computes without it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { PRESENTING, launch, shown } from './browser.mjs';
import { colours, openDrawer, pixels, png, press, seek, visit } from './drive.mjs';
import { serve } from './site.mjs';

const CANVAS = '.main-picture canvas';
/**
 * Levels of 255. WGSL's cosine may be 2⁻¹¹ off; times the largest radius of Box and Muller in 32 bits, √(2 · 32 · ln 2) = 6.7, that is 0.4
 * of a level, which rounding can make one.
 */
const TOLERANCE = 1;

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch(PRESENTING)])));
after(() => Promise.all([browser.close(), site.close()]));

const give = (page, name, buffer) => page.setInputFiles('.dropzone input', { name, mimeType: 'image/png', buffer });
/** Seeds, channels and states from the first on are set as a person sets them; `act` gets the page with the picture on it. */
const own = (device, act) =>
    visit(browser, site, `?lesson=forward&subject=own&seed=5&at=0&device=${device}`, async (page) => {
        await give(page, 'green.png', png(600, 300, [10, 200, 30]));
        await openDrawer(page);
        await act(page);
    });
const drawn = (page) => page.waitForFunction(() => /drawn by a shader/.test(document.querySelector('.chip summary').textContent));
/** What a person does, each a name and the doing. */
const DOINGS = [
    ['clean', (page) => seek(page, 0)],
    ['half way', (page) => seek(page, 500)],
    ['noise', (page) => seek(page, 1000)],
    ['another seed', (page) => page.locator('.seed input').fill('8').then(() => page.locator('.seed input').press('Enter'))],
    ['red alone', (page) => press(page, 'red')],
    ['another picture', (page) => give(page, 'blue.png', png(512, 512, [20, 30, 220]))],
];

describe('noising a large picture', () => {
    test('the shader draws what the CPU draws', async () => {
        const wanted = new Map();
        await own('cpu', async (page) => {
            await page.waitForFunction(() => document.querySelector('.main-picture canvas').width === 512);
            for (const [name, act] of DOINGS) {
                await act(page);
                await page.waitForTimeout(300);
                wanted.set(name, await pixels(page));
            }
        });
        assert.equal(new Set([...wanted.values()].map(({ data }) => data.join())).size, DOINGS.length, 'each doing changes the picture');
        await own('webgpu', async (page) => {
            await drawn(page);
            for (const [name, act] of DOINGS) {
                await act(page);
                await isShown(page, name, wanted.get(name));
            }
        });
    });

    test('after a burst of requests the last one stands', () =>
        own('webgpu', async (page) => {
            await drawn(page);
            await page.evaluate(() => {
                const slider = document.querySelector('.timeline input');
                for (let state = 1000; state >= 0; state -= 5) {
                    slider.value = String(state);
                    slider.dispatchEvent(new Event('input', { bubbles: true }));
                }
            });
            const clean = { width: 512, height: 256, data: Array(512 * 256).fill([10, 200, 30, 255]).flat() };
            await isShown(page, 'clean', clean);
            await press(page, 'Play');
            for (const until = Date.now() + 30_000; colours(await shown(page, CANVAS)) < 1000; await page.waitForTimeout(100)) {
                assert.ok(Date.now() < until, 'it plays');
            }
        }));
});

/** Waits until the page shows this picture, but for rounding. */
async function isShown(page, name, wanted) {
    let said = 'nothing';
    for (const until = Date.now() + 30_000; Date.now() < until; await page.waitForTimeout(100)) {
        const picture = await shown(page, CANVAS);
        if (picture.width !== wanted.width || picture.height !== wanted.height) {
            said = `${picture.width} × ${picture.height} for ${wanted.width} × ${wanted.height}`;
            continue;
        }
        const worst = picture.data.reduce((most, v, i) => Math.max(most, Math.abs(v - wanted.data[i])), 0);
        if (worst <= TOLERANCE) return;
        said = `${worst} of 255 off`;
    }
    assert.fail(`${name}: ${said}`);
}
