// What the tests of lesson 3 share: opening it, typing, waiting for live pictures, and a classifier that judges them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { watchedPage } from './browser.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FAILURES = fileURLToPath(new URL('./failures/', import.meta.url));
/** The command line of the same crate; `cargo xtask test e2e` builds it and says where it is. */
const NOISEWALK = process.env.NOISEWALK ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'debug/noisewalk');
/** A live run may take long on a busy machine, and longest on a GPU that is software. */
const PATIENCE = 180_000;
const WIDE = { viewport: { width: 1360, height: 900 }, reducedMotion: 'reduce', acceptDownloads: true };

/** A folder for saved pictures. */
export function workshop() {
    assert.ok(existsSync(NOISEWALK), `${NOISEWALK} is missing; run cargo xtask test e2e, or set NOISEWALK`);
    const folder = mkdtempSync(join(tmpdir(), 'noisewalk-words-'));
    return { folder, clear: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Opens lesson 3 with a query, lets `drive` use it, expects no fault; a failure leaves a screenshot. */
export async function visit(browser, site, query, drive, options = {}) {
    const { page, faults, close } = await watchedPage(browser, site, { ...WIDE, ...options });
    page.setDefaultTimeout(PATIENCE);
    try {
        await page.goto(`${site.url}?lesson=words&${query}`);
        await page.waitForSelector('.chip');
        await drive(page);
        assert.deepEqual(faults, []);
    } catch (error) {
        mkdirSync(FAILURES, { recursive: true });
        await page.screenshot({ path: `${FAILURES}words-${query.replace(/[^a-z0-9]+/gi, '-').slice(0, 60)}.png` });
        throw error;
    } finally {
        await close();
    }
}

/** Waits until the whole run of a prompt is on the stage, computed just now. */
export const live = (page, prompt) =>
    page.waitForFunction((prompt) => {
        const chip = document.querySelector('.chip');
        if (chip === null) return false;
        const shown = [...chip.querySelectorAll('dd')].some((fact) => fact.textContent === prompt);
        return /^live .* ms\/step/.test(chip.querySelector('summary').textContent) && shown;
    }, prompt);
export const type = (page, prompt) => page.fill('.prompt-line input', prompt);
export const said = (page) => page.textContent('.prompt .remark');
export const pixels = (page) =>
    page.$eval('.main-picture canvas', (canvas) => {
        const { width, height } = canvas;
        return canvas.getContext('2d').getImageData(0, 0, width, height).data.join();
    });

/** Sets a slider as dragging it does. */
export const slide = (page, selector, value) =>
    page.$eval(selector, (slider, value) => {
        slider.value = String(value);
        slider.dispatchEvent(new Event('input', { bubbles: true }));
    }, value);
/** Waits until the picture is another one than `before`. */
export const changed = (page, before) =>
    page.waitForFunction((before) => {
        const canvas = document.querySelector('.main-picture canvas');
        return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.join() !== before;
    }, before);
/** Opens the controls of the second rank. */
export const drawer = (page) => page.$eval('details.drawer', (drawer) => (drawer.open = true));

/** What the classifier sees in a picture file: attribute → value. */
function look(path) {
    const seen = execFileSync(NOISEWALK, ['eval', 'attributes', path], { cwd: ROOT, encoding: 'utf8' });
    return Object.fromEntries(seen.trim().split('\n').map((line) => line.split(': ')));
}

/** Saves the picture as a person does, and asks the classifier what it sees. */
export async function judged(page, folder) {
    await page.$eval('details.drawer', (drawer) => (drawer.open = true));
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Save picture')]);
    const path = join(folder, `${Date.now()}.png`);
    await download.saveAs(path);
    return look(path);
}

/** The tiles of the picture, row by row: their pixels, and what the classifier sees in each. */
export async function tiles(page, folder) {
    const found = await page.$eval('.main-picture canvas', (canvas) => {
        const tiles = [];
        for (let top = 0; top + 16 <= canvas.height; top += 17) {
            for (let left = 0; left + 16 <= canvas.width; left += 17) {
                const tile = document.createElement('canvas');
                [tile.width, tile.height] = [16, 16];
                tile.getContext('2d').drawImage(canvas, left, top, 16, 16, 0, 0, 16, 16);
                tiles.push({ pixels: canvas.getContext('2d').getImageData(left, top, 16, 16).data.join(), png: tile.toDataURL() });
            }
        }
        return tiles;
    });
    return found.map(({ pixels, png }, index) => {
        const path = join(folder, `${Date.now()}-${index}.png`);
        writeFileSync(path, Buffer.from(png.split(',')[1], 'base64'));
        return { pixels, seen: () => look(path) };
    });
}
