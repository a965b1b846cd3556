// Updates a second of the 2-D lab and of TensorFlow.js on the same network, in the same browser, one after the other.
//
//   cargo xtask build && cd benches/tfjs && npm install && npm start
//
// Both train a residual perceptron (30 inputs, three hidden layers of 64, two outputs) with Adam on batches of 128 noised moons.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';

import { BROWSERS, launch } from '../../tests/e2e/browser.mjs';
import { serve } from '../../tests/e2e/site.mjs';

const WIDTH = 64;
const DEPTH = 3;
const BATCH = 128;
/** Milliseconds that each is timed, after a warm-up of the same length. */
const TIME = 4000;

const require = createRequire(import.meta.url);
const wasm = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
const webgpu = dirname(require.resolve('@tensorflow/tfjs-backend-webgpu/package.json'));
const FILES = {
    '/': [Buffer.from('<!doctype html><script src="tf.js"></script><script src="wasm.js"></script><script src="webgpu.js"></script>'), 'text/html'],
    '/tf.js': [readFileSync(join(dirname(require.resolve('@tensorflow/tfjs/package.json')), 'dist/tf.min.js')), 'text/javascript'],
    '/webgpu.js': [readFileSync(join(webgpu, 'dist/tf-backend-webgpu.min.js')), 'text/javascript'],
    '/wasm.js': [readFileSync(join(wasm, 'dist/tf-backend-wasm.min.js')), 'text/javascript'],
};
for (const name of ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm']) {
    FILES[`/${name}`] = [readFileSync(join(wasm, 'dist', name)), 'application/wasm'];
}

/** Updates a second of TensorFlow.js on a backend; what went wrong where it cannot train. */
async function tensorflow(browser, address, backend) {
    const page = await browser.newPage();
    try {
        await page.goto(address);
        return await page.evaluate(async ({ backend, WIDTH, DEPTH, BATCH, TIME }) => {
            tf.wasm?.setWasmPaths?.('/');
            if (!(await tf.setBackend(backend))) throw new Error('no such backend here');
            await tf.ready();
            const layer = (from, to) => ({
                weight: tf.variable(tf.randomUniform([from, to], -Math.sqrt(3 / from), Math.sqrt(3 / from))),
                bias: tf.variable(tf.zeros([to])),
            });
            const layers = [layer(30, WIDTH), ...Array.from({ length: DEPTH - 1 }, () => layer(WIDTH, WIDTH)), layer(WIDTH, 2)];
            const silu = (x) => x.mul(x.sigmoid());
            const apply = ({ weight, bias }, x) => x.matMul(weight).add(bias);
            const optimizer = tf.train.adam(3e-3);
            const update = (returnCost) =>
                tf.tidy(() => {
                    // Points on two half circles, noised on the host as the lab does.
                    const [noisy, time, target] = [new Float32Array(2 * BATCH), new Float32Array(16 * BATCH), new Float32Array(2 * BATCH)];
                    for (let i = 0; i < BATCH; i += 1) {
                        const angle = Math.PI * Math.random();
                        const t = Math.random();
                        const [alpha, sigma] = [Math.cos((Math.PI / 2) * t), Math.sin((Math.PI / 2) * t)];
                        [Math.cos(angle), Math.sin(angle)].forEach((x, axis) => {
                            const noise = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
                            noisy[2 * i + axis] = alpha * x + sigma * noise;
                            target[2 * i + axis] = alpha * noise - sigma * x;
                        });
                        for (let k = 0; k < 8; k += 1) {
                            time[16 * i + k] = Math.sin(100 * t * 100 ** (-k / 8));
                            time[16 * i + 8 + k] = Math.cos(100 * t * 100 ** (-k / 8));
                        }
                    }
                    return optimizer.minimize(() => {
                        const x = tf.tensor2d(noisy, [BATCH, 2]);
                        const waves = [1, 2, 4].flatMap((octave) => [x.mul(octave).sin(), x.mul(octave).cos()]);
                        let h = silu(apply(layers[0], tf.concat([x, ...waves, tf.tensor2d(time, [BATCH, 16])], 1)));
                        for (const hidden of layers.slice(1, -1)) h = h.add(silu(apply(hidden, h)));
                        return apply(layers.at(-1), h).sub(tf.tensor2d(target, [BATCH, 2])).square().mean();
                    }, returnCost);
                });
            const run = async (millis) => {
                const began = performance.now();
                let updates = 0;
                while (performance.now() - began < millis) {
                    // One read in sixteen updates waits for the device, as the lab reads its loss once a burst.
                    for (let i = 0; i < 15; i += 1) update(false);
                    const cost = update(true);
                    await cost.data();
                    cost.dispose();
                    updates += 16;
                }
                return (1000 * updates) / (performance.now() - began);
            };
            await run(TIME);
            return run(TIME);
        }, { backend, WIDTH, DEPTH, BATCH, TIME });
    } catch (error) {
        return String(error.message).split('\n')[0];
    } finally {
        await page.close();
    }
}

/** Updates a second of the lab on a device; looks are made as small as they can be. */
async function noisewalk(browser, site, device) {
    const page = await browser.newPage();
    try {
        await page.goto(`${site.url}?lesson=lab&device=${device}&particles=1&steps=2&width=${WIDTH}&depth=${DEPTH}&batch=${BATCH}`);
        await page.waitForFunction(() => Number.parseInt(document.querySelector('.progress')?.textContent ?? '', 10) >= 400, null, { timeout: 300_000 });
        await page.click('.train');
        const updates = () => page.$eval('.progress', (text) => Number.parseInt(text.textContent, 10));
        await page.waitForTimeout(TIME);
        const [first, began] = [await updates(), performance.now()];
        await page.waitForTimeout(TIME);
        const last = await updates();
        return (1000 * (last - first)) / (performance.now() - began);
    } finally {
        await page.close();
    }
}

const peer = createServer(({ url }, response) => {
    const [body, type] = FILES[url] ?? [Buffer.from(''), 'text/plain'];
    response.writeHead(FILES[url] ? 200 : 404, { 'content-type': type }).end(body);
});
await new Promise((resolve) => peer.listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${peer.address().port}/`;
const site = await serve();
const figures = {};
const browser = await launch(BROWSERS.webgpu);
try {
    for (const device of ['cpu', 'webgpu']) figures[`noisewalk ${device}`] = await noisewalk(browser, site, device);
    for (const backend of ['cpu', 'wasm', 'webgl', 'webgpu']) figures[`tfjs ${backend}`] = await tensorflow(browser, address, backend);
} finally {
    await browser.close();
    await site.close();
    peer.close();
}
const ours = figures['noisewalk cpu'];
for (const [name, value] of Object.entries(figures)) {
    const ratio = typeof value === 'number' ? `noisewalk on the CPU is ${(ours / value).toFixed(2)} times as fast` : '';
    console.log(`${name.padEnd(18)} ${typeof value === 'number' ? `${value.toFixed(0).padStart(6)} updates/s` : value}  ${ratio}`);
}
