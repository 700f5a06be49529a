//! What is shown, live and from a tape. How each view looks is kept in the crate's own tests.

use std::io::Write;

use harness::{LIMIT, Server, Stream, client, server, temp_dir};

use super::{Taped, draw};
use crate::hello::welcomed;
use crate::told::{assert_harmless, error_of};
use crate::wire::Peer;

/// The lines that a live view has printed, without the ready line.
fn live(view: &str, talk: impl FnOnce(&Server)) -> Vec<String> {
    let hello = Server::start("hello-server", &["--reply", "hi {}"]);
    let tap = server("wiretap")
        .args(["--to", hello.address(), "--show", view])
        .serve();
    talk(&tap);
    let output = tap.stop();
    output.assert_success();
    assert_harmless(&output.stdout);
    output.stdout_lines()[1..].to_vec()
}

fn talk(tap: &Server) {
    let mut peer = welcomed(tap);
    peer.send("Ann\x1b[2J\n");
    peer.expect("hi Ann\x1b[2J\n");
    peer.send("exit\n");
    peer.expect_end();
}

#[track_caller]
fn assert_in_order(lines: &[String], parts: &[&str]) {
    let mut rest = lines.iter();
    for part in parts {
        assert!(
            rest.any(|line| line.contains(part)),
            "{part:?} in its place in {lines:#?}"
        );
    }
}

