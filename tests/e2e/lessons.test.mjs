// Lessons 1 and 2 as they are read: beats, predictions, what breaks, chips, the recap; playback; pictures brought along.

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { after, before, describe, test } from 'node:test';

import { BROWSERS, launch } from './browser.mjs';
import { address, colours, head, headAt, live, numbers, openDrawer, pixels, png, press, read, said, seek, visit as open } from './drive.mjs';
import { serve } from './site.mjs';

/** A camera of Chromium's own: a moving picture, and no question. */
const CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
const MOVING = { reducedMotion: 'no-preference' };

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch([...BROWSERS['no webgpu'], ...CAMERA])])));
after(() => Promise.all([browser.close(), site.close()]));

const visit = (query, drive, options) => open(browser, site, query, drive, options);
const playing = (page) => page.$eval('.play', (button) => button.getAttribute('aria-label') === 'Pause');
const isOpen = (page) => page.$eval('.drawer', (drawer) => drawer.open);

describe('playback', () => {
    test('the button and the space bar play and pause', () =>
        visit('?lesson=forward&T=1000&at=0', async (page) => {
            await page.click('.play');
            assert.ok(await playing(page));
            await page.waitForFunction(() => Number(document.querySelector('.timeline input').value) > 20);
            await page.click('.play');
            const there = await head(page);
            await page.waitForTimeout(200);
            assert.equal(await head(page), there, 'paused is paused');
            await page.focus('h1').catch(() => {});
            await page.evaluate(() => document.activeElement.blur());
            await page.keyboard.press(' ');
            await page.waitForFunction((there) => Number(document.querySelector('.timeline input').value) > there, there);
            await page.keyboard.press(' ');
            assert.ok(!(await playing(page)));
            await page.keyboard.press('End');
            await headAt(page, 1000);
            await page.keyboard.press(' ');
            await page.waitForFunction(() => Number(document.querySelector('.timeline input').value) < 500);
        }, MOVING));

    test('a lesson plays by itself, and stands still for those who want less motion', async () => {
        await visit('?lesson=forward', async (page) => {
            const began = await head(page);
            await page.waitForFunction((began) => Number(document.querySelector('.timeline input').value) > began + 50, began);
        }, MOVING);
        await visit('?lesson=forward', async (page) => {
            await page.waitForTimeout(400);
            assert.equal(await head(page), 150);
            await page.click('.play');
            const seen = await page.evaluate(async () => {
                const slider = document.querySelector('.timeline input');
                const values = new Set();
                for (let i = 0; i < 100; i += 1) {
                    values.add(Number(slider.value));
                    await new Promise((resolve) => setTimeout(resolve, 25));
                }
                return [...values];
            });
            // Two and a half seconds of key frames with 0.9 s on each: three at most, 200 states apart.
            assert.ok(seen.length <= 4, `${seen}`);
        });
    });
});

