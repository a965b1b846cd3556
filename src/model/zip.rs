//! Zip archives, stored or deflated: the container of PyTorch's `torch.save`, and how people hand a model folder on.
//!
//! APPNOTE.TXT of PKWARE, version 6.3.10; deflate is RFC 1951. Nothing an archive says of itself is believed before it is checked.

use std::borrow::Cow;

use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// Most bytes that one archive may unpack to.
pub const MOST_UNPACKED: usize = 1 << 30;

/// Why an archive is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ZipError {
    /// No archive, or one cut short.
    #[error("the file is no zip archive, or is cut short")]
    Format,
    /// A password is needed.
    #[error("{0} is encrypted, which this program does not read; pack the folder again without a password")]
    Encrypted(String),
    /// More than 4 GB, or written as if it were.
    #[error("{0} is in the zip64 format of archives above 4 GB, which this program does not read")]
    Zip64(String),
    /// Neither stored nor deflated.
    #[error(
        "{name} is packed by method {method}; this program reads stored and deflated files, as zip and Python write them"
    )]
    Method {
        /// The file.
        name: String,
        /// The number of the method in the archive.
        method: usize,
    },
    /// Compressed where PyTorch stores.
    #[error("{0} is compressed, which a file of torch.save never is")]
    Compressed(String),
    /// An archive made to fill a memory.
    #[error("the archive unpacks to more than it can hold or than 1 GB, so it is not opened")]
    TooLarge,
    /// The packed bytes are damaged.
    #[error("{0} is damaged in the archive; pack the folder again")]
    Damaged(String),
    /// A name that leads out of the folder.
    #[error("the archive holds {0}, a name that leads out of its folder, so it is not opened")]
    Outside(String),
}

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its path in the archive, parts separated by `/`; a folder's ends in one.
    pub name: String,
    packed: &'a [u8],
    size: usize,
    checksum: u32,
    is_deflated: bool,
}

impl<'a> Entry<'a> {
    /// The bytes of a stored file.
    ///
    /// # Errors
    /// [`ZipError::Compressed`].
    pub fn stored(&self) -> Result<&'a [u8], ZipError> {
        if self.is_deflated { Err(ZipError::Compressed(self.name.clone())) } else { Ok(self.packed) }
    }

    /// The bytes, unpacked, of the listed length and checksum.
    ///
    /// # Errors
    /// [`ZipError::Damaged`].
    pub fn contents(&self) -> Result<Cow<'a, [u8]>, ZipError> {
        let damaged = || ZipError::Damaged(self.name.clone());
        let bytes = match self.is_deflated {
            false => Cow::Borrowed(self.packed),
            // Memory grows with what comes out, and ends at the listed length.
            true => Cow::Owned(decompress_to_vec_with_limit(self.packed, self.size).map_err(|_| damaged())?),
        };
        let is_whole = bytes.len() == self.size && crc32fast::hash(&bytes) == self.checksum;
        if is_whole { Ok(bytes) } else { Err(damaged()) }
    }
}

/// Whether these bytes begin as a zip archive does.
pub fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// The files of an archive, in its order (4.3.12: the central directory decides).
///
/// # Errors
/// [`ZipError`] where the archive is broken, encrypted, of a kind that is not read, or larger than it can honestly be.
pub fn entries(bytes: &[u8]) -> Result<Vec<Entry<'_>>, ZipError> {
    // The end record has 22 bytes and a comment of 65535 at most.
    let first = bytes.len().saturating_sub(22 + 65_535);
    let tail = bytes.get(first..).ok_or(ZipError::Format)?;
    let end = tail.windows(4).rposition(|w| w == b"PK\x05\x06").ok_or(ZipError::Format)? + first;
    part(bytes, end, 22 + u16_at(bytes, end + 20)?)?;
    let (count, mut at) = (u16_at(bytes, end + 10)?, u32_at(bytes, end + 16)?);
    if at == u32::MAX as usize {
        return Err(ZipError::Zip64("the archive".into()));
    }
    let mut found = Vec::new();
    let [mut packed, mut unpacked] = [0usize; 2];
    for _ in 0..count {
        let (entry, next) = entry(bytes, at)?;
        packed = packed.saturating_add(entry.packed.len());
        unpacked = unpacked.saturating_add(entry.size);
        // Entries that share bytes are how a small archive claims to be a large one.
        if packed > bytes.len() || unpacked > MOST_UNPACKED {
            return Err(ZipError::TooLarge);
        }
        found.push(entry);
        at = next;
    }
    Ok(found)
}

