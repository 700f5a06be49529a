//! Drawing a picture in the terminal: with the terminal's own graphics where it is known to have
//! some, else two pixels a character.

mod blocks;
mod graphics;

use std::fs::File;
use std::io::{self, BufReader, Cursor, IsTerminal};
use std::path::Path;

use anyhow::{anyhow, bail};
use common::exit::print;
use common::screen::window_size;
use image::imageops::FilterType;
use image::{GenericImageView, ImageError, ImageFormat, ImageReader, Limits};

use blocks::Colours;
use graphics::Graphics;

/// The largest picture that is drawn, in pixels along each side.
const MAX_SIDE: u32 = 16_384;

/// The most memory that decoding may take, in bytes. A picture of a few kilobytes can claim to have
/// a billion pixels.
const MAX_MEMORY: u64 = 256 << 20;

/// Columns and rows, where the terminal does not say how many it has.
const USUAL_WINDOW: (u16, u16) = (80, 24);

/// Whether there is a terminal to draw in.
pub fn can_draw() -> bool {
    io::stdout().is_terminal()
}

/// Draws the picture in the file, on stdout.
///
/// # Errors
/// It is not a picture of a kind we know (PNG, JPEG, GIF), it is damaged or too large, or stdout
/// cannot be written to.
pub fn draw(path: &Path) -> anyhow::Result<()> {
    let mut reader = ImageReader::new(BufReader::new(File::open(path)?)).with_guessed_format()?;
    if reader.format().is_none() {
        bail!("it is no picture of a kind that can be drawn (PNG, JPEG, GIF)");
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    // The library's own words are sentences, with the names of its types in them.
    let picture = reader.decode().map_err(|error| match error {
        ImageError::IoError(error) => error.into(),
        ImageError::Limits(_) => anyhow!("it has too many pixels"),
        ImageError::Unsupported(_) => anyhow!("it is of a kind that cannot be drawn"),
        _ => anyhow!("it is damaged"),
    })?;
    let (columns, rows) = fit(picture.dimensions(), window_size().unwrap_or(USUAL_WINDOW));
    let text = match Graphics::of_terminal() {
        Some(graphics) => {
            let mut png = Vec::new();
            picture.write_to(&mut Cursor::new(&mut png), ImageFormat::Png)?;
            graphics.show(&png, columns, rows)
        }
        None => {
            let small = picture.resize_exact(columns, 2 * rows, FilterType::CatmullRom);
            blocks::draw(&small.to_rgba8(), Colours::of_terminal())
        }
    };
    print(text.as_bytes())
}

/// On how many columns and rows a picture of this size is drawn in a window: as large as it is, two
/// pixels a character, or as large as there is room, with a line left for the prompt.
fn fit((width, height): (u32, u32), (columns, rows): (u16, u16)) -> (u32, u32) {
    let most = [
        u32::from(columns),
        2 * u32::from(rows.saturating_sub(1).max(1)),
    ]
    .map(f64::from);
    let size = [width, height].map(f64::from);
    let scale = (most[0] / size[0]).min(most[1] / size[1]).min(1.0);
    let [columns, pixels] = size.map(|side| (side * scale).round().max(1.0) as u32);
    (columns, pixels.div_ceil(2))
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_picture_fits_into_the_window() {
        for (picture, fits) in [
            ((160, 80), (80, 20)),
            ((100, 100), (46, 23)),
            ((10, 5), (10, 3)),
            ((1, 1), (1, 1)),
            ((16_384, 1), (80, 1)),
            ((1, 16_384), (1, 23)),
        ] {
            assert_eq!(fit(picture, (80, 24)), fits, "{picture:?}");
        }
        assert_eq!(fit((100, 100), (1, 1)), (1, 1));
    }
}
