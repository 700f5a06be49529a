//! A picture of half blocks: two pixels a character, one above the other.

use image::{Rgba, RgbaImage};

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    /// Any.
    True,
    /// Those of xterm: a cube of 6 × 6 × 6, and 24 greys.
    Xterm,
}

impl Colours {
    /// As the environment says.
    pub(super) fn of_terminal() -> Self {
        let value = std::env::var("COLORTERM").unwrap_or_default();
        match value.as_str() {
            "truecolor" | "24bit" => Colours::True,
            _ => Colours::Xterm,
        }
    }

    /// The escape sequence's parameters for a colour; `layer` is 3 for the character, 4 for what is behind it.
    fn code(self, layer: u8, Rgba([red, green, blue, _]): Rgba<u8>) -> String {
        match self {
            Colours::True => format!("{layer}8;2;{red};{green};{blue}"),
            Colours::Xterm => format!("{layer}8;5;{}", nearest([red, green, blue])),
        }
    }
}

/// The picture as lines of text. What is transparent is left as the terminal is.
pub(super) fn draw(picture: &RgbaImage, colours: Colours) -> String {
    let mut text = String::new();
    for y in (0..picture.height()).step_by(2) {
        for x in 0..picture.width() {
            let seen = |y| {
                picture
                    .get_pixel_checked(x, y)
                    .copied()
                    .filter(|pixel| pixel[3] > 0)
            };
            let (codes, block) = match (seen(y), seen(y + 1)) {
                (None, None) => (String::new(), ' '),
                (Some(top), None) => (colours.code(3, top), '▀'),
                (None, Some(bottom)) => (colours.code(3, bottom), '▄'),
                (Some(top), Some(bottom)) => {
                    (colours.code(4, top) + ";" + &colours.code(3, bottom), '▄')
                }
            };
            // From the beginning each time: the character before may have had a colour behind it.
            text += &format!("\x1b[0;{codes}m{block}");
        }
        text += "\x1b[0m\n";
    }
    text
}

/// The number of the colour of xterm's that is nearest to this one.
fn nearest(wanted: [u8; 3]) -> u8 {
    const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let level = |value: u8| {
        (0..6)
            .min_by_key(|&at| CUBE[at].abs_diff(value))
            .unwrap_or(0)
    };
    let [red, green, blue] = wanted.map(level);
    let in_cube = [red, green, blue].map(|level| CUBE[level]);
    let mean = wanted.iter().map(|&part| u16::from(part)).sum::<u16>() / 3;
    // 8, 18, 28 … 238.
    let grey = (mean.saturating_sub(3) / 10).min(23) as u8;
    let off = |colour: [u8; 3]| {
        let parts = colour.iter().zip(wanted);
        parts
            .map(|(&part, wanted)| u32::from(part.abs_diff(wanted)).pow(2))
            .sum::<u32>()
    };
    match off([8 + 10 * grey; 3]) < off(in_cube) {
        true => 232 + grey,
        false => (16 + 36 * red + 6 * green + blue) as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Rgba<u8> = Rgba([255, 0, 0, 255]);
    const CLEAR: Rgba<u8> = Rgba([9, 9, 9, 0]);

    #[test]
    fn two_pixels_are_one_character() {
        let mut picture = RgbaImage::from_pixel(2, 3, CLEAR);
        picture.put_pixel(0, 0, RED);
        picture.put_pixel(0, 1, Rgba([1, 2, 3, 255]));
        picture.put_pixel(1, 1, RED);
        picture.put_pixel(0, 2, RED);
        assert_eq!(
            draw(&picture, Colours::True),
            "\x1b[0;48;2;255;0;0;38;2;1;2;3m▄\x1b[0;38;2;255;0;0m▄\x1b[0m\n\
             \x1b[0;38;2;255;0;0m▀\x1b[0;m \x1b[0m\n"
        );
        let lines = draw(&picture, Colours::Xterm);
        assert!(lines.starts_with("\x1b[0;48;5;196;38;5;16m▄"), "{lines:?}");
    }

    #[test]
    fn the_nearest_colour_of_xterms() {
        for (colour, number) in [
            ([0, 0, 0], 16),
            ([255, 255, 255], 231),
            ([95, 135, 175], 67),
            ([100, 130, 170], 67),
            ([8, 8, 8], 232),
            ([128, 128, 128], 244),
            ([238, 238, 238], 255),
        ] {
            assert_eq!(nearest(colour), number, "{colour:?}");
        }
    }
}
