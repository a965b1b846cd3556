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
