// Serves the built page as a static host would, under a sub-path, so that an absolute path in the page is found out.

import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the built page. */
export const DIST = process.env.DIST ?? fileURLToPath(new URL('../../dist', import.meta.url));
const PREFIX = '/some/where/';
const TYPES = {
    '.css': 'text/css',
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript',
    '.json': 'application/json',
    '.png': 'image/png',
    '.svg': 'image/svg+xml',
    '.wasm': 'application/wasm',
    '.woff2': 'font/woff2',
};

/** Starts the server; `overrides` maps a path below the page to a function (request, response) that answers instead. */
export async function serve(overrides = {}) {
    const server = createServer((request, response) => {
        const { pathname } = new URL(request.url, 'http://localhost');
        if (!pathname.startsWith(PREFIX)) return response.writeHead(404).end();
        const name = normalize(decodeURIComponent(pathname.slice(PREFIX.length)) || 'index.html');
        const override = overrides[name];
        if (override) return override(request, response);
        const path = join(DIST, name);
        const file = path.startsWith(DIST) && statSync(path, { throwIfNoEntry: false });
        if (!file || !file.isFile()) return response.writeHead(404).end();
        response.writeHead(200, {
            'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
            'content-length': file.size,
        });
        createReadStream(path).pipe(response);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${server.address().port}`;
    const close = () => {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        return closed;
    };
    return { origin, url: origin + PREFIX, close };
}
