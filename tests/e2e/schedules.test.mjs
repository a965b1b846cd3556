// Lesson 4, driven as a person would; pictures, curves, files and sentences are checked.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { launch, watchedPage } from './browser.mjs';
import { serve } from './site.mjs';

const WIDE = { viewport: { width: 1360, height: 900 }, reducedMotion: 'reduce', acceptDownloads: true };

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch()])));
after(() => Promise.all([browser.close(), site.close()]));

/** Opens the lesson, lets `drive` use it, expects no fault. */
async function visit(query, drive) {
    const { page, faults, close } = await watchedPage(browser, site, WIDE);
    page.setDefaultTimeout(20_000);
    try {
        await page.goto(`${site.url}?lesson=schedules&device=none${query}`);
        await page.waitForSelector('.chip');
        await page.waitForSelector('.plot.overlay polyline');
        await page.waitForSelector('text=quadratic');
        await drive(page);
        assert.deepEqual(faults, []);
    } finally {
        await close();
    }
}

const picture = (page) =>
    page.$eval('.main-picture canvas', (canvas) => {
        const { width, height } = canvas;
        return { width, height, data: canvas.getContext('2d').getImageData(0, 0, width, height).data.join() };
    });
const curves = (page) => page.$$eval('.plot.overlay polyline', (lines) => lines.map((line) => line.getAttribute('points')));
const press = (page, name) => page.getByRole('button', { name, exact: true }).first().click();
const saved = async (page, name) => {
    const [download] = await Promise.all([page.waitForEvent('download'), press(page, name)]);
    return readFileSync(await download.path(), 'utf8');
};

test('curves come and go, with picture, plot, table and files', () =>
    visit('', async (page) => {
        assert.deepEqual((await picture(page)).width, 33);
        assert.equal((await curves(page)).length, 4);
        await press(page, 'Laplace');
        assert.equal((await curves(page)).length, 5);
        assert.equal((await picture(page)).width, 67);
        await press(page, 'Laplace');
        const before = (await curves(page)).join();
        await press(page, 'log SNR');
        assert.notEqual((await curves(page)).join(), before);
        const rows = (await saved(page, 'CSV')).trim().split('\n');
        assert.equal(rows[0], 't,linear,quadratic,cosine,sigmoid β');
        assert.equal(rows.length, 102);
        const values = rows.slice(2).map((row) => row.split(',').map(Number));
        assert.ok(values.every((row, i) => i === 0 || row.every((value, k) => k === 0 || value <= values[i - 1][k] + 1e-9)));
        assert.match(await saved(page, 'SVG'), /^<svg[^]*<\/svg>\s*$/);
        await page.click('.plot.overlay summary');
        await page.waitForSelector('.plot.overlay tbody tr');
        assert.equal((await page.$$('.plot.overlay tbody tr')).length, 11);
    }));

test('the timeline noises every face by its own curve; the plot is read by keyboard', () =>
    visit('&at=0', async (page) => {
        const clean = await picture(page);
        const quarters = clean.data.split(',').length;
        assert.ok(quarters > 0);
        await page.$eval('.timeline input', (slider) => {
            slider.value = '400';
            slider.dispatchEvent(new Event('input', { bubbles: true }));
        });
        await page.waitForTimeout(100);
        assert.notEqual((await picture(page)).data, clean.data);
        const tiles = await page.$eval('.main-picture canvas', (canvas) =>
            [[0, 0], [17, 0], [0, 17], [17, 17]].map(([x, y]) => canvas.getContext('2d').getImageData(x, y, 16, 16).data.join()));
        assert.equal(new Set(tiles).size, 4);
        await page.focus('.plot.overlay svg');
        await page.keyboard.press('Home');
        assert.match(await page.textContent('.plot.overlay .readout'), /^t = 0: linear 1\.000/);
        await page.keyboard.press('ArrowRight');
        assert.match(await page.textContent('.plot.overlay .readout'), /^t = 20: /);
    }));

test('ends that are not pure noise are said', () =>
    visit('&show=2', async (page) => {
        assert.match(await page.textContent('.terminal'), /ends in pure noise/);
        await press(page, 'Laplace');
        assert.match(await page.textContent('.terminal'), /Laplace keeps a ratio of \d/);
    }));

test('a curve is drawn by keyboard and mouse, never rises, and is in the link', () =>
    visit('&show=7', async (page) => {
        const first = page.locator('.handle').nth(2);
        await first.focus();
        const before = (await curves(page)).join();
        await page.keyboard.press('ArrowDown');
        assert.equal(await first.getAttribute('aria-valuenow'), '480');
        assert.notEqual((await curves(page)).join(), before);
        await page.keyboard.press('End');
        assert.equal(await first.getAttribute('aria-valuenow'), '800');
        assert.match(await page.textContent('.curve-editor .remark'), /cannot rise/);
        await first.scrollIntoViewIfNeeded();
        await page.waitForTimeout(400);
        const place = await first.boundingBox();
        await page.mouse.move(place.x + place.width / 2, place.y + place.height / 2);
        await page.mouse.down();
        await page.mouse.move(place.x + place.width / 2, place.y + 60, { steps: 4 });
        await page.mouse.up();
        assert.ok(Number(await first.getAttribute('aria-valuenow')) < 800);
        await page.waitForFunction(() => /points=950\.800\.\d+/.test(location.search));
    }));

test('nonsense in a link is clamped and said', () =>
    visit('&show=7&points=100.900.5000&T=3', async (page) => {
        assert.match((await page.$$eval('.notices li', (list) => list.map((item) => item.textContent))).join(), /T=|T /);
        assert.match(await page.textContent('.curve-editor .remark'), /lowered/);
        assert.equal((await curves(page)).length, 1);
    }));

test('a finger on a narrow screen drags a point of the curve', () =>
    visit('&show=7', async (page) => {
        await page.setViewportSize({ width: 360, height: 740 });
        const handle = page.locator('.handle').nth(2);
        await handle.scrollIntoViewIfNeeded();
        await page.waitForTimeout(400);
        const before = Number(await handle.getAttribute('aria-valuenow'));
        const box = await handle.boundingBox();
        assert.ok(box.x >= 0 && box.x + box.width <= 360);
        const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
        const client = await page.context().newCDPSession(page);
        const touch = (type, points) => client.send('Input.dispatchTouchEvent', { type, touchPoints: points });
        await touch('touchStart', [{ x, y }]);
        await touch('touchMove', [{ x, y: y + 10 }]);
        await touch('touchMove', [{ x, y: y + 18 }]);
        await touch('touchEnd', []);
        assert.ok(Number(await handle.getAttribute('aria-valuenow')) < before - 40);
    }));
