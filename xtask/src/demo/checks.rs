//! What is expected of the demos. A check gets what was seen and returns it in a few words, or says
//! what was expected and what was found.
//!
//! That every process ended with exit code 0 has been checked before (`stage.rs`).

use harness::Output;

/// What the processes of one act left behind, in the order in which they stand in the table.
pub(super) struct Seen {
    /// Not looked at by a check yet; the servers here say nothing of interest.
    #[allow(
        dead_code,
        reason = "for the demos in which a server prints what it received"
    )]
    pub(super) servers: Vec<Output>,
    pub(super) clients: Vec<Output>,
}

/// What was seen in all acts of a demo, in; what to say of it, or what is wrong with it, out.
pub(super) type Check = fn(&[Seen]) -> Result<String, String>;

/// How often a name is sent in the demo of framing.
const FLOOD: usize = 3000;

/// The lines that one client printed, and no others.
pub(super) fn lines(seen: &[Seen], expected: &[&str]) -> Result<String, String> {
    let found = client_lines(seen).concat();
    if found == expected {
        Ok(found.join(" / "))
    } else {
        Err(format!("expected the lines {expected:?}, found {found:?}"))
    }
}

/// Two clients, each with the time, and the second not the earlier.
pub(super) fn two_times(seen: &[Seen]) -> Result<String, String> {
    let found = client_lines(seen).concat();
    let [first, second] = found.as_slice() else {
        return Err(format!("expected two lines with the time, found {found:?}"));
    };
    for line in &found {
        if !is_time(line) {
            return Err(format!(
                "expected a time like 2026-11-21 08:15:30.123456, found {line:?}"
            ));
        }
    }
    // Every field has a fixed width and the larger stand before the smaller: text sorts like time.
    if second < first {
        return Err(format!(
            "expected a second time not before {first}, found {second}"
        ));
    }
    let clock = second.split(' ').next_back().unwrap_or(second);
    Ok(format!("{first}, then {clock}"))
}

fn is_time(line: &str) -> bool {
    const LIKE: &str = "2026-11-21 08:15:30.123456";
    let alike = |(have, like): (char, char)| match like {
        '0'..='9' => have.is_ascii_digit(),
        mark => have == mark,
    };
    line.chars().count() == LIKE.len() && line.chars().zip(LIKE.chars()).all(alike)
}

/// Under `raw`, the first act, names have run together; under `length`, the second, none have, and none
/// is missing.
pub(super) fn run_together_under_raw_only(seen: &[Seen]) -> Result<String, String> {
    let acts = client_lines(seen);
    let [raw, length] = acts.as_slice() else {
        return Err(format!("expected two acts, found {}", acts.len()));
    };
    let raw = replies(raw)?;
    let most = raw.iter().map(|reply| names_in(reply)).max().unwrap_or(0);
    if raw.len() >= FLOOD || most < 2 {
        let found = raw.len();
        return Err(format!(
            "expected names run together under raw, found {found} replies with at most {most} in one"
        ));
    }
    let length = replies(length)?;
    let one_by_one = ["Hello, Michael!", "Hello, Tracy!", "Hello, Sarah!"]
        .iter()
        .cycle();
    let wrong = length
        .iter()
        .zip(one_by_one)
        .find(|(found, expected)| found != expected);
    if length.len() != FLOOD || wrong.is_some() {
        let found = length.len();
        return Err(format!(
            "expected {FLOOD} replies under length, in order, one name each; found {found}, \
             first wrong one (found, expected): {wrong:?}"
        ));
    }
    Ok(format!(
        "{FLOOD} names: raw {} replies, up to {most} names in one; length {} replies, one name each",
        raw.len(),
        length.len()
    ))
}

/// The lines after the greeting.
fn replies(lines: &[String]) -> Result<&[String], String> {
    match lines.split_first() {
        Some((greeting, replies)) if greeting == "Welcome!" => Ok(replies),
        other => Err(format!(
            "expected the greeting Welcome! first, found {:?}",
            other.map(|(line, _)| line)
        )),
    }
}

fn names_in(reply: &str) -> usize {
    ["Michael", "Tracy", "Sarah"]
        .iter()
        .map(|name| reply.matches(name).count())
        .sum()
}

/// Act by act, the lines of its clients one after the other.
fn client_lines(seen: &[Seen]) -> Vec<Vec<String>> {
    let lines = |act: &Seen| act.clients.iter().flat_map(Output::stdout_lines).collect();
    seen.iter().map(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An act whose clients have printed these.
    fn act(printed: &[&str]) -> Seen {
        let client = |text: &&str| Output {
            command: "client".to_owned(),
            code: Some(0),
            signal: None,
            stdout: text.as_bytes().to_vec(),
            stderr: Vec::new(),
            elapsed: std::time::Duration::ZERO,
        };
        Seen {
            servers: Vec::new(),
            clients: printed.iter().map(client).collect(),
        }
    }

    #[test]
    fn times_are_told_from_what_only_looks_like_them() {
        assert!(is_time("2026-11-21 08:15:30.123456"));
        for line in [
            "2026-11-21 08:15:30",
            "2026-11-21T08:15:30.123456",
            "2026-11-21 08:15:30.1234567",
            "",
        ] {
            assert!(!is_time(line), "{line}");
        }
    }

    #[test]
    fn a_second_time_before_the_first_is_wrong() {
        let (early, late) = (
            "2026-11-21 08:15:30.000001\n",
            "2026-11-21 08:15:30.000002\n",
        );
        let seen = two_times(&[act(&[early, late])]);
        assert_eq!(
            seen.unwrap(),
            "2026-11-21 08:15:30.000001, then 08:15:30.000002"
        );
        assert!(two_times(&[act(&[late, early])]).is_err());
        assert!(two_times(&[act(&[late])]).is_err());
    }

    #[test]
    fn a_missing_line_is_told_with_what_was_found() {
        let wrong = lines(&[act(&["one\n"])], &["one", "two"]).unwrap_err();
        assert_eq!(wrong, r#"expected the lines ["one", "two"], found ["one"]"#);
    }

    #[test]
    fn names_that_run_together_are_expected_under_raw_only() {
        let together = "Welcome!\nHello, MichaelTracy!\nHello, Sarah!\n";
        let apart = format!(
            "Welcome!\n{}",
            "Hello, Michael!\nHello, Tracy!\nHello, Sarah!\n".repeat(FLOOD / 3)
        );
        let check = |raw, length| run_together_under_raw_only(&[act(&[raw]), act(&[length])]);
        assert_eq!(
            check(together, &apart).unwrap(),
            "3000 names: raw 2 replies, up to 2 names in one; length 3000 replies, one name each"
        );
        assert!(check(&apart, &apart).unwrap_err().contains("under raw"));
        assert!(
            check(together, together)
                .unwrap_err()
                .contains("under length")
        );
        assert!(check("", &apart).unwrap_err().contains("greeting"));
    }
}
