//! Moving pictures as files: animated PNG, which every browser shows and every PNG reader opens at its first frame.
//!
//! The compression is the simplest that fits enlarged pixels: a row like the one above is stored as no difference (filter *up*),
//! any other as differences along it (filter *sub*), and what is left, runs of zeros, as repetitions of the last byte
//! with the fixed codes of DEFLATE (RFC 1950 and 1951; PNG, third edition).

use super::widgets::canvas::Bitmap;

/// A file in the making: add each of the pictures, then finish.
pub struct Apng {
    file: Vec<u8>,
    size: Vec<u8>,
    /// Number of the next part; every part of an animation has one.
    number: u32,
}

impl Apng {
    /// A file of `frames` pictures of this size, played for ever.
    pub fn new(width: usize, height: usize, frames: usize) -> Self {
        let size = [width as u32, height as u32].map(u32::to_be_bytes).concat();
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        // Eight bits each of red, green, blue, alpha.
        chunk(&mut file, b"IHDR", &[&size, &[8, 6, 0, 0, 0]]);
        chunk(&mut file, b"acTL", &[&(frames as u32).to_be_bytes(), &[0; 4]]);
        Self { file, size, number: 0 }
    }

    /// Adds a picture, shown for its milliseconds.
    pub fn add(&mut self, picture: &Bitmap, millis: u16) {
        let is_first = self.number == 0;
        let whole_at_corner = [&self.size[..], &[0; 8]].concat();
        let number = self.next();
        let control: [&[u8]; 5] = [&number, &whole_at_corner, &millis.to_be_bytes(), &1000u16.to_be_bytes(), &[0, 0]];
        chunk(&mut self.file, b"fcTL", &control);
        let pixels = zlib(&filtered(picture));
        if is_first {
            chunk(&mut self.file, b"IDAT", &[&pixels]);
        } else {
            let number = self.next();
            chunk(&mut self.file, b"fdAT", &[&number, &pixels]);
        }
    }

    /// The whole file.
    pub fn finish(mut self) -> Vec<u8> {
        chunk(&mut self.file, b"IEND", &[]);
        self.file
    }

    fn next(&mut self) -> [u8; 4] {
        self.number += 1;
        (self.number - 1).to_be_bytes()
    }
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], parts: &[&[u8]]) {
    let body = parts.concat();
    file.extend((body.len() as u32).to_be_bytes());
    let start = file.len();
    file.extend(kind);
    file.extend(body);
    let sum = crc(&file[start..]);
    file.extend(sum.to_be_bytes());
}

/// CRC-32 as PNG and zip have it.
pub fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| CRC_OF_BYTE[((crc ^ u32::from(*byte)) & 255) as usize] ^ (crc >> 8))
}

/// The checksum's step for each byte.
const CRC_OF_BYTE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

/// The rows of a picture, each after the number of its filter.
fn filtered(picture: &Bitmap) -> Vec<u8> {
    let mut out = Vec::with_capacity(picture.rgba.len() + picture.height);
    let mut above: &[u8] = &[];
    for row in picture.rgba.chunks_exact((picture.width * 4).max(1)) {
        if row == above {
            out.push(2);
            out.resize(out.len() + row.len(), 0);
        } else {
            out.push(1);
            out.extend_from_slice(&row[..4]);
            out.extend(row[4..].iter().zip(row).map(|(byte, left)| byte.wrapping_sub(*left)));
        }
        above = row;
    }
    out
}

/// One block with fixed codes, in the wrapping of zlib.
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut bits = Bits { out: vec![0x78, 0x01], held: 0, count: 0 };
    // The last block, of fixed codes.
    bits.put(0b011, 3);
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        bits.symbol(u32::from(*byte));
        at += 1;
        let mut run = bytes[at..].iter().take_while(|next| *next == byte).count();
        at += run;
        while run >= 3 {
            let length = run.min(258);
            bits.repeat(length as u32);
            run -= length;
        }
        (0..run).for_each(|_| bits.symbol(u32::from(*byte)));
    }
    bits.symbol(256);
    bits.put(0, 7);
    let (a, b) = bytes.iter().fold((1u32, 0u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65521;
        (a, (b + a) % 65521)
    });
    bits.out.extend((b << 16 | a).to_be_bytes());
    bits.out
}

/// Bits into bytes, the lowest first.
struct Bits {
    out: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        self.held |= value << self.count;
        self.count += count;
        while self.count >= 8 {
            self.out.push(self.held as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    /// The last byte so many times again, from 3 to 258.
    fn repeat(&mut self, length: u32) {
        let over = length - 3;
        // Lengths share a code by their highest three bits; the rest follows as it is.
        let rest = 29u32.saturating_sub(over.leading_zeros());
        if length == 258 {
            self.symbol(285);
        } else {
            self.symbol(257 + 4 * rest + (over >> rest));
            self.put(over & ((1 << rest) - 1), rest);
        }
        // At a distance of one byte.
        self.put(0, 5);
    }

    /// A literal or a length in its fixed code, whose highest bit comes first.
    fn symbol(&mut self, symbol: u32) {
        let (code, length) = match symbol {
            0..144 => (0x30 + symbol, 8),
            144..256 => (0x190 + symbol - 144, 9),
            256..280 => (symbol - 256, 7),
            _ => (0xC0 + symbol - 280, 8),
        };
        self.put(code.reverse_bits() >> (32 - length), length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_texts_are_compressed_as_python_does_with_fixed_codes() {
        // zlib.compressobj(level=1, strategy=zlib.Z_FIXED) of Python, whose matches are the same here.
        assert_eq!(zlib(b"abc"), [0x78, 0x01, 0x4B, 0x4C, 0x4A, 0x06, 0x00, 0x02, 0x4D, 0x01, 0x27]);
        // 4 MB of one value: 258 to a code of 13 bits.
        assert!(zlib(&vec![7; 4_000_000]).len() < 26_000);
    }

    #[test]
    fn chunks_are_numbered_and_summed() {
        let picture = Bitmap { width: 2, height: 2, rgba: (0..16).collect() };
        let mut apng = Apng::new(2, 2, 3);
        [80, 80, 1500].into_iter().for_each(|millis| apng.add(&picture, millis));
        let file = apng.finish();
        // The sum of an empty IEND is in every PNG file.
        assert!(file.ends_with(&[0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xAE, 0x42, 0x60, 0x82]));
        let of = |kind: &[u8]| {
            file.windows(4).enumerate().filter(|(_, four)| *four == kind).map(|(at, _)| at).collect::<Vec<_>>()
        };
        let numbers: Vec<u8> = [of(b"fcTL"), of(b"fdAT")].concat().into_iter().map(|at| file[at + 7]).collect();
        assert_eq!(numbers, [0, 1, 3, 2, 4]);
    }
}
