// The comparisons of lesson 3: grids, walks, sums, negatives, weights; both halves of each are judged.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { BROWSERS, launch } from './browser.mjs';
import { serve } from './site.mjs';
import { drawer, live, pixels, said, tiles, type, visit, workshop } from './words.mjs';

let site;
let shop;
let browser;
before(async () => {
    shop = workshop();
    [site, browser] = await Promise.all([serve(), launch(BROWSERS['no webgpu'])]);
});
after(async () => {
    shop.clear();
    await Promise.all([browser.close(), site.close()]);
});

const open = (query, drive) => visit(browser, site, `device=cpu&n=10&${query}`, drive);
const press = (page, name) => page.getByRole('button', { name, exact: true }).first().click();
const fact = (page, text) =>
    page.waitForFunction((text) => [...document.querySelectorAll('.chip dd')].some((fact) => fact.textContent === text), text);

test('two prompts from one noise: each half says its own', () =>
    open('mode=versus&prompt=long+red+hair,+blue+shirt&other=long+green+hair,+blue+shirt', async (page) => {
        await live(page, 'long red hair, blue shirt');
        const halves = (await tiles(page, shop.folder)).map((tile) => tile.seen());
        assert.deepEqual(halves.map((seen) => seen['hair colour']), ['red', 'green']);
        assert.deepEqual(halves.map((seen) => seen['shirt colour']), ['blue', 'blue']);
    }));

test('a grid: the top row never heard the prompt, the others did', () =>
    open('mode=grid&prompt=long+red+hair', async (page) => {
        await live(page, 'long red hair');
        const before = await tiles(page, shop.folder);
        assert.equal(before.length, 16);
        // Guidance 4, where the model follows best.
        const heard = before.slice(8, 12).map((tile) => tile.seen()['hair colour']);
        assert.ok(heard.filter((colour) => colour === 'red').length >= 3, `guidance 4 made ${heard}`);
        await type(page, 'short blue hair');
        await live(page, 'short blue hair');
        const after = await tiles(page, shop.folder);
        before.forEach((tile, index) => assert.equal(tile.pixels === after[index].pixels, index < 4, `tile ${index}`));
    }));

test('a walk begins at one prompt and ends at the other', () =>
    open('mode=walk&prompt=long+red+hair&other=long+blue+hair', async (page) => {
        await live(page, 'long red hair');
        const walk = await tiles(page, shop.folder);
        assert.equal(walk.length, 8);
        assert.deepEqual([walk[0], walk[7]].map((tile) => tile.seen()['hair colour']), ['red', 'blue']);
        assert.equal(new Set(walk.map((tile) => tile.pixels)).size, 8, 'eight steps, eight pictures');
    }));

test('a sum: minus one colour plus another', () =>
    open('mode=sum&prompt=long+red+hair,+yellow+shirt&minus=long+red+hair&plus=long+green+hair', async (page) => {
        await live(page, 'long red hair, yellow shirt');
        const [plain, sum] = (await tiles(page, shop.folder)).map((tile) => tile.seen());
        assert.deepEqual([plain['hair colour'], plain['shirt colour']], ['red', 'yellow']);
        assert.deepEqual([sum['hair colour'], sum['shirt colour']], ['green', 'yellow']);
    }));

test('a word is muted, left as it is, amplified: each is another picture', async () => {
    const weighed = {};
    for (const factor of [0, 1, 3])
        await open(`mode=weigh&word=5&factor=${factor}&prompt=long+red+hair,+yellow+shirt`, async (page) => {
            await live(page, 'long red hair, yellow shirt');
            const [, half] = await tiles(page, shop.folder);
            weighed[factor] = { pixels: half.pixels, shirt: half.seen()['shirt colour'] };
        });
    assert.equal(new Set(Object.values(weighed).map(({ pixels }) => pixels)).size, 3);
    assert.deepEqual([weighed[1].shirt, weighed[3].shirt], ['yellow', 'yellow']);
});

test('a negative prompt pushes away', () =>
    open('prompt=short+black+hair&seed=3', async (page) => {
        await drawer(page);
        await live(page, 'short black hair');
        const plain = await pixels(page);
        await page.getByRole('textbox', { name: 'Negative' }).fill('glasses, hat');
        await page.waitForFunction(() => /negative=glasses/.test(location.search));
        await page.waitForFunction((plain) => {
            const canvas = document.querySelector('.main-picture canvas');
            return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.join() !== plain;
        }, plain);
        await live(page, 'short black hair');
        const [{ seen }] = await tiles(page, shop.folder);
        assert.equal(seen().glasses, 'none');
    }));

test('a word is heard in one place, by layer and head', () =>
    open('prompt=red+hair,+yellow+shirt&word=1', async (page) => {
        await live(page, 'red hair, yellow shirt');
        await drawer(page);
        const maps = [await pixels(page)];
        const lists = page.locator('details.drawer select');
        for (const [list, option] of [[0, 1], [0, 2], [1, 1], [1, 2]]) {
            await lists.nth(list).selectOption({ index: option });
            await page.waitForTimeout(150);
            maps.push(await pixels(page));
        }
        assert.ok(new Set(maps).size >= 4, 'layers and heads listen in different places');
        await page.click('.token >> nth=0');
        await page.waitForTimeout(150);
        assert.ok(!maps.includes(await pixels(page)), 'without a word there is the picture alone');
    }));

test('the vectors of a step: the push is w times what the prompt changes', () =>
    open('prompt=red+hair&at=5', async (page) => {
        await live(page, 'red hair');
        const ends = (name) =>
            page.$eval(`.vectors .${name}`, (line) => ['x1', 'y1', 'x2', 'y2'].map((key) => Number(line.getAttribute(key))));
        const [prompt, guided] = [await ends('to-prompt'), await ends('to-guided')];
        const length = ([a, b, c, d]) => Math.hypot(c - a, d - b);
        assert.ok(Math.abs(length(guided) / length(prompt) - 4) < 0.05, 'guidance 4 is four times as far');
        const said = await page.getAttribute('.vectors', 'aria-label');
        const [, change, push] = said.match(/\d+\.\d+/g).map(Number);
        assert.ok(Math.abs(push / change - 4) < 0.05, said);
        assert.equal((await page.$$('.predictions canvas')).length, 3);
    }));

test('what breaks is offered and happens', () =>
    open('', async (page) => {
        await page.getByRole('button', { name: 'Guidance 15' }).click();
        await fact(page, '15');
        await page.getByRole('button', { name: 'A word it never saw' }).click();
        await page.waitForSelector('.unknown');
        await page.getByRole('button', { name: 'Two colours that fight' }).click();
        await page.waitForFunction(() => document.querySelector('.unknown') === null);
        assert.ok(!/none of these words/.test(await said(page)));
    }));
