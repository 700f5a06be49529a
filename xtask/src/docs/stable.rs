//! What two runs of the same demo, or of the same command, have in common.
//!
//! - A connection at a time: which of two connections is a little faster is chance.
//! - What one side says without an answer is one message: how TCP cuts it is chance.
//! - Of two ends that follow each other, the client's stands first.
//! - Of what is encrypted, only the beginning is left: the rest depends on keys made for the run.
//! - Ports that were free by chance, temporary names and the time are the same ones always.
//! - The columns of the time are left out, and the lengths of TLS records.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// What stands in the place of a time, as each is written, and of a port on loopback; as long as what it
/// replaces.
const TIMES: [&[u8]; 6] = [
    b"2026-11-21 08:15:30.123456",
    b"2026-11-21 08:15:30.123+00:00",
    b"Sat, 21 Nov 2026 08:15:30 GMT",
    b" Nov 21 08:15 ",
    b"[21/Nov/2026:08:15:30 +0000]",
    // How long a pause is, is chance too.
    b" in 0.5 s",
];
const PORT: &[u8] = b"40000";

/// And in the place of the seconds since 1970, which have as many digits until the year 2286.
const SECONDS: &[u8] = b"1795248930";

/// So many columns of a ladder are the time's.
const TIME_COLUMNS: usize = 21;

/// The tape without what is chance.
pub(super) fn tape(tape: &str) -> Result<String> {
    let mut lines = tape.lines();
    let header = lines.next().context("no header")?;
    let mut events: Vec<Value> = Vec::new();
    for line in lines {
        events.push(serde_json::from_str(line).context("no event")?);
    }
    let number = |event: &Value| event["conn"].as_u64().unwrap_or_default();
    events.sort_by_key(number);
    let mut merged: Vec<Value> = Vec::new();
    for event in events {
        match merged.last_mut() {
            Some(last) if goes_on(last, &event) => {
                let all = [bytes_of(last)?, bytes_of(&event)?].concat();
                last["bytes"] = STANDARD.encode(all).into();
            }
            _ => merged.push(event),
        }
    }
    for at in 1..merged.len() {
        let is_end = |event: &Value| event["event"] == "half_close" || event["event"] == "close";
        if is_end(&merged[at - 1]) && is_end(&merged[at]) {
            merged[at - 1]["side"] = "client".into();
            merged[at]["side"] = "server".into();
        }
    }
    let mut greeted = BTreeSet::new();
    let mut encrypted = BTreeSet::new();
    merged.retain(|event| {
        let number = event["conn"].as_u64().unwrap_or_default();
        let is_readable = !encrypted.contains(&number);
        if is_tls(event) && !greeted.insert(number) {
            encrypted.insert(number);
        }
        is_readable
    });
    let mut text = format!("{header}\n");
    for (at, event) in merged.iter_mut().enumerate() {
        // A second apart, so that nothing more is put together.
        event["time"] = json!(at);
        if !event["bytes"].is_null() {
            event["bytes"] = STANDARD.encode(without_chance(&bytes_of(event)?)).into();
        }
        text += &format!("{event}\n");
    }
    Ok(text)
}

/// Whether it is a record of TLS: the client's hello is the first, the server's the second.
fn is_tls(event: &Value) -> bool {
    bytes_of(event).is_ok_and(|bytes| bytes.starts_with(b"\x16\x03"))
}

/// Whether an event says more of what the one before it says.
fn goes_on(last: &Value, event: &Value) -> bool {
    let same = |key: &str| last[key] == event[key];
    event["event"] == "data" && same("event") && same("conn") && same("side")
}

fn bytes_of(event: &Value) -> Result<Vec<u8>> {
    let text = event["bytes"].as_str().context("no bytes")?;
    STANDARD.decode(text).context("no base64")
}

