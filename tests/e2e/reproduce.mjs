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
            const chip = document.querySelector('.stage .chip');
            if (chip === null) return false;
            const shown = [...chip.querySelectorAll('dd')].map((fact) => fact.textContent);
            const summary = chip.querySelector('summary').textContent;
            return /^live .* ms\/step/.test(summary) && summary.includes(line) && facts.every((fact) => shown.includes(fact));
        },
        [facts, line],
    );

/** The lines of the stage's chip: commands, then Python. */
export const lines = (page) => page.$$eval('.stage .chip pre code', (list) => list.map((code) => code.textContent));

/** Runs a command line of the crate in `folder`, with its end exchanged, and answers what it prints. */
export const run = (line, folder, end) =>
    execSync(line.replace('cargo noisewalk', `'${NOISEWALK}'`).replace(/-o \S+$/, end), { cwd: folder, shell: '/bin/sh', encoding: 'utf8' });

/** Runs a line of the chip in `folder` and answers the picture it makes. */
async function native(page, folder, into, index) {
    const line = (await lines(page))[index];
    assert.match(line, /^cargo noisewalk (sample|noise) .* -o \S+\.png$/s);
    const path = join(into, 'native.png');
    run(line, folder, `-o '${path}'`);
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
 * Largest difference in any channel of any pixel of the pictures from `first` up to `count`, in 255ths.
 *
 * The page puts one pixel between pictures; the command makes each pixel four wide and puts two between.
 * Each has its own number of `columns`; `line` is the line of the chip that is run, and `canvas` what it is compared with.
 */
export async function difference(page, { size = 16, first = 0, count = 1, folder = ROOT, into, columns, line = 0, canvas = '.main-picture canvas' }) {
    const there = await native(page, folder, into, line);
    const here = await page.$eval(canvas, (canvas) => ({
        width: canvas.width,
        data: [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data],
    }));
    const square = Math.ceil(Math.sqrt(count));
    const { ours, theirs } = { ours: square, theirs: square, ...columns };
    let worst = 0;
    const shades = new Set();
    for (let picture = first; picture < count; picture++) {
        const place = (columns) => [picture % columns, Math.floor(picture / columns)];
        const [[left, top], [across, down]] = [place(ours), place(theirs)];
        for (let pixel = 0; pixel < size * size; pixel++) {
            const [x, y] = [pixel % size, Math.floor(pixel / size)];
            const a = ((top * (size + 1) + y) * here.width + left * (size + 1) + x) * 4;
            const b = ((down * (4 * size + 2) + 4 * y) * there.width + across * (4 * size + 2) + 4 * x) * 4;
            for (let channel = 0; channel < 3; channel++) {
                worst = Math.max(worst, Math.abs(here.data[a + channel] - there.data[b + channel]));
                shades.add(here.data[a + channel]);
            }
        }
    }
    assert.ok(shades.size > 8, 'a picture has many shades');
    return worst;
}
