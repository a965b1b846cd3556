// What a run can be taken home as: picture, strip, animation. The files are decoded and compared with the screen.

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { inflateSync } from 'node:zlib';

import { launch, watchedPage } from './browser.mjs';
import { serve } from './site.mjs';

const WIDE = { viewport: { width: 1360, height: 900 }, reducedMotion: 'reduce' };

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch()])));
after(() => Promise.all([browser.close(), site.close()]));

const table = Array.from({ length: 256 }, (_, n) => Array.from({ length: 8 }).reduce((c) => (c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1), n));
const crc = (bytes) => (~bytes.reduce((c, byte) => table[(c ^ byte) & 255] ^ (c >>> 8), ~0)) >>> 0;

/** The chunks of a PNG file; every checksum must be right. */
function chunks(file) {
    assert.deepEqual([...file.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
    const list = [];
    for (let at = 8; at < file.length; ) {
        const length = file.readUInt32BE(at);
        const kind = file.toString('latin1', at + 4, at + 8);
        assert.equal(file.readUInt32BE(at + 8 + length), crc(file.subarray(at + 4, at + 8 + length)), kind);
        list.push({ kind, body: file.subarray(at + 8, at + 8 + length) });
        at += 12 + length;
    }
    return list;
}

/** RGBA of compressed rows that use the filters none, sub and up. */
function unfiltered(compressed, width, height) {
    const raw = inflateSync(compressed);
    assert.equal(raw.length, height * (width * 4 + 1));
    const out = Buffer.alloc(width * height * 4);
    for (let y = 0; y < height; y += 1)
        for (let x = 0, row = y * width * 4, from = y * (width * 4 + 1); x < width * 4; x += 1) {
            const left = x < 4 ? 0 : out[row + x - 4];
            const above = y === 0 ? 0 : out[row + x - width * 4];
            out[row + x] = raw[from + 1 + x] + [0, left, above][raw[from]];
        }
    return out;
}

/** Reads an animated PNG: its size, and milliseconds and RGBA of each frame. */
function animation(file) {
    const list = chunks(file);
    const head = list[0].body;
    const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
    const controls = list.filter(({ kind }) => kind === 'fcTL');
    const data = list.filter(({ kind }) => ['IDAT', 'fdAT'].includes(kind));
    assert.deepEqual(list.map(({ kind }) => kind), ['IHDR', 'acTL', 'fcTL', 'IDAT', ...Array(controls.length - 1).fill(['fcTL', 'fdAT']).flat(), 'IEND']);
    assert.equal(list[1].body.readUInt32BE(0), controls.length);
    const numbered = list.filter(({ kind }) => ['fcTL', 'fdAT'].includes(kind));
    assert.deepEqual(numbered.map(({ body }) => body.readUInt32BE(0)), numbered.map((_, index) => index));
    const frames = data.map(({ kind, body }, index) => ({
        millis: controls[index].body.readUInt16BE(20),
        rgba: unfiltered(kind === 'IDAT' ? body : body.subarray(4), width, height),
    }));
    return { width, height, frames };
}

async function visit(query, look) {
    const { page, faults, close } = await watchedPage(browser, site, WIDE);
    await page.goto(site.url + query);
    await page.waitForSelector('.chip');
    await page.waitForFunction(() => Number(document.querySelector('.timeline input').max) > 1);
    await page.$eval('.drawer', (drawer) => (drawer.open = true));
    await look(page);
    assert.deepEqual(faults, []);
    await close();
}
async function saved(page, name) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name, exact: true }).click()]);
    return { name: download.suggestedFilename(), file: readFileSync(await download.path()) };
}
const shown = (page) =>
    page.$eval('.main-picture canvas', (canvas) => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]);

for (const lesson of ['reverse', 'words'])
    test(`the run of lesson ${lesson} as an animation has every state, the last one as it is shown`, () =>
        visit(`?lesson=${lesson}&device=none`, async (page) => {
            await page.keyboard.press('End');
            await page.waitForTimeout(100);
            const states = Number(await page.getAttribute('.timeline input', 'max')) + 1;
            const { name, file } = await saved(page, 'Save animation');
            assert.match(name, /^noisewalk-.*\.png$/);
            const { width, height, frames } = animation(file);
            assert.equal(frames.length, states);
            assert.ok(frames.every(({ millis }, index) => millis === (index === states - 1 ? 1500 : 80)));
            assert.ok(width === height && width >= 256 && width % 16 === 0, `${width}`);
            const pixels = await shown(page);
            const zoom = width / 16;
            const last = frames.at(-1).rgba;
            for (let y = 0; y < height; y += 5)
                for (let x = 0; x < width; x += 5) {
                    const from = 4 * (Math.floor(y / zoom) * 16 + Math.floor(x / zoom));
                    assert.deepEqual([...last.subarray(4 * (y * width + x), 4 * (y * width + x) + 4)], pixels.slice(from, from + 4));
                }
            assert.notDeepEqual(frames[0].rgba, last);
            assert.ok(file.length < 400_000, `${file.length} bytes`);
        }));

