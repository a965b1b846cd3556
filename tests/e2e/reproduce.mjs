// Runs the command line that a chip shows and compares its picture with the page's.

import assert from 'node:assert/strict';
import { execSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The command line of the same crate; `cargo xtask test e2e` builds it and says where it is. */
export const NOISEWALK = process.env.NOISEWALK ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'debug/noisewalk');

export const isBuilt = () => assert.ok(existsSync(NOISEWALK), `${NOISEWALK} is missing; run cargo xtask test e2e, or set NOISEWALK`);

/** Waits until a whole run with these facts in the chip is on the stage, computed just now. */
export const live = (page, facts, line = '') =>
    page.waitForFunction(
        ([facts, line]) => {
            const chip = document.querySelector('.chip');
            if (chip === null) return false;
            const shown = [...chip.querySelectorAll('dd')].map((fact) => fact.textContent);
            const summary = chip.querySelector('summary').textContent;
            return /^live .* ms\/step/.test(summary) && summary.includes(line) && facts.every((fact) => shown.includes(fact));
        },
        [facts, line],
    );

/** Runs the chip's first line in `folder` and answers the picture it makes. */
async function native(page, folder, into) {
    const line = await page.$eval('.chip pre code', (code) => code.textContent);
    assert.match(line, /^cargo noisewalk sample .* -o \S+\.png$/);
    const path = join(into, 'native.png');
    execSync(line.replace('cargo noisewalk', `'${NOISEWALK}'`).replace(/-o \S+$/, `-o '${path}'`), { cwd: folder, shell: '/bin/sh' });
    const source = `data:image/png;base64,${readFileSync(path).toString('base64')}`;
    return page.evaluate(async (source) => {
        const image = new Image();
        image.src = source;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height);
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        return { width: image.width, data: [...context.getImageData(0, 0, image.width, image.height).data] };
    }, source);
}

/**
 * Largest difference in any channel of any pixel of the first `count` pictures, in 255ths.
 *
 * The page puts one pixel between pictures; the command makes each pixel four wide and puts two between.
 */
export async function difference(page, { size = 16, count = 1, folder = ROOT, into }) {
    const there = await native(page, folder, into);
    const here = await page.$eval('.main-picture canvas', (canvas) => ({
        width: canvas.width,
        data: [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data],
    }));
    const columns = Math.ceil(Math.sqrt(count));
    let worst = 0;
    const shades = new Set();
    for (let picture = 0; picture < count; picture++) {
        const [left, top] = [picture % columns, Math.floor(picture / columns)];
        for (let pixel = 0; pixel < size * size; pixel++) {
            const [x, y] = [pixel % size, Math.floor(pixel / size)];
            const a = ((top * (size + 1) + y) * here.width + left * (size + 1) + x) * 4;
            const b = ((top * (4 * size + 2) + 4 * y) * there.width + left * (4 * size + 2) + 4 * x) * 4;
            for (let channel = 0; channel < 3; channel++) {
                worst = Math.max(worst, Math.abs(here.data[a + channel] - there.data[b + channel]));
                shades.add(here.data[a + channel]);
            }
        }
    }
    assert.ok(shades.size > 8, 'a picture has many shades');
    return worst;
}
