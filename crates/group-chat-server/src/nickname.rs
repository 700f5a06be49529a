//! What may be a nickname.

use common::printable::acts;

use crate::protocol::{EVERYONE, OPERATOR};

/// The longest nickname, in characters.
const MAX_NICKNAME: usize = 32;

/// Why a text is no nickname.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NicknameError {
    /// Nothing, or more than 32 characters.
    #[error("a nickname has 1 to {MAX_NICKNAME} characters")]
    Length,
    /// A colon would end it in `TO:TEXT`; the others cannot be seen, so that two nicknames that
    /// look alike would not be.
    #[error("a nickname has no colon, white space or invisible character")]
    Character,
    /// `all` and `server`.
    #[error("that nickname is reserved")]
    Reserved,
}

/// Whether a text may be a nickname.
///
/// # Errors
/// See [`NicknameError`].
pub fn check(nickname: &str) -> Result<(), NicknameError> {
    let stranger = |c: char| c == ':' || c.is_whitespace() || acts(c) || cannot_be_seen(c);
    let count = nickname.chars().take(MAX_NICKNAME + 1).count();
    if nickname.contains(stranger) {
        Err(NicknameError::Character)
    } else if !(1..=MAX_NICKNAME).contains(&count) {
        Err(NicknameError::Length)
    } else if [EVERYONE, OPERATOR].contains(&key(nickname).as_str()) {
        Err(NicknameError::Reserved)
    } else {
        Ok(())
    }
}

/// Whether a character leaves no mark where it stands: those that Unicode calls default ignorable, as far as
/// [`acts`] does not know them (in a text they are harmless, and choose among forms of letters and of emoji),
/// and the empty braille pattern.
fn cannot_be_seen(c: char) -> bool {
    matches!(c,
        '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{2800}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// What two nicknames have in common that differ only in case.
pub fn key(nickname: &str) -> String {
    nickname.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_of_people() {
        for name in ["Ann", "王大锤", "o'neill", "x".repeat(32).as_str(), "alle"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        use NicknameError::*;
        for (name, why) in [
            ("", Length),
            ("x".repeat(33).as_str(), Length),
            ("a:b", Character),
            ("a b", Character),
            ("a\tb", Character),
            ("a\u{3000}b", Character),
            ("a\x1b[2J", Character),
            ("al\u{200b}ice", Character),
            ("\u{202e}bob", Character),
            ("Ann\u{fe0f}", Character),
            ("An\u{34f}n", Character),
            ("\u{2800}", Character),
            ("Ann\u{e0100}", Character),
            ("all", Reserved),
            ("ALL", Reserved),
            ("Server", Reserved),
        ] {
            assert_eq!(check(name), Err(why), "{name:?}");
        }
    }
}
