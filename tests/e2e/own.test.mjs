// A model of the visitor's, saved by diffusers: opened from a zip, a folder, a drop and an address, and compared with the command line.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

import { BROWSERS, launch, watchedPage } from './browser.mjs';
import { NOISEWALK, ROOT, difference, isBuilt, live } from './reproduce.mjs';
import { serve } from './site.mjs';
import { zip } from './zip.mjs';

const WIDE = { viewport: { width: 1360, height: 900 }, reducedMotion: 'reduce' };

const interop = (path) => readFileSync(join(ROOT, 'tests/interop', path));
const json = (value) => Buffer.from(JSON.stringify(value));

/** A pipeline's folder as save_pretrained lays it out, of networks that diffusers saved with random weights. */
const plain = (index = { _class_name: 'DDPMPipeline' }, schedule = { beta_schedule: 'squaredcos_cap_v2' }) => [
    ['model_index.json', json({ ...index, scheduler: ['diffusers', 'DDPMScheduler'], unet: ['diffusers', 'UNet2DModel'] })],
    ['scheduler/scheduler_config.json', json({ _class_name: 'DDPMScheduler', ...schedule })],
    ['unet/config.json', interop('unet2d-two-layers/config.json')],
    ['unet/diffusion_pytorch_model.safetensors', interop('unet2d-two-layers/diffusion_pytorch_model.safetensors')],
];
/** The same with words; the tokenizer is word by word, as long as the text encoder is. */
const words = () => {
    const special = ['[PAD]', '[UNK]', '[BOS]', '[EOS]'];
    const shipped = JSON.parse(readFileSync(join(ROOT, 'public/models/words/tokenizer/tokenizer.json')));
    const known = Object.entries(shipped.model.vocab).sort(([, a], [, b]) => a - b).slice(0, 60);
    shipped.model.vocab = Object.fromEntries(known);
    shipped.padding.strategy.Fixed = 12;
    shipped.truncation.max_length = 12;
    assert.ok(special.length < known.length);
    return [
        ['model_index.json', json({
            _class_name: 'DiffusionPipeline', unet: ['diffusers', 'UNet2DConditionModel'],
            text_encoder: ['transformers', 'CLIPTextModel'], tokenizer: ['transformers', 'PreTrainedTokenizerFast'],
        })],
        ['scheduler/scheduler_config.json', json({ _class_name: 'DDIMScheduler' })],
        ['unet/config.json', interop('unet2dcond-words/config.json')],
        ['unet/diffusion_pytorch_model.safetensors', interop('unet2dcond-words/diffusion_pytorch_model.safetensors')],
        ['text_encoder/config.json', interop('clip-text/config.json')],
        ['text_encoder/model.safetensors', interop('clip-text/model.safetensors')],
        ['tokenizer/tokenizer.json', json(shipped)],
    ];
};
const inside = (folder, files) => files.map(([name, bytes]) => [`${folder}/${name}`, bytes]);

let site, folder, browser;
before(async () => {
    isBuilt();
    folder = mkdtempSync(join(tmpdir(), 'noisewalk-own-'));
    writeFileSync(join(folder, 'deaf.zip'), zip(inside('deaf', plain())));
    writeFileSync(join(folder, 'hearing.zip'), zip(words()));
    const schedule = { beta_schedule: 'scaled_linear', beta_start: 0.00085, beta_end: 0.012, num_train_timesteps: 400 };
    writeFileSync(join(folder, 'short.zip'), zip(plain(undefined, schedule)));
    for (const [name, bytes] of inside('deaf', plain())) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), bytes);
    }
    const give = (name) => (_, response) => response.end(readFileSync(join(folder, name)));
    const files = ['deaf.zip', 'hearing.zip', ...inside('deaf', plain()).map(([name]) => name)];
    [site, browser] = await Promise.all([
        serve(Object.fromEntries(files.map((name) => [name, give(name)]))),
        launch(BROWSERS['no webgpu']),
    ]);
});
after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await browser.close();
    await site.close();
});