/// The bytes with the same time, ports and temporary names always.
fn without_chance(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = with_a_name(bytes.to_vec());
    for at in 0..bytes.len() {
        let rest = &mut bytes[at..];
        for time in TIMES {
            if rest
                .get(..time.len())
                .is_some_and(|found| alike(found, time))
            {
                rest[..time.len()].copy_from_slice(time);
            }
        }
        for before in [b"127.0.0.1:".as_slice(), b"(|||"] {
            let port = before.len()..before.len() + PORT.len();
            if rest.starts_with(before)
                && rest
                    .get(port.clone())
                    .is_some_and(|found| alike(found, PORT))
            {
                rest[port].copy_from_slice(PORT);
            }
        }
    }
    bytes
}

/// What a command prints, without what is chance, and with the line ends of a page.
pub(super) fn output(text: &str) -> String {
    let stable = |line: &str| {
        let line = without_chance(line.as_bytes());
        with_the_seconds(&String::from_utf8_lossy(&line))
    };
    let text = text.replace("\r\n", "\n");
    let mut lines: Vec<String> = text.split_inclusive('\n').map(stable).collect();
    // Which of several files that come at once is there first is chance.
    let is_saved = |line: &String| line.starts_with("saved ");
    for together in lines.chunk_by_mut(|one, other| is_saved(one) && is_saved(other)) {
        together.sort();
    }
    lines.concat()
}

/// With the same seconds since 1970 always.
fn with_the_seconds(line: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit();
    let mut stable = String::new();
    let mut rest = line;
    while let Some(begin) = rest.find(is_digit) {
        let (before, from) = rest.split_at(begin);
        let length = from.find(|c| !is_digit(c)).unwrap_or(from.len());
        let (number, after) = from.split_at(length);
        let is_now = number.len() == SECONDS.len() && number.starts_with(['1', '2']);
        let seconds = String::from_utf8_lossy(SECONDS);
        stable = stable + before + if is_now { &seconds } else { number };
        rest = after;
    }
    stable + rest
}

/// With one name for `a.bmp.4036-1a217f9a367.part`, whose number is made up for each run.
fn with_a_name(mut bytes: Vec<u8>) -> Vec<u8> {
    const END: &[u8] = b".part";
    const NAME: &[u8] = b"123";
    let ends = bytes.windows(END.len()).rposition(|window| window == END);
    if let Some(end) = ends {
        let is_number = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b'-';
        let length = bytes[..end].iter().rev().take_while(is_number).count();
        if bytes[end - length..end].contains(&b'-') {
            bytes.splice(end - length..end, NAME.iter().copied());
        }
    }
    bytes
}

/// Whether both have digits and letters in the same places, and the same signs in the others.
fn alike(found: &[u8], shape: &[u8]) -> bool {
    let same = |(found, shape): (&u8, &u8)| match shape {
        b'0'..=b'9' => found.is_ascii_digit(),
        b'A'..=b'Z' => found.is_ascii_uppercase(),
        b'a'..=b'z' => found.is_ascii_lowercase(),
        _ => found == shape,
    };
    found.len() == shape.len() && found.iter().zip(shape).all(same)
}

/// So many lines of a ladder are on a page; the beginning tells how it goes on.
const MAX_LINES: usize = 32;

