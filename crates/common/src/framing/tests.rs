use proptest::prelude::*;

use super::*;

/// Feeds the pieces one after another and collects every message, as a driver does.
fn decode(framing: Framing, pieces: &[&[u8]]) -> Result<Vec<Vec<u8>>, FrameError> {
    let mut decoder = Decoder::new(framing, MAX_MESSAGE);
    let mut messages = Vec::new();
    for piece in pieces {
        decoder.feed(piece);
        while let Some(message) = decoder.next_message()? {
            messages.push(message.bytes.to_vec());
        }
    }
    decoder.close();
    while let Some(message) = decoder.next_message()? {
        messages.push(message.bytes.to_vec());
    }
    Ok(messages)
}

fn encode(framing: Framing, messages: &[Vec<u8>]) -> Vec<u8> {
    let mut wire = Vec::new();
    for message in messages {
        framing.encode(message, Ending::Newline, &mut wire);
    }
    wire
}

/// Cuts `wire` at the given places (each taken modulo its length).
fn cut<'a>(wire: &'a [u8], places: &[usize]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = places.iter().map(|p| p % (wire.len() + 1)).collect();
    places.extend([0, wire.len()]);
    places.sort_unstable();
    places.windows(2).map(|w| &wire[w[0]..w[1]]).collect()
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..300)
}

/// What a line can hold: no newline, and no CR at its end, since that one is dropped.
fn a_line() -> impl Strategy<Value = Vec<u8>> {
    any_bytes().prop_map(|mut bytes| {
        bytes.retain(|&byte| byte != b'\n');
        while bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        bytes
    })
}

proptest! {
    #[test]
    fn length_messages_come_back_however_they_are_cut(
        messages in prop::collection::vec(any_bytes(), 0..20),
        places in prop::collection::vec(any::<usize>(), 0..40),
    ) {
        let wire = encode(Framing::Length, &messages);
        prop_assert_eq!(decode(Framing::Length, &cut(&wire, &places)).unwrap(), messages);
    }

    #[test]
    fn lines_come_back_however_they_are_cut(
        messages in prop::collection::vec(a_line(), 0..20),
        places in prop::collection::vec(any::<usize>(), 0..40),
    ) {
        let wire = encode(Framing::Text, &messages);
        prop_assert_eq!(decode(Framing::Text, &cut(&wire, &places)).unwrap(), messages);
    }

    #[test]
    fn both_come_back_byte_by_byte(messages in prop::collection::vec(a_line(), 0..8)) {
        for framing in [Framing::Text, Framing::Length] {
            let wire = encode(framing, &messages);
            let bytes: Vec<&[u8]> = wire.chunks(1).collect();
            prop_assert_eq!(decode(framing, &bytes).unwrap(), messages.clone());
        }
    }

    #[test]
    fn a_length_stream_cut_inside_a_message_is_an_error_between_messages_an_end(
        messages in prop::collection::vec(any_bytes(), 1..8),
        place in any::<usize>(),
    ) {
        let wire = encode(Framing::Length, &messages);
        let place = place % (wire.len() + 1);
        let mut boundaries = vec![0];
        for message in &messages {
            boundaries.push(boundaries[boundaries.len() - 1] + HEADER + message.len());
        }
        let decoded = decode(Framing::Length, &[&wire[..place]]);
        match boundaries.iter().position(|&boundary| boundary == place) {
            Some(whole) => prop_assert_eq!(decoded.unwrap(), messages[..whole].to_vec()),
            None => {
                let is_cut = matches!(decoded, Err(FrameError::CutShort { missing: 1.. }));
                prop_assert!(is_cut);
            }
        }
    }

    #[test]
    fn no_bytes_whatever_make_it_panic_or_hoard(
        pieces in prop::collection::vec(any_bytes(), 0..20),
    ) {
        for framing in [Framing::Text, Framing::Length, Framing::Raw] {
            let mut decoder = Decoder::new(framing, 64);
            'fed: for piece in &pieces {
                decoder.feed(piece);
                loop {
                    match decoder.next_message() {
                        Ok(Some(message)) if framing != Framing::Raw => {
                            prop_assert!(message.bytes.len() <= 64);
                        }
                        Ok(Some(_)) => {}
                        Ok(None) => break,
                        Err(_) => break 'fed,
                    }
                }
                prop_assert!(decoder.rest().len() <= 64 + HEADER);
            }
        }
    }
}

#[test]
fn an_announcement_over_the_limit_is_refused_before_anything_is_allocated() {
    let mut decoder = Decoder::new(Framing::Length, 1000);
    decoder.feed(&1001u32.to_be_bytes());
    let refused = Err(FrameError::TooLong { limit: 1000 });
    assert_eq!(decoder.next_message(), refused);
    assert!(decoder.buffer.capacity() < 1000);
    decoder.feed(&[b'x'; 10]);
    assert_eq!(decoder.next_message(), refused, "it stays refused");
}