/// The entry listed at `at` of the central directory, and where the next one is listed.
fn entry(bytes: &[u8], at: usize) -> Result<(Entry<'_>, usize), ZipError> {
    if part(bytes, at, 4)? != b"PK\x01\x02" {
        return Err(ZipError::Format);
    }
    let [name, extra, comment] = [u16_at(bytes, at + 28)?, u16_at(bytes, at + 30)?, u16_at(bytes, at + 32)?];
    let title = String::from_utf8_lossy(part(bytes, at + 46, name)?).into_owned();
    let [flags, method] = [u16_at(bytes, at + 8)?, u16_at(bytes, at + 10)?];
    let [packed, size, local] = [u32_at(bytes, at + 20)?, u32_at(bytes, at + 24)?, u32_at(bytes, at + 42)?];
    if flags & 1 != 0 {
        return Err(ZipError::Encrypted(title));
    }
    if [packed, size, local].contains(&(u32::MAX as usize)) {
        return Err(ZipError::Zip64(title));
    }
    if method != 0 && method != 8 {
        return Err(ZipError::Method { name: title, method });
    }
    let is_outside = title.starts_with('/') || title.contains(['\\', ':']) || title.split('/').any(|step| step == "..");
    if is_outside {
        return Err(ZipError::Outside(title));
    }
    // The local header repeats the name, but may have another extra field.
    if part(bytes, local, 4)? != b"PK\x03\x04" || (method == 0 && packed != size) {
        return Err(ZipError::Format);
    }
    // Deflate makes no more than 1032 bytes of one.
    if size > packed.saturating_mul(1032) {
        return Err(ZipError::TooLarge);
    }
    let start = local + 30 + u16_at(bytes, local + 26)? + u16_at(bytes, local + 28)?;
    let checksum = u32_at(bytes, at + 16)? as u32;
    let packed = part(bytes, start, packed)?;
    Ok((Entry { name: title, packed, size, checksum, is_deflated: method == 8 }, at + 46 + name + extra + comment))
}

fn part(bytes: &[u8], at: usize, length: usize) -> Result<&[u8], ZipError> {
    at.checked_add(length).and_then(|end| bytes.get(at..end)).ok_or(ZipError::Format)
}

fn u16_at(bytes: &[u8], at: usize) -> Result<usize, ZipError> {
    Ok(part(bytes, at, 2)?.iter().rev().fold(0, |n, b| n << 8 | usize::from(*b)))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<usize, ZipError> {
    Ok(part(bytes, at, 4)?.iter().rev().fold(0, |n, b| n << 8 | usize::from(*b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Python 3.11, `zipfile.ZipFile(path, "w", ZIP_DEFLATED).writestr("m/a.txt", "noise" * 8)`.
    const DEFLATED: &[u8] = include_bytes!("../../tests/zip/deflated.zip");

    fn refusal(change: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut bytes = DEFLATED.to_vec();
        change(&mut bytes);
        let read = entries(&bytes).and_then(|found| found.iter().map(Entry::contents).collect::<Result<Vec<_>, _>>());
        read.map(drop).unwrap_err().to_string()
    }

    fn directory() -> usize {
        DEFLATED.windows(4).position(|w| w == b"PK\x01\x02").unwrap()
    }

    #[test]
    fn what_python_packs_is_unpacked() {
        let found = entries(DEFLATED).unwrap();
        assert_eq!(found[0].name, "m/a.txt");
        assert_eq!(*found[0].contents().unwrap(), *"noise".repeat(8).as_bytes());
        assert_eq!(found[0].stored(), Err(ZipError::Compressed("m/a.txt".into())));
    }

    #[test]
    fn each_trick_and_damage_has_its_sentence() {
        let at = directory();
        assert!(refusal(|bytes| bytes[at + 8] |= 1).contains("encrypted"));
        assert!(refusal(|bytes| bytes[at + 10] = 14).contains("method 14"));
        assert!(refusal(|bytes| bytes[at + 42..at + 46].fill(0xFF)).contains("zip64"));
        assert!(refusal(|bytes| bytes[at + 42..at + 46].fill(0x7F)).contains("cut short"));
        assert!(refusal(|bytes| bytes[at + 24..at + 28].fill(0x3F)).contains("unpacks to more"));
        assert!(refusal(|bytes| bytes[at + 24] += 1).contains("m/a.txt is damaged"));
        assert!(refusal(|bytes| bytes[at + 24] -= 1).contains("m/a.txt is damaged"));
        assert!(refusal(|bytes| bytes[at + 16] ^= 1).contains("m/a.txt is damaged"));
        assert!(refusal(|bytes| bytes[at + 46..at + 49].copy_from_slice(b"../")).contains("leads out"));
        assert!(refusal(|bytes| bytes.truncate(at)).contains("cut short"));
    }
}
