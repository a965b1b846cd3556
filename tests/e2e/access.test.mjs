// Every lesson for everyone: axe in both themes and sizes, no sideways scrolling, the keyboard alone, a canvas given back blank.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';

import { launch, watchedPage } from './browser.mjs';
import { serve } from './site.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LESSONS = ['', '?lesson=forward', '?lesson=reverse', '?lesson=words', '?lesson=schedules', '?lesson=lab'];
const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 360, height: 740 }, 'zoomed to 200 %': { width: 640, height: 400 } };
/** Lessons are looked at with recorded runs, so that nothing moves. */
const STILL = { reducedMotion: 'reduce' };

let site;
let browser;
before(async () => ([site, browser] = await Promise.all([serve(), launch()])));
after(() => Promise.all([browser.close(), site.close()]));

/** Opens a lesson without an engine and lets `look` use it. */
async function open(lesson, options, look) {
    const { page, faults, close } = await watchedPage(browser, site, { ...STILL, ...options });
    await page.goto(`${site.url}${lesson}${lesson ? '&device=none' : ''}`);
    await page.waitForSelector(lesson ? '.chip' : 'h1');
    try {
        await look(page);
        assert.deepEqual(faults, []);
    } finally {
        await close();
    }
}

for (const lesson of LESSONS) {
    describe(lesson || 'home', () => {
        for (const [size, viewport] of Object.entries(SIZES)) {
            for (const colorScheme of ['light', 'dark']) {
                // The page's own policy forbids injected scripts, which is what axe is.
                test(`axe finds nothing: ${size}, ${colorScheme}`, () =>
                    open(lesson, { viewport, colorScheme, bypassCSP: true }, async (page) => {
                        await page.waitForTimeout(300);
                        await page.evaluate(AXE);
                        const { violations } = await page.evaluate(() => globalThis.axe.run());
                        assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.target).join(', ')}`), []);
                    }));
            }
            test(`nothing is wider than the window: ${size}`, () =>
                open(lesson, { viewport }, async (page) => {
                    await page.waitForTimeout(300);
                    const { scrollWidth, clientWidth } = await page.evaluate(() => {
                        const { scrollWidth, clientWidth } = document.documentElement;
                        return { scrollWidth, clientWidth };
                    });
                    assert.ok(scrollWidth <= clientWidth, `${scrollWidth} > ${clientWidth}`);
                }));
        }

        test('the keyboard reaches every control, and each one shows that it has the focus', () =>
            open(lesson, { viewport: SIZES.wide }, async (page) => {
                await page.waitForTimeout(300);
                const controls = 'a[href], button:not(:disabled), input:not(:disabled), select, textarea, summary, [tabindex="0"]';
                // The engine's control and the like may be hidden; closed details keep theirs out of the order too.
                const wanted = await page.$$eval(controls, (all) => all.filter((e) => e.checkVisibility() && e.tabIndex >= 0).length);
                const reached = new Set();
                for (let press = 0; press < wanted * 3 + 20; press += 1) {
                    await page.keyboard.press('Tab');
                    const [index, ringed] = await page.evaluate((controls) => {
                        const focused = document.activeElement;
                        const style = getComputedStyle(focused);
                        const ring = style.outlineStyle !== 'none' || style.boxShadow !== 'none' || focused.closest(':focus-within label, label:focus-within') !== null;
                        return [[...document.querySelectorAll(controls)].indexOf(focused), ring];
                    }, controls);
                    if (index < 0) continue;
                    assert.ok(ringed, `control ${index} shows no focus`);
                    if (reached.has(index) && reached.size >= wanted) break;
                    reached.add(index);
                }
                // Groups of radio buttons are one stop of the keyboard, whatever their size.
                const radios = await page.$$eval('input[type=radio]', (all) => all.length - new Set(all.map((e) => e.name)).size);
                assert.ok(reached.size >= wanted - radios, `${reached.size} of ${wanted - radios} controls were reached`);
            }));
    });
}

test('a canvas that the browser gives back blank is drawn again', () =>
    open('?lesson=forward', { viewport: SIZES.wide }, async (page) => {
        const canvas = page.locator('.main-picture canvas');
        const seen = () =>
            canvas.evaluate((element) => {
                const { width, height } = element;
                return new Set(element.getContext('2d').getImageData(0, 0, width, height).data).size;
            });
        await page.waitForTimeout(300);
        const whole = await seen();
        assert.ok(whole > 2);
        await canvas.evaluate((element) => element.getContext('2d').clearRect(0, 0, element.width, element.height));
        assert.equal(await seen(), 1);
        await canvas.evaluate((element) => element.dispatchEvent(new Event('contextrestored')));
        await page.waitForTimeout(200);
        assert.equal(await seen(), whole);
    }));

/** Roles of what is used or looked at; each such thing needs a name in the tree of a screen reader. */
const NAMED = ['button', 'link', 'slider', 'textbox', 'searchbox', 'spinbutton', 'checkbox', 'radio', 'combobox', 'listbox', 'image', 'img', 'dialog', 'progressbar', 'application', 'DisclosureTriangle'];
/** How many equations a lesson has, and what must be heard of them. */
const EQUATIONS = {
    '?lesson=forward': [1, /x t: (minus )?[\d.]+ equals the square root of alpha bar t: [\d.]+ times x zero: .* plus the square root of 1 minus alpha bar t: [\d.]+ times epsilon: (minus )?[\d.]+$/],
    '?lesson=reverse': [2, /equals the square root of alpha bar t: [\d.]+ times x zero hat: .* times z: .* equals x next: (minus )?[\d.]+$/],
    '?lesson=words': [1, /epsilon after guidance: .* equals epsilon without the prompt: .* plus w: [\d.]+ times open bracket epsilon with the prompt: .* minus epsilon without the prompt: .* close bracket$/],
    '?lesson=schedules': [1, /the ratio of signal to noise: [\d.e-]+ equals the square root of alpha bar t: [\d.]+ squared divided by the square root of 1 minus alpha bar t: [\d.]+ squared$/],
};

describe('a screen reader', () => {
    for (const lesson of LESSONS)
        test(`has a name for every control, picture and term, and reads equations out: ${lesson || 'home'}`, () =>
            open(lesson, { viewport: SIZES.wide }, async (page) => {
                // The recorded run, where the lesson has one, and the parts that are built last.
                if (lesson) await page.waitForSelector('.share', { state: 'attached' });
                if (/reverse|words/.test(lesson)) await page.waitForFunction(() => document.querySelector('.timeline input').max === '20');
                // After the last step there is nothing to compute.
                if (/reverse|words/.test(lesson)) await page.locator('.timeline input').first().press('ArrowLeft');
                await page.$$eval('details', (all) => all.forEach((details) => (details.open = true)));
                const [count, sentence] = EQUATIONS[lesson] ?? [0];
                assert.equal(await page.locator('.equation').count(), count);
                if (count) await page.waitForFunction(() => [...document.querySelectorAll('.equation output')].every((number) => /\d/.test(number.textContent)));
                const devtools = await page.context().newCDPSession(page);
                const { nodes } = await devtools.send('Accessibility.getFullAXTree');
                const used = nodes.filter(({ ignored, role }) => !ignored && NAMED.includes(role?.value));
                assert.ok(used.length > 10, `${used.length} controls`);
                const nameless = [];
                for (const { role, name, backendDOMNodeId } of used) {
                    if (/\p{Letter}|\p{Number}|[←→×?]/u.test(name?.value ?? '')) continue;
                    const { node } = await devtools.send('DOM.describeNode', { backendNodeId: backendDOMNodeId });
                    nameless.push(`${role.value}: ${node.nodeName} ${node.attributes}`);
                }
                assert.deepEqual(nameless, []);
                assert.deepEqual(nodes.filter(({ ignored, role }) => !ignored && /^math/i.test(role?.value)), [], 'no bare symbol is left to guess at');
                const byId = new Map(nodes.map((node) => [node.nodeId, node]));
                const heard = ({ role, name, ignored, childIds }) => (!ignored && (role.value === 'link' || role.value === 'StaticText') ? name.value : childIds.map((id) => heard(byId.get(id))).join(' '));
                const equations = nodes.filter(({ role, childIds }) => role?.value === 'group' && childIds.some((id) => byId.get(id).description?.value));
                const sentences = equations.map(heard).join(' ').replace(/\s+/g, ' ').trim();
                if (count) assert.match(sentences, sentence);
            }));
});
