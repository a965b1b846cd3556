// Who listens to which word in lesson 3: maps by step, the film strip, a pixel's words, the three predictions, the beats.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { BROWSERS, launch } from './browser.mjs';
import { serve } from './site.mjs';
import { drawer, live, pixels, slide, visit } from './words.mjs';

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch(BROWSERS['no webgpu'])])));
after(() => Promise.all([browser.close(), site.close()]));

/** With live runs of ten steps. */
const open = (query, drive, options) => visit(browser, site, `device=cpu&n=10&${query}`, drive, options);
/** With the recorded run of the plain settings, twenty steps. */
const recorded = (query, drive, options) =>
    visit(browser, site, `device=none&${query}`, async (page) => {
        await page.waitForFunction(() => document.querySelector('.timeline input').max === '20');
        await drive(page);
    }, options);
const seek = async (page, state) => {
    await slide(page, '.timeline input', state);
    await page.waitForFunction((state) => document.querySelector('.timeline output').textContent.startsWith(`${state} of`), state);
    await page.waitForTimeout(60);
};
const numbers = (text) => [...text.replaceAll('−', '-').matchAll(/-?\d+(\.\d+)?/g)].map(([n]) => Number(n));

/** The strip's thumbnails, upper and lower row. */
const strip = (page) =>
    page.$eval('canvas.strip', (canvas) => {
        const row = (top) => Array.from({ length: 11 }, (_, i) => canvas.getContext('2d').getImageData(i * 17, top, 16, 16).data.join());
        return { above: row(0), below: row(17) };
    });

describe('attention', () => {
    test('the strip shows the run: estimates above, states below, or where a word is heard in each step', () =>
        recorded('at=20', async (page) => {
            await page.waitForTimeout(200);
            const states = await strip(page);
            assert.equal(states.above.at(-1), await pixels(page), 'the last thumbnail is the finished picture');
            assert.equal(states.below.at(-1), await pixels(page));
            await seek(page, 0);
            assert.equal(states.below[0], await pixels(page), 'the first one is the starting noise');
            await page.click('.token:has-text("red")');
            await page.waitForFunction(() => /0 to \d+ %/.test(document.querySelector('.strip-label').textContent));
            const maps = await strip(page);
            assert.deepEqual(maps.above, states.above);
            assert.ok(new Set(maps.below).size >= 8, 'each step listens in its own way');
            assert.ok(maps.below.every((map, index) => map !== states.below[index]));
        }));

    test('the map over the picture changes with the step and names its range', () =>
        recorded('word=2&at=1', async (page) => {
            const ranges = new Set();
            for (const state of [0, 6, 12, 19]) {
                await seek(page, state);
                const said = await page.textContent('.legend');
                assert.match(said, /“red” .*: 0 to \d+ %/);
                ranges.add(said);
            }
            assert.ok(ranges.size >= 2, [...ranges].join());
            await seek(page, 20);
            assert.match(await page.textContent('.legend'), /“red”/, 'the finished picture shows what its last step heard');
        }));

    test('a pressed pixel says which words it listened to', () =>
        recorded('at=10', async (page) => {
            const press = async (column, row) => {
                const { width, height } = await page.locator('.main-picture').boundingBox();
                await page.click('.main-picture', { position: { x: ((column + 0.5) / 16) * width, y: ((row + 0.5) / 16) * height } });
            };
            await press(8, 1);
            await page.waitForSelector('.listened li');
            const heard = () => page.$$eval('.listened li', (all) => all.map((li) => li.textContent));
            const top = await heard();
            assert.match(await page.textContent('.listened .remark'), /column 9, row 2/);
            assert.deepEqual(top.slice(0, 4).map((li) => li.split(' ')[0]), ['long', 'red', 'hair', ',']);
            const sum = top.flatMap(numbers).reduce((a, b) => a + b, 0);
            // Ten words and the rest, each rounded to a whole percent.
            assert.ok(Math.abs(sum - 100) <= 5.5, `${top}`);
            await page.waitForFunction(() => /pixel=25/.test(location.search));
            await press(8, 14);
            await page.waitForFunction(() => /row 15/.test(document.querySelector('.listened .remark').textContent));
            assert.notDeepEqual(await heard(), top, 'hair and shirt listen to different words');
            await press(8, 14);
            await page.waitForSelector('.listened', { state: 'detached' });
            await drawer(page);
            await slide(page, '[data-control="ask-pixel"] input', 25);
            await page.waitForSelector('.listened li');
            assert.deepEqual(await heard(), top, 'the slider asks the same pixel');
        }));

    test('layers carry their size, and a grid says that it keeps no attention', () =>
        open('prompt=red+hair&word=1&mode=walk', async (page) => {
            await live(page, 'red hair');
            await drawer(page);
            const names = await page.$$eval('details.drawer [data-control=attention] option', (all) => all.map((o) => o.textContent));
            assert.ok(names.length > 2 && new Set(names).size === names.length, `${names}`);
            assert.ok(names.slice(1).every((name) => /\d+ × \d+/.test(name)), `${names}`);
            assert.match(await page.textContent('.legend'), /“red”/, 'a walk shows its first picture');
            await page.getByRole('button', { name: 'grid', exact: true }).click();
            await page.waitForFunction(() => [...document.querySelectorAll('.remark')].some((p) => /keeps no attention/.test(p.textContent)));
            assert.ok(await page.isDisabled('details.drawer [data-control=attention] select'));
        }));

    test('maps take the colours of the theme', async () => {
        const ground = async (theme) => {
            let colour;
            await visit(browser, site, `device=none&word=2&theme=${theme}`, async (page) => {
                await page.waitForFunction(() => /0 to \d+ %/.test(document.querySelector('.strip-label').textContent));
                colour = (await strip(page)).below.join();
            });
            return colour;
        };
        assert.notEqual(await ground('light'), await ground('dark'));
    });
});

