// What the tests of lessons 1 and 2 share: opening a lesson, its pictures, its timeline, its buttons.

import { Buffer } from 'node:buffer';
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';

import { watchedPage } from './browser.mjs';

const FAILURES = fileURLToPath(new URL('./failures/', import.meta.url));
/** A live run may take long on a busy machine. */
export const PATIENCE = 90_000;
export const WIDE = { viewport: { width: 1360, height: 900 }, reducedMotion: 'reduce' };
export const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, reducedMotion: 'reduce' };

/** Opens an address, lets `drive` use it, expects no fault; a failure leaves a screenshot. */
export async function visit(browser, site, query, drive, options = {}) {
    const { page, faults, close } = await watchedPage(browser, site, { ...WIDE, ...options });
    page.setDefaultTimeout(PATIENCE);
    try {
        await page.goto(site.url + query);
        await page.waitForSelector('.main-picture canvas');
        // The last part of the page to be built.
        await page.waitForSelector('.chip', { state: 'attached' });
        await drive(page, faults);
        assert.deepEqual(faults, []);
    } catch (error) {
        mkdirSync(FAILURES, { recursive: true });
        await page.screenshot({ path: `${FAILURES}${query.replace(/[^a-z0-9]+/gi, '-')}.png` });
        throw error;
    } finally {
        await close();
    }
}

/** Width, height and RGBA bytes of a canvas. */
export const pixels = (page, selector = '.main-picture canvas') =>
    page.$eval(selector, (canvas) => {
        const { width, height } = canvas;
        return { width, height, data: [...canvas.getContext('2d').getImageData(0, 0, width, height).data] };
    });
export const colours = ({ data }) =>
    new Set(Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 3).join())).size;
export const mean = ({ data }) => data.filter((_, i) => i % 4 < 3).reduce((sum, v) => sum + v, 0) / (data.length * 0.75);
export const numbers = (text) => [...text.replaceAll('−', '-').matchAll(/-?\d+(\.\d+)?(e-?\d+)?/g)].map(([n]) => Number(n));

/** Moves the timeline to a state. */
export async function seek(page, state) {
    await page.$eval('.timeline input', (slider, value) => {
        slider.value = value;
        slider.dispatchEvent(new Event('input', { bubbles: true }));
    }, String(state));
    await page.waitForTimeout(60);
}
/** The state the timeline is at. */
export const head = (page) => page.$eval('.timeline input', (slider) => Number(slider.value));
export const headAt = (page, state) =>
    page.waitForFunction((state) => document.querySelector('.timeline input')?.value === String(state), state);
export const press = (page, name) => page.getByRole('button', { name, exact: true }).first().click();
export const openDrawer = (page) => page.$eval('.drawer', (drawer) => (drawer.open = true));
export const live = (page) =>
    page.waitForFunction(() => /^live .* ms\/step/.test(document.querySelector('.chip summary')?.textContent ?? ''));
export const notices = (page) => page.$$eval('.notices li span', (list) => list.map((item) => item.textContent));
export const said = (page, text) =>
    page.waitForFunction((text) => [...document.querySelectorAll('.notices li')].some((li) => li.textContent.includes(text)), text);
/** Waits for an address that says `pattern`. */
export const address = (page, pattern) => page.waitForFunction(([source]) => new RegExp(source).test(location.search), [pattern.source]);
/** Brings a beat, by its number, to the middle of the window, as scrolling does. */
export async function read(page, beat) {
    await page.$eval(`[data-beat="${beat}"]`, (section) => {
        document.documentElement.style.scrollBehavior = 'auto';
        const { top, height } = section.getBoundingClientRect();
        scrollBy(0, top + Math.min(height, innerHeight) / 2 - innerHeight / 2);
    });
    await page.waitForSelector(`[data-beat="${beat}"].seen`);
}

/** A PNG of one colour; `claim` lies about its size. */
export function png(width, height, [r, g, b], claim = [width, height]) {
    const table = Array.from({ length: 256 }, (_, n) => Array.from({ length: 8 }).reduce((c) => (c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1), n));
    const crc = (bytes) => (~bytes.reduce((c, byte) => table[(c ^ byte) & 255] ^ (c >>> 8), ~0)) >>> 0;
    const chunk = (type, body) => {
        const data = Buffer.concat([Buffer.from(type), body]);
        const frame = Buffer.alloc(8);
        frame.writeUInt32BE(body.length, 0);
        frame.writeUInt32BE(crc(data), 4);
        return Buffer.concat([frame.subarray(0, 4), data, frame.subarray(4)]);
    };
    const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
    head.writeUInt32BE(claim[0], 0);
    head.writeUInt32BE(claim[1], 4);
    const row = Buffer.concat([Buffer.from([0]), Buffer.from(Array(width).fill([r, g, b]).flat())]);
    const body = deflateSync(Buffer.concat(Array(height).fill(row)));
    const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
    return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', body), chunk('IEND', Buffer.alloc(0))]);
}