async function visit(query, drive) {
    const { page, faults, close } = await watchedPage(browser, site, WIDE);
    page.setDefaultTimeout(180_000);
    try {
        await page.goto(`${site.url}?${query}&device=cpu`);
        await page.waitForSelector('.chip');
        await drive(page);
        assert.deepEqual(faults, []);
    } finally {
        await close();
    }
}

const summary = (page) => page.textContent('.chip summary');
const noticed = (page, text) =>
    page.waitForFunction((text) => [...document.querySelectorAll('.notices li')].some((li) => li.textContent.includes(text)), text);
const choose = (page, files) => page.setInputFiles('.own-model input[accept=".zip"]', files);

test('a zip runs in lesson 2, as it does on the command line; a button goes back', () =>
    visit('lesson=reverse&n=5&seed=11', async (page) => {
        await choose(page, join(folder, 'deaf.zip'));
        await live(page, ['11', 'ddim, 5 steps, η = 0'], 'deaf');
        assert.ok((await difference(page, { size: 8, folder, into: folder })) <= 1);
        await page.$eval('.own-model .back', (button) => button.click());
        await live(page, ['11'], 'avatars');
        assert.equal(await page.$('.own-model .back'), null);
    }));

test('a zip may be dropped, and the address may name a zip or a folder of the site', async () => {
    let dropped;
    await visit('lesson=reverse&n=4&seed=2', async (page) => {
        const bytes = readFileSync(join(folder, 'deaf.zip')).toString('base64');
        await page.evaluate((bytes) => {
            const data = new DataTransfer();
            data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], 'deaf.zip'));
            document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
        }, bytes);
        await live(page, ['2'], 'deaf');
        dropped = await page.$eval('.main-picture canvas', (canvas) => canvas.toDataURL());
    });
    for (const url of ['deaf.zip', 'deaf/', '/some/where/deaf.zip', `${site.url}deaf.zip`]) {
        await visit(`lesson=reverse&n=4&seed=2&model=${url}`, async (page) => {
            await live(page, ['2'], 'deaf');
            assert.equal(await page.$eval('.main-picture canvas', (canvas) => canvas.toDataURL()), dropped);
            assert.equal(new URL(page.url()).searchParams.get('model'), url);
            assert.match(await page.$eval('.chip pre code', (code) => code.textContent), /--model deaf/);
        });
    }
});

