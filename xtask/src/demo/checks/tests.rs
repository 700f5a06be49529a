use super::*;

/// An act whose clients have printed these.
pub(super) fn act(printed: &[&str]) -> Seen {
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
        dialogue: &[],
        script: &[],
        folder: None,
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

#[test]
fn a_page_is_to_be_the_same_whichever_rule_ends_it() {
    let client = |rule: &str, page: &str| Output {
        stderr: format!("header: 1 bytes\nbody: 9 bytes, ended by {rule}\n").into_bytes(),
        ..act(&[page]).clients.remove(0)
    };
    let check = |rules: [&str; 3], pages: [&str; 3]| {
        let clients = rules.iter().zip(pages);
        one_page_by_three_rules(&[Seen {
            servers: Vec::new(),
            clients: clients.map(|(rule, page)| client(rule, page)).collect(),
            dialogue: &[],
            script: &[],
            folder: None,
        }])
    };
    let rules = [
        "Content-Length",
        "the empty chunk after 1",
        "the server's close",
    ];
    assert!(check(rules, ["<h1>Hello"; 3]).is_ok());
    assert!(check(rules, ["<h1>Hello", "<h1>Hello", "<h1>Hell"]).is_err());
    assert!(check(["Content-Length"; 3], ["<h1>Hello"; 3]).is_err());
}

#[test]
fn pictures_have_to_be_there_and_the_same() {
    let check = |saved: &[u8], line: &str| {
        let folder = harness::temp_dir();
        fs::write(folder.path().join("a.bmp"), "1234").unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        fs::write(folder.path().join("data/a.bmp"), saved).unwrap();
        pictures_arrive(&[Seen {
            folder: Some(folder),
            ..act(&[line])
        }])
    };
    assert_eq!(
        check(b"1234", "saved data/a.bmp (4 bytes)\n").unwrap(),
        "1 picture, 4 bytes, to 1 client, as they were sent"
    );
    assert!(check(b"1235", "saved data/a.bmp (4 bytes)\n").is_err());
    assert!(check(b"1234", "").unwrap_err().contains("expected a line"));
}

#[test]
fn everybody_hears_what_the_script_says_and_no_more() {
    const SCRIPT: [Step; 2] = [
        Step {
            typed: Some((0, "to both")),
            heard: &[
                (0, Stream::Stdout, ":to both"),
                (1, Stream::Stdout, ":to both"),
            ],
        },
        Step {
            typed: Some((0, "to one")),
            heard: &[(1, Stream::Stdout, ":to one"), (0, Stream::Stderr, "told")],
        },
    ];
    let check = |first: &str, second: &str| {
        all_heard_what_was_for_them(&[Seen {
            script: const { &SCRIPT },
            ..act(&[first, second])
        }])
    };
    assert_eq!(
        check("x:to both\nserver:y has left\n", "x:to both\nx:to one\n").unwrap(),
        "2 lines typed, 3 lines heard by those they were for"
    );
    for (first, second) in [
        ("x:to both\n", "x:to both\n"),
        ("x:to both\nx:to one\n", "x:to both\nx:to one\n"),
        ("x:to both\n", "x:to one\nx:to both\n"),
    ] {
        assert!(check(first, second).is_err(), "{first:?} {second:?}");
    }
}

#[test]
fn everybody_hears_the_others_and_nobody_themselves() {
    let check = |first: &str, second: &str| {
        everybody_heard(&[Seen {
            dialogue: &[(0, "Hi."), (1, "Oh!"), (1, "You!")],
            ..act(&[first, second])
        }])
    };
    assert_eq!(
        check("listening on x\n::1: Oh!\n::1: You!\n", "::1: Hi.\n").unwrap(),
        "3 lines typed by 2 talkers, each heard once by the others"
    );
    for (first, second) in [
        ("Oh!\nYou!\n", ""),
        ("You!\nOh!\n", "Hi.\n"),
        ("Hi.\nOh!\nYou!\n", "Hi.\n"),
        ("Oh!\nYou!\nYou!\n", "Hi.\n"),
    ] {
        assert!(check(first, second).is_err(), "{first:?} {second:?}");
    }
}
