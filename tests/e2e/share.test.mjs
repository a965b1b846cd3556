// Links of every version, what the share panel copies, and the page inside another page.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, watchedPage } from './browser.mjs';
import { serve } from './site.mjs';

const WIDE = { viewport: { width: 1360, height: 900 }, reducedMotion: 'reduce' };

let snippet = '';
let site;
let browser;
before(async () => {
    const teacher = (_, response) =>
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html><html lang="en"><title>A course</title><link rel="icon" href="data:,"><h1>A course</h1>${snippet}`);
    [site, browser] = await Promise.all([serve({ 'teacher.html': teacher }), launch()]);
});
after(() => Promise.all([browser.close(), site.close()]));

/** Opens an address, lets `look` use it, expects no fault. */
async function visit(query, look) {
    const { page, faults, close } = await watchedPage(browser, site, { ...WIDE, permissions: ['clipboard-read', 'clipboard-write'] });
    await page.goto(site.url + query);
    await page.waitForSelector('.chip', { state: 'attached' });
    await look(page);
    assert.deepEqual(faults, []);
    await close();
}

const notices = (page) => page.$$eval('.notices li span', (list) => list.map((item) => item.textContent));
/** What a button of the share panel copies. */
async function copied(page, name) {
    await page.waitForSelector('.share');
    await page.$eval('.share', (panel) => (panel.open = true));
    await page.getByRole('button', { name, exact: true }).click();
    await page.waitForFunction(() => document.querySelector('.share [role=status]').textContent === 'Copied');
    return page.evaluate(() => navigator.clipboard.readText());
}
const json = async (page) => JSON.parse(await copied(page, 'Copy settings as JSON'));

/** For each lesson a link with every key, as version 0 (before versions) and version 1 wrote it. */
const LINKS = {
    forward: 'subject=paint&seed=5&schedule=linear&T=100&walk=1&channel=2&pixel=7&paint=c255b&at=40',
    reverse: 'sampler=ddpm&n=9&eta=0.25&seed=3&many=1&forget=1&layer=eps&compare=1&other=ddim&split=30&pixel=5&branch=2.77.4.99&at=6',
    words: 'mode=versus&prompt=red%20hair&negative=hat&other=green%20hair&minus=a&plus=b&w=2.5&rescale=0.5&n=8&seed=3&word=1&layer=2&head=1&factor=0.5&pixel=5&show=x0&at=4',
    schedules: 'show=0.2.7&plot=snr&T=200&seed=3&points=900.700.400.300.100.0&steps=9&at=50',
    lab: 'data=drawing&word=hi&drawn=100.200.300.400&n=500&seed=3&width=32&depth=2&pairs=4&schedule=linear&rival=cosine&points=900.700.400.300.100.0&predict=flow&weight=minsnr&rate=-2&batch=64&particles=200&sampler=heun&steps=12&sde=1&forward=1&view=density&who=exact&curvature=1&launched=500.500&at=3',
};

for (const [lesson, link] of Object.entries(LINKS))
    test(`a link to lesson ${lesson} means the same in every version, down to branch and comparison`, async () => {
        const seen = {};
        for (const version of ['', 'v=0&', 'v=1&'])
            await visit(`?lesson=${lesson}&${version}${link}&device=none`, async (page) => {
                assert.deepEqual(await notices(page), []);
                seen[version] = await json(page);
                const address = new URL(await copied(page, 'Copy link'));
                assert.equal(address.searchParams.get('v'), '1', 'links are written in the newest version');
                for (const [key, value] of new URLSearchParams(link))
                    // A recorded run that is shorter than the link moves the head.
                    if (key !== 'at') assert.equal(address.searchParams.get(key), value, key);
            });
        assert.deepEqual(seen['v=0&'], seen['']);
        assert.deepEqual(seen['v=1&'], seen['']);
        const keys = [...new URLSearchParams(link).keys()];
        assert.deepEqual(Object.keys(seen['']), ['lesson', 'v', ...keys], 'the link above has every key');
    });

test('a link of a version that is still to come is said and shown as far as it is known', () =>
    visit('?lesson=reverse&v=7&n=9&fluxcapacitor=1&device=none', async (page) => {
        assert.match((await notices(page)).join(), /version 7.*version 1/);
        assert.equal((await json(page)).n, 9);
    }));

test('the embed code shows the stage alone inside another page, in the same state', async () => {
    await visit('?lesson=reverse&n=9&layer=eps&device=none', async (page) => {
        snippet = await copied(page, 'Copy embed code');
    });
    assert.match(snippet, /^<iframe src="http:\/\/127[^"]*\?lesson=reverse&amp;v=1&amp;n=9&amp;layer=eps&amp;at=20&amp;device=none&amp;embed=1" title="Noisewalk: How does noise become a picture\?"/);
    const { page, faults, close } = await watchedPage(browser, site, WIDE);
    await page.goto(`${site.url}teacher.html`);
    const frame = page.frameLocator('iframe');
    await frame.locator('.chip').first().waitFor();
    assert.equal(await frame.locator('.rail, article, .lesson-number').count(), 0);
    assert.equal(await frame.locator('.main-picture canvas').count(), 1);
    assert.equal(await frame.locator('h1').textContent(), 'How does noise become a picture?');
    await frame.locator('.timeline input').focus();
    await page.keyboard.press('End');
    assert.match(await frame.locator('.timeline output').textContent(), /finished/);
    const [whole] = await Promise.all([page.waitForEvent('popup'), frame.getByRole('button', { name: 'Open the whole lesson' }).click()]);
    await whole.waitForSelector('.rail');
    assert.match(whole.url(), /lesson=reverse&v=1&n=9&layer=eps&at=\d+&device=none$/);
    assert.deepEqual(faults, []);
    await close();
});

test('hide leaves out the controls it names, and the panel lists the names', () =>
    visit('?lesson=reverse&hide=seed,timeline,sampler,chip,"]*{}&device=none', async (page) => {
        await page.waitForSelector('.share');
        for (const gone of ['.seed', '.timeline', '.chip']) assert.equal(await page.isVisible(gone), false, gone);
        assert.ok(await page.isVisible('.slider'));
        await page.$eval('.drawer', (drawer) => (drawer.open = true));
        assert.equal(await page.isVisible('[data-control=sampler]'), false);
        await page.click('.share summary');
        await page.waitForFunction(() => document.querySelector('.share p').textContent.includes('timeline'));
        const names = (await page.textContent('.share p')).split(': ').at(-1).replace('.', '').split(', ');
        assert.ok(names.length > 12, names.join());
        for (const name of names.filter((name) => name !== 'controls')) assert.ok((await page.$$(`[data-control="${name}"]`)).length > 0, name);
    }));
