//! The stand-in gateway: its checks, its books, its bad days; by our program and by hand.

use std::io::{Read, Write};
use std::net::TcpStream;

use harness::{Output, Server};

use super::{KEY, MOBILE, TEXT, sending, sms, url_of};
use crate::told::error_of;

fn start(flags: &[&str]) -> Server {
    Server::start("demo-peers", &[&["sms"], flags].concat())
}

fn send(peer: &Server, to: &str, text: &str) -> Output {
    sms("send")
        .args(["--account", "test", "--gateway", &url_of(peer)])
        .args(["--to", to, "--text", text])
        .run()
}

/// What the stand-in answers to this, as it comes.
fn ask(peer: &Server, request: &str) -> String {
    let mut socket = TcpStream::connect(peer.socket_addr()).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn a_message_is_booked_by_its_parts() {
    let peer = start(&["--balance", "3"]);
    let balance = |flags: &[&str]| {
        let output = sms("balance")
            .args(["--account", "test", "--gateway", &url_of(&peer)])
            .args(flags)
            .run();
        output.assert_success().stdout_text().into_owned()
    };
    assert_eq!(balance(&[]), "2 accepted, 3 left\n");
    let sent = send(&peer, MOBILE, TEXT);
    assert_eq!(
        sent.assert_success().stdout_text(),
        "2 accepted, id 16842079209571524017\n"
    );
    let long = "字".repeat(65);
    send(&peer, "13800138001", &long).assert_success();
    assert_eq!(balance(&["--dynamic-password"]), "2 accepted, 0 left\n");
    let message = error_of("sms", &send(&peer, "13800138002", TEXT), 1);
    assert!(message.contains("4051, no messages are left"), "{message}");
}

#[test]
fn a_second_message_in_the_same_second_has_to_wait() {
    let peer = start(&["--daily-limit", "2"]);
    // One on the heels of the other: by hand, so that no slow start comes between.
    let form = format!("account=test&password={KEY}&mobile={MOBILE}&content=x&format=json");
    let request = format!("GET /webservice/sms.php?method=Submit&{form} HTTP/1.1\r\n\r\n");
    let first = ask(&peer, &request);
    assert!(first.contains("16842079209571524017"), "{first}");
    // A program that takes more than a second to start finds nothing in its way.
    let output = sending(&url_of(&peer)).run();
    output.assert_success();
    assert_eq!(
        output.stdout_text(),
        "2 accepted, id 16842079209571524018\n"
    );
    let message = error_of("sms", &send(&peer, MOBILE, TEXT), 1);
    assert!(
        message.contains("4082, the number has had its messages"),
        "{message}"
    );
}

#[test]
fn each_mistake_has_its_code() {
    let peer = start(&["--only-template"]);
    let long = format!(
        "您的验证码是：{}。请不要把验证码泄露给其他人。",
        "1".repeat(21)
    );
    for (text, code) in [
        ("您的验证码是:1。请不要把验证码泄露给其他人。", 4072),
        ("hello", 4072),
        ("您的验证码是：🎉。请不要把验证码泄露给其他人。", 4074),
        (&long, 40722),
    ] {
        let output = send(&peer, MOBILE, text);
        let message = output.assert_code(1).stderr_lines().pop().unwrap();
        assert!(
            message.contains(&format!(" answered {code}, ")),
            "{message}"
        );
    }
    let post = |form: &str| {
        let length = form.len();
        ask(
            &peer,
            &format!(
                "POST /webservice/sms.php?method=Submit HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{form}"
            ),
        )
    };
    let all = format!("account=test&password={KEY}&mobile={MOBILE}&content=x");
    for (form, code) in [
        (all.replace("account=test&", ""), 401),
        (all.replace(KEY, ""), 402),
        (all.replace(MOBILE, ""), 403),
        (all.replace("content=x", ""), 404),
        (all.replace(KEY, "x"), 405),
        (all.replace("=test", "=x"), 405),
        (all.replace(MOBILE, "1380013800"), 406),
        (all.replace(MOBILE, "%2B8613800138000"), 406),
        (all.replace("=x", &format!("={}", "x".repeat(501))), 4073),
        (all.clone() + "&templateid=2", 4071),
        (all.clone() + "&time=1451544941", 40501),
        (all.clone() + "&time=x", 40501),
    ] {
        let answer = post(&form);
        assert!(
            answer.contains(&format!("<code>{code}</code>")),
            "{form}: {answer}"
        );
    }
}

#[test]
fn a_template_takes_the_values_of_its_variables() {
    let peer = start(&["--only-template"]);
    let output = sms("send")
        .args([
            "--account",
            "test",
            "--gateway",
            &url_of(&peer),
            "--to",
            MOBILE,
        ])
        .args(["--text", "147258", "--template", "1"])
        .run();
    output.assert_success();
}

/// Two implementations of the digest, and a clock.
#[test]
fn a_dynamic_password_is_checked() {
    let peer = start(&[]);
    sending(&url_of(&peer))
        .arg("--dynamic-password")
        .run()
        .assert_success();
    let other_key = sending(&url_of(&peer))
        .env("SMS_PASSWORD", "another")
        .arg("--dynamic-password")
        .run();
    let message = error_of("sms", &other_key, 1);
    assert!(
        message.contains("40502, the dynamic password is wrong"),
        "{message}"
    );
}

#[test]
fn xml_is_answered_unless_json_is_asked_for() {
    let peer = start(&[]);
    let ask = |form: &str| {
        ask(
            &peer,
            &format!("GET /webservice/sms.php?{form} HTTP/1.1\r\n\r\n"),
        )
    };
    let account = format!("method=GetNum&account=test&password={KEY}");
    let xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<GetNumResult \
               xmlns=\"http://106.ihuyi.com/\">\n<code>2</code>\n<msg>查询成功</msg>\n\
               <num>50</num>\n</GetNumResult>\n";
    assert_eq!(ask(&account), xml);
    assert_eq!(
        ask(&(account + "&format=json")),
        r#"{"code":2,"msg":"查询成功","num":"50"}"#
    );
}

#[test]
fn on_a_bad_day_the_program_says_what_it_knows() {
    for (how, code, said) in [
        ("cut", 1, "before its answer was complete"),
        ("half", 1, "before its answer was complete"),
        ("no-id", 1, "without the id of a message"),
        ("garbage", 1, "neither JSON nor XML"),
        ("broken", 75, "500 (Internal Server Error)"),
        ("busy", 75, "429 (Too Many Requests), Retry-After: 7"),
        (
            "moved",
            1,
            "a redirect to http://203.0.113.1/webservice/sms.php",
        ),
        ("echo", 1, "it says: APIKEY **** 不正确"),
    ] {
        let peer = start(&["--misbehave", how]);
        let message = error_of("sms", &sending(&url_of(&peer)).run(), code);
        assert!(message.contains(said), "{how}: {message}");
    }
    let peer = start(&["--misbehave", "slow", "--slowness", "30"]);
    let output = sending(&url_of(&peer)).args(["--timeout", "0.5"]).run();
    let message = error_of("sms", &output, 1);
    assert!(
        message.ends_with("not sent again: no answer within 0.5 s"),
        "{message}"
    );
}

#[test]
fn another_path_is_not_the_gateway() {
    let peer = start(&[]);
    let output = sending(&format!("http://{}/", peer.address())).run();
    let message = error_of("sms", &output, 1);
    assert!(message.ends_with("answered 404 (Not Found)"), "{message}");
}