describe('guidance', () => {
    /** Bytes of the three predictions. */
    const predictions = (page) =>
        page.$$eval('.predictions canvas', (all) => all.map((c) => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]));

    test('at guidance 0 the third picture is the first', () =>
        open('prompt=red+hair&at=4&w=0', async (page) => {
            await live(page, 'red hair');
            const [without, prompted, ignored] = await predictions(page);
            assert.deepEqual(ignored, without);
            assert.notDeepEqual(prompted, without);
        }));

    test('at guidance 4 the third picture is four times the difference away', () =>
        recorded('at=8', async (page) => {
            await page.waitForTimeout(200);
            const [u, c, guided] = await predictions(page);
            const inside = (byte) => byte > 0 && byte < 255;
            const seen = guided.map((_, i) => i).filter((i) => i % 4 < 3 && [u[i], c[i], guided[i]].every(inside));
            assert.ok(seen.length > 300, `${seen.length} values are in range`);
            assert.ok(seen.some((i) => Math.abs(guided[i] - u[i]) > 8), 'the push is to be seen');
            // Three roundings of half a step each, times 3, 4 and 1.
            for (const i of seen) assert.ok(Math.abs(guided[i] - (u[i] + 4 * (c[i] - u[i]))) <= 4, `value ${i}`);
        }));

    test('with a negative prompt the first prediction says so', () =>
        open('prompt=&negative=hat&at=4', async (page) => {
            await live(page, '');
            assert.match(await page.textContent('.predictions figcaption'), /negative prompt/);
            assert.match(await page.textContent('.prompt .remark'), /negative prompt/);
        }));
});

