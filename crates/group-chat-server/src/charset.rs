//! The two charsets of the tutorials: UTF-8, and GBK where the tutorial's client says so.

use encoding_rs::GBK;

/// Reads text: what is valid UTF-8 is UTF-8, anything else is GBK. The second value tells whether
/// it was GBK. Few GBK texts of more than a character or two are valid UTF-8 by chance.
pub fn decode(bytes: &[u8]) -> (String, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (GBK.decode_without_bom_handling(bytes).0.into_owned(), true),
    }
}

/// Writes text in GBK; a character that GBK does not have becomes a question mark.
pub fn encode_gbk(text: &str) -> Vec<u8> {
    let (bytes, _, unmappable) = GBK.encode(text);
    if !unmappable {
        return bytes.into_owned();
    }
    let mut all = Vec::with_capacity(text.len());
    for c in text.chars() {
        let mut room = [0; 4];
        let (bytes, _, unmappable) = GBK.encode(c.encode_utf8(&mut room));
        all.extend_from_slice(if unmappable { b"?" } else { &bytes });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both() {
        assert_eq!(decode("你好".as_bytes()), ("你好".to_owned(), false));
        assert_eq!(decode(b"\xc4\xe3\xba\xc3"), ("你好".to_owned(), true));
    }

    #[test]
    fn writes_gbk() {
        assert_eq!(encode_gbk("你好"), b"\xc4\xe3\xba\xc3");
        assert_eq!(encode_gbk("a🎉b"), b"a?b");
    }
}
