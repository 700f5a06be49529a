use proptest::prelude::*;

use super::*;

const LIMIT: u64 = 1 << 20;

/// What came of a body: the page, what was left over, and the trailer.
type Decoded = Result<(Vec<u8>, Vec<u8>, Vec<String>), BodyError>;

fn decode<'a>(framing: &Framing, parts: impl IntoIterator<Item = &'a [u8]>) -> Decoded {
    let mut decoder = Decoder::new(framing, LIMIT)?;
    let (mut page, mut left) = (Vec::new(), Vec::new());
    for part in parts {
        let used = decoder.feed(part, &mut page)?;
        left.extend_from_slice(&part[used..]);
    }
    decoder.close()?;
    assert_eq!(decoder.got(), page.len() as u64);
    let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
    let trailer = decoder.trailer().map(text).collect();
    Ok((page, left, trailer))
}

fn chunked(text: &str) -> Decoded {
    decode(&Framing::Chunked, [text.as_bytes()])
}

fn page(decoded: Decoded) -> String {
    String::from_utf8(decoded.unwrap().0).unwrap()
}

#[test]
fn a_length_ends_a_body_whatever_follows() {
    let (page, left, _) = decode(&Framing::Length(5), [b"Hello, and more".as_slice()]).unwrap();
    assert_eq!(
        (page.as_slice(), left.as_slice()),
        (b"Hello".as_slice(), b", and more".as_slice())
    );
    let short = decode(&Framing::Length(5), [b"Hell".as_slice()]);
    assert_eq!(
        short,
        Err(BodyError::Short {
            got: 4,
            expected: 5
        })
    );
    assert_eq!(page_of_nothing(&Framing::Length(0)), b"");
}

fn page_of_nothing(framing: &Framing) -> Vec<u8> {
    decode(framing, []).unwrap().0
}

#[test]
fn without_a_length_the_close_ends_it() {
    assert_eq!(
        page(decode(&Framing::Close, [b"Hel".as_slice(), b"lo"])),
        "Hello"
    );
    assert_eq!(page_of_nothing(&Framing::Close), b"");
}

#[test]
fn chunks_are_put_together() {
    assert_eq!(page(chunked("5\r\nHello\r\n0\r\n\r\n")), "Hello");
    assert_eq!(
        page(chunked(
            "00a;x=\"1\";y \r\n0123456789\r\n1 \r\n!\r\n000\r\n\r\n"
        )),
        "0123456789!"
    );
    assert_eq!(page(chunked("0\r\n\r\n")), "");
    let (page, left, trailer) = chunked("1\r\nx\r\n0;e\r\nA: 1\r\nB: 2\n\r\nmore").unwrap();
    assert_eq!(
        (page.as_slice(), left.as_slice()),
        (b"x".as_slice(), b"more".as_slice())
    );
    assert_eq!(trailer, ["A: 1", "B: 2"]);
}

#[test]
fn chunks_that_are_malformed_are_refused() {
    for text in [
        "\r\n",
        "x\r\n",
        "+5\r\n",
        "-5\r\n",
        "0x5\r\n",
        " 5\r\n",
        ";x\r\n",
        "5\n",
        "5 5\r\n",
        "10000000000000000\r\n",
        "5\r\r\n",
    ] {
        assert_eq!(chunked(text), Err(BodyError::ChunkLength), "{text:?}");
    }
    for text in ["1\r\nxy", "1\r\nx\n", "1\r\nx\rx"] {
        assert_eq!(chunked(text), Err(BodyError::ChunkEnd), "{text:?}");
    }
    let endless = format!("1;{}", "x".repeat(MAX_CHUNK_LINE));
    assert_eq!(chunked(&endless), Err(BodyError::ChunkLine));
}

#[test]
fn a_trailer_has_the_limits_of_a_header() {
    let last =
        |fields: &str| chunked(&format!("0\r\n{fields}\r\n")).map(|(_, _, trailer)| trailer.len());
    assert_eq!(last(&"A: 1\r\n".repeat(MAX_FIELDS)), Ok(MAX_FIELDS));
    let many = last(&"A: 1\r\n".repeat(MAX_FIELDS + 1));
    assert_eq!(many, Err(BodyError::Trailer(HeaderError::TooManyFields)));
    let long = last(&format!("A: {}\r\n", "x".repeat(MAX_HEADER)));
    assert_eq!(long, Err(BodyError::Trailer(HeaderError::TooLong)));
    assert_eq!(last("A: \x1b[2J\r\n"), Ok(1));
    for (fields, why) in [
        ("A: \0\r\n", HeaderError::FieldValue),
        ("A\x1b: 1\r\n", HeaderError::FieldName),
    ] {
        assert_eq!(last(fields), Err(BodyError::Trailer(why)), "{fields:?}");
    }
}

#[test]
fn a_body_has_a_largest_size() {
    let limit = usize::try_from(LIMIT).unwrap();
    let full = vec![b'x'; limit];
    assert_eq!(
        page(decode(&Framing::Close, [full.as_slice()])).len(),
        limit
    );
    let over = Err(BodyError::TooLarge(LIMIT));
    assert_eq!(decode(&Framing::Close, [full.as_slice(), b"x"]), over);
    assert_eq!(decode(&Framing::Length(LIMIT + 1), []), over);
    assert_eq!(chunked("100001\r\n"), over);
    assert_eq!(chunked("1\r\nx\r\n100000\r\n"), over);
    assert_eq!(chunked("1\r\nx\r\nffffffffffffffff\r\n"), over);
}

#[test]
fn a_chunked_body_is_complete_with_its_last_line_and_not_before() {
    let whole = "5;x\r\nHello\r\n3\r\n123\r\n0\r\nA: 1\r\n\r\n";
    for cut in 0..whole.len() {
        let error = chunked(&whole[..cut]).unwrap_err();
        assert!(matches!(error, BodyError::NoLastChunk(_)), "{cut}: {error}");
    }
    assert_eq!(page(chunked(whole)), "Hello123");
}

fn any_framing() -> impl Strategy<Value = Framing> {
    prop_oneof![
        Just(Framing::Chunked),
        Just(Framing::Close),
        (0u64..40).prop_map(Framing::Length),
    ]
}

proptest! {
    /// A reader that gets the bytes otherwise must not understand them otherwise.
    #[test]
    fn any_cut_gives_the_same(
        framing in any_framing(),
        text in "([0-9a-f]{0,2}(;[a-z]{0,3})?\r?\n|[a-z]{0,12}|\r\n|1\r\nx\r\n|0\r\n\r\n|A: b\r\n){0,8}",
        size in 1usize..9,
    ) {
        let whole = decode(&framing, [text.as_bytes()]);
        prop_assert_eq!(&whole, &decode(&framing, text.as_bytes().chunks(1)));
        prop_assert_eq!(&whole, &decode(&framing, text.as_bytes().chunks(size)));
    }

    #[test]
    fn what_is_cut_into_chunks_comes_back(
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 0..10),
        size in 1usize..60,
    ) {
        let mut sent = Vec::new();
        for part in &parts {
            sent.extend(format!("{:X}\r\n", part.len()).bytes());
            sent.extend(part);
            sent.extend(b"\r\n");
        }
        sent.extend(b"0\r\n\r\n");
        let (page, left, _) = decode(&Framing::Chunked, sent.chunks(size)).unwrap();
        prop_assert_eq!(page, parts.concat());
        prop_assert!(left.is_empty());
    }

    #[test]
    fn nothing_makes_it_panic(bytes in any::<Vec<u8>>(), framing in any_framing()) {
        let _ = decode(&framing, [bytes.as_slice()]);
    }
}
