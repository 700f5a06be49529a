//! The name of a file, as a peer gives it.

use crate::printable::acts;

/// The longest name, in bytes: what most file systems take.
pub(super) const MAX_NAME: usize = 255;

/// Why a peer's name for a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is left of it without its folders.
    #[error("it names no file")]
    Empty,
    /// `.`, `..`, `.bashrc`: hidden files configure programs.
    #[error("it begins with a dot")]
    Dot,
    /// Characters that act on a terminal or hide, or that Windows gives a meaning (`a:stream`).
    #[error("it holds a character that file names must not have")]
    Character,
    /// Windows drops a dot or a space at the end, and so means another file; and nobody sees where
    /// such a name begins or ends.
    #[error("it begins with a space, or ends with a space or a dot")]
    End,
    /// `CON`, `NUL.txt`: on Windows these are devices, in every folder.
    #[error("it is the name of a device")]
    Device,
    /// Ours, for files that are not complete.
    #[error("the ending .part is for unfinished files")]
    Part,
    /// More than 255 bytes.
    #[error("it is longer than {MAX_NAME} bytes")]
    TooLong,
}

/// Takes from a peer's name for a file what is safe to use, on every system: the last part of
/// it, without folders and drives, if that is an honest name.
///
/// # Errors
/// See [`NameError`].
pub fn safe_file_name(name: &str) -> Result<&str, NameError> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = base.split('.').next().unwrap_or(base).trim_end();
    // It joins two pictures to one, as in a family or a flag.
    let joins = |c| c == '\u{200d}';
    let blank = |c: char| c.is_whitespace() || joins(c);
    let harms = |c| (acts(c) && !joins(c)) || "<>:\"|?*".contains(c);
    match base {
        "" => Err(NameError::Empty),
        _ if base.starts_with('.') => Err(NameError::Dot),
        _ if base.contains(harms) => Err(NameError::Character),
        _ if base.starts_with(blank) || base.ends_with(blank) => Err(NameError::End),
        _ if base.ends_with('.') => Err(NameError::End),
        _ if is_device(stem) => Err(NameError::Device),
        _ if base.to_ascii_lowercase().ends_with(".part") => Err(NameError::Part),
        _ if base.len() > MAX_NAME => Err(NameError::TooLong),
        _ => Ok(base),
    }
}

/// The names that Windows keeps for devices, whatever extension follows.
fn is_device(stem: &str) -> bool {
    let stem = stem.to_ascii_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$" => true,
        _ => ["COM", "LPT"].iter().any(|port| {
            let number = stem.strip_prefix(port).map(|rest| rest.chars());
            number.is_some_and(|mut number| {
                // Windows reads a superscript as the digit.
                let digit = |c| matches!(c, '0'..='9' | '¹' | '²' | '³');
                number.next().is_some_and(digit) && number.next().is_none()
            })
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_last_part_of_a_name() {
        for (name, safe) in [
            ("131.jpg", "131.jpg"),
            ("../x", "x"),
            ("a/../../b", "b"),
            ("/abs/x", "x"),
            (r"..\x", "x"),
            (r"C:\x", "x"),
            (r"\\srv\share\x", "x"),
            ("图片.jpg", "图片.jpg"),
            ("authorized_keys", "authorized_keys"),
            ("com.txt", "com.txt"),
            ("company", "company"),
            ("👩\u{200d}👧.jpg", "👩\u{200d}👧.jpg"),
            ("a\u{3000}b", "a\u{3000}b"),
        ] {
            assert_eq!(safe_file_name(name), Ok(safe), "{name:?}");
        }
    }

    #[test]
    fn refuses_names_that_harm_somewhere() {
        use NameError::*;
        for (name, why) in [
            ("", Empty),
            ("x/", Empty),
            (".", Dot),
            ("..", Dot),
            ("../..", Dot),
            (".bashrc", Dot),
            ("x\0y", Character),
            ("\u{1b}[2J", Character),
            ("\u{1b}[1A\rharmless", Character),
            ("gpj.\u{202e}exe", Character),
            ("a:stream", Character),
            ("C:x", Character),
            ("what?", Character),
            ("x.", End),
            ("x ", End),
            (" x", End),
            ("\u{a0}", End),
            ("\u{3000}x", End),
            ("x\u{2003}", End),
            ("\u{200d}", End),
            ("x\u{200c}y", Character),
            ("CON", Device),
            ("NUL.txt", Device),
            ("nul .tar.gz", Device),
            ("com1", Device),
            ("LPT².x", Device),
            ("x.PART", Part),
        ] {
            assert_eq!(safe_file_name(name), Err(why), "{name:?}");
        }
        assert_eq!(safe_file_name(&"x".repeat(256)), Err(TooLong));
    }
}
