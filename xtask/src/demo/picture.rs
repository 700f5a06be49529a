//! A picture to be sent in a demo: a real one that any viewer opens, made on the spot.

/// A BMP file, of all formats the one that needs no compression: two headers and the pixels.
/// `side` is its width and height in pixels; its colours run from corner to corner.
pub(super) fn bmp(side: u32) -> Vec<u8> {
    const HEADERS: u32 = 14 + 40;
    const BITS: u16 = 32;
    let pixels = side * side * u32::from(BITS) / 8;

    let mut file = b"BM".to_vec();
    for field in [HEADERS + pixels, 0, HEADERS, 40, side, side] {
        file.extend(field.to_le_bytes());
    }
    for field in [1, BITS] {
        file.extend(field.to_le_bytes());
    }
    // Not compressed; how many bytes; resolution and palette need not be known.
    for field in [0, pixels, 0, 0, 0, 0] {
        file.extend(field.to_le_bytes());
    }
    let shade = |at: u32| (at * 255 / side) as u8;
    for row in 0..side {
        for column in 0..side {
            file.extend([shade(row), shade(column), 255 - shade(row), 255]);
        }
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_tell_the_length() {
        let file = bmp(10);
        assert_eq!(file.len(), 54 + 400);
        assert_eq!(&file[..6], &[b'B', b'M', 198, 1, 0, 0]);
        assert_eq!(&file[18..30], &[10, 0, 0, 0, 10, 0, 0, 0, 1, 0, 32, 0]);
    }
}
