//! A zip archive as any tool writes it: deflated files, one central directory.

/// Packs files under their names.
pub fn zip(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut body, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let packed = miniz_oxide::deflate::compress_to_vec(bytes, 6);
        let numbers = [crc32fast::hash(bytes), packed.len() as u32, bytes.len() as u32];
        let numbers: Vec<u8> = numbers.into_iter().flat_map(u32::to_le_bytes).collect();
        // Version 2.0, no flags, deflate, no time; then checksum, sizes, length of the name.
        let common =
            [&[20, 0, 0, 0, 8, 0, 0, 0, 0, 0][..], &numbers, &(name.len() as u16).to_le_bytes(), &[0; 2]].concat();
        directory.extend([&b"PK\x01\x02\x14\x00"[..], &common, &[0; 10], &(body.len() as u32).to_le_bytes()].concat());
        directory.extend(name.bytes());
        body.extend([&b"PK\x03\x04"[..], &common, name.as_bytes(), &packed].concat());
    }
    let count = (files.len() as u16).to_le_bytes();
    let sizes = [directory.len() as u32, body.len() as u32].map(u32::to_le_bytes).concat();
    [&body[..], &directory, b"PK\x05\x06\0\0\0\0", &count, &count, &sizes, &[0; 2]].concat()
}
