//! Requests that depend on what the client has already (RFC 9110, section 13).

use std::time::UNIX_EPOCH;

use crate::request::Fields;

/// What comes of the conditions of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is answered as if there were none.
    Go,
    /// The client has it already: 304.
    NotModified,
    /// The client wants something that is no longer there: 412.
    Failed,
}

/// Judges the conditions in their order of precedence: a tag, if one is given, before a time.
pub fn judge(fields: &Fields<'_>, tag: &str, modified: u64) -> Verdict {
    if let Some(tags) = fields.if_match {
        // A weak tag (`W/`) matches nothing here.
        if !Tags(tags).any(|given| given.is_any || (!given.is_weak && given.tag == tag.as_bytes()))
        {
            return Verdict::Failed;
        }
    } else if let Some(time) = fields.if_unmodified_since.and_then(seconds)
        && modified > time
    {
        return Verdict::Failed;
    }
    if let Some(tags) = fields.if_none_match {
        if Tags(tags).any(|given| given.is_any || given.tag == tag.as_bytes()) {
            return Verdict::NotModified;
        }
    } else if let Some(time) = fields.if_modified_since.and_then(seconds)
        && modified <= time
    {
        return Verdict::NotModified;
    }
    Verdict::Go
}

/// Whether `Range` is to be obeyed: the client has parts of just this file. If not, it gets all of it.
pub fn range_applies(if_range: Option<&[u8]>, tag: &str, modified: u64) -> bool {
    match if_range {
        None => true,
        Some(value) if value.starts_with(b"\"") => value == tag.as_bytes(),
        Some(value) => seconds(value) == Some(modified),
    }
}

/// A time as HTTP writes it, in seconds since 1970. What is no time is no condition.
fn seconds(value: &[u8]) -> Option<u64> {
    let time = httpdate::parse_http_date(std::str::from_utf8(value).ok()?).ok()?;
    Some(time.duration_since(UNIX_EPOCH).ok()?.as_secs())
}

/// The tags in a list, as far as it can be read.
struct Tags<'a>(&'a [u8]);

struct Given<'a> {
    /// It is `*`, which stands for all.
    is_any: bool,
    is_weak: bool,
    /// With its quotes.
    tag: &'a [u8],
}

impl<'a> Iterator for Tags<'a> {
    type Item = Given<'a>;

    fn next(&mut self) -> Option<Given<'a>> {
        let rest = self.0;
        let begin = rest
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t' | b','))?;
        let rest = &rest[begin..];
        if rest[0] == b'*' {
            self.0 = &rest[1..];
            return Some(Given {
                is_any: true,
                is_weak: false,
                tag: b"",
            });
        }
        let strong = rest.strip_prefix(b"W/");
        let is_weak = strong.is_some();
        let rest = strong.unwrap_or(rest);
        let inside = rest.strip_prefix(b"\"")?;
        let length = memchr::memchr(b'"', inside)? + 2;
        self.0 = &rest[length..];
        Some(Given {
            is_any: false,
            is_weak,
            tag: &rest[..length],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "\"1-2\"";
    /// 1994-11-06 08:49:37
    const TIME: u64 = 784_111_777;
    const THEN: &[u8] = b"Sun, 06 Nov 1994 08:49:37 GMT";
    const LATER: &[u8] = b"Sun, 06 Nov 1994 08:49:38 GMT";
    const EARLIER: &[u8] = b"Sun, 06 Nov 1994 08:49:36 GMT";

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        for (tags, verdict) in [
            (&b"\"1-2\""[..], Verdict::NotModified),
            (b"W/\"1-2\"", Verdict::NotModified),
            (b"\"x,y\", \"1-2\"", Verdict::NotModified),
            (b"*", Verdict::NotModified),
            (b"\"other\"", Verdict::Go),
            (b"1-2", Verdict::Go),
            (b"\"1-2", Verdict::Go),
            (b"", Verdict::Go),
        ] {
            let fields = Fields {
                if_none_match: Some(tags),
                // A tag goes before a time.
                if_modified_since: Some(EARLIER),
                ..Fields::default()
            };
            assert_eq!(
                judge(&fields, TAG, TIME),
                verdict,
                "{}",
                tags.escape_ascii()
            );
        }
        for (time, verdict) in [
            (THEN, Verdict::NotModified),
            (LATER, Verdict::NotModified),
            (EARLIER, Verdict::Go),
            (b"yesterday", Verdict::Go),
        ] {
            let fields = Fields {
                if_modified_since: Some(time),
                ..Fields::default()
            };
            assert_eq!(judge(&fields, TAG, TIME), verdict);
        }
    }

    #[test]
    fn what_has_gone_is_said_to_have_gone() {
        let if_match = |tags| Fields {
            if_match: Some(tags),
            ..Fields::default()
        };
        assert_eq!(judge(&if_match(b"\"1-2\""), TAG, TIME), Verdict::Go);
        assert_eq!(judge(&if_match(b"*"), TAG, TIME), Verdict::Go);
        assert_eq!(judge(&if_match(b"\"x\""), TAG, TIME), Verdict::Failed);
        assert_eq!(judge(&if_match(b"W/\"1-2\""), TAG, TIME), Verdict::Failed);
        let fields = Fields {
            if_unmodified_since: Some(EARLIER),
            ..Fields::default()
        };
        assert_eq!(judge(&fields, TAG, TIME), Verdict::Failed);
    }

    #[test]
    fn a_range_is_of_the_file_that_the_client_has() {
        for (value, applies) in [
            (None, true),
            (Some(TAG.as_bytes()), true),
            (Some(&b"\"other\""[..]), false),
            (Some(b"W/\"1-2\""), false),
            (Some(THEN), true),
            (Some(LATER), false),
            (Some(EARLIER), false),
        ] {
            assert_eq!(range_applies(value, TAG, TIME), applies);
        }
    }
}
