// The service worker: the second visit needs no network, builds never mix, what is kept can be seen and cleared.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, test } from 'node:test';

import { LOCALE, launch, watchedPage } from './browser.mjs';
import { DIST, serve } from './site.mjs';

const VISITOR = { viewport: { width: 1360, height: 900 }, reducedMotion: 'reduce', serviceWorkers: 'allow' };
/** A live run may take long on a busy machine. */
const PATIENCE = 90_000;

let browser;
before(async () => (browser = await launch()));
const sites = [];
after(async () => {
    await browser.close();
    // What a test that failed has left open would keep the process alive.
    await Promise.all(sites.map((site) => site.close()));
});
async function open(overrides) {
    const site = await serve(overrides);
    sites.push(site);
    return site;
}

const worker = readFileSync(join(DIST, 'sw.js'), 'utf8');
const read = (path) => readFileSync(join(DIST, path), 'utf8');
const live = (page) =>
    page.waitForFunction(() => /^live .* ms\/step/.test(document.querySelector('.chip summary')?.textContent ?? ''), undefined, { timeout: PATIENCE });
/** The paths below the page that the browser keeps. */
const kept = (page) =>
    page.evaluate(async () => {
        const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
        const keys = (await Promise.all(caches_.map((cache) => cache.keys()))).flat();
        return keys.map(({ url }) => new URL(url).pathname.slice(location.pathname.length));
    });
const installed = (page) => page.evaluate(async () => void (await navigator.serviceWorker.ready));
const listed = (text, start) => [...text.matchAll(/^ {4}"([^"]+)": \['/gm)].map(([, path]) => path).filter((path) => path.startsWith(start));

/** Answers to requests as another build would give them: other texts, and a worker that knows their checksums. */
function otherBuild(texts) {
    let sealed = worker.replace(/const BUILD = '\w+'/, "const BUILD = 'another'");
    const answers = {};
    for (const [path, text] of Object.entries(texts)) {
        const hash = createHash('sha256').update(text).digest('hex');
        sealed = sealed.replace(new RegExp(`("${path}": \\[')\\w+', \\d+`), `$1${hash}', ${Buffer.byteLength(text)}`);
        answers[path] = [path.endsWith('.css') ? 'text/css' : 'text/html; charset=utf-8', text];
    }
    answers['sw.js'] = ['text/javascript', sealed];
    const answer = ([type, body]) => (_, response) => response.writeHead(200, { 'content-type': type }).end(body);
    return Object.fromEntries(Object.entries(answers).map(([path, parts]) => [path, answer(parts)]));
}

test('the built page lists its files for the worker', () => {
    assert.match(worker, /const BUILD = '[0-9a-f]{16}'/);
    for (const path of ['index.html', 'style.css', 'engine_bg.wasm', 'models/words/manifest.json']) assert.ok(listed(worker, '').includes(path), path);
});

test('the second visit needs no network in lessons 1 to 3, live model included', async () => {
    const site = await open();
    const { page, faults, close } = await watchedPage(browser, site, VISITOR);
    for (const lesson of ['reverse', 'words']) {
        await page.goto(`${site.url}?lesson=${lesson}&device=cpu&n=3`);
        await live(page);
    }
    const models = [...listed(worker, 'models/avatars/'), ...listed(worker, 'models/words/'), ...listed(worker, 'runs/')];
    await page.waitForFunction(async (wanted) => {
        const all = (await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()))).flat();
        return wanted.every((path) => all.some(({ url }) => new URL(url).pathname.endsWith(path)));
    }, models, { timeout: PATIENCE });
    assert.ok(!(await kept(page)).some((path) => path.startsWith('models/attributes')), 'a model that no lesson used is not kept');
    await site.close();
    await assert.rejects(fetch(site.url), 'the server is gone');
    await page.goto(`${site.url}?lesson=forward&at=300`);
    await page.waitForSelector('.chip');
    for (const lesson of ['reverse', 'words']) {
        await page.goto(`${site.url}?lesson=${lesson}&device=cpu&n=4`);
        await live(page);
    }
    assert.deepEqual(faults, []);
    await close();
});

test('a new build replaces the old one as a whole, and only when all of it is there', async () => {
    const overrides = {};
    const site = await open(overrides);
    const { page, faults, close } = await watchedPage(browser, site, VISITOR);
    /** Which build the page and its style are of; both must be the same. */
    const build = async () => {
        await page.waitForSelector('h1');
        const title = (await page.title()) === 'Noisewalk' ? 'old' : 'new';
        const style = (await page.evaluate(async () => (await fetch('style.css')).text())).endsWith('/* new */') ? 'new' : 'old';
        assert.equal(title, style, 'page and style are of one build');
        return title;
    };
    const state = () => page.evaluate(async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        const update = await registration.update().then(() => 'asked', () => 'failed');
        return { update, waiting: Boolean(registration.waiting) };
    });
    await page.goto(site.url);
    await installed(page);
    await page.reload();
    assert.equal(await build(), 'old');

    const texts = { 'index.html': read('index.html').replace('<title>Noisewalk</title>', '<title>Noisewalk 2</title>'), 'style.css': `${read('style.css')}/* new */` };
    const next = otherBuild(texts);
    // Half of the new build is on the server: its worker and its page, but still the old style.
    Object.assign(overrides, { 'sw.js': next['sw.js'], 'index.html': next['index.html'] });
    await state();
    await page.waitForTimeout(1500);
    assert.equal((await state()).waiting, false);
    await page.reload();
    assert.equal(await build(), 'old');

    Object.assign(overrides, next);
    await state();
    await page.waitForFunction(async () => Boolean((await navigator.serviceWorker.getRegistration()).waiting));
    assert.equal(await build(), 'old', 'a page that is open stays what it is');
    // A page of before that is still going away counts as a second tab, and keeps the old build for one more visit.
    for (let visits = 0; visits < 4; visits += 1) {
        await page.reload();
        const taken = page.waitForFunction(() => document.title === 'Noisewalk 2', undefined, { timeout: 10_000 });
        if (await taken.then(() => true, () => false)) break;
    }
    assert.equal(await build(), 'new');
    const names = await page.evaluate(() => caches.keys());
    assert.deepEqual(names.filter((name) => /[0-9a-f]{16}$/.test(name)), [], 'nothing of the old build is left');
    assert.deepEqual(faults, []);
    await close();
    await site.close();
});

