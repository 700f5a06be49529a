//! Lines from a stdin that is no terminal: a pipe, a file.

use std::io::{self, BufRead};

use anyhow::{Context, bail};

use super::MAX_LINE;

/// Reads lines from stdin.
#[derive(Debug)]
pub(super) struct Piped {
    line: Vec<u8>,
}

impl Piped {
    pub(super) fn new() -> Self {
        Piped { line: Vec::new() }
    }

    pub(super) fn next_line(&mut self) -> anyhow::Result<Option<String>> {
        next_line(&mut io::stdin().lock(), &mut self.line)
    }
}

/// A line, of at most [`MAX_LINE`] bytes without its ending; the last one may have none.
fn next_line(input: impl BufRead, line: &mut Vec<u8>) -> anyhow::Result<Option<String>> {
    let task = "cannot read a line from stdin";
    // Room for CR LF behind the longest line.
    let most = MAX_LINE as u64 + 2;
    line.clear();
    input.take(most).read_until(b'\n', line).context(task)?;
    if line.is_empty() {
        return Ok(None);
    }
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    if text.len() > MAX_LINE {
        bail!("{task}: it is longer than {MAX_LINE} bytes");
    }
    let Ok(text) = std::str::from_utf8(text) else {
        bail!("{task}: it is not UTF-8");
    };
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(mut input: &[u8]) -> anyhow::Result<Vec<String>> {
        let mut buffer = Vec::new();
        let mut lines = Vec::new();
        while let Some(line) = next_line(&mut input, &mut buffer)? {
            lines.push(line);
        }
        Ok(lines)
    }

    #[test]
    fn a_line_ends_at_a_newline_or_at_the_end() {
        assert_eq!(lines(b"").unwrap(), [""; 0]);
        assert_eq!(
            lines(b"one\r\n\ntwo\nthree").unwrap(),
            ["one", "", "two", "three"]
        );
    }

    #[test]
    fn the_longest_line_is_taken_and_a_longer_one_refused() {
        let longest = "x".repeat(MAX_LINE);
        for ending in ["", "\n", "\r\n"] {
            assert_eq!(
                lines(format!("{longest}{ending}").as_bytes()).unwrap(),
                [longest.as_str()]
            );
            let longer = format!("{longest}x{ending}");
            let error = lines(longer.as_bytes()).unwrap_err().to_string();
            assert!(error.ends_with("longer than 1048576 bytes"), "{error}");
        }
    }

    #[test]
    fn what_is_not_utf_8_is_refused() {
        assert!(lines(b"\xff\n").is_err());
    }
}
