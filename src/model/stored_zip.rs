//! Zip archives whose files are stored, not compressed: the container of PyTorch's `torch.save`.

/// Why an archive is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ZipError {
    /// No archive, or one cut short.
    #[error("the file is no zip archive, or is cut short")]
    Format,
    /// A compressed or encrypted file, or an archive above 4 GB.
    #[error("{0} is compressed, encrypted or larger than 4 GB, which this program does not read")]
    Unsupported(String),
}

/// The files of an archive by name, in its order (APPNOTE.TXT 4.3.12: the central directory decides).
///
/// # Errors
/// [`ZipError`] where the archive is broken or compressed.
pub fn entries(bytes: &[u8]) -> Result<Vec<(String, &[u8])>, ZipError> {
    // The end record has 22 bytes and a comment of 65535 at most.
    let first = bytes.len().saturating_sub(22 + 65_535);
    let tail = bytes.get(first..).ok_or(ZipError::Format)?;
    let end = tail.windows(4).rposition(|w| w == b"PK\x05\x06").ok_or(ZipError::Format)? + first;
    part(bytes, end, 22 + u16_at(bytes, end + 20)?)?;
    let count = u16_at(bytes, end + 10)?;
    let mut at = u32_at(bytes, end + 16)?;
    let mut found = Vec::new();
    for _ in 0..count {
        if part(bytes, at, 4)? != b"PK\x01\x02" {
            return Err(ZipError::Format);
        }
        let [name, extra, comment] = [u16_at(bytes, at + 28)?, u16_at(bytes, at + 30)?, u16_at(bytes, at + 32)?];
        let title = String::from_utf8_lossy(part(bytes, at + 46, name)?).into_owned();
        let [flags, method] = [u16_at(bytes, at + 8)?, u16_at(bytes, at + 10)?];
        let [packed, size, local] = [u32_at(bytes, at + 20)?, u32_at(bytes, at + 24)?, u32_at(bytes, at + 42)?];
        if method != 0 || flags & 1 != 0 || packed != size || local == u32::MAX as usize {
            return Err(ZipError::Unsupported(title));
        }
        // The local header repeats the name, but may have another extra field.
        if part(bytes, local, 4)? != b"PK\x03\x04" {
            return Err(ZipError::Format);
        }
        let start = local + 30 + u16_at(bytes, local + 26)? + u16_at(bytes, local + 28)?;
        found.push((title, part(bytes, start, size)?));
        at += 46 + name + extra + comment;
    }
    Ok(found)
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
