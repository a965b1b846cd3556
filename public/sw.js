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

/** Whether an answer is the file of this build. */
async function isOurs(path, response) {
    const bytes = await response.clone().arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return response.ok && hex === FILES[path][0];
}

/** Keeps an answer if it is the file of this build. */
async function keep(path, response) {
    if (!(await isOurs(path, response))) throw new Error(`${path} is not of the build ${BUILD}`);
    await (await cacheOf(path)).put(keyOf(path), response);
}

/** Whether files are kept at all: once everything was cleared, nothing is, until the next visit. */
const isKeeping = () => caches.has(SHELL);

/** Keeps a file: from another cache if it is there, as a build before this one may have left it, else from the network. */
async function fetched(path) {
    const [cache, found] = await Promise.all([cacheOf(path), caches.match(keyOf(path))]);
    if (found) return cache.put(keyOf(path), found);
    // Some hosts answer `index.html` by leading to the folder, and such an answer cannot be kept.
    const url = new URL(path === 'index.html' ? '' : encodeURI(path), SCOPE);
    await keep(path, await fetch(url, { cache: 'no-cache' }));
}

const fetchAll = (isWanted) => Promise.all(Object.keys(FILES).filter(isWanted).map(fetched));

/** What is kept, as pairs of a name and bytes: the page itself under no name, then each model, then runs and the like. */
async function kept() {
    const sums = new Map();
    for (const name of [SHELL, MODELS]) {
        if (!(await caches.has(name))) continue;
        for (const { url } of await (await caches.open(name)).keys()) {
            const path = pathOf(url);
            // A model is a folder of `models`; of anything else the first folder says enough.
            const start = path.match(/^(models\/[^/]+|runs|experiments)\//)?.[0] ?? '';
            sums.set(start, (sums.get(start) ?? 0) + (FILES[path]?.[1] ?? 0));
        }
    }
    return [...sums].sort(([one], [other]) => one.localeCompare(other));
}

/** Forgets the models, or other large files, whose paths start so. */
async function forget(start) {
    const models = await caches.open(MODELS);
    const found = (await models.keys()).filter(({ url }) => pathOf(url).startsWith(start));
    await Promise.all(found.map((key) => models.delete(key)));
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
        if (command === 'keep' && (await isKeeping())) await fetchAll((path) => path.startsWith(start));
        if (command === 'clear' && start) await forget(start);
        // The worker itself stays: it keeps files of another build away from a page that is still open.
        if (command === 'clear' && !start) await clear(() => true);
        event.source.postMessage(await kept());
    };
    event.waitUntil(answer());
});

/** The site has another build than this one: an open page hears of it, and gets no file of the other. */
async function refuse(event) {
    if (event.request.mode === 'navigate') {
        // Nothing of this build is on the screen yet: the next try goes past this worker, to the new build as a whole.
        await registration.unregister();
        return blank();
    }
    for (const client of await clients.matchAll()) client.postMessage('update');
    event.waitUntil(registration.update().catch(() => {}));
    return Response.error();
}

/** An empty page that loads its address again. */
function blank() {
    const page = '<!doctype html><link rel="icon" href="data:,">';
    return new Response(page, { headers: { 'content-type': 'text/html', refresh: '0' } });
}

/** What was kept; else what the network has if it is of this build, which is kept if it is a model. */
async function serve(event, path) {
    if (event.request.mode === 'navigate' && registration.waiting && (await clients.matchAll()).length < 2) {
        // The only tab is being loaded anew: the new build may take over as a whole.
        registration.waiting.postMessage('take-over');
        return blank();
    }
    const found = await caches.match(keyOf(path));
    if (found) return found;
    const response = await fetch(event.request);
    // A host that is out of order has said so itself.
    if (response.ok && !(await isOurs(path, response))) return refuse(event);
    const isVisit = event.request.mode === 'navigate' && response.ok;
    if (isVisit && !(await isKeeping())) event.waitUntil(fetchAll((path) => !isModel(path)).catch(() => {}));
    if (response.ok && isModel(path) && (await isKeeping())) event.waitUntil((await cacheOf(path)).put(keyOf(path), response.clone()));
    return response;
}

addEventListener('fetch', (event) => {
    const { method, url } = event.request;
    const own = method === 'GET' && url.startsWith(SCOPE.href);
    if (own && FILES[pathOf(url)]) event.respondWith(serve(event, pathOf(url)));
});
