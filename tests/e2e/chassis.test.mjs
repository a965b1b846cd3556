// What every lesson has around it: undo, keys, the theme, links with nonsense, the clipboard, the phone's sheet, the engine's way out.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { BROWSERS, LOCALE, launch } from './browser.mjs';
import { PHONE, address, head, headAt, live, notices, openDrawer, pixels, press, said, seek, visit as open } from './drive.mjs';
import { serve } from './site.mjs';

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch(BROWSERS['no webgpu'])])));
after(() => Promise.all([browser.close(), site.close()]));

const visit = (query, drive, options) => open(browser, site, query, drive, options);

describe('undo and redo', () => {
    test('bring back the state with the settings', () =>
        visit('?lesson=forward&at=300', async (page) => {
            const first = await pixels(page);
            await press(page, 'linear');
            await seek(page, 700);
            const second = await pixels(page);
            await address(page, /at=700/);
            await page.keyboard.press('Control+z');
            await headAt(page, 300);
            await address(page, /at=300/);
            assert.deepEqual(await pixels(page), first);
            await page.keyboard.press('Control+Shift+z');
            await headAt(page, 700);
            await page.waitForTimeout(60);
            assert.deepEqual(await pixels(page), second);
        }));

    test('wait for the run that has the state', () =>
        visit('?lesson=reverse&v=1&n=12&at=11', async (page) => {
            await live(page);
            await page.getByLabel('Steps').fill('4');
            await page.waitForFunction(() => document.querySelector('.timeline input').max === '4');
            await page.evaluate(() => document.activeElement.blur());
            await page.keyboard.press('Control+z');
            await page.waitForFunction(() => document.querySelector('.timeline input').max === '12');
            await headAt(page, 11);
        }));
});

describe('keys', () => {
    test('work beside a checkbox that was clicked, and not in text fields', () =>
        visit('?lesson=forward&at=10', async (page) => {
            await openDrawer(page);
            await page.getByLabel('Step by step').click();
            await page.keyboard.press('ArrowRight');
            await headAt(page, 11);
            assert.ok(await page.getByLabel('Step by step').isChecked());
            await page.keyboard.press(' ');
            assert.ok(!(await page.getByLabel('Step by step').isChecked()), 'the space bar is the checkbox’s own');
            await page.locator('.seed input').focus();
            await page.keyboard.press('End');
            await page.waitForTimeout(100);
            assert.equal(await head(page), 11);
        }));

    test('Escape closes what is open, one after the other', () =>
        visit('?lesson=forward&at=10', async (page) => {
            await page.click('.drawer summary');
            await page.click('.chip summary');
            const open = () => page.$$eval('.stage details[open]', (list) => list.map((details) => details.className));
            assert.equal((await open()).length, 2);
            await page.keyboard.press('Escape');
            assert.deepEqual(await open(), ['drawer']);
            await page.keyboard.press('Escape');
            assert.deepEqual(await open(), []);
        }));
});

describe('links', () => {
    test('nonsense in the page’s own keys costs a sentence each', () =>
        visit('?lesson=forward&device=abacus&theme=plaid&embed=maybe&at=0', async (page) => {
            const list = await notices(page);
            for (const word of ['abacus', 'plaid', 'maybe']) assert.equal(list.filter((text) => text.includes(word)).length, 1, word);
            assert.equal(list.length, 3);
        }));

    test('a lesson that does not exist is said', async () => {
        const page = await browser.newPage({ locale: LOCALE });
        await page.goto(`${site.url}?lesson=nowhere`);
        await said(page, 'does not have');
        await page.close();
    });

    test('a theme of a link stays in the link and out of the storage, until the visitor chooses', () =>
        visit('?lesson=forward&theme=dark&at=5', async (page) => {
            const theme = () => page.$eval('html', (html) => html.dataset.theme);
            const stored = () => page.evaluate(() => localStorage.getItem('theme'));
            assert.deepEqual([await theme(), await stored()], ['dark', null]);
            await seek(page, 9);
            await address(page, /at=9.*theme=dark/);
            await press(page, 'Dark');
            assert.deepEqual([await theme(), await stored()], ['light', 'light']);
            await page.waitForFunction(() => !location.search.includes('theme'));
            await page.reload();
            await page.waitForSelector('.chip');
            assert.equal(await theme(), 'light');
            await press(page, 'Light');
            assert.equal(await theme(), 'system');
        }));

    test('a chosen device is part of the link, and its frames are new', () =>
        visit('?lesson=reverse&v=1&n=4&at=4&device=none', async (page) => {
            await openDrawer(page);
            await page.selectOption('.device select', 'cpu');
            await address(page, /device=cpu/);
            await live(page);
            await page.selectOption('.device select', 'auto');
            await page.waitForFunction(() => !location.search.includes('device'));
        }));
});