for (const lesson of ['forward', 'reverse', 'schedules'])
    test(`lesson ${lesson} is saved as a GIF whose last picture is the one shown`, () =>
        visit(`?lesson=${lesson}&device=none`, async (page) => {
            await page.keyboard.press('End');
            await page.waitForTimeout(200);
            const [many, last] = await Promise.all([saved(page, 'Save GIF'), shown(page)]);
            assert.match(many.name, /^noisewalk-.*\.gif$/);
            assert.equal(many.file.toString('latin1', 0, 6), 'GIF89a');
            const seen = await page.evaluate(
                async ([file, last]) => {
                    const data = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
                    const decoder = new ImageDecoder({ data, type: 'image/gif' });
                    await decoder.tracks.ready;
                    const count = decoder.tracks.selectedTrack.frameCount;
                    const { image } = await decoder.decode({ frameIndex: count - 1 });
                    const canvas = new OffscreenCanvas(image.displayWidth, image.displayHeight);
                    const context = canvas.getContext('2d');
                    context.drawImage(image, 0, 0);
                    const millis = image.duration / 1000;
                    image.close();
                    const there = context.getImageData(0, 0, canvas.width, canvas.height).data;
                    const side = document.querySelector('.main-picture canvas').width;
                    const zoom = canvas.width / side;
                    let worst = 0;
                    for (let pixel = 0; pixel < side * side; pixel += 1) {
                        const at = (Math.floor(pixel / side) * zoom * canvas.width + (pixel % side) * zoom) * 4;
                        if (last[pixel * 4 + 3] === 0) continue;
                        for (let channel = 0; channel < 3; channel += 1) worst = Math.max(worst, Math.abs(there[at + channel] - last[pixel * 4 + channel]));
                    }
                    return { count, zoom, millis, worst };
                },
                [many.file.toString('base64'), last],
            );
            assert.equal(seen.millis, 1500);
            assert.equal(seen.count, lesson === 'reverse' ? 21 : 100);
            assert.ok(seen.zoom > 1 && Number.isInteger(seen.zoom), `${seen.zoom}`);
            // 16 × 16 pixels keep their colours; of four such pictures, 1024 colours share 256 places.
            assert.ok(seen.worst <= (lesson === 'schedules' ? 64 : 0), `${seen.worst}`);
        }));

test('an animation of a hundred states is packed without holding the page up', () =>
    visit('?lesson=forward&device=none', async (page) => {
        await page.evaluate(() => {
            globalThis.longest = 0;
            new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => (globalThis.longest = Math.max(globalThis.longest, duration)))).observe({ type: 'longtask' });
        });
        await saved(page, 'Save animation');
        const longest = await page.evaluate(() => globalThis.longest);
        // A development build on a busy machine is far slower than the page people get.
        assert.ok(longest < 1000, `${longest} ms`);
    }));

test('settings are saved as a file', () =>
    visit('?lesson=reverse&n=9&device=none', async (page) => {
        await page.$eval('.share', (panel) => (panel.open = true));
        const { name, file } = await saved(page, 'Save settings as JSON');
        assert.equal(name, 'noisewalk-reverse.json');
        assert.equal(JSON.parse(file).n, 9);
    }));

test('a comparison is saved with its split, its difference and captions', () =>
    visit('?lesson=reverse&n=3&compare=1&device=cpu', async (page) => {
        await page.waitForFunction(() => /^live .* ms\/step/.test(document.querySelector('.chip summary').textContent), undefined, { timeout: 90_000 });
        await page.waitForFunction(() => document.querySelector('figure.difference canvas').width === 16, undefined, { timeout: 90_000 });
        await page.waitForTimeout(3000);
        const { name, file } = await saved(page, 'Save picture');
        assert.equal(name, 'noisewalk-7-compared.png');
        // Two parts of 1024 pixels with 32 around each, and a caption of 56 under them.
        assert.deepEqual([file.readUInt32BE(16), file.readUInt32BE(20)], [2144, 1144]);
    }));

test('a browser plays the animation', () =>
    visit('?lesson=reverse&device=none', async (page) => {
        const { file } = await saved(page, 'Save animation');
        const frames = await page.evaluate(async (bytes) => {
            const decoder = new ImageDecoder({ data: new Uint8Array(bytes), type: 'image/png' });
            await decoder.tracks.ready;
            return decoder.tracks.selectedTrack.frameCount;
        }, [...file]);
        assert.equal(frames, 21);
    }));

test('picture and strip are saved at twice the size of the stage', () =>
    visit('?lesson=reverse&device=none', async (page) => {
        const size = ({ file }) => [chunks(file)[0].body.readUInt32BE(0), chunks(file)[0].body.readUInt32BE(4)];
        assert.deepEqual(size(await saved(page, 'Save picture')), [1024, 1024]);
        // Eleven states and predictions of 16 pixels with one between, five times as large.
        assert.deepEqual(size(await saved(page, 'Save strip')), [930, 165]);
    }));
