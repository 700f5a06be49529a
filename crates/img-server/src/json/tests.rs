//! The reader on good and on spoilt text, whole and in pieces.

use proptest::prelude::*;

use super::*;

/// What was told about a text, the parts of the data put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Object {
    name: Option<String>,
    size: Option<u64>,
    sha256: Option<[u8; 32]>,
    data: Option<String>,
}

/// Reads a text that arrives in these pieces, which has to be complete.
fn read(pieces: &[&[u8]]) -> Result<Vec<Object>, JsonError> {
    let mut reader = Reader::default();
    let mut objects = Vec::new();
    let mut object = Object::default();
    let mut data = String::new();
    for piece in pieces {
        let mut input = *piece;
        while let Some(event) = reader.next(&mut input)? {
            match event {
                Event::Begin => object = Object::default(),
                Event::Name(name) => object.name = Some(name),
                Event::Size(size) => object.size = Some(size),
                Event::Sha256(digest) => object.sha256 = Some(digest),
                Event::Data(text) => data.extend(text.iter().map(|&byte| char::from(byte))),
                Event::DataEnd => object.data = Some(std::mem::take(&mut data)),
                Event::End => objects.push(object.clone()),
            }
        }
        assert!(input.is_empty());
    }
    assert!(reader.is_between(), "the text is not complete");
    Ok(objects)
}

fn read_one(text: &str) -> Result<Object, JsonError> {
    let mut objects = read(&[text.as_bytes()])?;
    assert_eq!(objects.len(), 1);
    Ok(objects.remove(0))
}

