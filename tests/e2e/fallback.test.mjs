// What the page does when the GPU fails it, when a load or a run takes too long, and when a shader cannot draw.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { BROWSERS, launch } from './browser.mjs';
import { colours, live, notices, pixels, png, press, said, seek, visit } from './drive.mjs';
import { deviceByte, eventByte, requestByte } from './postcard.mjs';
import { DIST, serve } from './site.mjs';

/** A worker that speaks the engine's protocol: a GPU of its own, on which every load ends as `onGpu` says. */
function engine(onGpu) {
    const body = `
        const text = (string) => [string.length, ...new TextEncoder().encode(string)];
        const say = (...bytes) => postMessage(Uint8Array.from(bytes));
        const WARM_UP = 3;
        let kind = 0;
        onmessage = ({ data: [request, first] }) => {
            if (request === ${requestByte('start')}) {
                kind = first === ${deviceByte('cpu')} ? 1 : 0;
                say(${eventByte('device')}, kind, ...text('a card'), 0, 1, 0, ...text('because'));
            }
            if (request !== ${requestByte('load')}) return;
            if (kind === 1) say(${eventByte('failed')}, 1, first, ...text('the CPU was asked'), ...text('Good.'));
            else (${onGpu})(first, say, text, WARM_UP);
        };
        say(${eventByte('ready')});`;
    return (_, response) => response.writeHead(200, { 'content-type': 'text/javascript' }).end(body);
}

describe('with an engine that fails', () => {
    let browser;
    before(async () => (browser = await launch(BROWSERS['no webgpu'])));
    after(() => browser.close());

    /** Opens lesson 2 with such an engine. */
    async function open(onGpu, query, drive) {
        const site = await serve({ 'engine_loader.js': engine(onGpu) });
        await visit(browser, site, `?lesson=reverse${query}`, drive).finally(() => site.close());
    }
    const line = (page, part) =>
        page.waitForFunction((part) => document.querySelector('.engine-line')?.textContent.includes(part), part);
    const wrong = `(id, say, text, stage) => { say(${eventByte('progress')}, id, stage, 0, 1); say(${eventByte('failed')}, 1, id, ...text('wrong numbers'), ...text('Choose the CPU.')); }`;
    const crash = `(id, say, text) => say(${eventByte('crashed')}, ...text('the device was lost'))`;
    const silent = '() => {}';

    test('a GPU that computes wrong numbers gives way to the CPU, where nobody asked for it by name', async () => {
        await open(wrong, '', async (page) => {
            await said(page, 'The GPU does not work for this (wrong numbers)');
            await line(page, 'the CPU was asked');
        });
        await open(wrong, '&device=webgpu', async (page) => {
            await line(page, 'wrong numbers. Choose the CPU.');
            assert.deepEqual(await notices(page), []);
        });
    });

    test('so does one that is lost twice', () =>
        open(crash, '', async (page) => {
            await said(page, 'The GPU does not work for this (the device was lost)');
            await line(page, 'the CPU was asked');
        }));

    test('one that was asked for by name is started again, and then given up', () =>
        open(crash, '&device=webgpu', (page) => line(page, 'keeps stopping')));

    test('a load that takes long says its seconds and can be cancelled', () =>
        open(silent, '', async (page) => {
            await page.waitForFunction(() => /Loading the model · [1-9] s/.test(document.querySelector('.engine-line')?.textContent));
            await press(page, 'Cancel');
            await line(page, 'Recorded runs only');
            assert.equal(await page.$('[data-control="cancel"]'), null);
            assert.equal(page.workers().length, 0);
        }));
});

/** The engine's own loader, but what was not asked for by name is called a GPU, and `late` holds back or changes that it is ready. */
const lateGpu = (late) => ({
    'engine_loader.js': (_, response) =>
        response.writeHead(200, { 'content-type': 'text/javascript' }).end(`
            const say = postMessage.bind(self);
            let isGpu = false;
            addEventListener('message', ({ data }) => data[0] === ${requestByte('start')} && (isGpu = data[1] === ${deviceByte('auto')}));
            self.postMessage = (bytes, transfer) => {
                if (isGpu && bytes[0] === ${eventByte('device')}) bytes[1] = 0;
                if (isGpu && bytes[0] === ${eventByte('loaded')}) (${late})(() => say(bytes, transfer), say, bytes);
                else say(bytes, transfer);
            };
            await import('./engine_itself.js');`),
    'engine_itself.js': (_, response) =>
        response.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(`${DIST}/engine_loader.js`)),
});

