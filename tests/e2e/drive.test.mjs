// Both lessons, driven as a person would; the pictures are checked, not only the elements around them.

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { after, before, describe, test } from 'node:test';

import { BROWSERS, launch, watchedPage } from './browser.mjs';
import { PATIENCE, WIDE, colours, live, mean, notices, numbers, openDrawer, pixels, png, press, seek, visit as open } from './drive.mjs';
import { serve } from './site.mjs';

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch(BROWSERS['no webgpu'])])));
after(() => Promise.all([browser.close(), site.close()]));

const visit = (query, drive, options) => open(browser, site, query, drive, options);

describe('lesson 1', () => {
    test('a picture turns into noise and back, by mouse and by keyboard', () =>
        visit('?lesson=forward&at=0', async (page) => {
            const clean = await pixels(page);
            assert.equal(clean.width, 16);
            assert.ok(colours(clean) < 20, `a clean avatar has few colours, not ${colours(clean)}`);
            await seek(page, 1000);
            const noise = await pixels(page);
            assert.ok(colours(noise) > 200, 'pure noise has nearly as many colours as pixels');
            assert.ok(Math.abs(mean(noise) - 127.5) < 12, `noise is grey on the whole, not ${mean(noise)}`);
            await page.keyboard.press('Home');
            await page.waitForTimeout(60);
            assert.deepEqual(await pixels(page), clean);
            await page.keyboard.press('Shift+ArrowRight');
            await page.waitForFunction(() => document.querySelector('.timeline output').textContent.startsWith('10 of'));
            await page.keyboard.press('r');
            await page.keyboard.press('Home');
            await page.waitForTimeout(60);
            assert.notDeepEqual(await pixels(page), clean, 'another seed is another avatar');
            // Undo also puts the head where it was.
            await page.keyboard.press('Control+z');
            await page.keyboard.press('Home');
            await page.waitForTimeout(60);
            assert.deepEqual(await pixels(page), clean, 'undo brings the avatar back');
            await page.keyboard.press('?');
            await page.waitForSelector('dialog[open]');
            await page.keyboard.press('Escape');
            await page.waitForSelector('dialog[open]', { state: 'detached' });
        }));

    test('walking and jumping agree, the shares add up, and the histogram follows', () =>
        visit('?lesson=forward&v=1&T=100&walk=1&at=60', async (page) => {
            const agreement = await page.textContent('.agreement');
            assert.ok(numbers(agreement).at(-1) < 1e-6, agreement);
            const [alpha, sigma] = await page.$$eval('.shares .term', (terms) => terms.map((term) => term.textContent));
            assert.ok(Math.abs(numbers(alpha).at(-1) ** 2 + numbers(sigma).at(-1) ** 2 - 1) < 2e-3, `${alpha} ${sigma}`);
            assert.equal(await page.$$eval('.histogram .bar', (bars) => bars.length), 32);
            const equation = await page.$$eval('#equation .readout', (list) => list.map((item) => item.textContent));
            const [x, a, x0, s, noise] = equation.map((text) => numbers(text)[0]);
            assert.ok(Math.abs(x - (a * x0 + s * noise)) < 5e-3, equation.join(' '));
            const walked = await pixels(page);
            await openDrawer(page);
            await page.getByLabel('Step by step').click();
            await page.waitForTimeout(100);
            assert.notDeepEqual(await pixels(page), walked, 'the jump has a noise of its own');
        }));

    test('schedules, length and channels change the picture; a link restores it', () =>
        visit('?lesson=forward&at=300', async (page) => {
            const cosine = await pixels(page);
            await press(page, 'linear');
            await page.waitForTimeout(400);
            const linear = await pixels(page);
            assert.notDeepEqual(linear, cosine);
            assert.match(page.url(), /schedule=linear/);
            await page.reload();
            await page.waitForSelector('.main-picture canvas');
            await page.waitForTimeout(300);
            assert.deepEqual(await pixels(page), linear);
            await openDrawer(page);
            await press(page, 'red');
            await page.waitForTimeout(100);
            const { data } = await pixels(page);
            assert.ok(data.every((value, i) => i % 4 === 3 || value === data[i - (i % 4)]), 'one channel is grey');
            await press(page, '16 avatars');
            await page.waitForTimeout(200);
            assert.equal((await pixels(page)).width, 67);
        }));

    test('the painter paints by mouse and by keyboard', () =>
        visit('?lesson=forward&subject=paint&at=0', async (page) => {
            assert.equal(colours(await pixels(page)), 1);
            await press(page, 'red');
            await page.click('.paint-canvas', { position: { x: 20, y: 20 } });
            await page.focus('.paint-canvas');
            await page.keyboard.press('ArrowRight');
            await page.keyboard.press(' ');
            await page.waitForTimeout(100);
            const painted = await pixels(page);
            assert.equal(painted.data.filter((v, i) => i % 4 === 0 && v === 189).length, 2, 'two red pixels');
        }));

    test('a picture of one’s own is noised; bad files cost one sentence each', () =>
        visit('?lesson=forward&subject=own&at=0', async (page) => {
            const give = async (files, said) => {
                await page.setInputFiles('.dropzone input', files);
                await page.waitForFunction((text) => [...document.querySelectorAll('.notices li')].some((li) => li.textContent.includes(text)), said);
            };
            const file = (name, buffer) => ({ name, mimeType: 'image/png', buffer });
            await give(file('a.png', Buffer.from('no picture at all')), 'not a picture');
            await give(file('b.png', Buffer.alloc(0)), 'empty');
            await give(file('c.png', png(1, 1, [0, 0, 0], [10000, 10000])), '100 megapixels');
            await give(file('d.png', png(8, 8, [9, 9, 9]).subarray(0, 60)), 'damaged');
            await give(file('e.png', png(600, 300, [10, 200, 30])), 'stays in this browser');
            const own = await pixels(page);
            assert.deepEqual([own.width, own.height, ...own.data.slice(0, 3)], [512, 256, 10, 200, 30]);
            await seek(page, 700);
            assert.ok(colours(await pixels(page)) > 1000);
            assert.ok(!page.url().includes('blob'));
            assert.equal((await notices(page)).length, 5);
        }));

    test('nonsense in a link is clamped and said', () =>
        visit('?lesson=forward&v=1&T=5&schedule=zigzag&channel=-3&at=banana', async (page) => {
            assert.equal((await notices(page)).length, 4);
            assert.ok(colours(await pixels(page)) > 1);
        }));
});

