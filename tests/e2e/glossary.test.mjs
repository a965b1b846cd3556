// The glossary: opened from the frame, from the help and from a term; searched; closed.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { launch, watchedPage } from './browser.mjs';
import { serve } from './site.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDE = { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' };
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, reducedMotion: 'reduce' };

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch()])));
after(() => Promise.all([browser.close(), site.close()]));

async function open(drive, options = WIDE) {
    const { page, faults, close } = await watchedPage(browser, site, options);
    await page.goto(`${site.url}?lesson=reverse&device=none`);
    await page.waitForSelector('.chip', { state: 'attached' });
    await drive(page);
    assert.deepEqual(faults, []);
    await close();
}
const entries = (page) => page.$$eval('.glossary dt', (all) => all.map((entry) => entry.textContent));
const isOpen = (page) => page.waitForSelector('.glossary[open]');
const isClosed = (page) => page.waitForSelector('.glossary[open]', { state: 'detached' });

test('it opens from the frame, is searched, and closes', () =>
    open(async (page) => {
        await page.click('.rail-foot >> text=Glossary');
        await isOpen(page);
        const all = await entries(page);
        assert.ok(all.length >= 25 && all.includes('x̂₀'), all.join());
        await page.getByLabel('Search').fill('guidance');
        const found = await entries(page);
        assert.ok(found.length >= 1 && found.length < 5 && found.includes('w'), found.join());
        await page.getByLabel('Search').fill('zebra');
        assert.match(await page.textContent('.glossary'), /No term/);
        await page.keyboard.press('Escape');
        await isClosed(page);
        await page.click('.rail-foot >> text=Glossary');
        await isOpen(page);
        assert.equal((await entries(page)).length, all.length, 'an old search is not kept');
    }));

test('it opens from the list of keys, which makes room for it', () =>
    open(async (page) => {
        await page.keyboard.press('?');
        await page.waitForSelector('.help[open]:not(.glossary)');
        await page.locator('.help[open]').getByRole('button', { name: 'Glossary', exact: true }).click();
        await isOpen(page);
        await page.waitForSelector('.help[open]:not(.glossary)', { state: 'detached' });
        await page.keyboard.press('Escape');
        await isClosed(page);
    }));

test('a term leads to its entry, by mouse and by Enter, and the focus comes back', () =>
    open(async (page) => {
        const term = page.locator('article .term[data-link=eps]').first();
        await term.click();
        await isOpen(page);
        assert.equal(await page.textContent('.glossary [aria-current] dt'), 'ε');
        assert.ok(await page.locator('.glossary [aria-current]').isVisible());
        await page.keyboard.press('Escape');
        await isClosed(page);
        await term.focus();
        await page.keyboard.press('Enter');
        await isOpen(page);
        await page.keyboard.press('Escape');
        await isClosed(page);
        assert.equal(await page.evaluate(() => document.activeElement.dataset.link), 'eps');
    }));

test('a finger sees the bubble first; a second tap opens the glossary', () =>
    open(async (page) => {
        const term = page.locator('article .term[data-link=eps]').first();
        await term.evaluate((element) => element.scrollIntoView({ block: 'center' }));
        await term.tap();
        await page.waitForSelector('.gloss.shown');
        assert.equal(await page.locator('.glossary[open]').count(), 0);
        await term.tap();
        await isOpen(page);
        const { scrollWidth, clientWidth } = await page.$eval('.glossary-list', ({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }));
        assert.ok(scrollWidth <= clientWidth);
    }, PHONE));

test('axe finds nothing in it, in both themes and on a phone', async () => {
    for (const options of [WIDE, PHONE])
        for (const colorScheme of ['light', 'dark'])
            await open(async (page) => {
                await page.click('.rail-foot >> text=Glossary');
                await isOpen(page);
                await page.evaluate(AXE);
                const { violations } = await page.evaluate(() => globalThis.axe.run());
                assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.target).join(', ')}`), []);
            }, { ...options, colorScheme, bypassCSP: true });
});
