//! Text from a stranger, made safe to show.
//!
//! A terminal obeys the bytes it is sent: an escape sequence in a nickname can clear the screen,
//! retitle the window or put words into the clipboard, and a carriage return can write a false
//! line over a true one. So nothing that came from a peer reaches a terminal or a log but
//! through [`printable`].

use std::fmt;
use std::path::Path;

/// Shows text with everything that could act on a terminal, or change how its neighbours are
/// read, written as an escape: `\n`, `\x1b`, `\u{202e}`, and `\xff` for a byte that is not UTF-8.
///
/// A backslash stays as it is: this is to be read by people, not to be turned back.
pub fn printable<T: AsRef<[u8]> + ?Sized>(text: &T) -> Printable<'_> {
    Printable(text.as_ref())
}

/// Shows a path as [`printable`] shows text: whoever may make a file may give it any name. As people
/// write it, without the `./` that names the current folder.
pub fn printable_path(path: &Path) -> Printable<'_> {
    let inside = path.strip_prefix(".").ok();
    let inside = inside.filter(|inside| !inside.as_os_str().is_empty());
    printable(inside.unwrap_or(path).as_os_str().as_encoded_bytes())
}

/// What [`printable`] returns; it is escaped while it is shown, without a copy.
#[derive(Clone, Copy, Debug)]
pub struct Printable<'a>(&'a [u8]);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            write_escaped(f, chunk.valid())?;
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

fn write_escaped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let mut plain_from = 0;
    for (at, c) in text.char_indices() {
        if !acts(c) {
            continue;
        }
        f.write_str(&text[plain_from..at])?;
        plain_from = at + c.len_utf8();
        match c {
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\0'..='\x7f' => write!(f, "\\x{:02x}", u32::from(c))?,
            _ => write!(f, "\\u{{{:x}}}", u32::from(c))?,
        }
    }
    f.write_str(&text[plain_from..])
}

/// Whether a character does something instead of being seen: the control characters (C0, DEL and
/// C1, where 0x9b alone begins an escape sequence), the marks that turn the direction of reading,
/// the line and paragraph separators, and what has no width at all.
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_what_people_write() {
        for text in [
            "",
            "Hello, Michael!",
            r"C:\temp",
            "你好，世界",
            "naïve café 🎉",
        ] {
            assert_eq!(printable(text).to_string(), text);
        }
    }

    #[test]
    fn escapes_what_a_terminal_would_obey() {
        for (text, shown) in [
            ("\x1b[2J", r"\x1b[2J"),
            ("a\r\nb\tc", r"a\r\nb\tc"),
            ("\u{9b}1A", r"\u{9b}1A"),
            ("\0\x7f", r"\x00\x7f"),
            ("gpj.\u{202e}exe", r"gpj.\u{202e}exe"),
            ("al\u{200b}ice", r"al\u{200b}ice"),
            ("\u{feff}", r"\u{feff}"),
            ("a\u{2028}b", r"a\u{2028}b"),
        ] {
            assert_eq!(printable(text).to_string(), shown, "{text:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn shows_any_path() {
        use std::os::unix::ffi::OsStrExt;

        let path = Path::new(std::ffi::OsStr::from_bytes(b"/tmp/\xff\x1b[2J"));
        assert_eq!(printable_path(path).to_string(), r"/tmp/\xff\x1b[2J");
        for (path, shown) in [
            ("./a/./b", "a/./b"),
            (".", "."),
            ("./", "./"),
            ("../a", "../a"),
            (".a", ".a"),
        ] {
            assert_eq!(printable_path(Path::new(path)).to_string(), shown);
        }
    }

    #[test]
    fn shows_bytes_that_are_no_text() {
        assert_eq!(printable(b"Mi\xffchael").to_string(), r"Mi\xffchael");
        assert_eq!(printable(b"\xe4\xbd").to_string(), r"\xe4\xbd");
    }
}
