// The engine's worker by itself: which device it takes, and that a bad model folder costs one sentence and nothing else.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';

import { BROWSERS, launch, watchedPage } from './browser.mjs';
import { eventByte, load, read, start } from './postcard.mjs';
import { serve } from './site.mjs';

const DIST = process.env.DIST ?? fileURLToPath(new URL('../../dist', import.meta.url));
const WORKER = readdirSync(DIST).find((name) => /^engine.*loader.*\.js$/.test(name));
const MODELS = existsSync(`${DIST}/models`) ? readdirSync(`${DIST}/models`).filter((name) => name === 'avatars') : [];
const WEIGHTS = 'unet/diffusion_pytorch_model.safetensors';
/** A message may take long on a busy machine with a GPU that is a program. */
const PATIENCE = 120_000;

const text = (type, body) => (_, response) => response.writeHead(200, { 'content-type': type }).end(body);

function brokenModels() {
    const [model] = MODELS;
    const file = (path) => readFileSync(`${DIST}/models/${model}/${path}`);
    const manifest = () => text('application/json', file('manifest.json'));
    const scheduler = 'scheduler/scheduler_config.json';
    const json = (path) => text('application/json', file(path));
    return {
        'blank.html': text('text/html', '<!doctype html><title>blank</title>'),
        'models/not-json/manifest.json': text('application/json', '<html>'),
        'models/truncated/manifest.json': manifest(),
        'models/truncated/unet/config.json': json('unet/config.json'),
        [`models/truncated/${scheduler}`]: json(scheduler),
        [`models/truncated/${WEIGHTS}`]: text('application/octet-stream', file(WEIGHTS).subarray(0, 1000)),
    };
}

for (const [name, flags] of Object.entries(BROWSERS)) {
    describe(`with ${name}`, () => {
        let site;
        let browser;
        before(async () => {
            assert.ok(WORKER, 'dist/ holds no loader of the engine');
            assert.ok(MODELS.length > 0, 'dist/ holds no model');
            [site, browser] = await Promise.all([serve(brokenModels()), launch(flags)]);
        });
        after(() => Promise.all([site.close(), browser.close()]));

        /** Starts an engine and returns `ask(bytes, names)`: sends a request, awaits the first event so named. */
        async function engine() {
            const { page, close } = await watchedPage(browser, site);
            await page.goto(`${site.url}blank.html`);
            await page.evaluate(([path, crashed]) => {
                globalThis.events = [];
                globalThis.worker = new Worker(path, { type: 'module' });
                worker.onmessage = ({ data }) => events.push(Array.from(data));
                worker.onerror = (event) => events.push([crashed, 0, event.message]);
            }, [WORKER, eventByte('crashed')]);
            const awaitEvent = async (names) => {
                const began = Date.now();
                while (Date.now() - began < PATIENCE) {
                    const bytes = await page.evaluate(() => events.shift());
                    if (!bytes) {
                        await page.waitForTimeout(20);
                        continue;
                    }
                    const event = read(bytes);
                    if (names.includes(event.name) || event.name === 'crashed') return event;
                }
                throw new Error(`the engine said none of ${names.join(', ')} in ${PATIENCE / 1000} s`);
            };
            const ask = async (request, names) => {
                await page.evaluate((bytes) => worker.postMessage(Uint8Array.from(bytes)), request);
                return awaitEvent(names);
            };
            assert.equal((await awaitEvent(['ready'])).name, 'ready');
            return { ask, close };
        }

        const devices = name === 'webgpu' ? { auto: 'cpu', cpu: 'cpu', webgpu: 'webgpu' } : { auto: 'cpu', webgpu: 'cpu' };
        for (const [asked, expected] of Object.entries(devices)) {
            test(`asked for ${asked}, it takes ${expected}`, async () => {
                const { ask, close } = await engine();
                const event = await ask(start(asked), ['device']);
                assert.equal(event.kind, expected);
                await close();
            });
        }

        test('the shipped models load on the CPU, after every broken folder was refused with a sentence', async () => {
            const { ask, close } = await engine();
            await ask(start('cpu'), ['device']);
            for (const [id, folder] of ['nowhere', 'not-json', 'truncated'].entries()) {
                const event = await ask(load(id, `models/${folder}/`), ['failed', 'loaded']);
                assert.equal(event.name, 'failed', folder);
                assert.equal(event.id, id);
                assert.ok(event.what.length > 10 && event.hint.length > 10, JSON.stringify(event));
            }
            const event = await ask(load(9, `models/${MODELS[0]}/`), ['failed', 'loaded']);
            assert.equal(event.name, 'loaded', JSON.stringify(event));
            const words = await ask(load(10, 'models/words/'), ['failed', 'loaded']);
            assert.equal(words.name, 'loaded', JSON.stringify(words));
            await close();
        });
    });
}
