//! What DATA sends: lines that end with CR LF, and no line that could be taken for the end.
//!
//! The end of a message is a line with a single dot. So a line of the message that begins with a dot
//! gets one more, which the server takes away (RFC 5321, section 4.5.2). What counts as a line is
//! where it goes wrong: some servers take a bare LF for a line end as well, and with it a dot behind
//! one; what follows would then be the next mail, from whomever it says (SMTP smuggling,
//! CVE-2023-51764). So every line end becomes CR LF first.

/// The last line of a message.
pub const END: &[u8] = b".\r\n";

/// The message as it is sent behind DATA, without [`END`].
pub fn as_data(message: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(message.len() + message.len() / 64);
    let mut bytes = message.iter().copied().peekable();
    let mut line_begins = true;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' | b'\n' => {
                if byte == b'\r' {
                    bytes.next_if_eq(&b'\n');
                }
                data.extend_from_slice(b"\r\n");
                line_begins = true;
                continue;
            }
            b'.' if line_begins => data.extend_from_slice(b".."),
            other => data.push(other),
        }
        line_begins = false;
    }
    if !line_begins {
        data.extend_from_slice(b"\r\n");
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_that_begins_a_line_is_doubled_whatever_ended_the_line_before() {
        for (message, data) in [
            ("", ""),
            (".", "..\r\n"),
            ("..", "...\r\n"),
            ("a.b", "a.b\r\n"),
            ("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n"),
            ("a\n.\nb\n", "a\r\n..\r\nb\r\n"),
            ("a\r.\rb\r", "a\r\n..\r\nb\r\n"),
            ("a\n.\r\nb", "a\r\n..\r\nb\r\n"),
            (
                "a\r\n.\nMAIL FROM:<x@y>\r\n",
                "a\r\n..\r\nMAIL FROM:<x@y>\r\n",
            ),
            ("a\n\r.\r\n", "a\r\n\r\n..\r\n"),
            ("\r\r\n\n", "\r\n\r\n\r\n"),
        ] {
            let found = as_data(message.as_bytes());
            assert_eq!(String::from_utf8(found).unwrap(), data, "{message:?}");
        }
    }
}
