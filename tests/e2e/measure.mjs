// How fast the page is there: the figures that Lighthouse reports, measured in headless Chromium and printed as a table.
//
//     node tests/e2e/measure.mjs [CPU slowdown, 1 by default]
//
// A first visit each time, from an empty cache, served from this machine. "interactive" is when the first control of the
// lesson answers; "blocking" is the part of long main-thread tasks above 50 ms, until the engine has drawn or 20 s are over.

import { LOCALE, launch } from './browser.mjs';
import { serve } from './site.mjs';

const VISITS = { home: '', forward: 'lesson=forward', reverse: 'lesson=reverse', words: 'lesson=words', schedules: 'lesson=schedules', lab: 'lesson=lab' };
const SLOWDOWN = Number(process.argv[2] ?? 1);
const PATIENCE = 20_000;

/** Runs before the page: keeps what the browser reports. */
function watch() {
    globalThis.longTasks = [];
    globalThis.largest = 0;
    new PerformanceObserver((list) => {
        for (const { startTime, duration } of list.getEntries()) globalThis.longTasks.push({ startTime, duration });
    }).observe({ type: 'longtask', buffered: true });
    new PerformanceObserver((list) => {
        for (const { startTime } of list.getEntries()) globalThis.largest = startTime;
    }).observe({ type: 'largest-contentful-paint', buffered: true });
}

async function measure(browser, site, query) {
    const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, serviceWorkers: 'block', locale: LOCALE });
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
    await page.addInitScript(watch);
    await page.goto(`${site.url}?${query}`);
    await page.waitForSelector(query ? '.timeline input, [data-control]' : '.cards a');
    // A task of its own after the element is there: nothing before it keeps a press from being heard.
    const interactive = await page.evaluate(() => new Promise((done) => setTimeout(() => done(performance.now()), 0)));
    const isDrawn = () => !document.querySelector('.chip') || /^live/.test(document.querySelector('.chip summary').textContent);
    await page.waitForFunction(isDrawn, undefined, { timeout: PATIENCE }).catch(() => {});
    await page.waitForTimeout(500);
    const seen = await page.evaluate(() => ({
        paints: Object.fromEntries(performance.getEntriesByType('paint').map(({ name, startTime }) => [name, startTime])),
        largest: globalThis.largest,
        tasks: globalThis.longTasks.map(({ duration }) => duration),
        bytes: [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce((sum, { transferSize }) => sum + transferSize, 0),
    }));
    await context.close();
    return {
        'first paint': seen.paints['first-paint'],
        'first contentful': seen.paints['first-contentful-paint'],
        'largest contentful': seen.largest,
        interactive,
        'long tasks': seen.tasks.length,
        longest: Math.max(0, ...seen.tasks),
        blocking: seen.tasks.reduce((sum, duration) => sum + duration - 50, 0),
        'kB (uncompressed)': seen.bytes / 1000,
    };
}

const [site, browser] = await Promise.all([serve(), launch()]);
const rows = {};
for (const [name, query] of Object.entries(VISITS)) {
    const found = await measure(browser, site, query);
    rows[name] = Object.fromEntries(Object.entries(found).map(([key, value]) => [key, Math.round(value ?? 0)]));
}
console.log(`milliseconds, ${browser.version()}, processor slowed down ${SLOWDOWN} times`);
console.table(rows);
await Promise.all([browser.close(), site.close()]);
