// Lesson 4, driven as a person would; pictures, curves, files and sentences are checked.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { launch, watchedPage } from './browser.mjs';
import { serve } from './site.mjs';

const WIDE = { viewport: { width: 1360, height: 900 }, reducedMotion: 'reduce', acceptDownloads: true };

/** The plot of the bench; the text has others. */
const PLOT = '.stage .plot.overlay';

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
        await page.waitForSelector(`${PLOT} polyline`);
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
const curves = (page) => page.$$eval(`${PLOT} polyline`, (lines) => lines.map((line) => line.getAttribute('points')));
const press = (page, name, within = '.stage') => page.locator(within).getByRole('button', { name, exact: true }).first().click();
const saved = async (page, name, within = PLOT) => {
    const [download] = await Promise.all([page.waitForEvent('download'), press(page, name, within)]);
    return readFileSync(await download.path(), 'utf8');
};

// What a saved drawing is to an XML parser: nothing of it may be broken, and it has to have a size of its own.
// In a tab of its own, as for whoever opens the file: the policy of the page forbids inline styles.
const drawing = async (page, text) => {
    const tab = await page.context().newPage();
    const drawn = await tab.evaluate(async (text) => {
        const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
        const image = new Image();
        image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
        await image.decode();
        return {
            broken: parsed.querySelector('parsererror') !== null,
            texts: [...parsed.querySelectorAll('text')].map((node) => node.textContent),
            curves: [...parsed.querySelectorAll('polyline')].map((node) => ['stroke', 'fill'].map((name) => node.getAttribute(name))),
            width: image.naturalWidth,
        };
    }, text);
    await tab.close();
    return drawn;
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
        assert.equal(rows[0], ['linear', 'quadratic', 'cosine', 'sigmoid β'].reduce((row, name) => `${row},${name}: log SNR`, 't'));
        assert.equal(rows.length, 102);
        const values = rows.slice(2).map((row) => row.split(',').map(Number));
        assert.ok(values.every((row, i) => i === 0 || row.every((value, k) => k === 0 || value <= values[i - 1][k] + 1e-9)));
        await page.click(`${PLOT} summary`);
        await page.waitForSelector(`${PLOT} tbody tr`);
        assert.equal((await page.$$(`${PLOT} tbody tr`)).length, 11);
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
        await page.focus(`${PLOT} svg`);
        await page.keyboard.press('Home');
        assert.match(await page.textContent(`${PLOT} .readout`), /^t = 0: linear 1\.000/);
        await page.keyboard.press('ArrowRight');
        assert.match(await page.textContent(`${PLOT} .readout`), /^t = 20: /);
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

test('a ratio of signal to noise has real numbers on a logarithmic axis, in the plot and in its files', () =>
    visit('', async (page) => {
        await press(page, 'SNR');
        const ticks = await page.$$eval(`${PLOT} .tick`, (nodes) => nodes.map((node) => node.textContent));
        assert.ok(ticks.includes('10⁻⁴') && ticks.includes('1') && ticks.includes('timestep t'), ticks.join());
        const rows = (await saved(page, 'CSV')).trim().split('\n');
        assert.equal(rows[0].split(',')[3], 'cosine: SNR');
        const middle = rows[51].split(',').map(Number);
        // Half-way the cosine has as much picture as noise, but for its offset of 0.008.
        assert.ok(middle[0] === 500 && Math.abs(middle[3] - 1) < 0.03, rows[51]);
        const svg = await drawing(page, await saved(page, 'SVG'));
        assert.ok(!svg.broken && svg.width >= 720);
        assert.ok(svg.texts[0].startsWith('SNR, ᾱ') && svg.texts.includes('timestep t') && svg.texts.includes('10⁻⁴'), svg.texts.join());
        assert.equal(svg.curves.length, 4);
        assert.ok(svg.curves.every(([stroke, fill]) => /^rgb/.test(stroke) && fill === 'none'), svg.curves[0]);
    }));

test('a recorded experiment is plotted with bands, floor, samples and files', () =>
    visit('', async (page) => {
        const samplers = '[data-control=samplers]';
        await page.waitForSelector(`${samplers} .band`, { state: 'attached' });
        const strips = page.locator(`${samplers} .sample-strips img`);
        const count = await strips.count();
        assert.ok(count >= 2);
        assert.equal(await page.locator(`${samplers} .band`).count(), count);
        const plot = `${samplers} figure.plot`;
        const ticks = await page.locator(plot).locator('.tick').allTextContents();
        assert.ok(['real against real', 'number of steps', '10'].every((text) => ticks.includes(text)), ticks.join());
        await page.locator(plot).locator('svg').focus();
        await page.keyboard.press('Home');
        const readout = await page.locator(plot).locator('.readout').textContent();
        assert.match(readout, /^steps = \d+: \S+ \d+\.\d+ \(\d.* to \d.*\) · /);
        const rows = (await saved(page, 'CSV', plot)).trim().split('\n');
        assert.match(rows[0], /^steps,\S+: Fréchet distance,\S+ low: Fréchet distance,\S+ high/);
        const svg = await drawing(page, await saved(page, 'SVG', plot));
        assert.ok(!svg.broken && svg.texts.includes('number of steps') && svg.curves.length === count);
        await strips.first().scrollIntoViewIfNeeded();
        await page.waitForFunction((strips) => document.querySelector(strips).naturalWidth > 60, `${samplers} .sample-strips img`);
        assert.match(await page.locator(`${samplers} .chip pre`).textContent(), /^cargo noisewalk experiment samplers/);
    }));

test('two schedules are trained side by side in the lab, from a link', () =>
    visit('', async (page) => {
        await page.getByRole('link', { name: /linear beside cosine/ }).click();
        await page.waitForFunction(() => /lesson=lab/.test(location.search) && /rival=cosine/.test(location.search));
        await page.waitForFunction(() => document.querySelector('h1').textContent !== 'Which noise schedule?');
    }));

test('a curve of the visitor is trained in the lab, from a link', () =>
    visit('&points=900.700.500.300.100.0', async (page) => {
        await page.getByRole('link', { name: /your own curve beside cosine/ }).click();
        await page.waitForFunction(() => /lesson=lab/.test(location.search) && /schedule=drawn/.test(location.search));
        assert.match(page.url(), /points=900\.700\.500\.300\.100\.0/);
        await page.waitForSelector('.curve-label >> text=your own');
    }));

test('the same network and noise make other pictures where the steps lie elsewhere', async () => {
    const { page, faults, close } = await watchedPage(browser, site, WIDE);
    page.setDefaultTimeout(120_000);
    try {
        await page.goto(`${site.url}?lesson=schedules&device=cpu&steps=4`);
        await page.waitForSelector('canvas.variants', { state: 'attached' });
        assert.match(await page.textContent('[data-control=spacing] [role=status]'), /need the engine/);
        await press(page, 'Draw all rows', '[data-control=spacing]');
        const rows = () =>
            page.$eval('canvas.variants', (canvas) => {
                const context = canvas.getContext('2d');
                const row = (index) => [...context.getImageData(0, 17 * index, canvas.width, 16).data];
                return [0, 1, 2, 3, 4, 5].map((index) => row(index).join());
            });
        await page.waitForFunction(() => {
            const canvas = document.querySelector('canvas.variants');
            const pixels = canvas.getContext('2d').getImageData(0, 17 * 5, 4, 4).data;
            return canvas.height === 101 && pixels[3] === 255;
        });
        const drawn = await rows();
        assert.equal(new Set(drawn).size, 6, 'every way to spread the steps makes other pictures');
        // From the same noise all of them show nearly the same faces: the rows are nearer to one another than to other faces.
        const numbers = drawn.map((row) => row.split(',').map(Number));
        const distance = (a, b) => a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
        const shifted = numbers[1].map((_, i) => numbers[1][(i + 17 * 4) % numbers[1].length]);
        assert.ok(distance(numbers[1], numbers[2]) < distance(numbers[1], shifted));
        assert.match(await page.textContent('[data-control=spacing] [role=status]'), /^live · CPU · \d+ ms\/step/);
        assert.deepEqual(faults, []);
    } finally {
        await close();
    }
});
