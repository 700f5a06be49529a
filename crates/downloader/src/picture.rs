//! Is it a picture? A server that is out of pictures often says so with a page, and status 200.

/// The endings of names that promise a picture.
const ENDINGS: [&str; 11] = [
    ".avif", ".bmp", ".gif", ".heic", ".ico", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp",
];

/// Whether a file that is called so is no picture after all, though its name promises one: it
/// begins like a page or like JSON, or the server calls it text, and it does not begin like any
/// picture.
pub fn is_broken_promise(name: &str, content_type: Option<&str>, begins: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    if !ENDINGS.iter().any(|ending| name.ends_with(ending)) || is_picture(begins) {
        return false;
    }
    let called = content_type.unwrap_or_default().to_ascii_lowercase();
    called.starts_with("text/") || called.starts_with("application/json") || is_text(begins)
}

fn is_picture(begins: &[u8]) -> bool {
    let magic: [&[u8]; 8] = [
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"GIF8",
        b"BM",
        b"II*\0",
        b"MM\0*",
        b"\0\0\x01\0",
        b"RIFF",
    ];
    magic.iter().any(|magic| begins.starts_with(magic)) || begins.get(4..8) == Some(b"ftyp")
}

/// The first character of a page or of JSON, behind a mark and white space.
fn is_text(begins: &[u8]) -> bool {
    let begins = begins.strip_prefix(b"\xef\xbb\xbf").unwrap_or(begins);
    matches!(
        begins.trim_ascii_start(),
        [b'<', b'!' | b'?' | b'a'..=b'z' | b'A'..=b'Z', ..]
    ) || matches!(
        begins.trim_ascii_start(),
        [b'{', b'"' | b'\r' | b'\n' | b' ', ..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_no_picture() {
        let html = Some("text/html; charset=utf-8");
        for (name, content_type, begins) in [
            ("a.jpg", html, "oops"),
            ("a.JPEG", None, "<!DOCTYPE html>"),
            ("a.png", Some("image/png"), "\u{feff}\r\n <html>"),
            ("a.gif", None, "{\"code\": 404}"),
            ("a.webp", Some("application/json"), "[]"),
        ] {
            assert!(
                is_broken_promise(name, content_type, begins.as_bytes()),
                "{name}"
            );
        }
        for (name, content_type, begins) in [
            ("a.html", html, b"<html>".as_slice()),
            ("a.jpg", html, b"\xff\xd8\xff\xe0"),
            ("a.jpg", None, b"\x00\x01\x02\x03"),
            ("a.jpg", None, b"<\x01"),
            ("a.png", None, b""),
            ("a.avif", html, b"\0\0\0\x1cftypavif"),
            ("a.svg", None, b"<svg>"),
            ("a", html, b"<html>"),
        ] {
            assert!(!is_broken_promise(name, content_type, begins), "{name}");
        }
    }
}
