//! A JSON text on one line that no terminal obeys.
//!
//! JSON may stand on several lines, and inside its strings only the characters below U+0020 have
//! to be escaped: a C1 control character or one that turns the direction of reading may be there
//! raw. Both can be changed without changing what the JSON means.

use std::fmt::Write;

use common::printable::acts;

/// `json`, which has to be valid, without white space between its parts, and with an escape for
/// every character that could act on a terminal.
pub(super) fn json_line(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    let mut in_string = false;
    let mut after_backslash = false;
    for c in json.chars() {
        if !in_string {
            in_string = c == '"';
            if !c.is_ascii_whitespace() {
                line.push(c);
            }
        } else if acts(c) {
            // JSON writes a character beyond U+FFFF as two escapes (RFC 8259, section 7).
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(line, "\\u{unit:04x}");
            }
        } else {
            line.push(c);
            in_string = c != '"' || after_backslash;
            after_backslash = c == '\\' && !after_backslash;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn it_is_one_line_and_means_the_same() {
        for (json, line) in [
            ("{ \"a\" :\n [1, \" 2\"]\r\n}", r#"{"a":[1," 2"]}"#),
            (r#"{"a":"\"  \\" , "b":1}"#, r#"{"a":"\"  \\","b":1}"#),
            (r#"["\u001b[2J\n"]"#, r#"["\u001b[2J\n"]"#),
            (
                "[\"\u{9b}2J\u{202e}\u{7f}\"]",
                r#"["\u009b2J\u202e\u007f"]"#,
            ),
            ("[\"\u{e0001}\"]", r#"["\udb40\udc01"]"#),
            ("[\"你好 🎉\"]", "[\"你好 🎉\"]"),
        ] {
            assert_eq!(json_line(json), line);
            let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            assert_eq!(value(&json_line(json)), value(json), "{json}");
        }
    }
}