/** Lets files or folders of this machine fall onto the page, as a person's hand would. */
async function fall(page, files) {
    const devtools = await page.context().newCDPSession(page);
    const data = { items: [], files, dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop']) await devtools.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
}

test('a folder may be dropped, and so may its files without it', () =>
    visit('lesson=reverse&n=4&seed=2', async (page) => {
        await fall(page, [join(folder, 'deaf')]);
        await live(page, ['2'], 'deaf');
        const whole = await page.$eval('.main-picture canvas', (canvas) => canvas.toDataURL());
        await page.$eval('.own-model .back', (button) => button.click());
        await live(page, ['2'], 'avatars');
        await fall(page, inside('deaf', plain()).map(([name]) => join(folder, name)));
        await page.waitForFunction(() => !document.querySelector('.chip summary').textContent.includes('avatars'));
        await live(page, ['2']);
        assert.equal(await page.$eval('.main-picture canvas', (canvas) => canvas.toDataURL()), whole);
    }));

test('lesson 1 runs on the schedule of a model that is chosen or dropped; a picture that is dropped is still a picture', () =>
    visit('lesson=forward&seed=5&at=100', async (page) => {
        await page.waitForSelector('.own-model', { state: 'attached' });
        await choose(page, join(folder, 'short.zip'));
        const line = '--schedule scaled_linear --timesteps 400 --beta-start 0.00085 --beta-end 0.012 --steps 100';
        await page.waitForFunction((line) => document.querySelector('.chip pre code')?.textContent.includes(line), line);
        assert.equal(await page.getAttribute('.timeline input', 'max'), '400');
        assert.match(await page.textContent('.chip dl'), /of the model, T = 400.*short/s);
        assert.equal(new URL(page.url()).searchParams.get('schedule') ?? 'model', 'model');
        assert.ok((await difference(page, { folder, into: folder })) <= 1);
        const picture = join(folder, 'face.png');
        writeFileSync(picture, await page.screenshot({ clip: { x: 0, y: 0, width: 64, height: 64 } }));
        await fall(page, [picture]);
        await page.waitForFunction(() => document.querySelector('.main-picture canvas').width === 64);
        await fall(page, [join(folder, 'deaf')]);
        await page.waitForFunction(() => document.querySelector('.timeline input').max === '1000');
        assert.match(await page.textContent('.chip dl'), /deaf/);
    }));

test('the model in use is saved as a zip that the command line verifies', async () => {
    for (const [query, name] of [['lesson=reverse&n=2&seed=1', 'avatars.zip'], ['lesson=words&n=2&seed=1', 'words.zip']]) {
        await visit(query, async (page) => {
            await live(page, ['1']);
            const [download] = await Promise.all([page.waitForEvent('download'), page.$eval('.save-model', (button) => button.click())]);
            assert.equal(download.suggestedFilename(), name);
            const path = join(folder, name);
            await download.saveAs(path);
            execFileSync(NOISEWALK, ['verify', path], { stdio: 'pipe' });
        });
    }
    await visit('lesson=reverse&n=2&seed=1', async (page) => {
        await choose(page, join(folder, 'deaf.zip'));
        await live(page, ['1'], 'deaf');
        const [download] = await Promise.all([page.waitForEvent('download'), page.$eval('.save-model', (button) => button.click())]);
        assert.deepEqual(readFileSync(await download.path()), readFileSync(join(folder, 'deaf.zip')));
    });
});

test('a folder may be chosen', () =>
    visit('lesson=reverse&n=4&seed=2', async (page) => {
        await page.setInputFiles('.own-model input:not([accept])', join(folder, 'deaf'));
        await live(page, ['2'], 'deaf');
    }));

test('a model that hears words runs in lesson 3; for one that hears none the page’s own goes on', () =>
    visit('lesson=words&n=4&seed=5&prompt=red+hair&w=3&model=hearing.zip', async (page) => {
        await live(page, ['red hair', '5'], 'hearing');
        assert.ok((await difference(page, { folder, into: folder })) <= 1);
        await choose(page, join(folder, 'deaf.zip'));
        await noticed(page, 'hears no words');
        await live(page, ['red hair', '5'], 'words');
        const command = await page.$eval('.chip pre code', (code) => code.textContent);
        assert.match(command, /--model public\/models\/words /, 'the page’s model made the picture, so the command names it');
    }));

test('what cannot be opened costs one sentence, and the page’s own model goes on', () =>
    visit('lesson=reverse&n=3&seed=1&model=https://example.org/m.zip', async (page) => {
        await noticed(page, 'another site');
        await live(page, ['1'], 'avatars');
        const whole = readFileSync(join(folder, 'deaf.zip'));
        const latents = { _class_name: 'StableDiffusionPipeline', vae: ['diffusers', 'AutoencoderKL'] };
        for (const [buffer, said] of [
            [whole.subarray(0, whole.length / 2), 'no zip archive, or is cut short'],
            [Buffer.from('no zip'), 'lacks unet/config.json'],
            [zip(plain({ _class_name: 'FluxPipeline' })), 'FluxPipeline, which this program does not run'],
            [zip(plain(latents)), 'lacks vae/config.json'],
            [zip(plain().slice(0, 3)), 'lacks unet/diffusion_pytorch_model.safetensors'],
        ]) {
            await choose(page, { name: 'odd.zip', mimeType: 'application/zip', buffer });
            await noticed(page, said);
            await live(page, ['1'], 'avatars');
        }
        assert.ok((await summary(page)).includes('avatars'));
    }));