describe('lesson 1, read', () => {
    test('each beat sets its state', () =>
        visit('?lesson=forward', async (page) => {
            const states = [[0, 20], [1, 50], [2, 500], [3, 1000], [4, 500], [5, 600], [6, 10]];
            for (const [beat, state] of states) {
                await read(page, beat);
                await headAt(page, state);
                if (beat === 1) assert.equal((await page.$$('.twin canvas')).length, 2, 'walk and jump side by side');
            }
            assert.match(await page.textContent('.shares .term:last-child'), /9\.\d\d|1\d\.\d\d/, 'the SNR of the break-it beat is above 9');
            assert.ok(!(await isOpen(page)));
            await read(page, 7);
            await page.waitForFunction(() => document.querySelector('.drawer').open);
            await address(page, /at=10/);
        }));

    test('a beat plays once to its key frame', () =>
        visit('?lesson=forward&at=0', async (page) => {
            await read(page, 2);
            await page.waitForFunction(() => {
                const { value } = document.querySelector('.timeline input');
                return value > 0 && value < 450;
            });
            await headAt(page, 500);
            await page.waitForTimeout(300);
            assert.equal(await head(page), 500);
        }, MOVING));

    test('predictions are answered, chips do what they say, the recap marks the lesson as read', () =>
        visit('?lesson=forward', async (page) => {
            for (const [answer, reply] of [['About 200', /Most people/], ['About 400', /Close/], ['About 800', /Earlier/]]) {
                await press(page, answer);
                assert.match(await page.textContent('.reveal'), reply);
            }
            await press(page, 'Sixteen faces, half-way');
            await headAt(page, 500);
            await page.waitForFunction(() => document.querySelector('.main-picture canvas').width === 67);
            await press(page, 'Fifty steps, one at a time');
            await headAt(page, 50);
            await page.waitForSelector('.twin:nth-child(2) canvas');
            await press(page, 'Paint something');
            await page.waitForSelector('.painter');
            assert.equal(await page.$('.rail-link[aria-current] .mark'), null);
            await read(page, 8);
            await page.waitForSelector('.rail-link[aria-current] .mark');
            await page.reload();
            await page.waitForSelector('.rail-link[aria-current] .mark');
        }));

    test('the walk and the jump show the same picture, of one face and of sixteen', () =>
        visit('?lesson=forward&v=1&T=200&walk=1&at=90', async (page) => {
            for (const width of [16, 67]) {
                await page.waitForFunction((width) => document.querySelector('.main-picture canvas').width === width, width);
                await seek(page, 120);
                await seek(page, 60);
                const [walked, jumped] = [await pixels(page), await pixels(page, '.twin:nth-child(2) canvas')];
                const apart = walked.data.filter((value, i) => Math.abs(value - jumped.data[i]) > 1).length;
                assert.equal(apart, 0, 'rounding may part them by one level, no more');
                assert.ok(colours(walked) > 100);
                assert.ok(numbers(await page.textContent('.agreement')).at(-1) < 1e-9);
                await press(page, '16 avatars');
            }
        }));

    test('a painting is part of the link, of undo and of a reload', () =>
        visit('?lesson=forward&subject=paint&at=0', async (page) => {
            await press(page, 'red');
            await page.click('.paint-canvas', { position: { x: 20, y: 20 } });
            await page.waitForTimeout(600);
            await press(page, 'blue');
            await page.click('.paint-canvas', { position: { x: 80, y: 90 } });
            await address(page, /paint=\d*b\d*c\d*b\d*f/);
            const painted = await pixels(page);
            assert.equal(colours(painted), 3);
            await page.reload();
            await page.waitForSelector('.painter');
            await page.waitForTimeout(300);
            assert.deepEqual(await pixels(page), painted);
            await press(page, 'Clear');
            await page.waitForTimeout(100);
            assert.equal(colours(await pixels(page)), 1);
            await page.keyboard.press('Control+z');
            await page.waitForTimeout(100);
            assert.deepEqual(await pixels(page), painted);
        }));

    test('a painting that is none is said', () =>
        visit('?lesson=forward&subject=paint&paint=12z&at=0', async (page) => {
            await said(page, 'paint');
            assert.equal(colours(await pixels(page)), 1);
        }));

    test('a picture comes from the camera, from the clipboard and by dropping it', () =>
        visit('?lesson=forward&subject=own&at=0', async (page) => {
            await press(page, 'Use the camera');
            await said(page, 'stays in this browser');
            const shot = await pixels(page);
            assert.ok(shot.width > 100 && colours(shot) > 10, `${shot.width} pixels, ${colours(shot)} colours`);
            const give = (bytes, kind) =>
                page.evaluate(([bytes, kind]) => {
                    const data = new DataTransfer();
                    data.items.add(new File([Uint8Array.from(bytes)], 'a.png', { type: 'image/png' }));
                    const event = kind === 'paste'
                        ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true })
                        : new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
                    document.body.dispatchEvent(event);
                }, [bytes, kind]);
            const first = async () => (await pixels(page)).data.slice(0, 3);
            for (const [kind, colour] of [['paste', [200, 30, 10]], ['drop', [10, 30, 200]]]) {
                await give([...Buffer.from(png(40, 40, colour))], kind);
                await page.waitForFunction(() => document.querySelector('.main-picture canvas').width === 40);
                await page.waitForTimeout(200);
                assert.deepEqual(await first(), colour, kind);
            }
        }));
});

