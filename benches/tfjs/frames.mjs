// Frames a second of the lab's plane while 20 000 particles play: `cargo xtask build && node benches/tfjs/frames.mjs`.
//
// The aim is 60 on a laptop. A frame counts when the canvas has been drawn anew.

import { BROWSERS, launch } from '../../tests/e2e/browser.mjs';
import { serve } from '../../tests/e2e/site.mjs';

/** Milliseconds that are counted. */
const TIME = 4000;
const VIEWS = ['particles', 'density', 'velocity'];

const site = await serve();
const browser = await launch(BROWSERS['no webgpu']);
try {
    for (const view of VIEWS) {
        const page = await browser.newPage();
        await page.goto(`${site.url}?lesson=lab&device=cpu&particles=20000&steps=100&view=${view}`);
        await page.waitForFunction(() => /waiting/.test(document.querySelector('.progress')?.textContent ?? ''), null, { timeout: 300_000 });
        await page.waitForFunction(() => Number(document.querySelector('.timeline input').max) >= 100, null, { timeout: 300_000 });
        const [drawn, longest] = await page.evaluate(async (time) => {
            const { prototype } = CanvasRenderingContext2D;
            const { putImageData } = prototype;
            let drawn = 0;
            prototype.putImageData = function (...given) {
                drawn += 1;
                return putImageData.apply(this, given);
            };
            const slider = document.querySelector('.timeline input');
            const began = performance.now();
            let [last, longest] = [began, 0];
            // Every frame asks for another state, as a hand that drags does.
            for (let state = 0; performance.now() - began < time; state = (state + 1) % 101) {
                slider.value = String(state);
                slider.dispatchEvent(new Event('input', { bubbles: true }));
                await new Promise(requestAnimationFrame);
                longest = Math.max(longest, performance.now() - last);
                last = performance.now();
            }
            return [(1000 * drawn) / (performance.now() - began), longest];
        }, TIME);
        console.log(`${view.padEnd(10)} ${drawn.toFixed(0).padStart(4)} frames a second, the longest took ${longest.toFixed(0)} ms`);
        await page.close();
    }
} finally {
    await browser.close();
    await site.close();
}
