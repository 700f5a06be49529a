use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Header, HeaderError> {
    Header::read(text.as_bytes())
}

#[test]
fn reads_version_status_and_fields() {
    let header = read("HTTP/1.0 404 Not Found\r\nA: 1\r\na:2 , 3\r\nB:\r\n\r\n").unwrap();
    assert_eq!((header.status, header.minor_version), (404, 0));
    assert_eq!(
        header.values("A").collect::<Vec<_>>(),
        [b"1".as_slice(), b"2 , 3"]
    );
    assert_eq!(header.parts("a").collect::<Vec<_>>(), [b"1", b"2", b"3"]);
    assert_eq!(header.values("B").collect::<Vec<_>>(), [b""]);
    assert_eq!(header.values("C").count(), 0);
    assert_eq!(read("HTTP/1.1 200\n\n").unwrap().status, 200);
}

#[test]
fn a_folded_value_is_one_value() {
    let header = read("HTTP/1.1 200 OK\r\nA: 1\r\n  2\r\n\r\n").unwrap();
    assert_eq!(header.values("A").collect::<Vec<_>>(), [b"1    2"]);
}

#[test]
fn control_characters_in_a_value_are_let_be() {
    let header = read("HTTP/1.1 200 \x1b[2J\r\nA: \x0ca\x1b[2J\r\nB: \x7f\r\n\r\n").unwrap();
    assert_eq!(
        header.values("A").collect::<Vec<_>>(),
        [b"\x0ca\x1b[2J".as_slice()]
    );
    assert_eq!(header.values("B").collect::<Vec<_>>(), [b"\x7f"]);
}

#[test]
fn refuses_what_is_malformed_and_says_why() {
    use HeaderError::*;
    for (text, why) in [
        ("HTTP/2 200 OK\r\n\r\n", NotHttp),
        ("HTTP/1.1 two OK\r\n\r\n", StatusLine),
        ("HTTP/1.1 20\x1b OK\r\n\r\n", StatusLine),
        ("HTTP/1.1 200 O\0K\r\n\r\n", StatusLine),
        ("HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", FieldValue),
        ("HTTP/1.1 200 OK\r\nA: a\rb\r\n\r\n", FieldValue),
        ("HTTP/1.1 200 OK\r\nA\x1b[2J: 1\r\n\r\n", FieldName),
        ("HTTP/1.1 200 OK\r\nA : 1\r\n\r\n", FieldName),
        ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", FieldName),
        ("HTTP/1.1 200 OK\r\n: 1\r\n\r\n", FieldName),
    ] {
        assert_eq!(read(text).err(), Some(why), "{text:?}");
    }
    let fields = |n| format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: 1\r\n".repeat(n));
    assert!(read(&fields(MAX_FIELDS)).is_ok());
    assert_eq!(read(&fields(MAX_FIELDS + 1)).err(), Some(TooManyFields));
}

#[test]
fn what_is_not_http_is_refused_before_its_first_line_ends() {
    let mut arriving = Arriving::default();
    arriving.feed(b"SSH-2.0");
    assert_eq!(arriving.next_header(), Err(HeaderError::NotHttp));
}

#[test]
fn a_header_has_a_longest_length() {
    let header = |length: usize| {
        let around = "HTTP/1.1 200 OK\r\nA: \r\n\r\n".len();
        format!(
            "HTTP/1.1 200 OK\r\nA: {}\r\n\r\n",
            "x".repeat(length - around)
        )
    };
    let mut arriving = Arriving::default();
    arriving.feed(header(MAX_HEADER).as_bytes());
    assert_eq!(arriving.next_header().unwrap().unwrap().len(), MAX_HEADER);
    arriving.feed(header(MAX_HEADER + 1).as_bytes());
    assert_eq!(arriving.next_header(), Err(HeaderError::TooLong));
}

proptest! {
    #[test]
    fn headers_are_split_at_empty_lines_however_they_come(cuts in prop::collection::vec(1usize..40, 0..20)) {
        let headers = ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\nA: 1\r\nB: 2\n\r\n", "HTTP/1.1 200 OK\r\nC: 3\n\n"];
        let all = headers.concat() + "rest\n\n";
        let mut rest = all.as_bytes();
        let mut arriving = Arriving::default();
        let mut found = Vec::new();
        for cut in cuts.into_iter().chain([all.len()]) {
            let (part, after) = rest.split_at(cut.min(rest.len()));
            rest = after;
            arriving.feed(part);
            while found.len() < headers.len() && let Some(header) = arriving.next_header().unwrap() {
                found.push(String::from_utf8(header).unwrap());
            }
        }
        prop_assert_eq!(found, headers);
        prop_assert_eq!(arriving.into_rest(), b"rest\n\n");
    }
}
