// Every lesson complete by the keyboard alone: the core task of each, without a mouse, from the first Tab on.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch } from './browser.mjs';
import { open, tabTo, tabToText } from './everyone.mjs';
import { serve } from './site.mjs';

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch()])));
after(() => Promise.all([browser.close(), site.close()]));

const visit = (lesson, drive) => open(browser, site, lesson, { acceptDownloads: true }, drive);
const press = async (page, ...keys) => {
    for (const key of keys) await page.keyboard.press(key);
};
const head = (page) => page.$eval('.timeline input', (slider) => Number(slider.value));
const says = (page, pattern) => page.waitForFunction((source) => new RegExp(source).test(document.querySelector('.timeline output').textContent), pattern.source);
const inAddress = (page, pattern) => page.waitForFunction((source) => new RegExp(source).test(location.search), pattern.source);
/** The question before the reveal is answered. */
async function predict(page) {
    await tabTo(page, (e) => e.closest('.predict') !== null && e.tagName === 'BUTTON');
    await press(page, 'Enter');
    assert.ok((await page.textContent('.reveal')).length > 10);
}
/** The way out of the text: the link to the next lesson. */
async function goOn(page, title) {
    await tabTo(page, (e) => e.classList.contains('next-link'));
    await press(page, 'Enter');
    await page.waitForFunction((title) => document.querySelector('h1')?.textContent === title, title);
}
/** The skip link leads past the rail. */
async function skip(page) {
    await press(page, 'Tab');
    assert.match(await page.evaluate(() => document.activeElement.textContent), /Skip/);
    await press(page, 'Enter');
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
}

test('lesson 1: noise a picture, change the schedule, read the numbers of a pixel', () =>
    visit('forward', async (page) => {
        await skip(page);
        await press(page, 'End');
        await says(page, /^1000 of/);
        await press(page, 'Home', 'ArrowRight', 'Shift+ArrowRight');
        await says(page, /^11 of/);
        await predict(page);
        await tabTo(page, (e) => e.closest('[data-control=pixel]') !== null);
        await press(page, 'ArrowRight');
        await inAddress(page, /pixel=\d+/);
        const before = await page.textContent('#equation .readout');
        await press(page, 'e');
        await page.evaluate(() => document.activeElement.blur());
        await press(page, 'End');
        assert.notEqual(await page.textContent('#equation .readout'), before);
        await tabToText(page, 'linear');
        await press(page, 'Enter');
        await inAddress(page, /schedule=linear/);
        await tabToText(page, 'More');
        await press(page, 'Enter');
        await tabTo(page, (e) => e.closest('[data-control=step-by-step]') !== null);
        await press(page, 'Space');
        await inAddress(page, /walk=1/);
        await press(page, 'Control+z');
        await page.waitForFunction(() => !/walk=1/.test(location.search));
        await page.evaluate(() => document.querySelector('h1').focus());
        await goOn(page, 'How does noise become a picture?');
    }));

test('lesson 2: scrub a run, look at its layers, branch, compare, save, copy the command', () =>
    visit('reverse', async (page) => {
        await skip(page);
        await press(page, 'Home');
        await says(page, /^0 of 20/);
        await press(page, 'ArrowRight', 'ArrowRight');
        await says(page, /^2 of 20/);
        await predict(page);
        await page.evaluate(() => document.querySelector('h1').focus());
        await press(page, 'b');
        await inAddress(page, /branch=2\./);
        await press(page, 'c');
        await inAddress(page, /compare=1/);
        const [download] = await Promise.all([page.waitForEvent('download'), press(page, 's')]);
        assert.match(download.suggestedFilename(), /\.png$/);
        await tabTo(page, (e) => e.tagName === 'SUMMARY' && e.parentElement.classList.contains('chip'));
        await press(page, 'Enter');
        await tabToText(page, 'Copy');
        await press(page, 'Enter');
        await page.waitForFunction(() => document.activeElement.textContent === 'Copied');
        await page.evaluate(() => document.querySelector('h1').focus());
        await goOn(page, 'How do words steer it?');
    }));

test('lesson 3: write a prompt, look where a word is heard, turn the dial, compare two prompts', () =>
    visit('words', async (page) => {
        await skip(page);
        await predict(page);
        await tabTo(page, (e) => e.matches('.prompt-line input'));
        await press(page, 'Control+a');
        await page.keyboard.type('red hair, blue shirt');
        await inAddress(page, /prompt=red/);
        await tabTo(page, (e) => e.classList.contains('token') && e.textContent.startsWith('hair'));
        await press(page, 'Enter');
        await inAddress(page, /word=2/);
        await tabTo(page, (e) => e.closest('[data-control=guidance-w]') !== null);
        await press(page, 'ArrowRight', 'ArrowRight');
        await inAddress(page, /w=4\.1/);
        await tabToText(page, 'two prompts');
        await press(page, 'Enter');
        await inAddress(page, /mode=versus/);
        await tabTo(page, (e) => e.closest('[data-control=other-prompt]') !== null);
        await press(page, 'Control+a');
        await page.keyboard.type('green hair');
        await inAddress(page, /other=green/);
        await page.evaluate(() => document.querySelector('h1').focus());
        await goOn(page, 'Which noise schedule?');
    }));

test('lesson 4: lay curves over one another, plot something else, draw a curve, read the table', () =>
    visit('schedules', async (page) => {
        await skip(page);
        await press(page, 'End');
        await says(page, /^1000 of/);
        await predict(page);
        await tabTo(page, (e) => e.classList.contains('handle'));
        await press(page, 'ArrowUp');
        await inAddress(page, /points=/);
        await tabToText(page, 'exponential');
        await press(page, 'Enter');
        await inAddress(page, /show=/);
        await tabToText(page, 'log SNR');
        await press(page, 'Enter');
        await inAddress(page, /plot=logsnr/);
        await page.evaluate(() => document.querySelector('h1').focus());
        await tabTo(page, (e) => e.tagName === 'SUMMARY' && e.parentElement.classList.contains('table-twin') && e.closest('.stage') !== null);
        await press(page, 'Enter');
        await page.waitForFunction(() => document.querySelectorAll('.stage .table-twin[open] tbody tr').length > 5);
    }));

test('the lab: choose data, draw points, look at a field, begin to train', () =>
    visit('lab', async (page) => {
        await skip(page);
        await tabToText(page, 'Spiral');
        await press(page, 'Enter');
        await inAddress(page, /data=spiral/);
        await tabToText(page, 'Your drawing');
        await press(page, 'Enter');
        await tabTo(page, (e) => e.classList.contains('paint-canvas'));
        await press(page, 'Space', 'ArrowRight', 'ArrowRight', 'ArrowDown', 'Space');
        await inAddress(page, /drawn=\d+/);
        await tabToText(page, 'Velocity');
        await press(page, 'Enter');
        await inAddress(page, /view=velocity/);
        await tabToText(page, 'the optimum');
        await press(page, 'Enter');
        await inAddress(page, /who=exact/);
        await page.evaluate(() => document.querySelector('h1').focus());
        await tabTo(page, (e) => e.closest('[data-control=train]') !== null || e.dataset.control === 'train');
        await press(page, 'Enter');
        assert.ok(Number.isFinite(await head(page)));
    }));
