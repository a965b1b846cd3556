// Keeps the page for use without a network: all files of one build at once; models, runs and experiments when they are used.
//
// `cargo xtask seal` writes the files of a build in here; while developing there are none, and nothing is kept.
// Every file is kept under its checksum, so that a page is never put together from two builds,
// and a model that a new build did not change stays.

/** Path → SHA-256 and bytes. */
const FILES = {};
const BUILD = '';

const SCOPE = new URL('./', location.href);
const SHELL = `noisewalk ${SCOPE.pathname} ${BUILD}`;
const MODELS = `noisewalk ${SCOPE.pathname} models`;

const isModel = (path) => /^(models|runs|experiments)\//.test(path);
const pathOf = (url) => decodeURIComponent(new URL(url).pathname.slice(SCOPE.pathname.length)) || 'index.html';
const keyOf = (path) => new URL(`${encodeURI(path)}?${FILES[path][0]}`, SCOPE).href;
const cacheOf = (path) => caches.open(isModel(path) ? MODELS : SHELL);

/** Keeps an answer if it is the file of this build. */
async function keep(path, response) {
    const bytes = await response.clone().arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
    if (!response.ok || hex !== FILES[path][0]) throw new Error(`${path} is not of the build ${BUILD}`);
    await (await cacheOf(path)).put(keyOf(path), response);
}

/** Keeps a file: from another cache if it is there, as a build before this one may have left it, else from the network. */
async function fetched(path) {
    const [cache, found] = await Promise.all([cacheOf(path), caches.match(keyOf(path))]);
    if (found) return cache.put(keyOf(path), found);
    // Some hosts answer `index.html` by leading to the folder, and such an answer cannot be kept.
    const url = new URL(path === 'index.html' ? '' : encodeURI(path), SCOPE);
    await keep(path, await fetch(url, { cache: 'no-cache' }));
}

const fetchAll = (isWanted) => Promise.all(Object.keys(FILES).filter(isWanted).map(fetched));

async function kept() {
    const keys = await Promise.all([SHELL, MODELS].map(async (name) => (await caches.open(name)).keys()));
    return keys.flat().reduce((sum, { url }) => sum + (FILES[pathOf(url)]?.[1] ?? 0), 0);
}

async function clear(isOld) {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith(`noisewalk ${SCOPE.pathname} `) && isOld(name)).map((name) => caches.delete(name)));
}

addEventListener('install', (event) => event.waitUntil(fetchAll((path) => !isModel(path))));

addEventListener('activate', (event) =>
    event.waitUntil(
        (async () => {
            await clear((name) => name !== SHELL && name !== MODELS);
            const models = await caches.open(MODELS);
            const stale = (await models.keys()).filter(({ url }) => !FILES[pathOf(url)] || keyOf(pathOf(url)) !== url);
            await Promise.all(stale.map((key) => models.delete(key)));
        })(),
    ),
);

addEventListener('message', (event) => {
    const [command, start] = event.data.split(' ');
    const answer = async () => {
        if (command === 'take-over') return skipWaiting();
        if (command === 'keep') await fetchAll((path) => path.startsWith(start));
        if (command === 'clear') {
            await clear(() => true);
            await registration.unregister();
        }
        event.source.postMessage(command === 'clear' ? 0 : await kept());
    };
    event.waitUntil(answer());
});

/** What was kept; else what the network has, which is kept if it is a model of this build. */
async function serve(event, path) {
    if (event.request.mode === 'navigate' && registration.waiting && (await clients.matchAll()).length < 2) {
        // The only tab is being loaded anew: the new build may take over as a whole.
        registration.waiting.postMessage('take-over');
        const blank = '<!doctype html><link rel="icon" href="data:,">';
        return new Response(blank, { headers: { 'content-type': 'text/html', refresh: '0' } });
    }
    const found = await caches.match(keyOf(path));
    if (found) return found;
    const response = await fetch(event.request);
    if (isModel(path)) event.waitUntil(keep(path, response.clone()).catch(() => {}));
    return response;
}

addEventListener('fetch', (event) => {
    const { method, url } = event.request;
    const own = method === 'GET' && url.startsWith(SCOPE.href);
    if (own && FILES[pathOf(url)]) event.respondWith(serve(event, pathOf(url)));
});
