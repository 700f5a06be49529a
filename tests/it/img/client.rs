//! What img-client takes, and where it puts it.

use std::fs;
use std::io::Write;

use harness::{Launch, Output, noise, temp_dir};

use super::{base64, dumps, serve_once, serve_text, sha256, tree};

fn client(address: &str, args: &[&str]) -> Launch {
    harness::client("img-client").arg(address).args(args)
}

fn receive(folder: &tempfile::TempDir, text: impl Into<Vec<u8>>, args: &[&str]) -> Output {
    client(&serve_text(text), args).dir(folder.path()).run()
}

#[test]
fn the_tutorials_server_is_understood_however_its_bytes_are_cut() {
    for size in [1, 7, 1000, 65_537] {
        let dir = temp_dir();
        let text = dumps("131.jpg", &noise(300_000, 1));
        let address = serve_once(move |client| {
            client.set_nodelay(true)?;
            // One byte at a time is slow, so only as many as have something in them.
            let (slow, fast) = text.as_bytes().split_at(40 * size.min(100));
            for piece in slow.chunks(size) {
                client.write_all(piece)?;
            }
            client.write_all(fast)
        });
        let output = client(&address, &[]).dir(dir.path()).run();
        output.assert_success();
        assert_eq!(output.stdout_text(), "saved data/131.jpg (300000 bytes)\n");
        assert_eq!(tree(dir.path()), ["data/", "data/131.jpg"]);
        assert!(fs::read(dir.path().join("data/131.jpg")).unwrap() == noise(300_000, 1));
    }
}

#[test]
fn byte_by_byte_to_the_last() {
    let dir = temp_dir();
    let text = format!(
        " {}\n{}\r\n",
        dumps("a.jpg", &noise(700, 1)),
        dumps("b.jpg", b"")
    );
    let address = serve_once(move |client| {
        client.set_nodelay(true)?;
        text.bytes().try_for_each(|byte| client.write_all(&[byte]))
    });
    client(&address, &["-o", "."])
        .dir(dir.path())
        .run()
        .assert_success();
    assert_eq!(tree(dir.path()), ["a.jpg", "b.jpg"]);
    assert_eq!(fs::read(dir.path().join("a.jpg")).unwrap(), noise(700, 1));
}

#[test]
fn keys_come_in_any_order_with_escapes_and_with_company() {
    let dir = temp_dir();
    // Among these bytes many are written as a slash in base64, and PHP escapes slashes.
    let picture = vec![0xff; 1000];
    let text = format!(
        "{{\"sha256\":\"{}\",\"tags\":[{{\"filename\":\"no\"}},1e3,null],\
         \"filedata\":\"{}\",\"size\":1000,\"file\\u006eame\":\"\\u56fe\\u7247 \\ud83d\\ude00.png\"}}",
        sha256(&picture).to_uppercase(),
        base64(&picture).replace('/', "\\/"),
    );
    let output = receive(&dir, text, &[]);
    output.assert_success();
    assert_eq!(
        output.stdout_text(),
        "saved data/图片 😀.png (1000 bytes)\n"
    );
    assert_eq!(
        fs::read(dir.path().join("data/图片 😀.png")).unwrap(),
        picture
    );
}

#[test]
fn a_conflict_is_refused_renamed_or_overwritten() {
    let dir = temp_dir();
    let old = dir.path().join("data/a.jpg");
    receive(&dir, dumps("a.jpg", b"old"), &[]).assert_success();

    // Whether the name comes first, when nothing needs to be transferred, or last.
    let name_last = "{\"filedata\":\"bmV3\",\"filename\":\"a.jpg\"}".to_owned();
    for text in [dumps("a.jpg", b"new"), name_last] {
        let output = receive(&dir, text, &[]);
        output.assert_code(1);
        let said = "cannot save data/a.jpg: it is there already (see --on-conflict)\n";
        assert!(output.stderr_text().ends_with(said), "{output}");
        assert!(output.stdout.is_empty());
        assert_eq!(fs::read(&old).unwrap(), b"old");
    }

    for renamed in ["data/a-1.jpg", "data/a-2.jpg"] {
        let output = receive(&dir, dumps("a.jpg", b"new"), &["--on-conflict", "rename"]);
        output.assert_success();
        assert_eq!(output.stdout_text(), format!("saved {renamed} (3 bytes)\n"));
    }
    assert_eq!(fs::read(&old).unwrap(), b"old");

    let overwrite = &["--on-conflict", "overwrite"];
    receive(&dir, dumps("a.jpg", b"new"), overwrite).assert_success();
    assert_eq!(fs::read(&old).unwrap(), b"new");
    let all = ["data/", "data/a-1.jpg", "data/a-2.jpg", "data/a.jpg"];
    assert_eq!(tree(dir.path()), all);

    // An overwriting picture that fails leaves what was there.
    receive(
        &dir,
        "{\"filename\":\"a.jpg\",\"filedata\":\"AAAA",
        overwrite,
    )
    .assert_code(1);
    assert_eq!(fs::read(&old).unwrap(), b"new");
    assert_eq!(tree(dir.path()), all);
}