describe('copying', () => {
    const copyLink = async (page) => {
        await page.click('.share summary');
        await press(page, 'Copy link');
    };
    const text = '.share [role="status"]';

    test('says so once it has happened', () =>
        visit('?lesson=forward&at=7', async (page) => {
            await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
            await copyLink(page);
            await page.waitForFunction((text) => document.querySelector(text).textContent === 'Copied', text);
            assert.match(await page.evaluate(() => navigator.clipboard.readText()), /lesson=forward.*at=7/);
        }));

    test('offers the text where the browser does not copy', () =>
        visit('?lesson=forward&at=7', async (page) => {
            await page.evaluate(() => {
                Object.defineProperty(navigator, 'clipboard', { value: undefined });
                document.execCommand = () => false;
            });
            await copyLink(page);
            await page.waitForFunction((text) => /Select this.*lesson=forward/.test(document.querySelector(text).textContent), text);
        }));

    test('works without the clipboard of HTTPS', () =>
        visit('?lesson=forward&at=7', async (page) => {
            await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
            await copyLink(page);
            await page.waitForFunction((text) => document.querySelector(text).textContent === 'Copied', text);
        }));
});

describe('on a phone', () => {
    test('the sheet opens and closes, and a finger scrubs', () =>
        visit('?lesson=forward&at=500', async (page) => {
            const sheet = () => page.$eval('.sheet', (sheet) => sheet.getBoundingClientRect().height);
            const peek = await sheet();
            await page.tap('.sheet-handle');
            await page.waitForTimeout(300);
            assert.ok((await sheet()) > peek + 100);
            await page.keyboard.press('Escape');
            await page.waitForTimeout(300);
            assert.equal(await sheet(), peek);
            const box = await (await page.$('.main-picture')).boundingBox();
            const finger = await page.context().newCDPSession(page);
            const touch = (type, x) =>
                finger.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y: box.y + box.height / 2 }] });
            await touch('touchStart', box.x + box.width * 0.2);
            for (const share of [0.3, 0.4, 0.5]) await touch('touchMove', box.x + box.width * share);
            await touch('touchEnd');
            await page.waitForTimeout(100);
            // Three tenths of the width are three tenths of the run, to within a few pixels.
            assert.ok(Math.abs((await head(page)) - 800) < 60, `${await head(page)}`);
        }, PHONE));

    test('the list of lessons shows the one that is read', () =>
        visit('?lesson=schedules', async (page) => {
            await page.waitForFunction(() => {
                const { left, right } = document.querySelector('.rail [aria-current]').getBoundingClientRect();
                return left >= 0 && right <= innerWidth;
            });
            assert.equal(await page.evaluate(() => scrollY), 0, 'the page itself stays');
        }, PHONE));

    test('every button is large enough for a finger', () =>
        visit('?lesson=reverse&at=5', async (page) => {
            await page.tap('.sheet-handle');
            await page.$$eval('details', (list) => list.forEach((details) => (details.open = true)));
            const small = await page.$$eval('button, summary, select', (list) =>
                list
                    .map((element) => [element.textContent, element.getBoundingClientRect()])
                    .filter(([, { width, height }]) => width > 0 && (width < 44 || height < 44))
                    .map(([text, { width, height }]) => `${text}: ${width} × ${height}`));
            assert.deepEqual(small, []);
        }, PHONE));
});
