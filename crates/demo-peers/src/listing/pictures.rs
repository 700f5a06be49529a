//! The pictures: files of a folder, or made up.

use std::fs;
use std::path::Path;

use anyhow::Context;
use common::printable::printable_path;
use common::received::safe_file_name;

use super::GENERATED;
use super::ways::Picture;

/// The side of the largest of the pictures that are made up, in pixels.
const SIDE: usize = 100;

/// What the pictures are called.
pub(super) fn names(folder: Option<&Path>) -> anyhow::Result<Vec<String>> {
    let Some(folder) = folder else {
        return Ok((1..=GENERATED)
            .map(|number| format!("picture-{number}.bmp"))
            .collect());
    };
    let task = || format!("cannot read the folder {}", printable_path(folder));
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(task)? {
        let entry = entry.with_context(task)?;
        if entry.path().is_file()
            && let Ok(name) = entry.file_name().into_string()
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The picture of this name. One that is made up is there by any name: the number in it, if there
/// is one, says which it is.
pub(super) fn picture(folder: Option<&Path>, name: &str) -> Option<Picture> {
    let bytes = match folder {
        Some(folder) => fs::read(folder.join(safe_file_name(name).ok()?)).ok()?,
        None => {
            let digits: String = name.chars().filter(char::is_ascii_digit).take(4).collect();
            bmp(digits.parse().unwrap_or(1))
        }
    };
    let name = name.to_owned();
    Some(Picture { name, bytes })
}

/// A bitmap, the format that needs no compression: two headers and the pixels. It shows rings whose
/// width is the number's.
fn bmp(number: usize) -> Vec<u8> {
    const HEADERS: usize = 14 + 40;
    let side = SIDE - number % (SIDE / 2);
    let pixels = side * side * 4;
    let mut bytes = b"BM".to_vec();
    // The length of all, two reserved, where the pixels begin; the length of the second header,
    // width and height, one plane of 32 bits, no compression, the length of the pixels; and what
    // need not be known.
    let headers = [
        HEADERS + pixels,
        0,
        HEADERS,
        40,
        side,
        side,
        1 | 32 << 16,
        0,
        pixels,
        0,
        0,
        0,
        0,
    ];
    for field in headers {
        bytes.extend_from_slice(&(field as u32).to_le_bytes());
    }
    for y in 0..side {
        for x in 0..side {
            let (dx, dy) = (x.abs_diff(side / 2), y.abs_diff(side / 2));
            let mut pixel = [40, 40, 40, 255];
            pixel[(dx * dx + dy * dy) / (number * 20 + 20) % 3] = 220;
            bytes.extend_from_slice(&pixel);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bitmap_is_as_long_as_it_says() {
        for number in [1, 2, 3, 49, 50, 9999] {
            let bytes = bmp(number);
            let said = u32::from_le_bytes(bytes[2..6].try_into().unwrap());
            assert_eq!(said as usize, bytes.len());
        }
        assert_ne!(bmp(1), bmp(2));
    }
}
