//! What is said and heard, without a terminal.

use std::io::Write;

use harness::{LIMIT, Stream, client};
use serde_json::json;

use super::{PROGRAM, StandIn, message};
use crate::talkers::{hears, is_told, type_line};
use crate::told::assert_harmless;

#[test]
fn the_first_frame_is_the_join_and_nothing_follows_before_the_welcome() {
    let server = StandIn::start();
    let client = server.client(&[]);
    let mut wire = server.accept();
    type_line(&client, "typed ahead");
    assert_eq!(wire.next(), json!({"type": "join", "nick": "Ann"}));
    wire.socket.set_nonblocking(true).unwrap();
    assert!(wire.socket.peek(&mut [0]).is_err(), "nothing more");
    wire.socket.set_nonblocking(false).unwrap();
    wire.say(json!({"type": "welcome", "nick": "Ann", "online": 3}));
    wire.hears("all", "typed ahead");
    is_told(&client, "in as Ann, 3 online");
}

#[test]
fn a_line_goes_to_whom_it_says() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&[]);
    for (line, to, text) in [
        ("hello, 你好", "all", "hello, 你好"),
        ("Bob:psst", "Bob", "psst"),
        ("all:hi", "all", "hi"),
        (":at 12:30", "all", "at 12:30"),
        ("no name: this", "all", "no name: this"),
        ("//who", "all", "/who"),
        ("", "all", ""),
        ("\x1b[2J", "all", "\x1b[2J"),
    ] {
        type_line(&client, line);
        wire.hears(to, text);
    }
}

#[test]
fn messages_and_notices_are_lines_on_stdout() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&[]);
    wire.bob_says("hello: 你好");
    wire.say(message("小红", "Ann", "for you alone"));
    wire.say(json!({"type": "notice", "text": "Cat is here"}));
    wire.bob_says("");
    hears(&client, "Bob:");
    assert_eq!(
        client.lines(Stream::Stdout),
        [
            "Bob:hello: 你好",
            "小红:for you alone",
            "server:Cat is here",
            "Bob:"
        ]
    );
}

#[test]
fn a_refusal_is_told_on_stderr_also_to_the_quiet() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&["-q"]);
    for code in ["not_online", "too_long", "bad_message", "of_the_future"] {
        let text = format!("because of {code}");
        wire.say(json!({"type": "error", "code": code, "text": text}));
        is_told(&client, &format!("refused: because of {code}"));
    }
    assert!(client.lines(Stream::Stdout).is_empty());
}

#[test]
fn being_slowed_down_is_no_refusal() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&[]);
    wire.say(json!({"type": "error", "code": "slow_down", "text": "50 a second"}));
    let line = is_told(&client, "50 a second");
    assert!(!line.contains("refused") && line.contains("INFO"), "{line}");
}

#[test]
fn who_asks_and_the_answer_is_one_line() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&[]);
    type_line(&client, "/who");
    assert_eq!(wire.hear(), json!({"type": "who"}));
    wire.say(json!({"type": "people", "nicks": ["bob", "Cat", "Ann"]}));
    hears(&client, "server:3 online: Ann, bob, Cat");
}

#[test]
fn what_is_no_command_is_said_here_and_not_sent() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&[]);
    type_line(&client, "/shout \x1b[2J");
    is_told(&client, "there is no command /shout");
    type_line(&client, "/\x1b[2J");
    is_told(&client, r"there is no command /\x1b[2J");
    type_line(&client, "/help");
    is_told(&client, "/who");
    type_line(&client, "after it");
    wire.hears("all", "after it");
}

#[test]
fn nothing_from_the_server_is_shown_raw() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&[]);
    let bad = "\x1b[2J\r\u{9b}1A\u{202e}\u{200b}\n";
    let shown = r"\x1b[2J\r\u{9b}1A\u{202e}\u{200b}\n";
    wire.say(message(bad, bad, bad));
    hears(&client, &format!("{shown}:{shown}"));
    wire.say(json!({"type": "notice", "text": bad}));
    hears(&client, &format!("server:{shown}"));
    wire.say(json!({"type": "people", "nicks": [bad]}));
    hears(&client, &format!("server:1 online: {shown}"));
    wire.say(json!({"type": "error", "code": "not_online", "text": bad}));
    is_told(&client, &format!("refused: {shown}"));
    wire.say(json!({"type": bad}));
    is_told(&client, "unknown variant");
    wire.say_raw(bad);
    is_told(&client, &format!("not understood: {shown}"));
    wire.close();
    let output = client.wait(LIMIT).unwrap();
    assert_harmless(&output.stdout);
    assert_harmless(&output.stderr);
}

