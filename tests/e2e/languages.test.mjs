// The mechanism of languages, tested with two that are computed from English: one longer and accented, one from right to left; and how those that
// are written fit.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { launch, watchedPage } from './browser.mjs';
import { LESSONS, SIZES } from './everyone.mjs';
import { DIST, serve } from './site.mjs';

const COMPUTED = ['x-long', 'x-rtl'];
const LISTED = new URL('../../public/languages.json', import.meta.url);
const WRITTEN = Object.keys(JSON.parse(readFileSync(LISTED, 'utf8'))).filter((tag) => tag !== 'en');

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch()])));
after(() => Promise.all([browser.close(), site.close()]));

/** Opens a lesson, or the first page, in a language; nothing moves there by itself. */
async function visit(lesson, lang, look, prepare = () => {}) {
    const { page, faults, close } = await watchedPage(browser, site, { viewport: SIZES.wide, reducedMotion: 'reduce' });
    page.setDefaultTimeout(20_000);
    await prepare(page);
    await page.goto(`${site.url}?${lesson ? `lesson=${lesson}&` : ''}device=none&lang=${lang}`);
    await page.waitForSelector(lesson ? '.share' : '.hero .chip', { state: 'attached' });
    if (lesson === 'reverse' || lesson === 'words') await page.waitForFunction(() => document.querySelector('.timeline input').max === '20');
    await page.$$eval('details', (all) => all.forEach((details) => (details.open = true)));
    await look(page);
    assert.deepEqual(faults, []);
    await close();
}

/** Words that people read or hear and that are still English: in the computed languages every vowel has an accent. */
const english = (page, within = 'body') =>
    page.evaluate((within) => {
        // Code, papers, what the model reads, what a recorded file says of itself, names of controls in links, of samplers and of indices.
        const kept = 'script, style, noscript, #as-file, code, pre, .sources, .token, .unknown bdi, .share p, .chip dd, .measured .chip dl, .language-name';
        const names = /^(Noisewalk|Ctrl|Esc|avatars|words|next|ddim|heun|euler|ancestral|unipc)$/;
        const found = new Set();
        const look = (text, where) => {
            for (const word of text.match(/[A-Za-z\u00C0-\u017F]{3,}/g) ?? []) {
                const isAbbreviation = (word.match(/[A-Z]/g) ?? []).length > 1;
                if (/[aeiou]/i.test(word) && !isAbbreviation && !/[áéíóú]/i.test(word) && !names.test(word)) found.add(`${word} in “${text.trim().slice(0, 60)}” (${where})`);
            }
        };
        const root = document.querySelector(within);
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) if (!node.parentElement.closest(kept)) look(node.data, node.parentElement.tagName);
        for (const name of ['aria-label', 'aria-description', 'aria-valuetext', 'title', 'alt'])
            for (const element of root.querySelectorAll(`[${name}]`)) if (!element.closest(kept)) look(element.getAttribute(name), name);
        return [...found];
    }, within);

/** What does not hold: a page wider than its window, and things beside one another that lie on one another. */
const broken = (page) =>
    page.evaluate(() => {
        const found = [];
        const { scrollWidth, clientWidth } = document.documentElement;
        if (scrollWidth > clientWidth) found.push(`${scrollWidth - clientWidth} pixels too wide`);
        const said = (element) => `${element.tagName} “${element.textContent.trim().slice(0, 30)}”`;
        for (const row of document.querySelectorAll('.control, .choice-row, .timeline, .rail-foot, .prompt-line, .code-head, .plot-foot, .named-rows, .card, .lesson')) {
            const parts = [...row.children].filter((part) => part.checkVisibility() && !['fixed', 'absolute', 'sticky'].includes(getComputedStyle(part).position));
            parts.forEach((part, index) => {
                const a = part.getBoundingClientRect();
                for (const other of parts.slice(index + 1)) {
                    const b = other.getBoundingClientRect();
                    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
                    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
                    if (across > 1 && down > 1) found.push(`${said(part)} lies on ${said(other)}`);
                }
            });
        }
        for (const box of document.querySelectorAll('button, summary, figcaption, .control-label, .badge, h1, h2, p, li, dt, option')) {
            const { overflowX } = getComputedStyle(box);
            if (box.checkVisibility() && overflowX !== 'auto' && box.clientWidth > 1 && box.scrollWidth > box.clientWidth + 2) found.push(`${said(box)} is wider than its box`);
        }
        return found;
    });

