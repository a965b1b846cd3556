// Frames a second of what the page draws in motion: `cargo xtask build && node benches/tfjs/frames.mjs`.
//
// The aim is 60 on a laptop. On the page's canvas a frame counts when it has been drawn anew; of a shader, when the GPU is done with it. The GPU
// here is software and shares its cores with the page, which it also composes: what it could do is measured beside it, on an empty page.

import { readFileSync } from 'node:fs';

import { BROWSERS, LOCALE, PRESENTING, launch } from '../../tests/e2e/browser.mjs';
import { png } from '../../tests/e2e/drive.mjs';
import { serve } from '../../tests/e2e/site.mjs';

const SHADER = readFileSync(new URL('../../shaders/noise_picture.wgsl', import.meta.url), 'utf8');
/** Milliseconds that are counted. */
const TIME = 4000;
const PATIENCE = { timeout: 300_000 };

/** Drags the timeline for a while, a state a frame; frames of the page a second, and the longest in milliseconds. */
const drag = (page) =>
    page.evaluate(async (time) => {
        const slider = document.querySelector('.timeline input');
        const [began, step] = [performance.now(), Math.max(1, Math.round(slider.max / 100))];
        let [last, longest, frames] = [began, 0, 0];
        for (let state = 0; performance.now() - began < time; state = (state + step) % (Number(slider.max) + 1)) {
            slider.value = String(state);
            slider.dispatchEvent(new Event('input', { bubbles: true }));
            await new Promise(requestAnimationFrame);
            longest = Math.max(longest, performance.now() - last);
            last = performance.now();
            frames += 1;
        }
        return [(1000 * frames) / (last - began), longest];
    }, TIME);
const say = (name, drawn, [frames, longest]) =>
    console.log(`${name.padEnd(24)} ${drawn.toFixed(0).padStart(4)} drawn a second, ${frames.toFixed(0)} of the page, the longest ${longest.toFixed(0)} ms`);

/** The page's canvas in the lab. */
async function canvas(browser, site, view) {
    const page = await browser.newPage({ locale: LOCALE });
    await page.goto(`${site.url}?lesson=lab&device=cpu&particles=20000&steps=100&view=${view}`);
    await page.waitForFunction(() => /waiting/.test(document.querySelector('.progress')?.textContent ?? ''), null, PATIENCE);
    await page.waitForFunction(() => Number(document.querySelector('.timeline input').max) >= 100, null, PATIENCE);
    await page.evaluate(() => {
        const { prototype } = CanvasRenderingContext2D;
        const { putImageData } = prototype;
        window.drawn = 0;
        prototype.putImageData = function (...given) {
            window.drawn += 1;
            return putImageData.apply(this, given);
        };
    });
    const moved = await drag(page);
    say(`lab, ${view}`, (1000 * (await page.evaluate(() => window.drawn))) / TIME, moved);
    await page.close();
}

/** The shader that noises a picture of 512 × 512. */
async function shader(browser, site) {
    const page = await browser.newPage({ locale: LOCALE });
    await page.goto(`${site.url}?lesson=forward&subject=own&device=webgpu`);
    await page.setInputFiles('.dropzone input', { name: 'a.png', mimeType: 'image/png', buffer: png(512, 512, [10, 200, 30]) });
    await page.waitForFunction(() => /drawn by a shader/.test(document.querySelector('.chip summary').textContent), null, PATIENCE);
    const [worker] = page.workers();
    await worker.evaluate(() => {
        const { submit } = GPUQueue.prototype;
        self.done = 0;
        GPUQueue.prototype.submit = function (...given) {
            submit.apply(this, given);
            this.onSubmittedWorkDone().then(() => (self.done += 1));
        };
    });
    const moved = await drag(page);
    say('lesson 1, shader', (1000 * (await worker.evaluate(() => self.done))) / TIME, moved);
    await page.close();
}

/** A page of nothing but a canvas of 512 × 512, on which a worker draws with that shader, or only clears. */
async function alone(browser, site, draws) {
    const page = await browser.newPage({ locale: LOCALE });
    await page.goto(`${site.url}languages.json`);
    const done = await page.evaluate(async ([time, code, draws]) => {
        const work = `onmessage = async ({ data: [canvas, time, code, draws] }) => {
            const device = await (await navigator.gpu.requestAdapter()).requestDevice();
            const context = canvas.getContext('webgpu');
            context.configure({ device, format: 'rgba8unorm' });
            const module = device.createShaderModule({ code });
            const pipeline = device.createRenderPipeline({
                layout: 'auto',
                vertex: { module, entryPoint: 'cover' },
                fragment: { module, entryPoint: 'mix_pixel', targets: [{ format: 'rgba8unorm' }] },
            });
            const [uniform, binding] = [GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST, GPUTextureUsage.TEXTURE_BINDING];
            const settings = device.createBuffer({ size: 24, usage: uniform });
            const texture = (format) => device.createTexture({ size: [512, 512], format, usage: binding }).createView();
            const group = device.createBindGroup({
                layout: pipeline.getBindGroupLayout(0),
                entries: [texture('rgba8unorm'), { buffer: settings }, texture('rgba32float')].map((resource, binding) => ({ binding, resource })),
            });
            let [done, began] = [0, performance.now()];
            const frame = async () => {
                device.queue.writeBuffer(settings, 0, new Float32Array([Math.cos(done / 50), Math.sin(done / 50)]));
                const encoder = device.createCommandEncoder();
                const view = context.getCurrentTexture().createView();
                const pass = encoder.beginRenderPass({ colorAttachments: [{ view, loadOp: 'clear', storeOp: 'store', clearValue: [done % 2, 0, 0, 1] }] });
                if (draws) {
                    pass.setPipeline(pipeline);
                    pass.setBindGroup(0, group);
                    pass.draw(3);
                }
                pass.end();
                device.queue.submit([encoder.finish()]);
                await device.queue.onSubmittedWorkDone();
                done += 1;
                if (performance.now() - began < time) requestAnimationFrame(frame);
                else postMessage(done);
            };
            frame();
        }`;
        const canvas = Object.assign(document.createElement('canvas'), { width: 512, height: 512 });
        document.body.append(canvas);
        const offscreen = canvas.transferControlToOffscreen();
        const worker = new Worker(URL.createObjectURL(new Blob([work])));
        worker.postMessage([offscreen, time, code, draws], [offscreen]);
        return new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
    }, [TIME, SHADER, draws]);
    console.log(`${(draws ? 'the shader alone' : 'clearing alone').padEnd(24)} ${((1000 * done) / TIME).toFixed(0).padStart(4)} drawn a second`);
    await page.close();
}

const site = await serve();
const runs = [
    [BROWSERS['no webgpu'], async (browser) => {
        for (const view of ['particles', 'density', 'velocity']) await canvas(browser, site, view);
    }],
    [PRESENTING, async (browser) => {
        await alone(browser, site, false);
        await alone(browser, site, true);
        await shader(browser, site);
    }],
];
for (const [flags, run] of runs) {
    const browser = await launch(flags);
    await run(browser).finally(() => browser.close());
}
await site.close();
