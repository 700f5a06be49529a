//! Where a header ends, whether its lines end as they should, and whether there is too much of it.

use memchr::memchr2_iter;

use crate::status::Refusal;
use crate::{MAX_FIELDS, MAX_HEADER, MAX_LINE};

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lines {
    /// No empty line yet.
    Incomplete,
    /// The header has so many bytes, with the empty line.
    End(usize),
}

/// Looks for the empty line that ends a header.
pub(super) fn find(bytes: &[u8]) -> Result<Lines, Refusal> {
    let mut begin = 0;
    let mut lines = 0;
    for at in memchr2_iter(b'\r', b'\n', bytes) {
        if bytes[at] == b'\n' {
            match at.checked_sub(1).map(|before| bytes[before]) {
                Some(b'\r') => continue,
                _ => return Err(Refusal::bad("an LF without a CR")),
            }
        }
        match bytes.get(at + 1) {
            Some(b'\n') => {}
            Some(_) => return Err(Refusal::bad("a CR without an LF")),
            None => break,
        }
        if at == begin {
            return Ok(Lines::End(at + 2));
        }
        check(lines, at - begin, at + 2)?;
        begin = at + 2;
        lines += 1;
    }
    check(lines, bytes.len() - begin, bytes.len())?;
    Ok(Lines::Incomplete)
}

/// Whether line number `line` may have `length` bytes, and the header so far `all`.
fn check(line: usize, length: usize, all: usize) -> Result<(), Refusal> {
    if length > MAX_LINE && line == 0 {
        return Err(Refusal::new(414, "the first line is too long"));
    }
    if length > MAX_LINE {
        return Err(Refusal::new(431, "a field is too long"));
    }
    // A line that has only begun may still turn out to be the empty one.
    if line > MAX_FIELDS && length > 1 {
        return Err(Refusal::new(431, "too many fields"));
    }
    if all > MAX_HEADER {
        return Err(Refusal::new(431, "the header is too long"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(bytes: &[u8]) -> u16 {
        find(bytes).unwrap_err().status.0
    }

    #[test]
    fn a_line_may_be_as_long_as_allowed() {
        let line = |length| [&vec![b'a'; length][..], b"\r\n\r\n"].concat();
        assert_eq!(find(&line(MAX_LINE)), Ok(Lines::End(MAX_LINE + 4)));
        assert_eq!(status(&line(MAX_LINE + 1)), 414);
        assert_eq!(status(&vec![b'a'; MAX_LINE + 1]), 414);
        let second = [b"x\r\n", &line(MAX_LINE + 1)[..]].concat();
        assert_eq!(status(&second), 431);
    }

    #[test]
    fn a_header_may_have_as_many_fields_as_allowed() {
        let header = |fields| ["GET\r\n", &"a: b\r\n".repeat(fields), "\r\n"].concat();
        assert!(matches!(
            find(header(MAX_FIELDS).as_bytes()),
            Ok(Lines::End(_))
        ));
        assert_eq!(status(header(MAX_FIELDS + 1).as_bytes()), 431);
    }

    #[test]
    fn a_header_may_be_as_long_as_allowed() {
        let field = format!("a: {}\r\n", "b".repeat(MAX_LINE - 3));
        let header = ["GET\r\n", &field.repeat(MAX_HEADER / MAX_LINE + 1)].concat();
        assert_eq!(status(header.as_bytes()), 431);
    }
}