test('what is kept is said, and a button clears it', async () => {
    const site = await open();
    const { page, faults, close } = await watchedPage(browser, site, VISITOR);
    await page.goto(site.url);
    await installed(page);
    await page.waitForFunction(() => /keeps \d+\.\d MB/.test(document.querySelector('.offline')?.textContent ?? ''));
    const sizes = [...worker.matchAll(/^ {4}"(?!models|runs|experiments)[^"]+": \['\w+', (\d+)\]/gm)].map(([, bytes]) => Number(bytes));
    const megabytes = Number((await page.textContent('.offline')).match(/keeps ([\d.]+) MB/)[1]);
    const shell = sizes.reduce((sum, bytes) => sum + bytes, 0) / 1e6;
    // The first page's own model, which is live, and its run may be kept by then.
    assert.ok(megabytes > shell - 0.06 && megabytes < shell + 4, `${megabytes} MB said, ${shell} MB of shell`);
    const parts = await page.$$eval('.kept li', (list) => list.map((item) => item.firstChild.textContent));
    assert.match(parts[0], /^the page itself: \d+\.\d MB$/);
    await page.waitForFunction(() => /the model words: \d\.\d MB/.test(document.querySelector('.kept').textContent), undefined, { timeout: PATIENCE });
    await page.getByRole('button', { name: 'Clear the model words' }).click();
    await page.waitForFunction(() => !document.querySelector('.kept').textContent.includes('words'));
    assert.ok(!(await kept(page)).some((path) => path.startsWith('models/avatars')));
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await page.waitForFunction(() => document.querySelector('.offline').textContent.startsWith('Nothing is kept'));
    assert.deepEqual(await page.evaluate(() => caches.keys()), []);
    await page.evaluate(() => navigator.serviceWorker.controller?.postMessage('keep models/avatars/'));
    await page.evaluate(async () => (await fetch('models/avatars/manifest.json')).json());
    await page.waitForTimeout(500);
    assert.deepEqual(await page.evaluate(() => caches.keys()), [], 'what was cleared does not come back by itself');
    await page.reload();
    await page.waitForFunction(() => /keeps \d+\.\d MB/.test(document.querySelector('.offline')?.textContent ?? ''), undefined, { timeout: PATIENCE });
    assert.deepEqual(faults, []);
    await close();
    await site.close();
});

test('after everything is cleared, a page whose site has a new build gets no file of it, and says so', async () => {
    const overrides = {};
    const site = await open(overrides);
    const { page, close } = await watchedPage(browser, site, VISITOR);
    await page.goto(`${site.url}?device=none`);
    await installed(page);
    await page.reload();
    await page.waitForSelector('.offline button');
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await page.waitForFunction(() => document.querySelector('.offline').textContent.startsWith('Nothing is kept'));
    const mixed = () => page.evaluate(() => fetch('style.css').then((response) => response.text(), () => 'refused'));
    assert.equal(await mixed(), read('style.css'), 'a file of this build is served');
    overrides['style.css'] = (_, response) => response.end(`${read('style.css')}/* new */`);
    assert.equal(await mixed(), 'refused');
    await page.waitForFunction(() => document.querySelector('.notices').textContent.includes('newer build'));
    // The engine of the other build is not started either.
    overrides['engine_loader.js'] = (_, response) => response.writeHead(200, { 'content-type': 'text/javascript' }).end('postMessage("new")');
    await page.click('a[href*="lesson=reverse"]');
    await page.waitForSelector('.chip');
    await page.$eval('.drawer', (drawer) => (drawer.open = true));
    await page.selectOption('[data-control=device] select', 'cpu');
    await page.waitForFunction(() => document.querySelector('.notices').textContent.includes('engine'), undefined, { timeout: PATIENCE });
    assert.match(await page.textContent('.chip summary'), /recorded/);
    await close();
    await site.close();
});

test('opened as a file, the page says what is missing', async () => {
    const page = await browser.newPage({ locale: LOCALE });
    await page.goto(pathToFileURL(join(DIST, 'index.html')).href);
    assert.ok(await page.isVisible('#as-file'));
    await page.close();
});
