//! Accepted, refused, not for now, and nobody knows.

use super::gateway::{End, Gateway};
use super::{MOBILE, ok, send_to, sending, sms};
use crate::told::{assert_harmless, error_of, line_of};
use crate::wire::closed_port;

const UNKNOWN: &str =
    "unknown whether the message to 13800138000 was accepted, so it is not sent again: ";

#[test]
fn accepted_in_json_and_in_xml() {
    let id = "16842079209571524017";
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<SubmitResult xmlns=\"http://106.ihuyi.com/\">\n\
         <code>2</code>\n<msg>提交成功</msg>\n<smsid>{id}</smsid>\n</SubmitResult>"
    );
    let chunks = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{xml}\r\n0\r\n\r\n",
        xml.len()
    );
    for answer in [
        ok(&format!(r#"{{"code":2,"msg":"提交成功","smsid":"{id}"}}"#)),
        ok(&format!(
            r#"{{"SubmitResult":{{"code":"2","smsid":{id}}}}}"#
        )),
        ok(&xml),
        chunks,
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{xml}"),
        format!("HTTP/1.0 200 OK\r\n\r\n{xml}"),
    ] {
        let gateway = Gateway::saying(answer);
        let output = send_to(&gateway);
        let printed = output.assert_success().stdout_text();
        assert_eq!(printed, format!("2 accepted, id {id}\n"));
        assert_eq!(output.stderr_text(), "");
        gateway.assert_asked_once();
    }
}

#[test]
fn what_is_refused_is_told_with_the_reason_and_what_helps() {
    for (code, says, reason) in [
        (
            405,
            "API ID或API KEY不正确",
            "405, the account or its key is wrong (it says: API ID或API KEY不正确); trying again \
             does not help until the request is another",
        ),
        (
            4051,
            "剩余条数不足",
            "4051, no messages are left on the account (it says: 剩余条数不足); trying again does \
             not help until the account is in order",
        ),
        (
            4082,
            "",
            "4082, the number has had its messages for today; trying again helps tomorrow at the \
             earliest",
        ),
        (
            0,
            "x",
            "0, it failed (it says: x); trying again may help or not",
        ),
        (4999, "新的", "4999, which we do not know (it says: 新的)"),
    ] {
        let body = format!(r#"{{"code":{code},"msg":"{says}","smsid":"0"}}"#);
        let gateway = Gateway::saying(ok(&body));
        let message = error_of("sms", &send_to(&gateway), 1);
        assert_eq!(
            message,
            format!("cannot send to {MOBILE}: the gateway answered {reason}")
        );
        gateway.assert_asked_once();
    }
}

#[test]
fn an_answer_that_says_neither_yes_nor_no_leaves_it_unknown() {
    let accepted = r#"{"code":2,"msg":"提交成功","smsid":"1"}"#;
    let cut = ok(accepted).replace("\"1\"}", "");
    let no_id = "the gateway answered 2 (accepted) without the id of a message";
    let unclear = |why: &str| format!("the answer cannot be understood: {why}");
    let early = "the gateway closed the connection before its answer was complete";
    for (answer, why) in [
        (
            ok(r#"{"code":2,"msg":"提交成功","smsid":"0"}"#),
            no_id.into(),
        ),
        (ok(r#"{"code":2,"msg":"提交成功"}"#), no_id.into()),
        (
            ok("<SubmitResult><code>2</code><smsid/></SubmitResult>"),
            no_id.into(),
        ),
        (ok(""), unclear("it is empty")),
        (
            ok("OK"),
            unclear("it is neither JSON nor XML of this gateway"),
        ),
        (
            ok("<html><body><code>2</code><smsid>1</smsid></body></html>"),
            unclear("it is neither JSON nor XML of this gateway"),
        ),
        (ok(r#"{"msg":"提交成功"}"#), unclear("it has no code")),
        (ok(r#"{"code":2,"#), unclear("it is malformed or cut short")),
        (cut, early.into()),
        (String::new(), early.into()),
        ("HTTP/1.1 200 OK\r\nContent-".into(), early.into()),
        (
            ok(&" ".repeat(70_000)),
            "the answer is longer than 65536 bytes".into(),
        ),
        (
            format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(20_000)),
            "the header of the answer is longer than 16384 bytes".into(),
        ),
    ] {
        let gateway = Gateway::saying(answer.clone());
        let message = error_of("sms", &send_to(&gateway), 1);
        assert_eq!(message, format!("{UNKNOWN}{why}"), "{answer}");
        gateway.assert_asked_once();
    }
}

#[test]
fn what_is_no_http_leaves_it_unknown() {
    let gateway = Gateway::saying("220 mail.example ESMTP\r\n\r\n");
    let message = error_of("sms", &send_to(&gateway), 1);
    let beginning = format!("{UNKNOWN}what came is not HTTP (");
    assert!(message.starts_with(&beginning), "{message}");
    gateway.assert_asked_once();
}

#[test]
fn a_connection_that_breaks_leaves_it_unknown() {
    let gateway = Gateway::ending("HTTP/1.1 200 OK\r\n", End::Reset);
    let message = error_of("sms", &send_to(&gateway), 1);
    assert_eq!(message, format!("{UNKNOWN}connection reset by peer"));
    gateway.assert_asked_once();
}

#[test]
fn a_gateway_that_says_nothing_or_never_ends_leaves_it_unknown() {
    for (answer, end) in [
        (String::new(), End::Silence),
        ("HTTP/1.1 200 OK\r\nX: ".into(), End::Drip),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n".into(),
            End::Drip,
        ),
    ] {
        let gateway = Gateway::ending(answer, end);
        let output = sending(&gateway.url()).args(["--timeout", "0.5"]).run();
        let message = error_of("sms", &output, 1);
        assert_eq!(message, format!("{UNKNOWN}no answer within 0.5 s"));
        gateway.assert_asked_once();
    }
}

/// To ask for the balance twice does no harm.
#[test]
fn a_question_without_an_answer_may_be_asked_again() {
    let gateway = Gateway::ending("", End::Silence);
    let output = sms("balance")
        .args([
            "--account",
            "test",
            "--gateway",
            &gateway.url(),
            "--timeout",
            "0.5",
        ])
        .run();
    let message = error_of("sms", &output, 75);
    assert_eq!(
        message,
        "cannot ask for the balance: no answer within 0.5 s"
    );
}

#[test]
fn a_balance_without_a_number_is_none() {
    let gateway = Gateway::saying(ok(r#"{"code":2,"msg":"查询成功"}"#));
    let output = sms("balance")
        .args(["--account", "test", "--gateway", &gateway.url()])
        .run();
    assert_eq!(
        error_of("sms", &output, 1),
        "cannot ask for the balance: the gateway answered 2 (accepted) without a number"
    );
}

#[test]
fn what_could_not_be_handed_over_may_be_tried_again() {
    let (_bound, address) = closed_port();
    let output = sending(&format!("http://{address}/")).run();
    assert_eq!(
        error_of("sms", &output, 75),
        format!("cannot send to {MOBILE}: cannot connect to {address}: connection refused")
    );
    let output = sending("https://nobody.invalid/").run();
    let message = error_of("sms", &output, 75);
    let beginning = format!("cannot send to {MOBILE}: cannot find the host nobody.invalid: ");
    assert!(message.starts_with(&beginning), "{message}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_connection_that_does_not_come_about_may_be_tried_again() {
    let (_full, address) = crate::wire::full_port();
    let output = sending(&format!("http://{address}/"))
        .args(["--timeout", "0.3"])
        .run();
    assert_eq!(
        error_of("sms", &output, 75),
        format!("cannot send to {MOBILE}: cannot connect to {address}: no answer within 0.3 s")
    );
}

#[test]
fn a_busy_or_broken_server_may_be_tried_again() {
    for (answer, said) in [
        (
            "429 Too Many Requests\r\nRetry-After: 7",
            "429 (Too Many Requests), Retry-After: 7",
        ),
        ("500 Oops", "500 (Internal Server Error)"),
        ("503 Service Unavailable", "503 (Service Unavailable)"),
        ("599 \u{9b}", "599"),
    ] {
        // Whatever the body says.
        let body = r#"{"code":2,"smsid":"1"}"#;
        let gateway = Gateway::saying(format!("HTTP/1.1 {answer}\r\n\r\n{body}"));
        let message = error_of("sms", &send_to(&gateway), 75);
        let expected = format!("cannot send to {MOBILE}: the gateway answered {said}");
        assert_eq!(message, expected);
        gateway.assert_asked_once();
    }
}

#[test]
fn any_other_status_is_a_failure_and_redirects_are_not_followed() {
    let elsewhere = Gateway::saying(ok(r#"{"code":2,"smsid":"1"}"#));
    for status in [
        "301 Moved",
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let to = elsewhere.url();
        let gateway = Gateway::saying(format!(
            "HTTP/1.1 {status}\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
        ));
        let message = error_of("sms", &send_to(&gateway), 1);
        let end = format!(", a redirect to {to}; a key is not taken elsewhere");
        assert!(message.ends_with(&end), "{message}");
        gateway.assert_asked_once();
    }
    let gateway = Gateway::saying("HTTP/1.1 404 Not Found\r\n\r\nno\n");
    let message = error_of("sms", &send_to(&gateway), 1);
    assert_eq!(
        message,
        format!("cannot send to {MOBILE}: the gateway answered 404 (Not Found)")
    );
    // Nobody has asked there until now.
    send_to(&elsewhere).assert_success();
    elsewhere.assert_asked_once();
}

#[test]
fn too_fast_is_tried_once_more_and_then_left_for_later() {
    let too_fast = ok(r#"{"code":4080,"msg":"同一秒","smsid":"0"}"#);
    let accepted = ok(r#"{"code":2,"msg":"","smsid":"7"}"#);
    let gateway = Gateway::playing([(too_fast.clone(), End::Close), (accepted, End::Close)]);
    let output = send_to(&gateway);
    assert_eq!(output.assert_success().stdout_text(), "2 accepted, id 7\n");
    assert!(
        output.stderr_text().contains("trying once more"),
        "{output}"
    );
    gateway.request();
    gateway.assert_asked_once();

    let gateway = Gateway::saying(too_fast);
    let output = sending(&gateway.url()).arg("-q").run();
    assert_eq!(
        error_of("sms", &output, 75),
        format!(
            "cannot send to {MOBILE}: the gateway answered 4080, more than one message a second to \
             this number (it says: 同一秒); trying again in a second helps"
        )
    );
    gateway.request();
    gateway.assert_asked_once();
}

#[test]
fn a_clock_that_is_wrong_is_found_out() {
    let answer = ok(r#"{"code":40501,"msg":"动态密码已过期","smsid":"0"}"#).replace(
        "\r\n\r\n",
        "\r\nDate: Mon, 01 Jan 2035 00:00:00 GMT\r\n\r\n",
    );
    let gateway = Gateway::saying(answer);
    let output = sending(&gateway.url()).arg("--dynamic-password").run();
    let message = error_of("sms", &output, 1);
    assert!(
        message.contains("is this clock right?) (it is "),
        "{message}"
    );
    assert!(message.contains(" s behind the gateway's)"), "{message}");
}

#[test]
fn a_gateway_does_not_write_on_our_terminal() {
    let long = "长".repeat(1000);
    for body in [
        r#"{"code":0,"msg":"\u001b[2J\r\n\u202e","smsid":"0"}"#.to_owned(),
        "<SubmitResult><code>0</code><msg>\x1b]52;c;x\x07\u{9b}</msg></SubmitResult>".to_owned(),
        format!(r#"{{"code":0,"msg":"{long}"}}"#),
    ] {
        let gateway = Gateway::saying(ok(&body));
        let output = sending(&gateway.url()).arg("-vv").run();
        assert_harmless(&output.assert_code(1).stderr);
        let last = output.stderr_lines().pop().unwrap();
        assert!(last.chars().count() < 400, "{last}");
    }
    let gateway = Gateway::saying("HTTP/1.1 302 Found\r\nLocation: \x1b[2J\r\n\r\n");
    let output = send_to(&gateway);
    output.assert_code(1);
    assert!(!line_of("sms", &output).contains('\x1b'));
}

#[cfg(unix)]
#[test]
fn an_interruption_leaves_it_unknown() {
    use harness::{LIMIT, Signal, Stream};

    for signal in [Signal::Interrupt, Signal::Terminate] {
        let gateway = Gateway::ending("HTTP/1.1 200 OK\r\n", End::Silence);
        let process = sending(&gateway.url()).arg("-v").spawn();
        let on_its_way = |line: &str| line.contains("asking for Submit");
        process
            .wait_for_line(Stream::Stderr, on_its_way, LIMIT)
            .unwrap();
        process.signal(signal).unwrap();
        let output = process.wait(LIMIT).unwrap();
        let message = output.assert_code(1).stderr_lines().pop().unwrap();
        assert_eq!(message, format!("sms: {UNKNOWN}interrupted"));
    }
}