/** One thing that a visitor does, and what comes of it. */
async function use(page, lesson) {
    if (!lesson) {
        await page.click('.rail-foot button >> nth=1');
        await page.waitForSelector('dialog.help[open]');
        await page.keyboard.press('Escape');
    } else if (lesson === 'lab') {
        const choice = page.locator('.choice-button >> nth=2');
        await choice.click();
        await page.waitForFunction(() => document.querySelectorAll('.choice-button')[2].getAttribute('aria-pressed') === 'true');
    } else {
        const slider = page.locator('.timeline input').first();
        const said = () => page.locator('.timeline output').first().textContent();
        await slider.press('Home');
        await page.waitForFunction(() => document.querySelector('.timeline input').value === '0');
        const first = await said();
        await slider.press('ArrowRight');
        await page.waitForFunction((first) => document.querySelector('.timeline output').textContent !== first, first);
        assert.match((await said()).replace(/[\u200F\u202A-\u202E]/g, ''), /\d+ óóf \d+/);
    }
}

for (const lesson of ['', ...LESSONS])
    describe(lesson || 'home', () => {
        for (const lang of COMPUTED)
            test(`in ${lang} no English is left, everything fits, and it works`, () =>
                visit(lesson, lang, async (page) => {
                    const isMirrored = lang === 'x-rtl';
                    const root = await page.$eval('html', ({ lang, dir }) => [lang, dir]);
                    assert.deepEqual(root, [lang, isMirrored ? 'rtl' : 'ltr']);
                    assert.deepEqual(await english(page), []);
                    const left = (selector) => page.$eval(selector, (element) => element.getBoundingClientRect().left);
                    assert.equal((await left('.rail')) > (await left('.content')), isMirrored, 'the rail stands where reading begins');
                    if (lesson) assert.equal((await left('article')) > (await left('.stage')), isMirrored, 'the text stands before the stage');
                    const directions = await page.$$eval('.main-picture, .plot svg, .timeline input, math, pre', (all) => all.map((e) => getComputedStyle(e).direction));
                    assert.ok(directions.every((direction) => direction === 'ltr'), 'pictures, plots, time, maths and code run from left to right');
                    await use(page, lesson);
                    assert.deepEqual(await broken(page), []);
                    await page.setViewportSize(SIZES.phone);
                    assert.deepEqual(await broken(page), [], 'on a phone');
                }));
        for (const lang of WRITTEN)
            test(`in ${lang} everything fits`, () =>
                visit(lesson, lang, async (page) => {
                    assert.equal(await page.getAttribute('html', 'lang'), lang);
                    const translations = JSON.parse(readFileSync(`${DIST}/languages/${lang}.json`, 'utf8'));
                    // The first page is called by its name alone.
                    const title = await page.textContent(lesson ? 'h1' : '.rail-foot button >> nth=1');
                    assert.ok(Object.values(translations).includes(title), title);
                    assert.deepEqual(await broken(page), []);
                    await page.setViewportSize(SIZES.phone);
                    assert.deepEqual(await broken(page), [], 'on a phone');
                }));
    });

test('glossary, keys and tour speak the language too', () =>
    visit('reverse', 'x-long', async (page) => {
        await page.keyboard.press('?');
        await page.waitForSelector('dialog.help[open]');
        assert.deepEqual(await english(page, 'dialog.help[open]'), []);
        await page.keyboard.press('Escape');
        await page.click('.tour-start button');
        await page.waitForSelector('.tour-panel');
        assert.deepEqual(await english(page, '.tour-panel'), []);
        await page.keyboard.press('Escape');
        await page.click('.rail-foot button >> nth=2');
        await page.waitForSelector('.glossary[open] dt');
        assert.deepEqual(await english(page, '.glossary'), []);
    }));

test('what the engine reports speaks the language, and so does what the page says it is', () =>
    visit('reverse', 'x-long', async (page) => {
        await page.selectOption('.device select', 'cpu');
        await page.waitForFunction(() => /CPU wáás ááskééd fóór/.test(document.body.textContent));
        assert.match(await page.getAttribute('meta[name=description]', 'content'), /dííffúúsííóón/);
    }));

test('a language stays from lesson to lesson, and controls keep their names', () =>
    visit('reverse', 'x-long&hide=steps', async (page) => {
        assert.equal(await page.isVisible('[data-control=steps]'), false);
        assert.ok(await page.isVisible('[data-control=show]'));
        await page.click('.rail-link >> nth=0');
        await page.waitForFunction(() => /lesson=forward/.test(location.search));
        assert.match(page.url(), /lang=x-long/);
        assert.match(await page.textContent('h1'), /[áéíóú]/);
    }));

test('a browser gets the language it asks for, until the visitor chooses another', async () => {
    const { page, faults, close } = await watchedPage(browser, site, { viewport: SIZES.wide, reducedMotion: 'reduce', locale: 'de-AT' });
    const speaks = async (query, lang) => {
        await page.goto(`${site.url}?lesson=forward&device=none${query}`);
        await page.waitForSelector('.share', { state: 'attached' });
        assert.equal(await page.getAttribute('html', 'lang'), lang, query);
    };
    await speaks('', 'de');
    assert.equal(await page.textContent('h1'), 'Wie wird aus einem Bild Rauschen?');
    await speaks('&lang=en', 'en');
    await speaks('', 'de');
    await choose(page, 'English');
    await speaks('', 'en');
    assert.deepEqual(faults, []);
    await close();
});

