// A zip archive as any tool writes it: deflated files, one central directory.

import { deflateRawSync } from 'node:zlib';

/** Packs [name, bytes] pairs. */
export function zip(files) {
    const body = [], directory = [];
    let at = 0;
    for (const [name, bytes] of files) {
        const packed = deflateRawSync(bytes);
        const title = Buffer.from(name);
        // Version 2.0, no flags, deflate, no time; then checksum, sizes, length of the name.
        const common = Buffer.alloc(26);
        common.writeUInt16LE(20, 0);
        common.writeUInt16LE(8, 4);
        common.writeUInt32LE(crc32(bytes), 10);
        common.writeUInt32LE(packed.length, 14);
        common.writeUInt32LE(bytes.length, 18);
        common.writeUInt16LE(title.length, 22);
        const rest = Buffer.alloc(14);
        rest.writeUInt32LE(at, 10);
        directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, rest, title);
        const local = [Buffer.from('PK\x03\x04', 'latin1'), common, title, packed];
        body.push(...local);
        at += local.reduce((sum, part) => sum + part.length, 0);
    }
    const listed = Buffer.concat(directory);
    const end = Buffer.alloc(22);
    end.write('PK\x05\x06', 'latin1');
    end.writeUInt16LE(files.length, 8);
    end.writeUInt16LE(files.length, 10);
    end.writeUInt32LE(listed.length, 12);
    end.writeUInt32LE(at, 16);
    return Buffer.concat([...body, listed, end]);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
    for (let bit = 0; bit < 8; bit++) byte = (byte >>> 1) ^ (byte & 1 ? 0xedb88320 : 0);
    return byte;
});

function crc32(bytes) {
    let sum = ~0;
    for (const byte of bytes) sum = TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
    return ~sum >>> 0;
}
