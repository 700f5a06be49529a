//! Parts of a file (RFC 9110, section 14).

use crate::MAX_RANGES;

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it begins.
    pub at: u64,
    /// How many bytes it has; at least one.
    pub length: u64,
}

impl Part {
    /// The last byte of it.
    pub fn last(&self) -> u64 {
        self.at + self.length - 1
    }
}

/// What of a file is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it: what was sent is no range that we know.
    All,
    /// These parts, from front to back, no two of which touch.
    Parts(Vec<Part>),
    /// Parts that it has not got.
    Nothing,
}

/// Reads the value of `Range` for a file of `size` bytes.
///
/// Parts that overlap are joined: a request for the same byte a thousand times costs what it costs to
/// ask for it once.
pub fn wanted(value: &[u8], size: u64) -> Wanted {
    let Some(specs) = specs_of(value) else {
        return Wanted::All;
    };
    let mut parts = Vec::new();
    for (count, spec) in specs.split(|&byte| byte == b',').enumerate() {
        if count == MAX_RANGES {
            return Wanted::All;
        }
        match read(spec.trim_ascii(), size) {
            Ok(part) => parts.extend(part),
            Err(NoRange) => return Wanted::All,
        }
    }
    if parts.is_empty() {
        return Wanted::Nothing;
    }
    parts.sort_by_key(|part| part.at);
    let mut joined: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        match joined.last_mut() {
            Some(last) if part.at <= last.last() + 1 => {
                last.length = last.length.max(part.last() + 1 - last.at);
            }
            _ => joined.push(part),
        }
    }
    Wanted::Parts(joined)
}

fn specs_of(value: &[u8]) -> Option<&[u8]> {
    let (unit, specs) = value.split_at_checked("bytes=".len())?;
    unit.eq_ignore_ascii_case(b"bytes=").then_some(specs)
}

struct NoRange;

/// Reads `3-5`, `3-` or `-5`; nothing of it if the file has no such bytes.
fn read(spec: &[u8], size: u64) -> Result<Option<Part>, NoRange> {
    let dash = memchr::memchr(b'-', spec).ok_or(NoRange)?;
    let (first, last) = (&spec[..dash], &spec[dash + 1..]);
    let end = match (first, last) {
        ([], []) => return Err(NoRange),
        ([], length) => {
            let length = number(length)?.min(size);
            let at = size - length;
            return Ok((length > 0).then_some(Part { at, length }));
        }
        (_, []) => size,
        (_, last) => number(last)?.saturating_add(1).min(size),
    };
    let at = number(first)?;
    if !last.is_empty() && number(last)? < at {
        return Err(NoRange);
    }
    Ok((at < end).then(|| Part {
        at,
        length: end - at,
    }))
}

/// A number; one beyond all sizes is as good as the largest.
fn number(digits: &[u8]) -> Result<u64, NoRange> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(NoRange);
    }
    Ok(crate::request::number(digits).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(value: &str) -> Vec<(u64, u64)> {
        match wanted(value.as_bytes(), 10) {
            Wanted::Parts(parts) => parts.iter().map(|part| (part.at, part.length)).collect(),
            other => panic!("{other:?} of {value}"),
        }
    }

    #[test]
    fn reads_ranges() {
        for (value, wanted) in [
            ("bytes=0-0", &[(0, 1)][..]),
            ("bytes=3-5", &[(3, 3)]),
            ("bytes=3-", &[(3, 7)]),
            ("bytes=-3", &[(7, 3)]),
            ("bytes=-100", &[(0, 10)]),
            ("BYTES=9-99999999999999999999999", &[(9, 1)]),
            ("bytes=5-6, 1-2", &[(1, 2), (5, 2)]),
            ("bytes=0-1,2-3", &[(0, 4)]),
            ("bytes=0-9,3-4,-1", &[(0, 10)]),
            ("bytes=100-,0-0", &[(0, 1)]),
        ] {
            assert_eq!(parts(value), wanted, "{value}");
        }
    }

    #[test]
    fn what_a_file_has_not_got_is_nothing() {
        for value in [
            "bytes=10-",
            "bytes=10-20",
            "bytes=-0",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(wanted(value.as_bytes(), 10), Wanted::Nothing, "{value}");
        }
        assert_eq!(wanted(b"bytes=0-", 0), Wanted::Nothing);
        assert_eq!(wanted(b"bytes=-5", 0), Wanted::Nothing);
    }

    #[test]
    fn what_is_no_range_is_not_obeyed() {
        let many = format!("bytes=0-0{}", ",2-2".repeat(1000));
        for value in [
            "bytes=5-4",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=1-2-3",
            "lines=1-2",
            "bytes",
            "bytes=0-0,",
            "bytes=1 - 2",
            "",
            &many,
        ] {
            assert_eq!(wanted(value.as_bytes(), 10), Wanted::All, "{value}");
        }
    }
}
