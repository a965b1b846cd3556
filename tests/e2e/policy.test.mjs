// The Content-Security-Policy: strict, in force, and never in the way of a lesson.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch, watchedPage } from './browser.mjs';
import { serve } from './site.mjs';

const WIDE = { viewport: { width: 1360, height: 900 }, reducedMotion: 'reduce' };
const PATIENCE = 90_000;

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch()])));
after(() => Promise.all([browser.close(), site.close()]));

/** A page that writes down the violations of its policy, and every request of page and worker. */
async function watched() {
    const opened = await watchedPage(browser, site, WIDE);
    const requests = [];
    opened.page.on('request', (request) => requests.push(request.url()));
    await opened.page.addInitScript(() => {
        globalThis.violations = [];
        addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => globalThis.violations.push(`${violatedDirective}: ${blockedURI}`));
    });
    return { ...opened, requests, violations: () => opened.page.evaluate(() => globalThis.violations) };
}

test('the policy names every inline script by checksum and allows no other, nor any other origin', async () => {
    const { page, close } = await watched();
    await page.goto(site.url);
    const policy = await page.getAttribute('meta[http-equiv="Content-Security-Policy"]', 'content');
    const rules = Object.fromEntries(policy.split(';').map((rule) => rule.trim().split(/\s+/)).map(([name, ...sources]) => [name, sources]));
    assert.deepEqual(rules['default-src'], ["'self'"]);
    assert.ok(rules['script-src'].some((source) => /^'sha256-[A-Za-z0-9+/]{43}='$/.test(source)), policy);
    for (const sources of Object.values(rules))
        for (const source of sources) assert.match(source, /^('self'|'none'|'wasm-unsafe-eval'|'sha256-.*'|blob:|data:|mediastream:)$/);
    assert.deepEqual(rules['style-src'], ["'self'"]);
    await close();
});

test('the policy is in force: a foreign script, a foreign request and an inline script are refused', async () => {
    const { page, violations, close } = await watched();
    await page.goto(site.url);
    await page.waitForSelector('h1');
    const ran = await page.evaluate(async () => {
        const script = document.createElement('script');
        script.textContent = 'globalThis.smuggled = true';
        document.head.append(script);
        const style = document.createElement('style');
        style.textContent = 'h1 { display: none }';
        document.head.append(style);
        await fetch('https://example.org/').catch(() => {});
        return Boolean(globalThis.smuggled);
    });
    assert.equal(ran, false);
    const found = (await violations()).join();
    assert.match(found, /script-src/);
    assert.match(found, /style-src/);
    assert.ok(await page.isVisible('h1'));
    assert.match(found, /connect-src: https:\/\/example\.org/);
    await close();
});

describe('no lesson breaks it, and no request leaves the origin', () => {
    for (const lesson of ['', 'forward', 'reverse', 'words', 'schedules', 'lab'])
        test(lesson || 'home', async () => {
            const { page, faults, requests, violations, close } = await watched();
            await page.goto(`${site.url}${lesson && `?lesson=${lesson}&device=cpu&n=3`}`);
            await page.waitForSelector(lesson ? '.chip' : 'h1');
            if (['reverse', 'words'].includes(lesson))
                await page.waitForFunction(() => /^live .* ms\/step/.test(document.querySelector('.chip summary').textContent), undefined, { timeout: PATIENCE });
            // Everything is opened and every beat is read.
            await page.$$eval('details', (all) => all.forEach((details) => (details.open = true)));
            for (const beat of await page.$$('.beat')) {
                await beat.scrollIntoViewIfNeeded();
                await page.waitForTimeout(60);
            }
            if (lesson) await page.keyboard.press('s');
            await page.waitForTimeout(300);
            assert.deepEqual(await violations(), []);
            assert.ok(requests.length > 4);
            for (const url of requests) assert.ok([site.url, 'blob:', 'data:'].some((start) => url.startsWith(start)), url);
            assert.deepEqual(faults, []);
            await close();
        });
});