/// The ladder without what is chance, cut where it would be too long for a page.
pub(super) fn ladder(text: &str) -> String {
    let mut ladder = String::new();
    for line in text.lines().take(MAX_LINES) {
        let line: String = line.chars().skip(TIME_COLUMNS).collect();
        // Behind the second life line stands the length.
        let is_encrypted = line.contains(" TLS: ");
        let end = line.rfind(['│', '┤']).filter(|_| is_encrypted);
        let line = match end {
            Some(end) => line[..end].to_owned() + &line[end..].chars().take(1).collect::<String>(),
            None => line,
        };
        ladder += line.trim_end();
        ladder.push('\n');
    }
    if text.lines().nth(MAX_LINES).is_some() {
        ladder += "  …\n";
    }
    ladder
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(time: f64, conn: u64, side: &str, event: &str, bytes: &[u8]) -> String {
        let mut value = json!({"time": time, "conn": conn, "side": side, "event": event});
        if event == "data" {
            value["bytes"] = STANDARD.encode(bytes).into();
        }
        format!("{value}\n")
    }

    #[test]
    fn two_runs_that_differ_by_chance_are_the_same() {
        let one = [
            "{\"wiretap\":1}\n".to_owned(),
            event(0.1, 1, "client", "open", b""),
            event(
                0.2,
                1,
                "server",
                "data",
                b"It is 2026-11-26 12:59:01.000001",
            ),
            event(0.3, 2, "client", "open", b""),
            event(0.4, 1, "server", "data", b" at 127.0.0.1:51234"),
            event(0.5, 1, "server", "half_close", b""),
            event(0.6, 1, "client", "close", b""),
        ];
        let other = [
            "{\"wiretap\":1}\n".to_owned(),
            event(0.3, 2, "client", "open", b""),
            event(0.4, 1, "client", "open", b""),
            event(
                1.2,
                1,
                "server",
                "data",
                b"It is 2026-12-24 18:00:00.123456 at 127.0.0.1:33333",
            ),
            event(1.6, 1, "client", "half_close", b""),
            event(1.7, 1, "server", "close", b""),
        ];
        assert_eq!(tape(&one.concat()).unwrap(), tape(&other.concat()).unwrap());
    }

    #[test]
    fn a_name_that_is_made_up_is_another() {
        let asked = without_chance(b"STOR a.bmp.4036-1a217f9a367.part\r\n");
        assert_eq!(asked, b"STOR a.bmp.123.part\r\n");
        assert_eq!(without_chance(b"a.part"), b"a.part");
        assert_eq!(without_chance(b".part"), b".part");
    }

    #[test]
    fn what_is_said_is_left_as_it_is() {
        let said = b"at 12:59 or 127.0.0.1:80, (|||1|)";
        assert_eq!(without_chance(said), said);
    }

    #[test]
    fn an_output_has_the_same_times_ports_and_names_always() {
        let text = "2026-12-01 01:02:03.456+00:00 DEBUG main 127.0.0.1:51234 connected\n\
                    Date: Tue, 01 Dec 2026 01:02:03 GMT\r\n\
                    -rw-r--r-- 48213 Dec 01 01:02 131.jpg\n\
                    STOR 131.jpg.bc55-1a217d340e0.part\n\
                    [01/Dec/2026:01:02:03 +0000] try 1 of 3 more in 0.3 s\n\
                    time=1795694455, to 13800138000 and 138001380";
        assert_eq!(
            output(text),
            "2026-11-21 08:15:30.123+00:00 DEBUG main 127.0.0.1:40000 connected\n\
             Date: Sat, 21 Nov 2026 08:15:30 GMT\n\
             -rw-r--r-- 48213 Nov 21 08:15 131.jpg\n\
             STOR 131.jpg.123.part\n\
             [21/Nov/2026:08:15:30 +0000] try 1 of 3 more in 0.5 s\n\
             time=1795248930, to 13800138000 and 138001380"
        );
    }

    #[test]
    fn files_that_came_at_once_stand_in_order() {
        let text = "saved b\nsaved a\n2 saved\nsaved c\nb\na\n";
        assert_eq!(output(text), "saved a\nsaved b\n2 saved\nsaved c\nb\na\n");
    }

    #[test]
    fn a_long_ladder_is_cut() {
        let long = "                      1 ├── x ──▶│ 1 byte\n".repeat(MAX_LINES + 1);
        let cut = ladder(&long);
        assert_eq!(cut.lines().count(), MAX_LINES + 1);
        assert!(cut.ends_with("\n  …\n"), "{cut}");
    }

    #[test]
    fn a_ladder_has_no_times_and_no_lengths_of_what_is_encrypted() {
        let text = "  seconds             no client   server\n    \
                    0.005    +0.000    1 ├── TLS: encrypted ──▶│ 114 bytes\n    \
                    0.006    +0.000   12 │◀─ hello ───────────┤ 5 bytes\n";
        assert_eq!(
            ladder(text),
            " no client   server\n  1 ├── TLS: encrypted ──▶│\n 12 │◀─ hello ───────────┤ 5 bytes\n"
        );
    }
}