#[test]
fn the_tutorials_object_is_read() {
    let object = read_one(r#"{"filename": "131.jpg", "filedata": "/9j/4AA="}"#).unwrap();
    assert_eq!(object.name.as_deref(), Some("131.jpg"));
    assert_eq!(object.data.as_deref(), Some("/9j/4AA="));
    assert_eq!((object.size, object.sha256), (None, None));
}

#[test]
fn keys_come_in_any_order_and_unknown_ones_are_read_past() {
    let digest = "00ff".repeat(16);
    let object = read_one(&format!(
        "\r\n{{\t\"mime\":[{{}},[],[1,-0.5e+3,{{\"filename\":7,\"a\":null}}],\"]}}\\\"\"],
        \"file\\u0064ata\" : \"A\\/B\\u002b\" , \"sha256\":\"{digest}\",\"x\":true,
        \"size\":18446744073709551615,\"filename\":\"\\u56fe\\ud83d\\ude00\\\"\"}}\n"
    ))
    .unwrap();
    assert_eq!(object.name.as_deref(), Some("图😀\""));
    assert_eq!(object.data.as_deref(), Some("A/B+"));
    assert_eq!(object.size, Some(u64::MAX));
    assert_eq!(object.sha256.unwrap()[..4], [0, 255, 0, 255]);
}

#[test]
fn objects_follow_each_other_with_white_space_or_none() {
    let objects = read(&[b"{}{ } {\"size\":1}\n\n{\"size\":2}\n"]).unwrap();
    let sizes: Vec<_> = objects.iter().map(|object| object.size).collect();
    assert_eq!(sizes, [None, None, Some(1), Some(2)]);
    assert_eq!(read(&[b" \r\n"]).unwrap(), []);
}

#[test]
fn what_is_no_json_is_refused() {
    use JsonError::*;
    let unexpected = |found, wanted| Unexpected { found, wanted };
    for (text, error) in [
        ("\u{feff}{}", unexpected(0xef, "an object")),
        ("[{}]", unexpected(b'[', "an object")),
        ("{}x", unexpected(b'x', "an object")),
        ("{,}", unexpected(b',', "a key")),
        ("{\"a\":1,}", unexpected(b'}', "a key")),
        ("{'a':1}", unexpected(b'\'', "a key")),
        ("{\"a\" 1}", unexpected(b'1', "a colon")),
        ("{\"a\":}", unexpected(b'}', "a value")),
        ("{\"a\":[1,]}", unexpected(b']', "a value")),
        ("{\"a\":1 2}", unexpected(b'2', "a comma or an end")),
        ("{\"a\":[1}", unexpected(b'}', "a comma or an end")),
        ("{\"a\":1]", unexpected(b']', "a comma or an end")),
        ("{\"a\":nul}", BadWord),
        ("{\"a\":01}", BadWord),
        ("{\"a\":1.}", BadWord),
        ("{\"a\":-}", BadWord),
        ("{\"a\":NaN}", BadWord),
        ("{\"a\\x\":1}", BadEscape),
        ("{\"a\":\"\\ud800\"}", BadEscape),
        ("{\"a\":\"\n\"}", ControlCharacter),
    ] {
        assert_eq!(read(&[text.as_bytes()]), Err(error), "{text}");
    }
    assert_eq!(read(&[b"{\"filename\":\"\xff\"}"]), Err(NotUtf8));
}

#[test]
fn values_have_to_be_of_their_type_and_come_once() {
    use JsonError::*;
    for key in ["filename", "filedata", "size", "sha256"] {
        for value in ["null", "{}", "[]", "true", "-1"] {
            let error = read_one(&format!("{{\"{key}\":{value}}}")).unwrap_err();
            assert!(matches!(error, WrongType { key: found, .. } if found == key));
        }
    }
    for text in [
        "{\"size\":1.0}",
        "{\"size\":18446744073709551616}",
        "{\"size\":\"1\"}",
        "{\"sha256\":\"abc\"}",
        "{\"filename\":1}",
    ] {
        assert!(matches!(read_one(text), Err(WrongType { .. })), "{text}");
    }
    for twice in ["filename", "filedata", "sha256"] {
        let value = "0".repeat(64);
        let text = format!("{{\"{twice}\":\"{value}\",\"a\":1,\"{twice}\":\"{value}\"}}");
        assert_eq!(read_one(&text), Err(Twice(twice)));
    }
    assert_eq!(
        read_one("{\"size\":1,\"\\u0073ize\":1}"),
        Err(Twice("size"))
    );
}

#[test]
fn everything_but_the_data_has_a_limit() {
    use JsonError::*;
    let long = "x".repeat(MAX_TEXT + 1);
    for (text, error) in [
        (format!("{{\"{long}\":1}}"), TooLong),
        (format!("{{\"filename\":\"{long}\"}}"), TooLong),
        (format!("{{\"a\":{}}}", "1".repeat(MAX_TEXT + 1)), TooLong),
        (format!("{{\"a\":{}", "[".repeat(MAX_DEPTH)), TooDeep),
        (" ".repeat(MAX_OTHER + 1), TooMuch),
        (format!("{{{}", " ".repeat(MAX_OTHER)), TooMuch),
        (format!("{{\"a\":\"{}\"", "x".repeat(MAX_OTHER)), TooMuch),
        (format!("{{{}", "\"a\":1,".repeat(MAX_OTHER)), TooMuch),
        (format!("{{\"a\":[{}", "1,".repeat(MAX_OTHER)), TooMuch),
    ] {
        assert_eq!(read(&[text.as_bytes()]), Err(error));
    }
    let data = "A".repeat(4 * MAX_OTHER);
    let object = read_one(&format!("{{\"filedata\":\"{data}\"}}")).unwrap();
    assert_eq!(object.data, Some(data));
    // Each object has its own.
    let spaced = format!("{{}}{}", " ".repeat(MAX_OTHER / 2)).repeat(3);
    assert_eq!(read(&[spaced.as_bytes()]).unwrap().len(), 3);
}

#[test]
fn numbers_are_as_rfc_8259_has_them() {
    for number in ["0", "-0", "10", "0.0", "1e5", "1E+5", "-1.5e-07"] {
        assert!(is_number(number), "{number}");
    }
    for word in [
        "", "-", "+1", "00", "1.", ".5", "1e", "1e+", "0x1", "1.2.3", "1e5e5",
    ] {
        assert!(!is_number(word), "{word}");
    }
}

/// Any JSON value, not too large.
fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::hash_map(".{0,4}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_and_what_serde_reads(
        name in ".{0,20}",
        data in "[A-Za-z0-9+/=]{0,60}",
        size in any::<u64>(),
        others in prop::collection::vec(value(), 0..3),
        escape_slash in any::<bool>(),
        pretty in any::<bool>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mut object = serde_json::json!({"filename": name, "filedata": data, "size": size});
        for (number, other) in others.into_iter().enumerate() {
            object[format!("other {number}")] = other;
        }
        let mut text = if pretty {
            serde_json::to_string_pretty(&object).unwrap()
        } else {
            object.to_string()
        };
        if escape_slash {
            text = text.replace('/', "\\/");
        }
        let text = text.as_bytes();
        let whole = read(&[text]).unwrap();
        let expected = Object { name: Some(name), size: Some(size), sha256: None, data: Some(data) };
        prop_assert_eq!(&whole, &[expected]);

        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
        prop_assert_eq!(read(&pieces).unwrap(), whole);
    }

    #[test]
    fn whatever_it_takes_serde_takes_too(text in r#"[{}\[\]",:0-9a-z\\ -]{0,12}"#) {
        let text = format!("{{{text}");
        let mut reader = Reader::default();
        let mut input = text.as_bytes();
        let complete = loop {
            match reader.next(&mut input) {
                Ok(Some(_)) => {}
                Ok(None) => break reader.is_between(),
                Err(_) => break false,
            }
        };
        if complete {
            let stream = serde_json::Deserializer::from_str(&text);
            for object in stream.into_iter::<serde_json::Value>() {
                prop_assert!(object.is_ok(), "{}", text);
            }
        }
    }
}