describe('lesson 2, read', () => {
    test('each beat sets its state, by the length of its own run', () =>
        visit('?lesson=reverse', async (page) => {
            await live(page);
            const layer = () => page.$eval('[data-control="show"] [aria-pressed="true"]', (button) => button.textContent);
            const beats = [[0, 0, 'state xt'], [1, 2, 'picture x̂₀'], [2, 6, 'noise ε̂'], [3, 10, 'change'], [4, 50, 'state xt'], [5, 10, 'state xt'], [6, 50, 'state xt']];
            for (const [beat, state, shown] of beats) {
                await read(page, beat);
                await headAt(page, state);
                assert.equal(await layer(), shown, `beat ${beat}`);
            }
            await page.waitForSelector('.difference canvas');
            await read(page, 7);
            await page.waitForFunction(() => document.querySelector('.drawer').open);
            await press(page, 'Branch half-way');
            await headAt(page, 10);
            await address(page, /branch=10\.\d+/);
            await press(page, 'Sixteen faces');
            await headAt(page, 20);
            await page.waitForFunction(() => document.querySelector('.main-picture canvas').width === 67);
            await press(page, 'Two steps are not enough');
            await headAt(page, 2);
        }));

    test('a beat plays on where its run is longer than the one before', () =>
        visit('?lesson=reverse&at=3', async (page) => {
            await live(page);
            await read(page, 4);
            await headAt(page, 50);
            await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
        }, MOVING));

    test('the prediction is answered and the recap marks the lesson as read', () =>
        visit('?lesson=reverse', async (page) => {
            await press(page, 'At the very end');
            assert.match(await page.textContent('.reveal'), /only sharpens/);
            await read(page, 8);
            await page.waitForSelector('.rail-link[aria-current] .mark');
        }));

    test('all four quantities stand side by side, and the change has its range', () =>
        visit('?lesson=reverse&v=1&n=6&at=2', async (page) => {
            await live(page);
            await press(page, 'all four');
            await page.waitForFunction(() => document.querySelectorAll('.layer canvas').length === 4);
            await page.waitForTimeout(200);
            const four = [];
            for (const i of [1, 2, 3, 4]) four.push(JSON.stringify((await pixels(page, `.layer:nth-child(${i}) canvas`)).data));
            assert.equal(new Set(four).size, 4);
            const [low, high] = numbers(await page.textContent('.layer:nth-child(4) .scale-range'));
            assert.ok(high > 0 && low === -high, `${low} to ${high}`);
            await press(page, 'change');
            await page.waitForSelector('.pictures + .scale-range');
        }));

    test('the map of differences follows the layer', () =>
        visit('?lesson=reverse&v=1&n=6&compare=1&at=3', async (page) => {
            await live(page);
            await page.waitForFunction(() => /[1-9]/.test(document.querySelector('.difference figcaption')?.textContent ?? ''));
            const maps = new Set();
            for (const layer of ['state xt', 'picture x̂₀', 'noise ε̂', 'change']) {
                await press(page, layer);
                await page.waitForTimeout(150);
                maps.add(JSON.stringify((await pixels(page, '.difference canvas')).data));
                assert.match(await page.textContent('.difference figcaption'), /0\.00 to \d\.\d\d/);
            }
            assert.equal(maps.size, 4);
        }));

    test('the keyboard chooses a pixel, and its numbers follow', () =>
        visit('?lesson=reverse&v=1&n=6&at=2', async (page) => {
            await live(page);
            const slider = page.getByRole('slider', { name: 'Pixel' });
            await slider.focus();
            await page.waitForFunction(() => /by the engine/.test(document.querySelector('#equation').textContent));
            const before = await page.textContent('#equation');
            await page.keyboard.press('Home');
            await address(page, /pixel=0/);
            assert.equal(await slider.getAttribute('aria-valuetext'), 'row 1, column 1');
            assert.notEqual(await page.textContent('#equation'), before);
            assert.equal(await page.$eval('.pixel-mark', (mark) => mark.style.left), '0%');
        }));

    test('keys compare, branch, lock, save and go to the equation', () =>
        visit('?lesson=reverse&v=1&n=6&at=2', async (page) => {
            await live(page);
            await page.keyboard.press('c');
            await page.waitForSelector('.difference');
            await page.keyboard.press('b');
            await address(page, /branch=2\.\d+/);
            const seed = () => page.inputValue('.seed input');
            const first = await seed();
            await page.keyboard.press('l');
            await page.keyboard.press('r');
            assert.equal(await seed(), first, 'a kept seed is kept');
            await page.keyboard.press('l');
            await page.keyboard.press('r');
            assert.notEqual(await seed(), first);
            const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('s')]);
            assert.match(download.suggestedFilename(), /^noisewalk-.*\.png$/);
            await page.keyboard.press('e');
            await page.waitForFunction(() => {
                const { top } = document.querySelector('#equation').getBoundingClientRect();
                return top >= 0 && top < innerHeight;
            });
        }));

    test('the chip says what computed, and runs the recorded run again to compare', () =>
        visit('?lesson=reverse&device=none', async (page) => {
            await page.waitForFunction(() => document.querySelector('.timeline input').max === '20');
            await page.click('.chip summary');
            assert.match(await page.textContent('.chip'), /computer that built this site/);
            await press(page, 'Re-run live and compare');
            await live(page);
            await page.waitForFunction(() => /the same (in every|to within)/.test(document.querySelector('.chip').textContent));
            assert.match(await page.textContent('.chip'), /CPU\..*16 × 16 pixels.*velocity.*squaredcos cap v2/s);
            await openDrawer(page);
            assert.equal(await page.inputValue('.device select'), 'auto');
        }));
});