describe('lesson 2', () => {
    test('a recorded run is there at once, then the live one, the same', () =>
        visit('?lesson=reverse', async (page) => {
            const began = Date.now();
            await page.waitForFunction(() => document.querySelector('.timeline input').max === '20');
            const waited = Date.now() - began;
            console.log(`recorded run after ${waited} ms`);
            assert.ok(waited < 2000, `the recorded run took ${waited} ms`);
            await seek(page, 20);
            const recorded = await pixels(page);
            await live(page);
            const computed = await pixels(page);
            const worst = recorded.data.reduce((m, v, i) => Math.max(m, Math.abs(v - computed.data[i])), 0);
            // The same arithmetic natively and in WebAssembly; sums in another order may round one level apart.
            assert.ok(worst <= 1, `recorded and live differ by ${worst} of 255`);
            console.log(await page.textContent('.chip summary'));
            for (const corner of [0, 15]) assert.ok(computed.data[4 * corner] > 225, 'the background is bright');
            assert.ok(colours(computed) > 20);
        }));

    test('the layers differ, and the numbers of a step are true', () =>
        visit('?lesson=reverse&v=1&eta=0.5&at=8', async (page) => {
            await live(page);
            const seen = new Set();
            for (const layer of ['state xt', 'picture x̂₀', 'noise ε̂', 'change']) {
                await press(page, layer);
                await page.waitForTimeout(80);
                seen.add(JSON.stringify((await pixels(page)).data));
            }
            assert.equal(seen.size, 4);
            const [mix, update] = await page.$$eval('#equation .equation', (lines) =>
                lines.map((line) => [...line.querySelectorAll('.readout')].map((item) => item.textContent)));
            const [x, alpha, x0, sigma, eps] = mix.map((text) => numbers(text)[0]);
            // Three digits each: a product of two is off by up to 0.0015.
            assert.ok(Math.abs(x - (alpha * x0 + sigma * eps)) < 4e-3, mix.join(' '));
            const [a, , b, , e, z, next] = update.map((text) => numbers(text)[0]);
            assert.ok(Math.abs(next - (a * x + b * x0 + e * z)) < 6e-3, update.join(' '));
            const [formula, engine] = numbers(await page.textContent('.check'));
            assert.ok(Math.abs(formula - engine) < 2e-3, await page.textContent('.check'));
        }));

    test('seeds, steps, samples, branches and the classic mistake', () =>
        visit('?lesson=reverse&v=1&n=6&at=6', async (page) => {
            await live(page);
            const settled = async () => {
                await page.waitForTimeout(500);
                await live(page);
                await page.waitForTimeout(300);
                return pixels(page);
            };
            const first = await settled();
            await openDrawer(page);
            await seek(page, 2);
            const early = await pixels(page);
            await press(page, 'Branch here');
            await settled();
            assert.notDeepEqual(await pixels(page), early, 'the branch starts from other noise');
            await seek(page, 1);
            await page.keyboard.press('End');
            assert.notDeepEqual(await settled(), first);
            await press(page, 'Forget branches');
            await settled();
            await page.keyboard.press('End');
            assert.deepEqual(await settled(), first, 'the same seed is the same picture');
            await press(page, 'DDPM');
            const ddpm = await settled();
            await page.getByLabel('Forget to add noise').click();
            assert.notDeepEqual(await settled(), ddpm);
            await page.getByLabel('16 samples').click();
            await page.waitForFunction(() => document.querySelector('.main-picture canvas').width === 67);
            await page.locator('.chip summary').click();
            assert.match(await page.textContent('.chip pre'), /--sampler ddpm --steps 6 .*--count 16 --forget-noise/);
        }));

    test('two samplers from one noise, with a split and a difference', () =>
        visit('?lesson=reverse&v=1&n=6&compare=1&at=6', async (page) => {
            await live(page);
            await page.waitForSelector('.difference canvas');
            await page.waitForFunction(() => {
                const canvas = document.querySelector('.difference canvas');
                const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                // Zero is dark blue; what differs is brighter.
                return data.some((value, i) => i % 4 === 0 && value > 40);
            });
            assert.notDeepEqual(await pixels(page, '.over canvas'), await pixels(page));
            await page.keyboard.press('Home');
            await page.waitForTimeout(100);
            assert.deepEqual(await pixels(page, '.over canvas'), await pixels(page), 'both start from the same noise');
            await page.getByLabel('Split').fill('80');
            await page.waitForFunction(() => document.querySelector('.split-line').style.left === '80%');
        }));

    test('without a live device the recorded run stays usable, and a device can be chosen', () =>
        visit('?lesson=reverse&device=none', async (page) => {
            await page.waitForFunction(() => document.querySelector('.timeline input').max === '20');
            assert.match(await page.textContent('.chip summary'), /^recorded/);
            await openDrawer(page);
            await page.selectOption('.device select', 'cpu');
            await live(page);
        }));

    test('a damaged model is said in a sentence, and the recorded run stays', async () => {
        const { page, close } = await watchedPage(browser, site, WIDE);
        await page.route('**/diffusion_pytorch_model.safetensors', async (route) => {
            const response = await route.fetch();
            const body = await response.body();
            await route.fulfill({ response, body: body.subarray(0, 1000) });
        });
        await page.goto(`${site.url}?lesson=reverse`);
        await page.waitForFunction(() => document.querySelector('.engine-line')?.textContent.includes('cut short'), undefined, { timeout: PATIENCE });
        assert.match(await page.textContent('.chip summary'), /^recorded/);
        await seek(page, 20);
        assert.ok(colours(await pixels(page)) > 20);
        await close();
    });

    test('an engine that dies is started again', () =>
        visit('?lesson=reverse&v=1&n=5', async (page) => {
            await live(page);
            const [worker] = page.workers();
            await worker.evaluate(() => setTimeout(() => { throw new Error('the test ended it'); }));
            await page.waitForFunction(() => document.querySelector('.notices li')?.textContent.includes('started again'));
            await live(page);
        }));
});

