// Everything that unfolds, unfolded: axe in both themes; forced colours; what a screen reader is told; no motion for those who want none.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch } from './browser.mjs';
import { LESSONS, SIZES, open, violations } from './everyone.mjs';
import { serve } from './site.mjs';

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch()])));
after(() => Promise.all([browser.close(), site.close()]));

/** Opens drawers, chips, share panels, tables. */
const unfold = async (page) => {
    await page.$$eval('details', (all) => all.forEach((details) => (details.open = true)));
    await page.waitForTimeout(150);
};

/** What must be in the tree of the stage: role and name. */
const TREE = {
    forward: [/img "[^"]*(picture|step)/i, /slider "Number of steps taken"/, /group "Picture"/, /group "Schedule"/, /button "cosine" \[pressed\]/, /checkbox "Step by step"/],
    reverse: [/img "[^"]*state/, /slider "State of the run"/, /group "Show"/, /slider "Steps"/, /textbox "Seed"/, /img "The run at a glance/],
    words: [/textbox "Prompt"/, /group "The prompt as the model reads it"/, /img "[^"]*state/, /slider "State of the run"/, /slider "Guidance w"/, /group "Compare"/],
    schedules: [/img "[^"]*(cosine|curve)/, /slider "Number of steps taken"/, /group "Curves"/, /group "Plot"/, /button "linear" \[pressed\]/],
    lab: [/img "the plane/, /slider "State of the particles"/, /slider "Moment of the training"/, /button "Train"/, /group "Data"/, /button "Moons" \[pressed\]/],
};

for (const lesson of LESSONS) {
    describe(lesson, () => {
        for (const [size, viewport] of Object.entries(SIZES))
            for (const colorScheme of ['light', 'dark'])
                test(`axe finds nothing with everything open: ${size}, ${colorScheme}`, () =>
                    open(browser, site, lesson, { viewport, colorScheme, bypassCSP: true }, async (page) => {
                        if (size === 'phone') await page.click('.sheet-handle');
                        await unfold(page);
                        assert.deepEqual(await violations(page), []);
                    }));

        test('a screen reader is told of the stage, the timeline and every control', () =>
            open(browser, site, lesson, {}, async (page) => {
                await page.$eval('.drawer', (drawer) => (drawer.open = true)).catch(() => {});
                const tree = await page.locator('aside.stage').ariaSnapshot();
                assert.match(tree, /^- complementary "The figure of this lesson"/);
                assert.match(tree, /button "(Play|Pause)"/);
                for (const wanted of TREE[lesson]) assert.match(tree, wanted);
                assert.doesNotMatch(tree, /- (button|slider|checkbox|textbox|group|img)( \[[^\]]*\])?:?$/m, 'something has no name');
                const whole = await page.locator('body').ariaSnapshot();
                for (const landmark of [/- navigation "Lessons"/, /- main/, /- article/, /heading [^\n]*\[level=1\]/]) assert.match(whole, landmark);
                assert.equal((whole.match(/\[level=1\]/g) ?? []).length, 1);
            }));

        test('in forced colours everything is still there, and what is pressed differs from what is not', () =>
            open(browser, site, lesson, { forcedColors: 'active', bypassCSP: true }, async (page) => {
                await unfold(page);
                assert.deepEqual(await violations(page), []);
                const lost = await page.evaluate(() => {
                    const canvas = getComputedStyle(document.documentElement).backgroundColor;
                    const paints = (style) => ['stroke', 'fill'].map((name) => style[name]).filter((paint) => paint !== 'none');
                    const parts = [...document.querySelectorAll('.curve, .bar, .marker, .handle, .axis')].filter((part) => part.checkVisibility());
                    return parts.filter((part) => paints(getComputedStyle(part)).every((paint) => paint === canvas || /, 0\)$/.test(paint))).map((part) => part.getAttribute('class'));
                });
                assert.deepEqual(lost, []);
                const looks = await page.evaluate(() => {
                    const look = (pressed) => {
                        const found = [...document.querySelectorAll(`.choice-button[aria-pressed="${pressed}"]`)].find((button) => button.checkVisibility());
                        const { outlineStyle, outlineWidth } = getComputedStyle(found);
                        return `${outlineStyle} ${outlineWidth}`;
                    };
                    return [look(true), look(false)];
                });
                assert.notEqual(looks[0], looks[1]);
            }));

        test('who wants no motion gets none: nothing animates, and playing shows key frames only', () =>
            open(browser, site, lesson, {}, async (page) => {
                const moving = () => page.evaluate(() => document.getAnimations().filter((animation) => animation.playState === 'running').length);
                await unfold(page);
                await page.hover('.button >> visible=true >> nth=0');
                assert.equal(await moving(), 0);
                await page.mouse.wheel(0, 900);
                await page.waitForTimeout(100);
                assert.equal(await moving(), 0);
                if ((await page.$eval('.timeline input', (slider) => slider.max)) === '0') return;
                await page.$eval('.timeline input', (slider) => {
                    slider.value = '0';
                    slider.dispatchEvent(new Event('input', { bubbles: true }));
                });
                await page.click('.timeline .play');
                const seen = new Set();
                for (let look = 0; look < 25; look += 1) {
                    seen.add(await page.$eval('.timeline input', (slider) => slider.value));
                    await page.waitForTimeout(100);
                }
                // Two and a half seconds hold three rests of 900 ms at most, and the start.
                assert.ok(seen.size >= 2 && seen.size <= 4, [...seen].join());
            }));
    });
}

test('axe finds nothing in the list of keys, in both themes', async () => {
    for (const colorScheme of ['light', 'dark'])
        await open(browser, site, 'forward', { colorScheme, bypassCSP: true }, async (page) => {
            await page.keyboard.press('?');
            await page.waitForSelector('dialog[open]');
            assert.deepEqual(await violations(page), []);
        });
});
