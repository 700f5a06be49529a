//! What the header of an answer means for a file that is to be saved.

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use ureq::http::{HeaderMap, HeaderName, header};

/// The value of a field, if it is there and is text.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// What can be said to the server to get the rest of just this body later: a strong entity tag, or
/// a date that is as good (RFC 9110, section 8.8). Weak ones are the same for bodies that differ.
pub fn validator(headers: &HeaderMap) -> Option<String> {
    let tag = text(headers, header::ETAG);
    if let Some(tag) = tag.filter(|tag| tag.starts_with('"') && tag.len() > 1) {
        return Some(tag.to_owned());
    }
    let modified = text(headers, header::LAST_MODIFIED)?;
    let date = text(headers, header::DATE)?;
    let (then, now) = (date_of(modified)?, date_of(date)?);
    // Within the same second there may have been another version.
    let apart = now.duration_since(then).ok()?;
    (apart >= Duration::from_secs(1)).then(|| modified.to_owned())
}

/// How long the server asks us to stay away: seconds, or a date.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, header::RETRY_AFTER)?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = date_of(value)?;
    // By the server's own clock, if it tells the time.
    let now = text(headers, header::DATE).and_then(date_of);
    let now = now.unwrap_or_else(SystemTime::now);
    Some(until.duration_since(now).unwrap_or(Duration::ZERO))
}

fn date_of(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text).ok()
}

/// `Content-Range`: which bytes these are, of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentRange {
    /// The first and the last; none with status 416.
    pub bytes: Option<(u64, u64)>,
    /// How many there are in all, if that is known.
    pub size: Option<u64>,
}

impl ContentRange {
    /// Reads the field of an answer; `None` if there is none that makes sense.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        text(headers, header::CONTENT_RANGE)?.parse().ok()
    }
}

impl FromStr for ContentRange {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (bytes, size) = text
            .strip_prefix("bytes ")
            .and_then(|text| text.trim().split_once('/'))
            .ok_or(())?;
        let bytes = match bytes {
            "*" => None,
            bytes => {
                let (first, last) = bytes.split_once('-').ok_or(())?;
                let (first, last) = (number(first)?, number(last)?);
                Some((first, last))
                    .filter(|_| first <= last)
                    .ok_or(())?
                    .into()
            }
        };
        let size = match size {
            "*" => None,
            size => Some(number(size)?),
        };
        let within = match (bytes, size) {
            (Some((_, last)), Some(size)) => last < size,
            (None, None) => false,
            _ => true,
        };
        within.then_some(ContentRange { bytes, size }).ok_or(())
    }
}

/// Digits, and no sign.
fn number(text: &str) -> Result<u64, ()> {
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse().map_err(|_| ()),
        false => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(HeaderName, &str)]) -> HeaderMap {
        let fields = fields
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()));
        fields.collect()
    }

    #[test]
    fn only_what_is_strong_can_be_built_on() {
        use header::{DATE, ETAG, LAST_MODIFIED};
        const THEN: &str = "Sat, 21 Nov 2026 08:15:30 GMT";
        const NEXT: &str = "Sat, 21 Nov 2026 08:15:31 GMT";
        for (fields, expected) in [
            (vec![(ETAG, "\"a\"")], Some("\"a\"")),
            (
                vec![(ETAG, "\"a\""), (LAST_MODIFIED, THEN), (DATE, NEXT)],
                Some("\"a\""),
            ),
            (
                vec![(ETAG, "W/\"a\""), (LAST_MODIFIED, THEN), (DATE, NEXT)],
                Some(THEN),
            ),
            (vec![(LAST_MODIFIED, THEN), (DATE, THEN)], None),
            (vec![(LAST_MODIFIED, NEXT), (DATE, THEN)], None),
            (vec![(LAST_MODIFIED, THEN)], None),
            (vec![(LAST_MODIFIED, "yesterday"), (DATE, NEXT)], None),
            (vec![(ETAG, "W/\"a\"")], None),
            (vec![(ETAG, "\"")], None),
            (vec![], None),
        ] {
            assert_eq!(
                validator(&headers(&fields)).as_deref(),
                expected,
                "{fields:?}"
            );
        }
    }

    #[test]
    fn the_server_may_ask_for_a_pause_in_seconds_or_by_a_date() {
        use header::{DATE, RETRY_AFTER};
        let date = (DATE, "Sat, 21 Nov 2026 08:15:30 GMT");
        for (value, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sat, 21 Nov 2026 08:16:00 GMT", Some(30)),
            ("Sat, 21 Nov 2026 08:15:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
        ] {
            let found = retry_after(&headers(&[(RETRY_AFTER, value), date.clone()]));
            assert_eq!(found, seconds.map(Duration::from_secs), "{value}");
        }
        assert_eq!(retry_after(&headers(&[date])), None);
    }

    #[test]
    fn reads_which_bytes_these_are() {
        let range = |bytes, size| Ok(ContentRange { bytes, size });
        assert_eq!("bytes 5-9/10".parse(), range(Some((5, 9)), Some(10)));
        assert_eq!("bytes 5-9/*".parse(), range(Some((5, 9)), None));
        assert_eq!("bytes */10".parse(), range(None, Some(10)));
        for nonsense in [
            "",
            "5-9/10",
            "bytes 5-9",
            "bytes 9-5/10",
            "bytes 5-10/10",
            "bytes -5/10",
            "bytes 5-/10",
            "bytes +5-9/10",
            "bytes */*",
            "bytes 5-9/-1",
            "lines 5-9/10",
            "bytes 5-99999999999999999999/*",
        ] {
            assert_eq!(nonsense.parse::<ContentRange>(), Err(()), "{nonsense}");
        }
    }
}
