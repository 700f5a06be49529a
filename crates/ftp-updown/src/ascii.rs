//! Lines of text: CR LF on the wire, LF on the disk (RFC 959, section 3.1.1.1).

/// Turns the CR LF of the wire into LF, however the bytes are cut up. A CR alone stays.
#[derive(Debug, Default)]
pub struct FromWire {
    /// The last byte was a CR, and what it belongs to is still to come.
    held: bool,
}

impl FromWire {
    /// Converts the next bytes.
    pub fn convert(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            if self.held && byte != b'\n' {
                out.push(b'\r');
            }
            self.held = byte == b'\r';
            if !self.held {
                out.push(byte);
            }
        }
    }

    /// What is left when nothing more comes.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.held) {
            out.push(b'\r');
        }
    }
}

/// Turns the LF of the disk into CR LF. One that has its CR already stays as it is.
#[derive(Debug, Default)]
pub struct ToWire {
    after_cr: bool,
}

impl ToWire {
    /// Converts the next bytes.
    pub fn convert(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            if byte == b'\n' && !self.after_cr {
                out.push(b'\r');
            }
            self.after_cr = byte == b'\r';
            out.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, in one piece and byte by byte.
    #[track_caller]
    fn check(from: &[u8], to: &[u8], convert: impl Fn(&mut dyn Iterator<Item = &[u8]>) -> Vec<u8>) {
        assert_eq!(convert(&mut [from].into_iter()), to);
        assert_eq!(convert(&mut from.chunks(1)), to);
    }

    #[test]
    fn the_wire_has_two_bytes_a_line_end() {
        for (disk, wire) in [
            (&b"a\nb\n"[..], &b"a\r\nb\r\n"[..]),
            (b"a\r\nb", b"a\r\nb"),
            (b"\n\n", b"\r\n\r\n"),
            (b"\r\r\n\r", b"\r\r\n\r"),
            (b"", b""),
        ] {
            check(disk, wire, |pieces| {
                let (mut ascii, mut out) = (ToWire::default(), Vec::new());
                pieces.for_each(|piece| ascii.convert(piece, &mut out));
                out
            });
        }
    }

    #[test]
    fn the_disk_has_one() {
        for (wire, disk) in [
            (&b"a\r\nb\r\n"[..], &b"a\nb\n"[..]),
            (b"a\nb", b"a\nb"),
            (b"\r\r\n\rx\r", b"\r\n\rx\r"),
            (b"", b""),
        ] {
            check(wire, disk, |pieces| {
                let (mut ascii, mut out) = (FromWire::default(), Vec::new());
                pieces.for_each(|piece| ascii.convert(piece, &mut out));
                ascii.finish(&mut out);
                out
            });
        }
    }
}
