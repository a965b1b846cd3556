// Two hundred runs, most of them overtaken by the next: does the engine stay alive and its memory level?
// `npm run soak`; not part of the checks, for it takes minutes. `?device=cpu`; a browser on Linux, for /proc.

import { readFileSync } from 'node:fs';

import { launch, watchedPage } from './browser.mjs';
import { serve } from './site.mjs';

const RUNS = 200;
const EVERY = 25;

const site = await serve();
const browser = await launch();
const { page, faults } = await watchedPage(browser, site);
page.setDefaultTimeout(120_000);
const session = await browser.newBrowserCDPSession();

/** Resident memory of the page's process, its worker included, in MB. */
async function memory() {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const sizes = processInfo
        .filter(({ type }) => type === 'renderer')
        .map(({ id }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0));
    return Math.round(Math.max(...sizes) / 1000);
}
const finished = () =>
    page.waitForFunction(() => /^live .* ms\/step/.test(document.querySelector('.chip summary')?.textContent ?? ''));

await page.goto(`${site.url}?lesson=reverse&device=cpu`);
await finished();
const began = Date.now();
for (let run = 1; run <= RUNS; run += 1) {
    await page.keyboard.press('r');
    // Between no time and a whole run, so that runs are overtaken at every stage.
    await page.waitForTimeout((run * 97) % 400);
    if (run % EVERY === 0) {
        await finished();
        console.log(`${run} runs, ${Math.round((Date.now() - began) / 1000)} s, ${await memory()} MB`);
    }
}
await page.waitForTimeout(3000);
await finished();
const said = await page.$$eval('.notices li', (list) => list.map((item) => item.textContent));
console.log(`at the end ${await memory()} MB; notices: ${said.length}; faults: ${faults.length}`, said, faults);
await browser.close();
await site.close();
process.exitCode = said.length + faults.length > 0 ? 1 : 0;
