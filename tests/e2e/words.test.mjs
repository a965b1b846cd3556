// Lesson 3, typed into as a person would; a classifier that never saw the model judges the pictures that the page saves.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { BROWSERS, launch } from './browser.mjs';
import { serve } from './site.mjs';
import { changed, drawer, judged, live, pixels, said, slide, type, visit, workshop } from './words.mjs';

let site;
let shop;
before(async () => {
    shop = workshop();
    site = await serve();
});
after(async () => {
    shop.clear();
    await site.close();
});

describe('on the CPU', () => {
    let browser;
    before(async () => (browser = await launch(BROWSERS['no webgpu'])));
    after(() => browser.close());

    test('what is typed is drawn', () =>
        visit(browser, site, 'device=cpu&n=12&seed=3', async (page) => {
            for (const [prompt, expected] of [
                ['long red hair', { hair: 'long', 'hair colour': 'red' }],
                ['short blue hair, sunglasses, yellow shirt', { 'hair colour': 'blue', glasses: 'sunglasses', 'shirt colour': 'yellow' }],
                ['a bald person with a green shirt', { hair: 'bald', 'shirt colour': 'green' }],
                ['a purple hat', { hat: 'hat', 'hat colour': 'purple' }],
            ]) {
                await type(page, prompt);
                await live(page, prompt);
                const seen = await judged(page, shop.folder);
                for (const [attribute, value] of Object.entries(expected)) assert.equal(seen[attribute], value, `${prompt}: ${attribute}`);
            }
        }));

    test('guidance, words, seeds and a second prompt change the picture; a link brings it all back', () =>
        visit(browser, site, 'device=cpu&n=8', async (page) => {
            const prompt = 'red hair, blue shirt';
            await type(page, prompt);
            await live(page, prompt);
            const before = await pixels(page);
            await page.$eval('input[type=range][max="15"]', (dial) => {
                dial.value = '0';
                dial.dispatchEvent(new Event('input', { bubbles: true }));
            });
            await page.waitForFunction(() => [...document.querySelectorAll('.chip dd')].some((fact) => fact.textContent === '0'));
            await live(page, prompt);
            assert.notEqual(await pixels(page), before);
            await page.goto(`${site.url}?lesson=words&device=cpu&n=8&mode=versus&prompt=red+hair&other=green+hair`);
            await live(page, 'red hair');
            assert.equal(await page.$eval('.main-picture canvas', (canvas) => canvas.width), 33);
            assert.equal(await page.inputValue('.prompt-line input'), 'red hair');
            const shades = await page.$eval('figure.difference canvas', (canvas) =>
                new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size);
            assert.ok(shades > 8, 'red and green hair differ in many shades');
        }));

    test('words of the same meaning are offered, and it is said where none is near', () =>
        visit(browser, site, 'device=cpu&n=2', async (page) => {
            await type(page, 'crimson hair and a zeppelin');
            assert.deepEqual(await page.$$eval('.prompt .unknown bdi', (all) => all.map((e) => e.textContent)), ['crimson', 'zeppelin']);
            assert.match(await page.textContent('.prompt .tokens'), /red\?.*no known word is near/);
            await page.click('.prompt .offer:has-text("red")');
            assert.equal(await page.inputValue('.prompt-line input'), 'red hair and a zeppelin');
            // Each token shows its number; all unknown words share one.
            const numbers = await page.$$eval('.prompt .token-number', (all) => all.map((e) => Number(e.textContent)));
            assert.equal(numbers.length, 5);
            assert.equal(numbers[4], 1);
            assert.equal(new Set(numbers).size, 5);
        }));

    test('the other fields say what is wrong with them, too', () =>
        visit(browser, site, 'device=cpu&n=2&mode=sum', async (page) => {
            const field = (name) => page.locator('.text-line', { has: page.getByRole('textbox', { name, exact: true }) });
            const fill = (name, text) => page.getByRole('textbox', { name, exact: true }).fill(text);
            await fill('Minus', 'crimson hair');
            assert.equal(await field('Minus').locator('.unknown bdi').textContent(), 'crimson');
            await field('Minus').locator('.offer').first().click();
            assert.equal(await page.getByRole('textbox', { name: 'Minus', exact: true }).inputValue(), 'red hair');
            assert.equal(await field('Minus').locator('.unknown').count(), 0);
            await fill('Plus', 'red '.repeat(500));
            assert.match(await field('Plus').locator('.remark').textContent(), /reads 30 words/);
            await fill('Plus', '');
            assert.match(await field('Plus').locator('.remark').textContent(), /empty prompt/);
            await drawer(page);
            await fill('Negative', '👩🏽‍🦰 שלום');
            assert.match(await field('Negative').locator('.remark').textContent(), /none of these words/);
            await fill('Negative', '');
            assert.equal(await field('Negative').locator('.remark').textContent(), '', 'no negative prompt is the usual case');
            await page.getByRole('button', { name: 'two prompts', exact: true }).click();
            await fill('Other prompt', 'a hoodie');
            await field('Other prompt').locator('.offer:has-text("sweater")').click();
            assert.equal(await page.getByRole('textbox', { name: 'Other prompt', exact: true }).inputValue(), 'a sweater');
            await fill('Other prompt', ' ');
            assert.match(await field('Other prompt').locator('.remark').textContent(), /empty/);
        }));

    test('a muted word is heard no more, whatever is typed', () =>
        visit(browser, site, 'device=cpu&n=8&mode=weigh&word=1&prompt=red+hair', async (page) => {
            await live(page, 'red hair');
            // Pressing the word again must not leave the comparison without one.
            await page.click('.token >> nth=0');
            assert.equal(await page.getAttribute('.token >> nth=0', 'aria-pressed'), 'true');
            const halves = await page.$eval('.main-picture canvas', (canvas) => {
                const half = (left) => canvas.getContext('2d').getImageData(left, 0, 16, 16).data.join();
                return [half(0), half(17)];
            });
            assert.notEqual(halves[0], halves[1]);
            const width = () => page.$eval('.main-picture canvas', (canvas) => canvas.width);
            const pressed = () => page.$eval('.token[aria-pressed=true]', (token) => token.firstChild.textContent);
            // The word is kept while the prompt has it; without it another takes its place.
            await type(page, 'long red hair');
            await live(page, 'long red hair');
            assert.deepEqual([await pressed(), await width()], ['red', 33]);
            await type(page, 'a person with blue hair');
            await live(page, 'a person with blue hair');
            assert.deepEqual([await pressed(), await width()], ['blue', 33]);
            await page.click('.prompt-line .icon-button');
            const dice = await page.inputValue('.prompt-line input');
            await live(page, dice);
            assert.equal(await width(), 33);
            await type(page, '');
            await page.waitForFunction(() => /no word to weigh/.test(document.querySelector('.remark.caption').textContent));
        }));

    test('odd prompts are said and harm nothing', () =>
        visit(browser, site, 'device=cpu&n=2', async (page) => {
            await type(page, '');
            assert.match(await said(page), /empty/);
            await type(page, 'red '.repeat(500));
            assert.match(await said(page), /reads 30 words and marks\. Everything from “red red/);
            await type(page, '👩🏽‍🦰 שלום');
            assert.match(await said(page), /none of these words/);
            await type(page, 'purpel hair');
            assert.ok(await page.isVisible('.unknown'));
            await page.click('.token.offer:has-text("purple")');
            assert.equal(await page.inputValue('.prompt-line input'), 'purple hair');
            await live(page, 'purple hair');
            await page.click('.prompt-line .icon-button');
            const dice = await page.inputValue('.prompt-line input');
            assert.ok(dice.length > 3 && dice !== 'purple hair');
            assert.equal(await page.$('.unknown'), null);
            await live(page, dice);
        }));

    test('typing fast leaves the last word', () =>
        visit(browser, site, 'device=cpu&n=12', async (page) => {
            await live(page, 'long red hair, round glasses, blue striped shirt');
            await page.fill('.prompt-line input', '');
            await page.type('.prompt-line input', 'green hair', { delay: 15 });
            await live(page, 'green hair');
            assert.equal((await judged(page, shop.folder))['hair colour'], 'green');
        }));

    test('other lessons bring their own model, and this one comes back', () =>
        visit(browser, site, 'device=cpu&n=4', async (page) => {
            const prompt = 'long red hair, round glasses, blue striped shirt';
            await live(page, prompt);
            await page.click('nav a:has-text("How does noise become a picture?")');
            await page.waitForFunction(() => /^live · avatars|^live .*avatars/.test(document.querySelector('.chip summary')?.textContent ?? '') || document.querySelector('h1').textContent.includes('noise become'));
            await page.waitForFunction(() => /ms\/step/.test(document.querySelector('.chip summary')?.textContent ?? ''));
            await page.click('nav a:has-text("How do words steer it?")');
            await page.waitForSelector('.prompt-line');
            await live(page, prompt);
        }));
});

