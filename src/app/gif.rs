//! Moving pictures as GIF, which every program shows (CompuServe, GIF89a, 1990).
//!
//! Each frame has its own palette. Up to 256 colours are kept as they are, which is every picture of 16 × 16 pixels;
//! of more, colours alike in their highest bits share one place, with as many bits as fit.

use std::collections::BTreeMap;

use super::widgets::canvas::Bitmap;

/// A file in the making: add each frame, then finish.
pub struct Gif {
    file: Vec<u8>,
    zoom: usize,
}

impl Gif {
    /// A file of pictures of this size, each pixel a square of `zoom`, played for ever.
    pub fn new(width: usize, height: usize, zoom: usize) -> Self {
        let mut file = b"GIF89a".to_vec();
        for side in [width, height] {
            file.extend(((side * zoom) as u16).to_le_bytes());
        }
        // No palette for all, no background.
        file.extend([0, 0, 0]);
        file.extend(b"\x21\xFF\x0BNETSCAPE2.0\x03\x01\x00\x00\x00");
        Self { file, zoom }
    }

    /// Adds a picture, shown for its milliseconds; those are rounded to hundredths of a second.
    pub fn add(&mut self, picture: &Bitmap, millis: u16) {
        let Indexed { palette, indices, clear } = indexed(picture);
        let bits = palette.len().next_power_of_two().trailing_zeros().max(1);
        // Transparent pixels show the page behind, so each frame takes the one before away (disposal 2).
        let flags = if clear { 0b0000_1001 } else { 0b0000_0100 };
        self.file.extend([0x21, 0xF9, 4, flags]);
        self.file.extend((millis / 10).to_le_bytes());
        self.file.extend([0, 0, 0x2C, 0, 0, 0, 0]);
        for side in [picture.width, picture.height] {
            self.file.extend(((side * self.zoom) as u16).to_le_bytes());
        }
        self.file.push(0x80 | (bits - 1) as u8);
        for place in 0..1usize << bits {
            self.file.extend(palette.get(place).copied().unwrap_or_default());
        }
        let least = bits.max(2);
        self.file.push(least as u8);
        // Enlarged only now: colours are sought in the picture as it is.
        let indices = enlarged(&indices, picture.width, self.zoom);
        for block in compressed(&indices, least).chunks(255) {
            self.file.push(block.len() as u8);
            self.file.extend(block);
        }
        self.file.push(0);
    }

    /// The whole file.
    pub fn finish(mut self) -> Vec<u8> {
        self.file.push(0x3B);
        self.file
    }
}

/// A picture as places of a palette.
struct Indexed {
    palette: Vec<[u8; 3]>,
    indices: Vec<u8>,
    /// Whether place 0 stands for transparent pixels.
    clear: bool,
}

fn indexed(picture: &Bitmap) -> Indexed {
    let pixels = || picture.rgba.chunks_exact(4);
    let clear = pixels().any(|pixel| pixel[3] < 128);
    let room = 256 - usize::from(clear);
    // Eight bits of each colour are all of it; the first number of bits with few enough colours is taken.
    let mut cells = BTreeMap::new();
    let mut shift = 0;
    while shift < 8 {
        cells = alike(pixels(), shift);
        if cells.len() <= room {
            break;
        }
        shift += 1;
    }
    let mut palette = vec![[0; 3]; usize::from(clear)];
    for cell in cells.values_mut() {
        cell.place = palette.len() as u8;
        palette.push(cell.sum.map(|sum| (sum / cell.count.max(1)) as u8));
    }
    let place = |pixel: &[u8]| match pixel[3] < 128 {
        true => 0,
        false => cells.get(&key(pixel, shift)).map_or(0, |cell| cell.place),
    };
    Indexed { indices: pixels().map(place).collect(), palette, clear }
}

/// Rows of `width` places, each place as a square of `zoom`.
fn enlarged(indices: &[u8], width: usize, zoom: usize) -> Vec<u8> {
    let mut large = Vec::with_capacity(indices.len() * zoom * zoom);
    for row in indices.chunks_exact(width.max(1)) {
        let wide: Vec<u8> = row.iter().flat_map(|index| std::iter::repeat_n(*index, zoom)).collect();
        large.extend(wide.iter().cycle().take(wide.len() * zoom));
    }
    large
}

/// Colours that share a place.
#[derive(Default)]
struct Cell {
    sum: [u64; 3],
    count: u64,
    place: u8,
}

fn key(pixel: &[u8], shift: u32) -> [u8; 3] {
    [pixel[0] >> shift, pixel[1] >> shift, pixel[2] >> shift]
}

fn alike<'a>(pixels: impl Iterator<Item = &'a [u8]>, shift: u32) -> BTreeMap<[u8; 3], Cell> {
    let mut cells: BTreeMap<[u8; 3], Cell> = BTreeMap::new();
    for pixel in pixels.filter(|pixel| pixel[3] >= 128) {
        let cell = cells.entry(key(pixel, shift)).or_default();
        cell.sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u64::from(*value));
        cell.count += 1;
    }
    cells
}