#[test]
fn a_refused_nickname_is_one_printable_line_and_exit_code_1() {
    for (code, text, shown) in [
        ("nick_taken", "Ann is taken", "Ann is taken"),
        ("nick_invalid", "no \x1b[2J", r"no \x1b[2J"),
    ] {
        let server = StandIn::start();
        let client = server.client(&["--reconnect"]);
        let mut wire = server.accept();
        wire.next();
        wire.say(json!({"type": "error", "code": code, "text": text}));
        let output = client.wait(LIMIT).unwrap();
        output.assert_code(1);
        assert_eq!(
            output.stderr_text(),
            format!(
                "{PROGRAM}: cannot join {} as Ann: {shown}\n",
                server.address
            )
        );
        assert!(output.stdout.is_empty());
    }
}

/// An open room gives its own name, and there is nobody to whom one could speak alone.
#[test]
fn without_nicknames_lines_go_out_as_they_stand() {
    let server = StandIn::start();
    let client = server.client(&[]);
    let mut wire = server.accept();
    wire.next();
    let name = "('127.0.0.1', 50001)";
    wire.say(json!({"type": "welcome", "nick": name, "online": 1}));
    is_told(&client, &format!("in as {name}, 1 online"));
    is_told(&client, "each line goes to everyone");
    for line in ["Bob:psst", ":psst", "12:30"] {
        type_line(&client, line);
        wire.hears("all", line);
    }
    wire.say(message(name, "all", "Bob:psst"));
    hears(&client, &format!("{name}:Bob:psst"));
}

#[test]
fn frames_may_come_in_any_pieces() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&[]);
    let mut bytes = Vec::new();
    for number in 0..20 {
        let json = message("Bob", "all", &format!("{number} 你好")).to_string();
        bytes.extend(u32::try_from(json.len()).unwrap().to_be_bytes());
        bytes.extend(json.as_bytes());
    }
    for byte in &bytes {
        wire.socket.write_all(&[*byte]).unwrap();
    }
    hears(&client, "Bob:19 你好");
    wire.socket.write_all(&bytes).unwrap();
    let heard = client.wait_for_lines(Stream::Stdout, LIMIT, |lines| {
        (lines.len() == 40).then(|| lines.to_vec())
    });
    let wanted: Vec<_> = (0..40).map(|n| format!("Bob:{} 你好", n % 20)).collect();
    assert_eq!(heard.unwrap(), wanted);
}

#[test]
fn what_is_not_understood_is_passed_over() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&[]);
    for strange in [
        "not JSON",
        "",
        "[]",
        "{}",
        "null",
        r#"{"type":"weather","text":"rain"}"#,
        r#"{"type":"message","from":"Bob"}"#,
        r#"{"type":"message","from":1,"to":2,"text":3,"time":4}"#,
        &"[".repeat(10_000),
    ] {
        wire.say_raw(strange);
    }
    wire.say_raw([0xff, 0xfe]);
    wire.say_raw(
        r#"{"type":"message","from":"Bob","to":"all","text":"rich","time":"?","colour":{"r":1}}"#,
    );
    hears(&client, "Bob:rich");
    assert_eq!(client.lines(Stream::Stdout), ["Bob:rich"]);
    is_told(&client, "passed over what is not understood: not JSON");
    is_told(&client, "unknown variant `weather`");
    is_told(&client, r"\xff\xfe");
}

#[test]
fn a_message_of_the_longest_kind_is_shown() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&[]);
    let text = "x".repeat((1 << 20) - 200);
    wire.bob_says(&text);
    hears(&client, &format!("Bob:{text}"));
}

#[test]
fn a_line_that_no_frame_can_hold_is_refused_here() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&[]);
    type_line(&client, &"\x01".repeat(1 << 18));
    is_told(&client, "cannot send a line of 262144 bytes");
    type_line(&client, "short");
    wire.hears("all", "short");
    client.close_stdin();
    wire.hears_the_end();
    wire.close();
    let output = client.wait(LIMIT).unwrap();
    output.assert_code(1);
    let error = output.stderr_lines().pop().unwrap();
    assert_eq!(error, format!("{PROGRAM}: one line was not sent"));
}

#[cfg(unix)]
#[test]
fn over_a_unix_socket() {
    let dir = harness::temp_dir();
    let path = dir.path().join("chat");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let address = format!("unix:{}", path.display());
    let client = client(PROGRAM)
        .args([&address, "--nick", "Ann"])
        .stdin_pipe()
        .spawn();
    let (mut wire, _) = listener.accept().unwrap();
    let json = br#"{"type":"welcome","nick":"Ann","online":1}"#;
    wire.write_all(&[0, 0, 0, json.len() as u8]).unwrap();
    wire.write_all(json).unwrap();
    is_told(&client, "in as Ann, 1 online");
}
