//! Frames of a length: 4 bytes, big-endian, and then so many (`--framing length`, the group chat).

use super::lines::text;
use super::{History, Protocol};
use crate::event::Side;
use crate::steps::Message;

/// A longer frame is none of ours.
const MAX_FRAME: u64 = 1 << 20;

/// How many frames of a message are shown one by one.
const SHOWN: usize = 3;

const HEADER: usize = 4;

pub(super) fn meaning(side: Side, message: &Message, history: &mut History) -> Option<String> {
    let known = history.protocol == Some(Protocol::Framed);
    let mut left = history.frame_left[side as usize];
    let rest_before = left.min(message.length);
    left -= rest_before;
    let mut at = rest_before;
    let mut lengths = Vec::new();
    let mut texts = Vec::new();
    let mut whole = true;
    while at < message.length {
        let start = usize::try_from(at).ok()?;
        let Some(header) = message.bytes.get(start..start + HEADER) else {
            // Either the header is cut here, or this is more than is kept.
            whole = message.missing() > 0;
            break;
        };
        let length = u64::from(u32::from_be_bytes(header.try_into().ok()?));
        if length > MAX_FRAME {
            return None;
        }
        let end = at + HEADER as u64 + length;
        left = end.saturating_sub(message.length);
        let kept = message.bytes.len() as u64;
        let payload = &message.bytes[start + HEADER..end.min(kept) as usize];
        if !is_text(payload, left > 0) {
            return None;
        }
        if texts.len() < SHOWN {
            texts.push(text(payload));
        }
        lengths.push(length);
        at = end;
    }
    // Whoever has not been known to send frames must send whole ones, and not empty ones only.
    let all_empty = lengths.iter().all(|length| *length == 0);
    if !known && (!whole || left > 0 || rest_before > 0 || all_empty) {
        return None;
    }
    history.frame_left[side as usize] = left;
    let shown = texts.join(" / ");
    Some(match lengths.as_slice() {
        [] => format!("the rest of a frame, {rest_before} bytes"),
        [length] => format!("frame of {length}: {shown}"),
        lengths => {
            let list: Vec<_> = lengths.iter().take(SHOWN).map(u64::to_string).collect();
            let more = if lengths.len() > SHOWN { " …" } else { "" };
            format!(
                "{} frames of {}{more}: {shown}{more}",
                lengths.len(),
                list.join(", ")
            )
        }
    })
}

fn is_text(bytes: &[u8], cut: bool) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(text) => !text.contains(|c: char| c.is_control() && !c.is_whitespace()),
        Err(error) => cut && error.error_len().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_meanings;
    use Side::{Client, Server};

    use super::*;

    #[test]
    fn one_frame_and_several_and_parts_of_one() {
        assert_meanings(&[
            (Client, b"\0\0\0\x07Michael", "frame of 7: Michael"),
            (
                Server,
                b"\0\0\0\x01a\0\0\0\x02bc",
                "2 frames of 1, 2: a / bc",
            ),
            (
                Server,
                b"\0\0\0\x01a\0\0\0\x01b\0\0\0\x01c\0\0\0\x01d",
                "4 frames of 1, 1, 1 …: a / b / c …",
            ),
            (Client, b"\0\0\0\x05Tr", "frame of 5: Tr"),
            (Client, b"acy", "the rest of a frame, 3 bytes"),
            (Client, b"\0\0\0\0", "frame of 0: "),
        ]);
    }

    #[test]
    fn what_only_looks_like_it() {
        for bytes in [
            b"\0\0\0\x07Mich".as_slice(),
            b"\0\0\0\0",
            b"\0\0\0\x01\x01",
            b"\xff\xff\xff\xff",
            b"\0\0\0\x01ab",
        ] {
            assert_meanings(&[(Client, bytes, "")]);
        }
    }
}