describe('natively, on the CPU, on the GPU', () => {
    /** Every state of the run on the stage. */
    async function trajectory(page) {
        const states = [];
        for (let state = 0; state <= 20; state += 1) {
            await seek(page, state);
            states.push((await pixels(page)).data);
        }
        return states;
    }
    const difference = (a, b) =>
        a.reduce((worst, state, i) => state.reduce((m, v, j) => Math.max(m, Math.abs(v - b[i][j])), worst), 0);
    const onGpu = (page) =>
        page.waitForFunction(() => /^live · WebGPU .* ms\/step/.test(document.querySelector('.chip summary')?.textContent ?? ''));

    test('twenty steps are the same picture by picture, and a lost GPU is replaced', async () => {
        const gpu = await launch(BROWSERS.webgpu);
        const { page, faults, close } = await watchedPage(gpu, site, WIDE);
        page.setDefaultTimeout(240_000);
        // The recorded run was computed natively, on the CPU.
        await page.goto(`${site.url}?lesson=reverse&device=none&at=20`);
        await page.waitForFunction(() => document.querySelector('.timeline input')?.max === '20');
        const native = await trajectory(page);
        await page.goto(`${site.url}?lesson=reverse&device=cpu&at=20`);
        await live(page);
        const cpu = await trajectory(page);
        await page.goto(`${site.url}?lesson=reverse&device=webgpu&at=20`);
        await onGpu(page);
        const webgpu = await trajectory(page);
        console.log(await page.textContent('.chip summary'));
        const [ofCpu, ofGpu] = [difference(native, cpu), difference(native, webgpu)];
        console.log(`largest difference from native over 21 states, in 255ths: CPU ${ofCpu}, WebGPU ${ofGpu}`);
        // One arithmetic, three orders of summation (and fused multiply-adds on a GPU): errors of about 1e-6 a step,
        // which may move a value across a rounding edge, one level, but no further.
        assert.ok(ofCpu <= 1 && ofGpu <= 1, `CPU ${ofCpu}, WebGPU ${ofGpu}`);
        assert.deepEqual(faults, []);

        // Sleep, a driver update or a watchdog take the GPU away in the middle of a run.
        await page.workers()[0].evaluate(() => {
            const create = GPUDevice.prototype.createCommandEncoder;
            GPUDevice.prototype.createCommandEncoder = function (...rest) {
                const encoder = create.apply(this, rest);
                this.destroy();
                return encoder;
            };
        });
        await page.keyboard.press('r');
        await page.waitForFunction(() => document.querySelector('.notices li')?.textContent.includes('started again'));
        await page.waitForFunction(() => document.querySelector('.engine-line')?.textContent.startsWith('Live on'));
        await onGpu(page);
        await close();
        await gpu.close();
    });
});
