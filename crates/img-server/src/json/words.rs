//! Words, and what they are.

/// Whether this may stand in a number, or in a word like `true`.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// Whether a word is a number of JSON (RFC 8259, section 6).
pub(super) fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (word, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}

/// A digest written in hex.
pub(super) fn digest(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = (digit(0)? << 4 | digit(1)?) as u8;
    }
    Some(bytes)
}

/// A character that was escaped in the middle of the data, as a slice that lives long enough. One
/// that is not ASCII is none of base64 either; for those there is NUL.
pub(super) fn in_ascii(c: char) -> &'static [u8] {
    const TABLE: [u8; 128] = {
        let mut table = [0; 128];
        let mut at = 0;
        while at < table.len() {
            table[at] = at as u8;
            at += 1;
        }
        table
    };
    static ASCII: [u8; 128] = TABLE;
    let at = u8::try_from(c).map_or(0, usize::from);
    let at = if at < ASCII.len() { at } else { 0 };
    &ASCII[at..=at]
}