#[test]
fn pictures_that_were_complete_stay() {
    let dir = temp_dir();
    let text = [
        dumps("a.jpg", b"a"),
        dumps("b.jpg", b"b"),
        "{\"filename\":\"c".into(),
    ]
    .concat();
    let output = receive(&dir, text, &[]);
    output.assert_code(1);
    assert_eq!(
        output.stdout_lines(),
        ["saved data/a.jpg (1 bytes)", "saved data/b.jpg (1 bytes)"]
    );
    assert_eq!(tree(dir.path()), ["data/", "data/a.jpg", "data/b.jpg"]);
}

/// The character between two pictures that makes one of them is not seen itself, so it is escaped
/// where it is shown.
#[test]
fn a_picture_of_several_may_be_in_a_name() {
    let dir = temp_dir();
    let output = receive(&dir, dumps("👩\u{200d}👧.jpg", b"x"), &[]);
    assert_eq!(
        output.assert_success().stdout_text(),
        "saved data/👩\\u{200d}👧.jpg (1 bytes)\n"
    );
    assert_eq!(tree(dir.path()), ["data/", "data/👩\u{200d}👧.jpg"]);
}

#[test]
fn the_largest_picture_allowed_is_taken() {
    let dir = temp_dir();
    let limit = &["--max-size", "1KiB"];
    receive(&dir, dumps("a.jpg", &noise(1024, 1)), limit).assert_success();
    receive(&dir, dumps("b.jpg", &noise(1025, 1)), limit).assert_code(1);
    assert_eq!(tree(dir.path()), ["data/", "data/a.jpg"]);
}

#[test]
fn wrong_usage_is_told_in_a_line() {
    for (args, said) in [
        (
            &["--max-size", "lots"][..],
            "'lots' for '--max-size <SIZE>'",
        ),
        (&["--max-size", "-1"], "'-1' for '--max-size <SIZE>'"),
        (&["--timeout", "-1"], "'-1' for '--timeout <SECS>'"),
        (
            &["--on-conflict", "ask"],
            "'ask' for '--on-conflict <WHAT>'",
        ),
        (&["localhost"], "a port is missing"),
    ] {
        let output = harness::client("img-client").args(args).run();
        output.assert_code(2);
        assert_eq!(output.stderr_lines().len(), 1, "{output}");
        assert!(output.stderr_text().contains(said), "{output}");
    }
}

#[test]
fn the_log_tells_of_the_connection_and_of_each_picture() {
    for (flag, lines) in [("-v", 1), ("-vv", 3)] {
        let dir = temp_dir();
        let text = dumps("a.jpg", b"a") + &dumps("b.jpg", b"bc");
        let output = receive(&dir, text, &[flag]);
        let said = output.assert_success().stderr_lines();
        assert_eq!(said.len(), lines, "{output}");
        assert!(said[0].contains("connected to 127.0.0.1:"), "{output}");
        if lines == 3 {
            assert!(said[2].contains("a picture of 2 bytes is complete"));
        }
    }
}

#[test]
fn show_without_a_terminal_is_said_and_skipped() {
    let dir = temp_dir();
    let output = receive(&dir, dumps("a.png", b"no picture"), &["--show"]);
    output.assert_success();
    assert_eq!(output.stdout_text(), "saved data/a.png (10 bytes)\n");
    assert_eq!(output.stderr_lines().len(), 1, "{output}");
    assert!(
        output.stderr_text().contains("stdout is not a terminal"),
        "{output}"
    );
}