describe('with a GPU that is long in getting ready', () => {
    let browser;
    before(async () => (browser = await launch(BROWSERS['no webgpu'])));
    after(() => browser.close());

    async function open(late, query, drive) {
        const site = await serve(lateGpu(late));
        await visit(browser, site, query, drive).finally(() => site.close());
    }
    const maker = (page, name) =>
        page.waitForFunction((name) => document.querySelector('.chip summary')?.textContent.startsWith(`live · ${name}`), name);

    /** Waits until there are so many: two while the GPU gets ready, one before and after. */
    async function workers(page, count) {
        for (const until = Date.now() + 60_000; page.workers().length !== count; await page.waitForTimeout(100)) {
            assert.ok(Date.now() < until, `${page.workers().length} workers, not ${count}`);
        }
    }

    test('the CPU computes meanwhile, and the GPU takes over', () =>
        open('(ready) => setTimeout(ready, 12000)', '?lesson=reverse&v=1&n=4&at=4', async (page) => {
            await maker(page, 'CPU');
            await live(page);
            const before = await pixels(page);
            await workers(page, 2);
            await maker(page, 'WebGPU');
            await live(page);
            await workers(page, 1);
            assert.deepEqual(await pixels(page), before);
            assert.deepEqual(await notices(page), []);
        }));

    test('it takes over with the model of the lesson that is open by then', () =>
        open('(ready) => setTimeout(ready, 9000)', '?lesson=reverse&v=1&n=4&at=4', async (page) => {
            await maker(page, 'CPU');
            await page.click('nav a[href*="lesson=words"]');
            await page.waitForFunction(() => /^live · CPU/.test(document.querySelector('.chip summary')?.textContent));
            await maker(page, 'WebGPU');
            await workers(page, 1);
        }));

    test('what the lab has learnt goes over with it, once it rests', () =>
        open('(ready) => setTimeout(ready, 9000)', '?lesson=lab&width=16&depth=1&particles=100&steps=5', async (page) => {
            const learnt = () => page.$eval('.progress', (line) => Number.parseInt(line.textContent, 10));
            await workers(page, 2);
            await page.waitForFunction(() => /waiting/.test(document.querySelector('.progress').textContent));
            const before = await learnt();
            await workers(page, 1);
            await page.waitForFunction((before) => Number.parseInt(document.querySelector('.progress')?.textContent, 10) >= before, before);
        }));

    test('one that computes wrong numbers is given up', () =>
        open(`(ready, say, bytes) => setTimeout(() => say(Uint8Array.from([${eventByte('failed')}, 1, bytes[1], 5, ...new TextEncoder().encode('wrong'), 0])), 9000)`, '?lesson=reverse&v=1&n=4&at=4', async (page) => {
            await maker(page, 'CPU');
            await said(page, 'The GPU does not work for this (wrong)');
            await workers(page, 1);
            await maker(page, 'CPU');
        }));
});

describe('a long run', () => {
    let site;
    let browser;
    before(async () => ([site, browser] = await Promise.all([serve(), launch(BROWSERS['no webgpu'])])));
    after(() => Promise.all([browser.close(), site.close()]));

    test('a run that is asked for again before another began is left as it was', () =>
        visit(browser, site, '?lesson=reverse&v=1&n=6&at=6&device=cpu', async (page) => {
            await live(page);
            const before = await pixels(page);
            await page.evaluate(() => {
                const seed = document.querySelector('.seed input');
                const first = seed.value;
                for (const value of ['99', first]) {
                    seed.value = value;
                    seed.dispatchEvent(new Event('change', { bubbles: true }));
                }
            });
            await page.waitForTimeout(700);
            assert.deepEqual(await pixels(page), before);
            assert.match(await page.textContent('.chip summary'), /^live · CPU/);
        }));
});

describe('with a GPU', () => {
    let site;
    let browser;
    before(async () => ([site, browser] = await Promise.all([serve(), launch(BROWSERS.webgpu)])));
    after(() => Promise.all([browser.close(), site.close()]));

    test('another device computes the run anew', () =>
        visit(browser, site, '?lesson=reverse&v=1&n=2&at=2&device=cpu', async (page) => {
            page.setDefaultTimeout(240_000);
            await live(page);
            assert.match(await page.textContent('.chip summary'), /^live · CPU/);
            const finished = await page.textContent('.announcer');
            await page.$eval('.drawer', (drawer) => (drawer.open = true));
            await page.selectOption('.device select', 'webgpu');
            await page.waitForFunction(() => document.querySelector('.engine-line').textContent.includes('software GPU'));
            // Until the new run is there, the chip names the device of the old one.
            await page.waitForFunction(() => /^live · WebGPU .* ms\/step/.test(document.querySelector('.chip summary').textContent));
            assert.notEqual(await page.textContent('.announcer'), finished);
        }));

    const PICTURE = { name: 'a.png', mimeType: 'image/png', buffer: png(400, 400, [10, 200, 30]) };
    /** The pixels of a canvas that a worker draws. */
    const drawn = (page) =>
        page.$eval('.main-picture canvas', (canvas) => {
            const copy = new OffscreenCanvas(canvas.width, canvas.height);
            const context = copy.getContext('2d');
            context.drawImage(canvas, 0, 0);
            return { width: canvas.width, height: canvas.height, data: [...context.getImageData(0, 0, copy.width, copy.height).data] };
        });

});
