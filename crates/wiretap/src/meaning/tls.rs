//! TLS (RFC 8446, section 5.1): the record's type and what a handshake begins with. The rest is
//! not to be read by anybody on the way.

use super::History;
use crate::event::Side;
use crate::steps::Message;

pub(super) fn meaning(_: Side, message: &Message, _: &mut History) -> Option<String> {
    let [kind, 3, 0..=4, high, low, rest @ ..] = message.bytes.as_slice() else {
        return None;
    };
    // A record has at most 2^14 bytes and a little for its encryption (section 5.2).
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if length == 0 || length > (1 << 14) + 256 {
        return None;
    }
    let what = match (kind, rest.first()) {
        (20, _) => "change of cipher",
        (21, _) => "alert",
        (22, Some(1)) => "client hello",
        (22, Some(2)) => "server hello",
        (22, _) => "handshake",
        (23, _) => "encrypted",
        _ => return None,
    };
    Some(format!("TLS: {what}"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_meanings;
    use Side::{Client, Server};

    use super::*;

    #[test]
    fn a_handshake_even_in_the_middle_of_a_talk() {
        assert_meanings(&[
            (Client, b"EHLO me\r\n", "EHLO me"),
            (Server, b"250 STARTTLS\r\n", "250 STARTTLS"),
            (Client, b"STARTTLS\r\n", "STARTTLS"),
            (Server, b"220 go\r\n", "220 go"),
            (Client, b"\x16\x03\x01\x02\x00\x01\x00", "TLS: client hello"),
            (Server, b"\x16\x03\x03\x00\x7a\x02\x00", "TLS: server hello"),
            (Client, b"\x17\x03\x03\x00\x20abc", "TLS: encrypted"),
        ]);
    }
}
