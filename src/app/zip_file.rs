//! Files as one zip archive, stored as they are: weights hardly get smaller (APPNOTE.TXT of PKWARE, version 6.3.10).

use super::apng::crc;

/// The archive of these files, by their paths.
pub fn zip(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut body, mut directory) = (Vec::new(), Vec::new());
    for (path, bytes) in files {
        let at = (body.len() as u32).to_le_bytes();
        // Version 2.0, names in UTF-8, stored, 1 January 1980; then checksum, both sizes, lengths of the name and of no extra field.
        let mut common = vec![20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0];
        common.extend(crc(bytes).to_le_bytes());
        common.extend([(bytes.len() as u32).to_le_bytes(), (bytes.len() as u32).to_le_bytes()].concat());
        common.extend([(path.len() as u16).to_le_bytes(), [0, 0]].concat());
        body.extend(b"PK\x03\x04");
        body.extend(&common);
        body.extend(path.as_bytes());
        body.extend(bytes);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        // No comment, disk 0, no attributes; where the file begins.
        directory.extend([0; 10]);
        directory.extend(at);
        directory.extend(path.as_bytes());
    }
    let [start, length] = [body.len() as u32, directory.len() as u32].map(u32::to_le_bytes);
    let count = (files.len() as u16).to_le_bytes();
    body.extend(directory);
    body.extend(b"PK\x05\x06\0\0\0\0");
    body.extend([count, count].concat());
    body.extend([length, start].concat());
    body.extend([0, 0]);
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_ends_with_the_place_of_its_list() {
        let archive = zip(&[("m/a.txt".into(), b"noise".to_vec()), ("b".into(), Vec::new())]);
        let end = &archive[archive.len() - 22..];
        assert_eq!(end[..12], *b"PK\x05\x06\0\0\0\0\x02\0\x02\0");
        let list = u32::from_le_bytes(end[16..20].try_into().unwrap()) as usize;
        assert_eq!(archive[list..list + 4], *b"PK\x01\x02");
        // The CRC-32 of "noise", by Python's zlib.
        assert_eq!(archive[14..18], 0xFDA9_9629u32.to_le_bytes());
        assert_eq!(archive[30..42], *b"m/a.txtnoise");
    }
}