/// LZW with codes of `least + 1` to 12 bits, the lowest bit first (appendix F of the specification).
fn compressed(indices: &[u8], least: u32) -> Vec<u8> {
    let (clear, end) = (1u32 << least, (1u32 << least) + 1);
    let mut out = Codes { bytes: Vec::new(), held: 0, count: 0 };
    // The code of each known code with one more place; 0, which is a place itself, where there is none.
    let mut table = vec![0u16; 4096 << least];
    let entry = |known: u32, index: u8| ((known as usize) << least) | usize::from(index);
    let (mut next, mut width) = (end + 1, least + 1);
    out.put(clear, width);
    let mut rest = indices.iter();
    let Some(first) = rest.next() else {
        out.put(end, width);
        return out.finish();
    };
    let mut known = u32::from(*first);
    for index in rest {
        let longer = table[entry(known, *index)];
        if longer != 0 {
            known = u32::from(longer);
            continue;
        }
        out.put(known, width);
        if next < 4096 {
            table[entry(known, *index)] = next as u16;
            // The reader is one code behind, so the width grows once the code that needs it is in the table.
            if next == 1 << width && width < 12 {
                width += 1;
            }
            next += 1;
        } else {
            out.put(clear, width);
            table.fill(0);
            (next, width) = (end + 1, least + 1);
        }
        known = u32::from(*index);
    }
    out.put(known, width);
    // The reader adds an entry for that code too.
    if next == 1 << width && width < 12 {
        width += 1;
    }
    out.put(end, width);
    out.finish()
}

/// Codes into bytes.
struct Codes {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Codes {
    fn put(&mut self, code: u32, width: u32) {
        self.held |= code << self.count;
        self.count += width;
        while self.count >= 8 {
            self.bytes.push(self.held as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.bytes.push(self.held as u8);
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads LZW back as the specification says, independent of the writer's table.
    fn unpacked(bytes: &[u8], least: u32) -> Vec<u8> {
        let (clear, end) = (1usize << least, (1usize << least) + 1);
        let mut table: Vec<Vec<u8>> = Vec::new();
        let reset = |table: &mut Vec<Vec<u8>>| {
            table.clear();
            table.extend((0..clear).map(|index| vec![index as u8]));
            table.extend([Vec::new(), Vec::new()]);
        };
        let (mut out, mut at, mut width) = (Vec::new(), 0usize, least as usize + 1);
        let mut before: Option<Vec<u8>> = None;
        loop {
            let code = (0..width).fold(0, |code, bit| {
                let place = at + bit;
                code | (usize::from(bytes[place / 8] >> (place % 8) & 1) << bit)
            });
            at += width;
            if code == clear {
                reset(&mut table);
                (width, before) = (least as usize + 1, None);
                continue;
            }
            if code == end {
                return out;
            }
            let piece = match (table.get(code), &before) {
                (Some(piece), _) => piece.clone(),
                (None, Some(before)) => [before.as_slice(), &before[..1]].concat(),
                (None, None) => panic!("a code before its time"),
            };
            out.extend(&piece);
            if let Some(before) = before.filter(|_| table.len() < 4096) {
                table.push([before.as_slice(), &piece[..1]].concat());
                if table.len() == 1 << width && width < 12 {
                    width += 1;
                }
            }
            before = Some(piece);
        }
    }

    #[test]
    fn what_is_packed_unpacks() {
        let stream = crate::diffusion::noise::Stream::new(3, crate::diffusion::noise::Purpose::Evaluation);
        for (count, colours, least) in [(1, 2, 2), (300, 2, 2), (5000, 7, 3), (70_000, 256, 8), (20_000, 1, 2)] {
            let indices: Vec<u8> = (0..count).map(|index| stream.below(index, colours) as u8).collect();
            assert_eq!(unpacked(&compressed(&indices, least), least), indices, "{count} {colours}");
        }
    }

    #[test]
    fn few_colours_are_kept_and_many_become_few() {
        let rgba: Vec<u8> = (0..=255u8).flat_map(|v| [v, 255 - v, 7, 255]).collect();
        let exact = indexed(&Bitmap { width: 16, height: 16, rgba: rgba.clone() });
        let back: Vec<u8> = exact.indices.iter().flat_map(|place| exact.palette[usize::from(*place)]).collect();
        let wanted: Vec<u8> = rgba.chunks_exact(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
        assert_eq!(back, wanted);
        let many: Vec<u8> = (0..4096u32).flat_map(|i| [(i % 64 * 4) as u8, (i / 64 * 4) as u8, 9, 255]).collect();
        let fewer = indexed(&Bitmap { width: 64, height: 64, rgba: many.clone() });
        assert!(fewer.palette.len() <= 256 && fewer.palette.len() > 200);
        for (place, pixel) in fewer.indices.iter().zip(many.chunks_exact(4)) {
            let near = fewer.palette[usize::from(*place)];
            // 16 levels a colour are left, so no value is off by a level or more.
            assert!(near.iter().zip(pixel).all(|(a, b)| a.abs_diff(*b) < 16));
        }
        let gap = indexed(&Bitmap { width: 2, height: 1, rgba: vec![1, 2, 3, 255, 0, 0, 0, 0] });
        assert_eq!((gap.indices, gap.clear, gap.palette.len()), (vec![1, 0], true, 2));
    }

    #[test]
    fn places_become_squares() {
        assert_eq!(enlarged(&[1, 2, 3, 4], 2, 2), [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
    }

    #[test]
    fn a_file_has_every_frame() {
        let picture = Bitmap { width: 2, height: 1, rgba: vec![1, 2, 3, 255, 4, 5, 6, 255] };
        let mut gif = Gif::new(2, 1, 3);
        gif.add(&picture, 80);
        gif.add(&picture, 1500);
        let file = gif.finish();
        assert!(file.starts_with(b"GIF89a\x06\0\x03\0") && file.ends_with(&[0x3B]));
        assert_eq!(file.windows(3).filter(|w| *w == [0x21, 0xF9, 4]).count(), 2);
    }
}