test('a language is a file, and what the file lacks is English', () =>
    visit(
        'reverse',
        'he',
        async (page) => {
            assert.deepEqual(await page.$eval('html', ({ lang, dir }) => [lang, dir]), ['he', 'rtl']);
            assert.equal(await page.textContent('h1'), 'איך רעש נעשה תמונה?');
            assert.match(await page.textContent('.timeline output'), /^\d+ מתוך \d+/);
            assert.equal(await page.textContent('[data-control=steps] .control-label'), 'Steps');
        },
        (page) =>
            page.route('**/languages/he.json', (route) =>
                route.fulfill({
                    json: { 'How does noise become a picture?': 'איך רעש נעשה תמונה?', '{head} of {last}: finished': '{head} מתוך {last}: סוף', '{head} of {last}: t = {timestep}': '{head} מתוך {last}: t = {timestep}' },
                }),
            ),
    ));

test('a language that is none leaves the page in English, and it says so', () =>
    visit('reverse', '../x', async (page) => {
        assert.equal(await page.getAttribute('html', 'lang'), 'en');
        assert.equal(await page.textContent('h1'), 'How does noise become a picture?');
        assert.match(await page.textContent('.notices'), /lang/);
    }));

/** The menu's file with one language more, whose own file has one sentence. */
const withHebrew = async (page) => {
    await page.route('**/languages.json', (route) => route.fulfill({ json: { he: 'עברית', en: 'English' } }));
    await page.route('**/languages/he.json', (route) => route.fulfill({ json: { 'How does noise become a picture?': 'איך רעש נעשה תמונה?' } }));
};

/** Opens the menu by the keyboard alone and chooses the language of this name. */
async function choose(page, name) {
    const opener = page.locator('.rail-foot button[aria-haspopup=dialog]');
    await opener.focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog.languages[open]');
    const wanted = page.locator('dialog.languages li button', { hasText: name });
    await wanted.waitFor();
    for (let press = 0; press < 9 && !(await wanted.evaluate((button) => button === document.activeElement)); press += 1) await page.keyboard.press('Tab');
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
    await page.waitForSelector('.share', { state: 'attached' });
}

test('the menu changes the language, the lesson keeps its state, and the browser remembers; a link wins', () =>
    visit(
        'reverse',
        'en&layer=x0&seed=9',
        async (page) => {
            const head = () => page.$eval('html', ({ lang, dir }) => [lang, dir || 'ltr']);
            assert.deepEqual(await head(), ['en', 'ltr']);
            await choose(page, 'עברית');
            assert.deepEqual(await head(), ['he', 'rtl']);
            assert.equal(await page.textContent('h1'), 'איך רעש נעשה תמונה?');
            await page.waitForFunction(() => document.querySelector('.rail-foot .language-name').textContent === 'עברית');
            const { searchParams } = new URL(page.url());
            assert.deepEqual(['lesson', 'layer', 'seed', 'lang', 'device'].map((key) => searchParams.get(key)), ['reverse', 'x0', '9', null, 'none']);
            await page.goto(`${site.url}?lesson=forward&device=none`);
            await page.waitForSelector('.share', { state: 'attached' });
            assert.deepEqual(await head(), ['he', 'rtl'], 'the choice is remembered');
            await page.goto(`${site.url}?lesson=forward&device=none&lang=x-long`);
            await page.waitForSelector('.share', { state: 'attached' });
            assert.deepEqual(await head(), ['x-long', 'ltr'], 'a link wins');
            await choose(page, 'English');
            assert.deepEqual(await head(), ['en', 'ltr']);
            assert.doesNotMatch(page.url(), /lang=/);
        },
        withHebrew,
    ));

test('the menu lists English first, computed languages only while one is spoken, and says how to add one', () =>
    visit('', 'x-long', async (page) => {
        const listed = async () => {
            await page.click('.rail-foot button[aria-haspopup=dialog]');
            await page.waitForSelector('dialog.languages[open]');
            return page.$$eval('dialog.languages li button', (all) => all.map((button) => [button.lang, button.getAttribute('aria-current')]));
        };
        const computed = await listed();
        assert.deepEqual([computed[0], computed.at(-1)], [['en', null], ['x-long', 'true']]);
        assert.deepEqual(await english(page, 'dialog.languages[open]'), []);
        await page.keyboard.press('Escape');
        await page.waitForSelector('dialog.languages', { state: 'hidden' });
        await page.goto(`${site.url}?device=none`);
        await page.waitForSelector('.hero .chip', { state: 'attached' });
        assert.ok((await listed()).every(([tag]) => !tag.startsWith('x-')));
        assert.match(await page.textContent('dialog.languages p'), /CONTRIBUTING/);
    }));
