// As much of the page's protocol (src/protocol/, postcard bytes) as a test needs to talk to the engine itself.

// The lists are those of the Rust code, in their order; tests/fuzz/protocol.rs compares them.
const REQUESTS = ['start', 'load'];
const DEVICES = ['auto', 'webgpu', 'cpu', 'none'];
const EVENTS = [
    'ready', 'device', 'progress', 'loaded', 'frame', 'finished', 'cancelled', 'failed', 'lab', 'crashed', 'not painted',
];

/** The first byte of a request. */
export const requestByte = (name) => REQUESTS.indexOf(name);

/** The first byte of an event. */
export const eventByte = (name) => EVENTS.indexOf(name);

/** A device as a byte of a request. */
export const deviceByte = (name) => DEVICES.indexOf(name);

/** `Request::Start` with a device: auto, webgpu, cpu or none. */
export const start = (name) => [requestByte('start'), deviceByte(name)];

/** `Request::Load` of a model folder by its URL, ending in `/`. */
export function load(id, url) {
    const text = new TextEncoder().encode(url);
    return [requestByte('load'), ...varint(id), ...varint(text.length), ...text];
}

/** An event's name, and for those tests look into, its first fields. */
export function read(bytes) {
    let at = 0;
    const next = () => bytes[at++];
    const number = () => {
        let value = 0;
        for (let shift = 0; ; shift += 7) {
            const byte = next();
            value += (byte & 127) * 2 ** shift;
            if (byte < 128) return value;
        }
    };
    const text = () => {
        const length = number();
        at += length;
        return new TextDecoder().decode(Uint8Array.from(bytes.slice(at - length, at)));
    };
    const name = EVENTS[next()];
    switch (name) {
        case 'device':
            return { name, kind: ['webgpu', 'cpu'][number()], adapter: text() };
        case 'loaded':
            return { name, id: number() };
        case 'failed': {
            const id = next() === 1 ? number() : null;
            return { name, id, what: text(), hint: text() };
        }
        case 'crashed':
            return { name, message: text() };
        default:
            return { name };
    }
}

function varint(value) {
    const out = [];
    for (; value > 127; value = Math.floor(value / 128)) out.push((value % 128) | 128);
    return [...out, value];
}
