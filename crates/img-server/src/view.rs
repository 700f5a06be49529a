//! Drawing a picture in the terminal: with the terminal's own graphics where it is known to have
//! some (Kitty, iTerm), else two pixels a character, by half blocks.

use std::env;
use std::fs::File;
use std::io::{self, BufReader, IsTerminal};
use std::path::Path;

use anyhow::{anyhow, bail};
use image::{ImageError, ImageReader, Limits};

/// The largest picture that is drawn, in pixels along each side.
const MAX_SIDE: u32 = 16_384;

/// The most memory that decoding may take, in bytes. A picture of a few kilobytes can claim to have
/// a billion pixels.
const MAX_MEMORY: u64 = 256 << 20;

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
    let config = viuer::Config {
        // Below what was printed before, not in the corner of the window.
        absolute_offset: false,
        transparent: true,
        use_kitty: speaks_kitty(),
        ..viuer::Config::default()
    };
    viuer::print(&picture, &config)?;
    Ok(())
}

/// Whether the terminal says by its environment that it understands Kitty's graphics. To ask it
/// directly means to wait for an answer, and a terminal that has never heard of the question
/// gives none.
fn speaks_kitty() -> bool {
    let holds = |name: &str, words: &[&str]| {
        let value = env::var(name).unwrap_or_default().to_ascii_lowercase();
        words.iter().any(|word| value.contains(word))
    };
    // A multiplexer passes the environment on, but not the graphics.
    let within = env::var_os("TMUX").is_some() || env::var_os("STY").is_some();
    !within
        && (holds("TERM", &["kitty", "ghostty"]) || holds("TERM_PROGRAM", &["wezterm", "ghostty"]))
}
