// Chromium with WebGPU on a software adapter, or without any adapter, and a page that writes down what goes wrong.

import { chromium } from 'playwright-core';

const FLAGS = [
    '--no-sandbox',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
];
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** The two browsers every test of the page should pass in. */
export const BROWSERS = { webgpu: WEBGPU, 'no webgpu': [] };

/**
 * WebGPU in software whose pictures reach the page: the page itself is composed by the same software, so that it may read a canvas of the
 * worker. With the flags above the GPU is lost as soon as a worker shows one. Screenshots stay blank there all the same; `shown` is not.
 */
export const PRESENTING = [
    ...WEBGPU,
    '--use-angle=swiftshader',
    '--use-vulkan=swiftshader',
    '--enable-features=Vulkan',
    '--ignore-gpu-blocklist',
    '--disable-vulkan-surface',
];

/** What the page shows of a canvas that belongs to the worker, as RGBA bytes. */
export const shown = (page, selector) =>
    page.$eval(selector, (canvas) => {
        const { width, height } = canvas;
        const context = new OffscreenCanvas(width, height).getContext('2d');
        context.drawImage(canvas, 0, 0);
        return { width, height, data: [...context.getImageData(0, 0, width, height).data] };
    });

/** The page speaks the browser's language, and tests read English. */
export const LOCALE = 'en-US';

/** Starts Chromium with a fresh profile. */
export function launch(flags = []) {
    const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
    return chromium.launch({ executablePath, args: [...FLAGS, ...flags] });
}

/** A page whose `faults` fill with console errors, exceptions, policy violations, failed and outside requests. */
export async function watchedPage(browser, site, options = {}) {
    // Requests that a service worker answers are hidden from tests; its own test lets it in.
    const context = await browser.newContext({ serviceWorkers: 'block', locale: LOCALE, ...options });
    const page = await context.newPage();
    const faults = [];
    page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
    page.on('crash', () => faults.push('the page crashed'));
    page.on('console', (message) => {
        if (message.type() === 'error') faults.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
        const url = request.url();
        const own = [site.origin, 'blob:', 'data:'].some((start) => url.startsWith(start));
        if (!own) faults.push(`outside request: ${url}`);
    });
    page.on('response', (response) => {
        if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
    });
    return { page, faults, close: () => context.close() };
}
