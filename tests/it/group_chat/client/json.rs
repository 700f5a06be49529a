//! `--json`: for scripts.

use harness::{LIMIT, Stream};
use serde_json::{Value, json};

use super::{StandIn, message};
use crate::talkers::{hears, is_told, type_line};
use crate::told::assert_harmless;

#[test]
fn everything_but_a_pong_is_one_object_a_line_as_it_came() {
    let server = StandIn::start();
    let client = server.client(&["--json"]);
    let mut wire = server.accept();
    wire.next();
    let said = [
        r#"{"type":"welcome","nick":"Ann","online":3,"motd":"hi"}"#,
        r#"{"type":"message","from":"Bob","to":"Ann","text":"psst \"1\" \\","time":"2020-02-29T08:15:30Z"}"#,
        r#"{"type":"notice","text":"Cat is here"}"#,
        r#"{"type":"error","code":"not_online","text":"no Dan"}"#,
        r#"{"type":"error","code":"slow_down","text":"50 a second"}"#,
        r#"{"type":"people","nicks":["Bob","Ann"]}"#,
        r#"{"type":"weather","text":"你好"}"#,
    ];
    for line in said {
        wire.say_raw(line);
    }
    wire.say(json!({"type": "pong"}));
    wire.say_raw("{ \"type\" : \"notice\",\r\n\t\"text\" : \" the end \" }");
    hears(&client, r#"{"type":"notice","text":" the end "}"#);
    let lines = client.lines(Stream::Stdout);
    assert_eq!(lines[..lines.len() - 1], said);
    type_line(&client, "Bob:text lines go in");
    wire.hears("Bob", "text lines go in");
    wire.close();
    let output = client.wait(LIMIT).unwrap();
    assert!(!output.stderr_text().contains("refused"), "{output}");
}

#[test]
fn a_text_stays_on_its_line_and_obeys_no_terminal() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&["--json"]);
    let bad = message("Bob\u{9b}2J", "all", "\x1b[2J\r\n\u{7f}\u{202e}\u{e0001}");
    wire.say(bad.clone());
    wire.bob_says("end");
    let lines = client
        .wait_for_lines(Stream::Stdout, LIMIT, |lines| {
            (lines.len() == 3).then(|| lines.to_vec())
        })
        .unwrap();
    assert!(lines[1].is_ascii(), "{}", lines[1]);
    assert_eq!(serde_json::from_str::<Value>(&lines[1]).unwrap(), bad);
    wire.close();
    assert_harmless(&client.wait(LIMIT).unwrap().stdout);
}

#[test]
fn what_is_no_json_is_told_on_stderr() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&["--json"]);
    wire.say_raw("hello");
    is_told(&client, "passed over what is not understood: hello");
    type_line(&client, "/shout");
    is_told(&client, "there is no command /shout");
    wire.bob_says("end");
    client
        .wait_for_line(Stream::Stdout, |line| line.contains("end"), LIMIT)
        .unwrap();
    assert_eq!(client.lines(Stream::Stdout).len(), 2);
}