describe('without a device', () => {
    test('the recorded run stays usable', async () => {
        const browser = await launch(BROWSERS['no webgpu']);
        try {
            await visit(browser, site, 'device=none', async (page) => {
                await page.waitForFunction(() => document.querySelector('.timeline input').max === '20');
                assert.match(await page.textContent('.chip summary'), /^recorded/);
                assert.equal((await judged(page, shop.folder))['hair colour'], 'red');
                assert.equal(await page.textContent('.left-over'), '');
                // Nothing runs, so the picture stays what it is, and the page says of what.
                await type(page, 'short blue hair');
                await page.getByRole('button', { name: 'grid', exact: true }).click();
                assert.match(await page.textContent('.left-over'), /recorded run of “long red hair/);
                assert.equal(await page.textContent('.remark.caption'), '', 'one picture is no grid');
                await page.click('.token:has-text("hair")');
                assert.match(await page.textContent('.legend'), /“hair”/, 'the word is found in the prompt that ran');
            });
        } finally {
            await browser.close();
        }
    });
});

describe('on WebGPU', () => {
    test('red hair is red', async () => {
        const browser = await launch(BROWSERS.webgpu);
        try {
            await visit(browser, site, 'device=webgpu&n=6&prompt=long+red+hair', async (page) => {
                await live(page, 'long red hair');
                assert.match(await page.textContent('.chip summary'), /WebGPU/);
                assert.equal((await judged(page, shop.folder))['hair colour'], 'red');
                // And what is typed there, key by key.
                await page.fill('.prompt-line input', '');
                await page.type('.prompt-line input', 'short blue hair');
                await live(page, 'short blue hair');
                assert.match(await page.textContent('.chip summary'), /WebGPU/);
                assert.equal((await judged(page, shop.folder))['hair colour'], 'blue');
            });
        } finally {
            await browser.close();
        }
    });
});