#[test]
fn a_message_of_just_the_limit_passes() {
    for (framing, ending) in [
        (Framing::Length, ""),
        (Framing::Text, "\n"),
        (Framing::Text, "\r\n"),
    ] {
        let mut wire = Vec::new();
        framing.encode(&[b'x'; 1000], Ending::Nothing, &mut wire);
        wire.extend_from_slice(ending.as_bytes());
        for pieces in [1, 7, wire.len()] {
            let mut decoder = Decoder::new(framing, 1000);
            let mut lengths = Vec::new();
            for piece in wire.chunks(pieces) {
                decoder.feed(piece);
                while let Some(message) = decoder.next_message().unwrap() {
                    lengths.push(message.bytes.len());
                }
            }
            assert_eq!(lengths, [1000]);
        }
    }
}

#[test]
fn a_text_that_never_ends_is_refused_at_the_limit() {
    let mut decoder = Decoder::new(Framing::Text, 1000);
    decoder.feed(&[b'x'; 1000]);
    assert_eq!(decoder.next_message(), Ok(None));
    decoder.feed(b"x");
    assert_eq!(
        decoder.next_message(),
        Err(FrameError::TooLong { limit: 1000 })
    );
}

#[test]
fn a_text_over_the_limit_can_be_skipped() {
    for pieces in [1, 7, 4000] {
        let wire = [b"a\n", [b'x'; 1500].as_slice(), b"\nb\n"].concat();
        let mut decoder = Decoder::new(Framing::Text, 1000);
        let mut seen = Vec::new();
        for piece in wire.chunks(pieces) {
            decoder.feed(piece);
            loop {
                match decoder.next_message() {
                    Ok(Some(message)) => seen.push(message.bytes.to_vec()),
                    Ok(None) => break,
                    Err(_) => {
                        seen.push(b"too long".to_vec());
                        decoder.skip();
                    }
                }
            }
        }
        assert_eq!(seen, [b"a".as_slice(), b"too long", b"b"], "{pieces}");
    }
}

#[test]
fn a_pause_ends_what_is_skipped_too() {
    let mut decoder = Decoder::new(Framing::Text, 10);
    decoder.feed(&[b'x'; 20]);
    assert!(decoder.next_message().is_err());
    decoder.skip();
    assert_eq!(decoder.next_message(), Ok(None));
    assert!(decoder.awaits_pause());
    decoder.pause();
    assert_eq!(decoder.next_message(), Ok(None));
    decoder.feed(b"Tracy");
    decoder.pause();
    assert_eq!(decoder.next_message().unwrap().unwrap().bytes, b"Tracy");
}

#[test]
fn a_pause_ends_a_message_until_the_first_newline() {
    let mut decoder = Decoder::new(Framing::Text, 1000);
    let michael = Message {
        bytes: b"Michael",
        ending: Ending::Nothing,
    };
    decoder.feed(b"Mich");
    decoder.feed(b"ael");
    assert_eq!(decoder.next_message(), Ok(None));
    assert!(decoder.awaits_pause());
    decoder.pause();
    assert_eq!(decoder.next_message(), Ok(Some(michael)));
    assert_eq!(decoder.next_message(), Ok(None));
    assert!(!decoder.awaits_pause(), "nothing is left to wait for");

    let tracy = Message {
        bytes: b"Tracy",
        ending: Ending::Newline,
    };
    decoder.feed(b"Tracy\r\nSar");
    assert_eq!(decoder.next_message(), Ok(Some(tracy)));
    assert_eq!(decoder.next_message(), Ok(None));
    assert!(!decoder.awaits_pause(), "a newline will come");
    decoder.pause();
    assert_eq!(decoder.next_message(), Ok(None));
    decoder.feed(b"ah");
    decoder.close();
    let sarah = Message {
        bytes: b"Sarah",
        ending: Ending::Nothing,
    };
    assert_eq!(decoder.next_message(), Ok(Some(sarah)));
    assert_eq!(decoder.next_message(), Ok(None));
}

#[test]
fn raw_hands_out_each_read_as_it_came() {
    let pieces: [&[u8]; 3] = [b"Michael", b"TracySarah", b"exit\n"];
    assert_eq!(decode(Framing::Raw, &pieces).unwrap(), pieces);
}

#[test]
fn an_empty_line_and_an_empty_frame_are_messages() {
    assert_eq!(
        decode(Framing::Text, &[b"\n\r\na"]).unwrap(),
        [b"" as &[u8], b"", b"a"]
    );
    assert_eq!(decode(Framing::Length, &[&[0; 8]]).unwrap(), [b"", b""]);
}

#[test]
fn a_long_message_does_not_keep_its_room() {
    let mut decoder = Decoder::new(Framing::Length, MAX_MESSAGE);
    let mut wire = Vec::new();
    Framing::Length.encode(&vec![0; MAX_MESSAGE], Ending::Nothing, &mut wire);
    decoder.feed(&wire);
    assert!(decoder.next_message().unwrap().is_some());
    assert_eq!(decoder.next_message(), Ok(None));
    assert!(decoder.buffer.capacity() <= KEEP);
}
