//! What anybody can send to group-chat-server, and to group-chat-client: whatever the bytes, and
//! however they are cut, nothing panics, nothing is longer than allowed, the cuts make no
//! difference, and nobody's text becomes a second line.
//!
//! ```text
//! cargo install cargo-fuzz
//! RUSTC_BOOTSTRAP=1 cargo fuzz run group_chat -- -dict=fuzz/group_chat.dict \
//!     -max_total_time=600 -malloc_limit_mb=16
//! ```
//!
//! A nightly compiler needs no `RUSTC_BOOTSTRAP`; `-malloc_limit_mb` finds what would make room for
//! a length that was only announced. What was found is in `fuzz/artifacts`: give the file to `cargo
//! fuzz run group_chat` to see it again.

#![no_main]

use common::framing::Ending;
use group_chat_server::args::TextCharset;
use group_chat_server::nickname;
use group_chat_server::person::{Manners, Person, Sent};
use group_chat_server::protocol::{Reply, Request};
use group_chat_server::said::{Kind, Parcel, Said};
use libfuzzer_sys::fuzz_target;

/// The longest message. Small, so that many are too long.
const LIMIT: usize = 100;

/// What one byte of the original can become: a character of three bytes, U+FFFD.
const GROWTH: usize = 3;

// The first byte says how many of the next are the lengths of pieces; the rest is the stream.
fuzz_target!(|input: &[u8]| {
    let Some((&count, input)) = input.split_first() else {
        return;
    };
    let (lengths, stream) = input.split_at(usize::from(count % 16).min(input.len()));
    let framed = stream.first() == Some(&0);

    let whole = sent([Piece::Bytes(stream)], framed);
    let cut = sent(pieces(stream, lengths), framed);
    if framed || !lengths.contains(&0) {
        assert_eq!(whole, cut, "cut as {lengths:?}");
    }
    for sent in cut {
        if let Sent::Text(text) = sent {
            check(&text, framed);
        }
    }
});

/// What happens on a connection.
enum Piece<'a> {
    Bytes(&'a [u8]),
    Pause,
}

/// The stream in pieces of these lengths, where 0 is a pause, and the rest of it.
fn pieces<'a>(stream: &'a [u8], lengths: &[u8]) -> Vec<Piece<'a>> {
    let mut rest = stream;
    let mut pieces = Vec::new();
    for &length in lengths {
        let (piece, behind) = rest.split_at(usize::from(length).min(rest.len()));
        rest = behind;
        match (length, piece) {
            (0, _) => pieces.push(Piece::Pause),
            (_, []) => {}
            _ => pieces.push(Piece::Bytes(piece)),
        }
    }
    pieces.push(Piece::Bytes(rest));
    pieces
}

/// What the server understands, as its room asks for it.
fn sent<'a>(pieces: impl IntoIterator<Item = Piece<'a>>, framed: bool) -> Vec<Sent> {
    let manners = Manners {
        open: false,
        charset: TextCharset::Auto,
        max_message: LIMIT,
        rate: 0,
    };
    let mut person = Person::new("a peer".to_owned(), manners);
    let mut all = Vec::new();
    for piece in pieces {
        match piece {
            // The event loop never hands over nothing.
            Piece::Bytes([]) => {}
            Piece::Bytes(bytes) => person.feed(bytes),
            Piece::Pause => person.pause(),
        }
        if !listen(&mut person, framed, &mut all) {
            return all;
        }
    }
    person.end();
    listen(&mut person, framed, &mut all);
    all
}

/// Takes what there is; false when the connection would be closed.
fn listen(person: &mut Person, framed: bool, all: &mut Vec<Sent>) -> bool {
    while let Some(sent) = person.next_sent() {
        let over = framed && sent == Sent::TooLong;
        all.push(sent);
        if over {
            return false;
        }
    }
    assert!(!person.is_settled() || person.is_framed() == framed);
    true
}

fn check(text: &str, framed: bool) {
    assert!(text.len() <= GROWTH * LIMIT, "{} bytes", text.len());
    assert!(framed || !text.contains('\n'), "two lines in {text:?}");
    if nickname::check(text).is_ok() {
        assert!(!text.contains([':', ' ', '\n', '\0']));
    }
    if let Ok(request) = serde_json::from_str::<Request>(text) {
        let json = serde_json::to_string(&request).expect("what was JSON becomes JSON");
        let again: Request = serde_json::from_str(&json).expect("our own JSON");
        assert_eq!(request, again);
        if let Request::Say { text, .. } = request {
            passed_on(text);
        }
    }
    if let Ok(reply) = serde_json::from_str::<Reply>(text) {
        let json = serde_json::to_string(&reply).expect("what was JSON becomes JSON");
        // The code of an error may be one that only a newer server knows.
        let again: Reply = serde_json::from_str(&json).expect("our own JSON");
        assert_eq!(reply, again);
    }
    passed_on(text.to_owned());
}

/// Every kind of client is told it in one piece.
fn passed_on(text: String) {
    let said = Said::Message {
        from: "Ann".into(),
        to: "all".into(),
        text: text.clone(),
        time: String::new(),
    };
    let mut parcel = Parcel::new(&said);
    for gbk in [false, true] {
        let kind = Kind::Text {
            ending: Ending::Newline,
            gbk,
        };
        let line = parcel.bytes(kind);
        let newlines = line.iter().filter(|&&byte| byte == b'\n').count();
        assert!(newlines == 1 && line.ends_with(b"\n"), "{line:?}");
    }
    let frame = parcel.bytes(Kind::Framed);
    let reply: Reply = serde_json::from_slice(&frame[4..]).expect("our own JSON");
    assert!(matches!(reply, Reply::Message { text: same, .. } if same == text));
}
