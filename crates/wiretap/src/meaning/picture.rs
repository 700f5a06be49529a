//! The picture of `img-server`: a JSON object with a name and base64.

use super::lines::text;
use super::{History, Protocol};
use crate::event::Side;
use crate::steps::Message;

/// What an object has besides its data: the other fields, with the longest name.
const AROUND: u64 = 1024;

pub(super) fn meaning(side: Side, message: &Message, history: &mut History) -> Option<String> {
    let bytes = message.bytes.as_slice();
    if side != Side::Server {
        return None;
    }
    let fields = || {
        Some((
            text_field(bytes, "filename")?,
            text_field(bytes, "filedata")?,
        ))
    };
    let Some((name, data)) = bytes.starts_with(b"{").then(fields).flatten() else {
        let known = history.protocol == Some(Protocol::Picture);
        return known.then(|| format!("more of it, {} bytes", message.length));
    };
    let name = name.take_text();
    if data.is_whole {
        let rest = &bytes[data.at + data.bytes.len()..];
        let end = rest.iter().position(|byte| *byte == b'}');
        let size = number_field(&rest[..end.unwrap_or(rest.len())], "size");
        let size = size.unwrap_or(decoded(data.bytes));
        let others = end.is_some_and(|end| !rest[end + 1..].trim_ascii().is_empty());
        let more = if others { ", and more behind it" } else { "" };
        return Some(format!("picture {name}, {size} bytes{more}"));
    }
    // Its data is longer than what is kept; where that ends, the end of the message may tell.
    let end = if message.missing() > 0 {
        &message.tail
    } else {
        &message.bytes
    };
    let about = (message.length - data.at as u64) / 4 * 3;
    let fits = |size: &u64| (size / 3 * 4).abs_diff(message.length) < AROUND;
    Some(match number_field(end, "size") {
        Some(size) if fits(&size) => format!("picture {name}, {size} bytes"),
        Some(_) => format!("pictures, {name} the first of them"),
        None if end.trim_ascii_end().ends_with(b"}") => {
            format!("picture {name}, about {about} bytes")
        }
        None => format!("the beginning of picture {name}"),
    })
}

/// The value of a field that is a text, as far as it has come.
struct Value<'a> {
    bytes: &'a [u8],
    /// Where it begins.
    at: usize,
    is_whole: bool,
}

impl Value<'_> {
    fn take_text(&self) -> String {
        let quoted = [b"\"", self.bytes, b"\""].concat();
        serde_json::from_slice(&quoted).unwrap_or_else(|_| text(self.bytes))
    }
}

fn after_name(bytes: &[u8], name: &str) -> Option<usize> {
    let quoted = format!("\"{name}\"");
    let at = bytes
        .windows(quoted.len())
        .position(|window| window == quoted.as_bytes())?;
    let colon = skip_space(bytes, at + quoted.len());
    (bytes.get(colon) == Some(&b':')).then(|| skip_space(bytes, colon + 1))
}

fn skip_space(bytes: &[u8], at: usize) -> usize {
    let space = bytes[at.min(bytes.len())..]
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace());
    at + space.count()
}

fn text_field<'a>(bytes: &'a [u8], name: &str) -> Option<Value<'a>> {
    let quote = after_name(bytes, name)?;
    if bytes.get(quote) != Some(&b'"') {
        return None;
    }
    let at = quote + 1;
    let mut escaped = false;
    let end = bytes[at..].iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    Some(Value {
        bytes: &bytes[at..end.map_or(bytes.len(), |end| at + end)],
        at,
        is_whole: end.is_some(),
    })
}

fn number_field(bytes: &[u8], name: &str) -> Option<u64> {
    let at = after_name(bytes, name)?;
    let digits = bytes[at..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    text(&bytes[at..at + digits]).parse().ok()
}

/// How many bytes a base64 text stands for.
fn decoded(text: &[u8]) -> u64 {
    let signs = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.iter().filter(signs).count() as u64 * 3 / 4
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_meanings;
    use Side::Server;

    use super::*;

    #[test]
    fn ours_and_the_tutorials() {
        assert_meanings(&[
            (
                Server,
                br#"{"filename":"131.jpg","filedata":"aGVsbG8=","size":5,"sha256":"2c"}"#,
                "picture 131.jpg, 5 bytes",
            ),
            (
                Server,
                br#"{"filename": "\u56fe.jpg", "filedata": "aGVsbG8="}"#,
                "picture 图.jpg, 5 bytes",
            ),
        ]);
    }

    #[test]
    fn several_behind_each_other_and_one_in_parts() {
        let small = br#"{"filename":"a","filedata":"aGk=","size":2,"sha256":"2c"}"#;
        let both = [small.as_slice(), b"\n", small].concat();
        assert_meanings(&[
            (Server, &both, "picture a, 2 bytes, and more behind it"),
            (
                Server,
                br#"{"filename":"b","filedata":"aGkaGk"#,
                "the beginning of picture b",
            ),
            (Server, b"aGkaGkaGk", "more of it, 9 bytes"),
        ]);
    }

    #[test]
    fn one_that_is_longer_than_what_is_kept() {
        let object = |end: &str| {
            let data = "AAAA".repeat(100_000);
            format!(r#"{{"filename":"a.bmp","filedata":"{data}"{end}}}"#)
        };
        let ours = object(r#","size":300000,"sha256":"2c""#);
        let theirs = object("");
        let twice = format!("{ours}\n{}", object(r#","size":3"#));
        assert_meanings(&[
            (Server, ours.as_bytes(), "picture a.bmp, 300000 bytes"),
            (
                Server,
                theirs.as_bytes(),
                "picture a.bmp, about 300000 bytes",
            ),
            (
                Server,
                &theirs.as_bytes()[..200_000],
                "the beginning of picture a.bmp",
            ),
            (
                Server,
                twice.as_bytes(),
                "pictures, a.bmp the first of them",
            ),
        ]);
    }

    #[test]
    fn what_only_looks_like_it() {
        assert_meanings(&[
            (Server, br#"{"filename":"131.jpg"}"#, ""),
            (Side::Client, br#"{"filename":"a","filedata":"aGk="}"#, ""),
            (Server, br#"{"filename":1,"filedata":"#, ""),
        ]);
    }
}