describe('the text', () => {
    const enter = (page, index) =>
        page.evaluate((index) => document.querySelector(`#beat-${index} h2`).scrollIntoView({ block: 'center' }), index);
    const rests = (page, text) => page.waitForFunction((text) => document.querySelector('.timeline output').textContent.startsWith(text), text);
    const mode = (page) => page.$eval('[data-control=compare] [aria-pressed=true]', (button) => button.textContent);
    const compares = (page, name) =>
        page.waitForFunction((name) => document.querySelector('[data-control=compare] [aria-pressed=true]').textContent === name, name);
    const rank = (page) =>
        page.$$eval('.sheet > .control, .sheet > .mode-controls .control', (all) => all.filter((e) => e.checkVisibility()).length);

    for (const [name, start] of [['cpu', 'device=cpu&n=40&w=9'], ['none', 'device=none&w=9']])
        test(`each beat puts the stage into its state, whatever stood there before: ${name}`, () =>
            visit(browser, site, `${start}&prompt=a+person+with+red+hair`, async (page) => {
                if (name === 'cpu') await live(page, 'a person with red hair');
                else await page.waitForFunction(() => document.querySelector('.timeline input').max === '20');
                for (const [beat, key, compared] of [
                    [0, '20 of 20', 'one'],
                    [1, '10 of 20', 'one'],
                    [2, '20 of 20', 'mute a word'],
                    [3, '6 of 20', 'one'],
                    [4, '20 of 20', 'grid'],
                    [5, '20 of 20', 'two prompts'],
                ]) {
                    await enter(page, beat);
                    await compares(page, compared);
                    await rests(page, key);
                    assert.ok((await rank(page)) <= 3, `beat ${beat} has ${await rank(page)} controls`);
                    if (beat === 1 || beat === 2)
                        assert.equal(await page.$eval('.prompt .token[aria-pressed=true]', (token) => token.firstChild.textContent), 'red');
                }
                for (const [chip, compared] of [['Half-way between', 'walk'], ['Minus and plus', 'sum'], ['Two prompts', 'two prompts']]) {
                    await page.getByRole('button', { name: chip, exact: true }).click();
                    await compares(page, compared);
                    assert.ok((await rank(page)) <= 3, `${chip} has ${await rank(page)} controls`);
                }
            }));

    test('the question comes before its answer is to be seen', () =>
        recorded('', async (page) => {
            assert.equal(await page.$eval('.predict', (element) => element.closest('section').id), 'beat-3');
            await enter(page, 3);
            await rests(page, '6 of 20');
            await page.locator('.predict button', { hasText: 'Variety' }).click();
            assert.match(await page.textContent('.predict .reveal'), /next figure/);
            assert.equal(await mode(page), 'one', 'the grid is still to come');
        }));

    test('a beat plays its own run once, to its key frame', () =>
        recorded('at=20', async (page) => {
            await page.evaluate(() => {
                globalThis.heads = [];
                new MutationObserver(() => globalThis.heads.push(document.querySelector('.timeline output').textContent))
                    .observe(document.querySelector('.timeline output'), { childList: true, characterData: true, subtree: true });
            });
            await enter(page, 1);
            // Smooth scrolling passes the beat before, which begins to play, too.
            await page.waitForTimeout(4000);
            const heads = await page.evaluate(() => globalThis.heads.map((text) => Number(text.split(' ')[0])));
            assert.equal(heads.at(-1), 10, `${heads}`);
            assert.ok(new Set(heads).size >= 5, `it plays and does not jump: ${heads}`);
        }, { reducedMotion: 'no-preference' }));

    test('the lab opens the panel in the plain state, with the visitor’s own prompt', () =>
        recorded('prompt=short+blue+hair', async (page) => {
            await enter(page, 6);
            await page.waitForFunction(() => document.querySelector('input[type=range][max="15"]').value === '15');
            await page.getByRole('button', { name: 'A word it never saw' }).click();
            await page.waitForSelector('.prompt .unknown');
            assert.ok(!(await page.$eval('details.drawer', (drawer) => drawer.open)));
            await enter(page, 7);
            await page.waitForFunction(() => document.querySelector('details.drawer').open);
            assert.equal(await page.inputValue('input[type=range][max="15"]'), '4');
            assert.equal(await page.inputValue('.prompt-line input'), 'short blue hair');
        }));
});