#[test]
fn each_view_is_shown_while_it_happens_and_safe_for_a_terminal() {
    let ladder = live("ladder", talk);
    assert_in_order(
        &ladder,
        &[
            "client",
            "├┄┄ opens a connection ┄",
            "│◀─ Welcome! ─",
            r"├── Ann\x1b[2J\n ─",
            r"│◀─ hi Ann\x1b[2J\n ─",
            r"├── exit\n ─",
            "half-close",
        ],
    );
    assert_in_order(
        &live("hex", talk),
        &[
            "client: opens",
            "server → client: 8 bytes",
            "57 65 6c 63 6f 6d 65 21",
            "41 6e 6e 1b 5b 32 4a 0a",
        ],
    );
    assert_in_order(
        &live("text", talk),
        &[
            "opens a connection",
            "#1 < Welcome!",
            r"#1 > Ann\x1b[2J",
            r"#1 < hi Ann\x1b[2J",
            "#1 > exit",
        ],
    );
    let json = live("json", talk);
    for line in &json {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    assert_in_order(
        &json,
        &[
            r#""event":"open""#,
            r#""text":"Welcome!""#,
            r#""text":"exit\n""#,
        ],
    );
}

/// Not only when the next message comes.
#[test]
fn a_message_is_shown_when_nothing_follows() {
    let hello = Server::start("hello-server", &[]);
    let tap = Server::start("wiretap", &["--to", hello.address()]);
    let _peer = welcomed(&tap);
    let shown = |line: &str| line.contains("Welcome!");
    tap.wait_for_line(Stream::Stdout, shown, LIMIT).unwrap();
}

#[test]
fn passwords_are_masked_in_every_view_and_only_there() {
    const SECRET: &str = "hunter2";
    let (listener, address) = crate::wire::listener();
    let taped = Taped::start(&address, &[]);
    let mut peer = Peer::connect(&taped.tap);
    let (mut ftp, _) = listener.accept().unwrap();
    ftp.write_all(b"220 FTP\r\n").unwrap();
    peer.expect("220 FTP\r\n");
    // One byte after the other, as a terminal sends them.
    for byte in format!(
        "PASS {SECRET}\r\nPOST / HTTP/1.1\r\nAuthorization: {SECRET}\r\n\r\npassword={SECRET}"
    )
    .bytes()
    {
        peer.send([byte]);
    }
    peer.finish();
    std::io::Read::read_to_end(&mut ftp, &mut Vec::new()).unwrap();
    drop((ftp, peer));
    let path = taped.path();
    taped.tap.stop().assert_success();
    let said: Vec<u8> = super::events(&path)
        .into_iter()
        .flat_map(|event| event.bytes)
        .collect();
    assert!(
        String::from_utf8(said).unwrap().contains(SECRET),
        "the tape has all"
    );
    for view in ["ladder", "svg", "html", "mermaid", "json", "hex", "text"] {
        let output = draw(&path, view);
        output.assert_success();
        let text = output.stdout_text().into_owned();
        for secret in [SECRET, "68 75 6e 74", "68756e74", "aHVudGVy"] {
            assert!(!text.contains(secret), "{secret} in {view}: {text}");
        }
        let masked = ["*******", "2a 2a 2a 2a 2a 2a 2a", "#42;#42;#42;"];
        assert!(
            masked.iter().any(|mask| text.contains(mask)),
            "{view}: {text}"
        );
    }
}

#[test]
fn a_tape_is_drawn_from_standard_input_too() {
    let hello = Server::start("hello-server", &[]);
    let taped = Taped::start(hello.address(), &[]);
    drop(welcomed(&taped.tap));
    let path = taped.path();
    taped.tap.stop().assert_success();
    let tape = std::fs::read(&path).unwrap();
    let piped = client("wiretap").args(["draw", "-"]).stdin(tape).run();
    piped.assert_success();
    assert_eq!(piped.stdout, draw(&path, "ladder").stdout);
    assert_in_order(&piped.stdout_lines(), &["Welcome!"]);
}

#[test]
fn what_is_no_tape_is_an_error_in_one_line() {
    let folder = temp_dir();
    let path = folder.path().join("a.tape");
    let header = r#"{"wiretap":1,"started":"2026-11-26T12:00:00Z","listen":"a","to":"b"}"#;
    for (text, why) in [
        ("", "its first line is not that of a tape"),
        ("\x1b[2J", "its first line is not that of a tape"),
        (&format!("{header}\n\x1b[2J\n"), "line 2: "),
        (&format!("{header}\n[]\n"), "line 2: "),
    ] {
        std::fs::write(&path, text).unwrap();
        for view in ["ladder", "html"] {
            let output = draw(&path, view);
            output.assert_code(1);
            let message = crate::told::line_of("wiretap", &output);
            assert!(message.contains(why), "{message}");
        }
    }
    let missing = draw(&folder.path().join("missing"), "svg");
    assert!(error_of("wiretap", &missing, 1).contains("no such file or directory"));
    let of_folder = draw(folder.path(), "svg");
    assert!(error_of("wiretap", &of_folder, 1).contains("it is a folder"));
}

/// Whoever wrote it was killed; what there is is drawn.
#[test]
fn a_tape_cut_in_the_middle_of_a_line_is_drawn_up_to_there() {
    let folder = temp_dir();
    let path = folder.path().join("a.tape");
    let tape = "{\"wiretap\":1,\"started\":\"2026-11-26T12:00:00Z\",\"listen\":\"a\",\"to\":\"b\"}\n\
                {\"time\":0,\"conn\":1,\"side\":\"client\",\"event\":\"open\"}\n{\"time\":1,\"con";
    std::fs::write(&path, tape).unwrap();
    let output = draw(&path, "ladder");
    output.assert_code(1);
    assert_in_order(&output.stdout_lines(), &["opens a connection"]);
    assert!(
        output
            .stderr_text()
            .contains("ends in the middle of a line"),
        "{output}"
    );
}

#[cfg(unix)]
#[test]
fn a_stdout_that_nobody_reads_ends_it_quietly_with_its_tape_whole() {
    let hello = Server::start("hello-server", &[]);
    let folder = temp_dir();
    let path = folder.path().join("a.tape");
    let shell = r#""$0" "$@" | head -n 1"#;
    // This view has no heading, so that the first thing printed is what the client does.
    let launch = harness::Launch::program("wiretap")
        .under(["sh", "-c", shell])
        .args(["--to", hello.address(), "--show", "text"])
        .args(["--listen", "127.0.0.1:0", "--tape"])
        .arg(&path);
    let tap = launch.serve();
    Peer::connect(&tap).rest_or_reset();
    let output = tap.wait(LIMIT).unwrap();
    output.assert_success();
    assert_eq!(output.stderr_text(), "");
    assert_eq!(super::events(&path)[0].what, "client open");
}
