//! Graphics that some terminals have. Which one it is, it says by its environment. To ask it directly
//! means to wait for an answer, and a terminal that has never heard of the question gives none.

use std::env;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How a terminal wants to be told of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Graphics {
    /// <https://sw.kovidgoyal.net/kitty/graphics-protocol/>
    Kitty,
    /// <https://iterm2.com/documentation-images.html>
    Iterm,
}

impl Graphics {
    /// What this terminal understands.
    pub(super) fn of_terminal() -> Option<Self> {
        let holds = |name: &str, words: &[&str]| {
            let value = env::var(name).unwrap_or_default().to_ascii_lowercase();
            words.iter().any(|word| value.contains(word))
        };
        // A multiplexer passes the environment on, but not the graphics.
        if env::var_os("TMUX").is_some() || env::var_os("STY").is_some() {
            return None;
        }
        if holds("TERM", &["kitty", "ghostty"]) || holds("TERM_PROGRAM", &["ghostty"]) {
            return Some(Graphics::Kitty);
        }
        let iterms = ["iterm", "wezterm", "mintty", "rio", "warpterminal"];
        let is_iterm = holds("TERM_PROGRAM", &iterms)
            || holds("LC_TERMINAL", &iterms)
            || env::var_os("KONSOLE_VERSION").is_some();
        is_iterm.then_some(Graphics::Iterm)
    }

    /// A picture, as PNG, on so many columns and rows.
    pub(super) fn show(self, png: &[u8], columns: u32, rows: u32) -> String {
        let data = STANDARD.encode(png);
        match self {
            Graphics::Iterm => format!(
                "\x1b]1337;File=inline=1;preserveAspectRatio=1;size={};width={columns};\
                 height={rows}:{data}\x07\n",
                png.len()
            ),
            Graphics::Kitty => {
                let mut text = String::new();
                let mut keys = format!("a=T,f=100,q=2,c={columns},r={rows},");
                let mut rest = data.as_str();
                while !rest.is_empty() {
                    // Base64 is ASCII: it may be cut anywhere.
                    let (chunk, after) = rest.split_at(rest.len().min(KITTY_CHUNK));
                    let more = u8::from(!after.is_empty());
                    text += &format!("\x1b_G{keys}m={more};{chunk}\x1b\\");
                    keys.clear();
                    rest = after;
                }
                text + "\n"
            }
        }
    }
}

/// The most data that Kitty takes at once, in bytes of base64.
const KITTY_CHUNK: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterm_is_told_in_one_piece() {
        assert_eq!(
            Graphics::Iterm.show(b"abc", 8, 4),
            "\x1b]1337;File=inline=1;preserveAspectRatio=1;size=3;width=8;height=4:YWJj\x07\n"
        );
    }

    #[test]
    fn kitty_is_told_in_chunks() {
        let shown = Graphics::Kitty.show(&[0; 3 * 1025], 8, 4);
        let (first, last) = shown.split_once("\x1b\\").unwrap();
        assert_eq!(
            first,
            format!("\x1b_Ga=T,f=100,q=2,c=8,r=4,m=1;{}", "A".repeat(4096))
        );
        assert_eq!(last, "\x1b_Gm=0;AAAA\x1b\\\n");
    }
}
