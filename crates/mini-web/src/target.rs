//! From the target of a request to a path below the folder.
//!
//! It is decoded once, and looked at only afterwards: `%2e%2e` is `..`, and `%252e` is a file name
//! with a percent sign. What a name leads to in the file system is [`crate::root`]'s to check.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::status::Refusal;

/// Where a target leads.
#[derive(Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The names from the folder down, joined by `/`; empty for the folder itself.
    pub path: String,
    /// Whether a folder is meant: it ended with `/`.
    pub is_folder: bool,
    /// What stood behind the `?`.
    pub query: Option<&'a str>,
}

/// The path of a target, as it was sent, with neither the query behind it nor, in the form for
/// proxies, the host before it.
pub fn path_of(target: &str) -> &str {
    let path = target.split('?').next().unwrap_or(target);
    // Most targets begin with their path.
    if path.starts_with('/') {
        return path;
    }
    let scheme = ["http://", "https://"];
    let rest = scheme.iter().find_map(|scheme| {
        let (begin, rest) = path.split_at_checked(scheme.len())?;
        begin.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    match rest {
        Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => path,
    }
}

/// Decodes a target.
///
/// # Errors
/// It is no path, or one that leads out of the folder, however it is written.
pub fn decode(target: &str) -> Result<Target<'_>, Refusal> {
    let path = path_of(target);
    if !path.starts_with('/') || path.contains('#') {
        return Err(Refusal::bad("not a path"));
    }
    if !is_well_encoded(path.as_bytes()) {
        return Err(Refusal::bad(
            "a percent sign without two hexadecimal digits",
        ));
    }
    let decoded = percent_decode_str(path).decode_utf8();
    let decoded = decoded.map_err(|_| Refusal::bad("a path that is not UTF-8"))?;
    if decoded.contains('\0') {
        return Err(Refusal::bad("a path with a NUL in it"));
    }
    // There they begin a drive, a stream of a file, or another name.
    if cfg!(windows) && decoded.contains([':', '\\']) && resolve(&decoded).is_ok() {
        return Err(Refusal::new(404, "there is no such file"));
    }
    Ok(Target {
        path: resolve(&decoded)?,
        is_folder: ends_in_folder(&decoded),
        query: target.split_once('?').map(|(_, query)| query),
    })
}

fn is_well_encoded(path: &[u8]) -> bool {
    let mut rest = path;
    while let Some(at) = memchr::memchr(b'%', rest) {
        let Some([first, second]) = rest.get(at + 1..at + 3) else {
            return false;
        };
        if !first.is_ascii_hexdigit() || !second.is_ascii_hexdigit() {
            return false;
        }
        rest = &rest[at + 3..];
    }
    true
}

/// Follows `.`, `..` and empty names. A backslash is a character like others on Unix, but what leads
/// out if it is read as a slash is refused everywhere.
fn resolve(decoded: &str) -> Result<String, Refusal> {
    const OUT: Refusal = Refusal::bad("a path that leads out of the folder");
    let mut depth = 0_i32;
    for name in decoded.split(['/', '\\']) {
        depth += match name {
            "" | "." => 0,
            ".." => -1,
            _ => 1,
        };
        if depth < 0 {
            return Err(OUT);
        }
    }
    let mut names: Vec<&str> = Vec::new();
    for name in decoded.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop().ok_or(OUT)?;
            }
            name => names.push(name),
        }
    }
    Ok(names.join("/"))
}

fn ends_in_folder(decoded: &str) -> bool {
    let last = decoded.rsplit('/').next();
    matches!(last, Some("" | "." | ".."))
}

/// Whether one of the names in a path begins with a dot: files that are kept from view, as `.git`
/// and `.htpasswd` are.
pub fn is_hidden(path: &str) -> bool {
    path.split('/').any(|name| name.starts_with('.'))
}

/// A path, or a part of one, as it stands in an address.
pub fn encode(path: &str) -> Cow<'_, str> {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

    const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b'/');
    utf8_percent_encode(path, ENCODED).into()
}

/// A query as it may stand in a header: what was sent may have been in any script.
pub fn encode_query(query: &str) -> Cow<'_, str> {
    percent_encoding::utf8_percent_encode(query, percent_encoding::CONTROLS).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_path_and_a_query() {
        for (target, path, is_folder, query) in [
            ("/", "", true, None),
            ("/a/b.html", "a/b.html", false, None),
            ("/a/?x=/../y?z", "a", true, Some("x=/../y?z")),
            ("//a///b/", "a/b", true, None),
            ("/a/./b/../c", "a/c", false, None),
            ("/a/..", "", true, None),
            ("/%E4%BD%A0%20b", "你 b", false, None),
            ("/%252e%252e/a", "%2e%2e/a", false, None),
            ("/a%2fb", "a/b", false, None),
            ("http://host:80/a", "a", false, None),
            ("HTTP://host?x", "", true, Some("x")),
        ] {
            let wanted = Target {
                path: path.to_owned(),
                is_folder,
                query,
            };
            assert_eq!(decode(target), Ok(wanted), "{target}");
        }
    }

    #[test]
    fn what_leads_out_is_refused_however_it_is_written() {
        for target in [
            "/..",
            "/../etc/passwd",
            "/a/../../b",
            "/%2e%2e/b",
            "/%2E./b",
            "/.%2e%2fb",
            "/..%5cb",
            "/..\\b",
            "/a\\..\\..\\b",
            "/%2e%2e%5c%2e%2e%5cb",
            "//../b",
            "http://host/../b",
        ] {
            let refusal = decode(target).unwrap_err();
            assert_eq!(
                refusal.why, "a path that leads out of the folder",
                "{target}"
            );
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for target in [
            "*",
            "a",
            "",
            "host:80",
            "/%",
            "/%4",
            "/%zz",
            "/%00",
            "/a%00.html",
            "/%ff",
            "/%c0%af",
            "/%c0%ae%c0%ae/b",
            "/a#b",
            "ftp://host/a",
        ] {
            assert_eq!(decode(target).unwrap_err().status.0, 400, "{target}");
        }
    }

    #[test]
    fn a_query_keeps_its_signs_and_becomes_ascii() {
        assert_eq!(encode_query("a=/b%20&c=你"), "a=/b%20&c=%E4%BD%A0");
    }

    /// On Windows a backslash leads to no file.
    #[cfg(unix)]
    #[test]
    fn an_encoded_path_is_decoded_to_itself() {
        for path in ["a b/你/%/?#\"'<>&;.html", "a\\b", "~-_."] {
            let target = format!("/{}", encode(path));
            assert_eq!(decode(&target).unwrap().path, path, "{target}");
        }
    }
}
