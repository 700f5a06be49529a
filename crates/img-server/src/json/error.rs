//! What is wrong with a text.

use super::MAX_DEPTH;

/// Why something is not what a picture server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// What came is not JSON.
    #[error("not JSON: {} came where {wanted} should be", shown(*.found))]
    Unexpected {
        /// The byte that came.
        found: u8,
        /// What should have come, in words.
        wanted: &'static str,
    },
    /// A value is not a string, a number, `true`, `false` or `null`, though it begins like one.
    #[error("not JSON: a value that is neither a number nor true, false or null")]
    BadWord,
    /// A backslash and something that JSON does not have.
    #[error("not JSON: a bad escape in a string")]
    BadEscape,
    /// A control character that should have been escaped.
    #[error("not JSON: a control character in a string")]
    ControlCharacter,
    /// Text is always UTF-8.
    #[error("not JSON: text that is not UTF-8")]
    NotUtf8,
    /// It is JSON, but not of a picture.
    #[error("the value of {key} is not {wanted}")]
    WrongType {
        /// Whose value it is.
        key: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// Two programs might each take another of the two.
    #[error("the key {0} comes twice")]
    Twice(&'static str),
    /// A limit.
    #[error("values are nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// A limit.
    #[error("a key, a name or a number is longer than 1 KiB")]
    TooLong,
    /// A limit.
    #[error("there are more than 64 KiB besides the picture")]
    TooMuch,
}

fn shown(byte: u8) -> String {
    match byte {
        b'!'..=b'~' => char::from(byte).to_string(),
        _ => format!("the byte 0x{byte:02x}"),
    }
}
