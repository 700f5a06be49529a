//! Text and bytes.

use clap::ValueEnum;
use common::printable::printable;
use encoding_rs::{DecoderResult, GBK};

/// How text is written in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Charset {
    /// Any language
    #[default]
    #[value(name = "utf-8")]
    Utf8,
    /// Chinese, as older programs write it
    Gbk,
}

impl Charset {
    /// The text in bytes; `None` when it has a character that the charset does not.
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Charset::Utf8 => Some(text.as_bytes().to_vec()),
            Charset::Gbk => {
                let (bytes, _, replaced) = GBK.encode(text);
                (!replaced).then(|| bytes.into_owned())
            }
        }
    }

    /// What the bytes say, safe for a terminal; bytes that mean nothing are shown as `\xff`.
    pub fn show(self, bytes: &[u8]) -> String {
        match self {
            Charset::Utf8 => printable(bytes).to_string(),
            Charset::Gbk => printable(&decode_gbk(bytes)).to_string(),
        }
    }
}

/// The text in GBK, with each byte that has no place in it written out.
fn decode_gbk(bytes: &[u8]) -> String {
    let mut decoder = GBK.new_decoder_without_bom_handling();
    // Room for everything: the decoder never has to be called again for lack of it.
    let room = decoder.max_utf8_buffer_length(bytes.len());
    let mut text = String::with_capacity(room.unwrap_or(bytes.len() * 4) + bytes.len() * 4);
    let mut read = 0;
    loop {
        let (result, taken) =
            decoder.decode_to_string_without_replacement(&bytes[read..], &mut text, true);
        read += taken;
        match result {
            DecoderResult::InputEmpty => return text,
            DecoderResult::OutputFull => text.reserve(bytes.len() * 4),
            DecoderResult::Malformed(length, after) => {
                // `after` bytes that follow the wrong ones were taken too, as their proof.
                let end = read - usize::from(after);
                for byte in &bytes[end - usize::from(length)..end] {
                    text.push_str(&format!("\\x{byte:02x}"));
                }
                read = end;
                decoder = GBK.new_decoder_without_bom_handling();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gbk_there_and_back() {
        let bytes = Charset::Gbk.encode("你好, Rose").unwrap();
        assert_eq!(bytes, b"\xc4\xe3\xba\xc3, Rose");
        assert_eq!(Charset::Gbk.show(&bytes), "你好, Rose");
    }

    #[test]
    fn what_gbk_has_no_character_for_is_not_sent_as_something_else() {
        assert_eq!(Charset::Gbk.encode("🎉"), None);
    }

    #[test]
    fn bytes_without_a_meaning_are_shown() {
        assert_eq!(Charset::Gbk.show(b"a\xffb"), r"a\xffb");
        assert_eq!(Charset::Gbk.show(b"\xc4\xe3\xba"), r"你\xba");
        assert_eq!(Charset::Gbk.show(b"\xff\xff\xff"), r"\xff\xff\xff");
        assert_eq!(Charset::Gbk.show(b"\xc4 \xc4\xe3"), r"\xc4 你");
        assert_eq!(Charset::Utf8.show(b"a\xff\xe4\xbd\xa0"), r"a\xff你");
    }

    #[test]
    fn no_escape_sequence_comes_through() {
        for charset in [Charset::Utf8, Charset::Gbk] {
            assert_eq!(charset.show(b"\x1b[2J\r\n"), r"\x1b[2J\r\n");
        }
    }

    #[test]
    fn any_bytes_come_to_an_end() {
        for first in 0..=255u8 {
            for second in 0..=255u8 {
                Charset::Gbk.show(&[first, second, b'x']);
            }
        }
    }
}
