//! What goes over the wire, byte for byte, and what a dry run shows of it.

use harness::client;

use super::gateway::Gateway;
use super::{KEY, MOBILE, TEXT, ok, send_to, sending, sms};

const ENCODED_TEXT: &str = "%E6%82%A8%E7%9A%84%E9%AA%8C%E8%AF%81%E7%A0%81%E6%98%AF%EF%BC%9A147258%E3%80%82\
%E8%AF%B7%E4%B8%8D%E8%A6%81%E6%8A%8A%E9%AA%8C%E8%AF%81%E7%A0%81%E6%B3%84%E9%9C%B2%E7%BB%99%E5%85%B6%E4%BB%96%E4%BA%BA%E3%80%82";

const ACCEPTED: &str = r#"{"code":2,"msg":"提交成功","smsid":"1"}"#;

/// The request line and the fields, sorted and in lower case; and the body.
fn parts(request: &str) -> (Vec<String>, String) {
    let (header, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = header.split("\r\n");
    let first = lines.next().unwrap().to_owned();
    let mut fields: Vec<_> = lines.map(str::to_ascii_lowercase).collect();
    fields.sort();
    ([vec![first], fields].concat(), body.to_owned())
}

#[test]
fn a_message_is_one_form_sent_by_post() {
    let gateway = Gateway::saying(ok(ACCEPTED));
    send_to(&gateway).assert_success();
    let (header, body) = parts(&gateway.request());
    let form =
        format!("account=test&password={KEY}&mobile={MOBILE}&content={ENCODED_TEXT}&format=json");
    assert_eq!(body, form);
    assert_eq!(
        header,
        [
            "POST /webservice/sms.php?method=Submit HTTP/1.1",
            "accept: */*",
            "connection: close",
            &format!("content-length: {}", form.len()),
            "content-type: application/x-www-form-urlencoded",
            &format!("host: {}", gateway.address()),
            &format!("user-agent: sms/{}", env!("CARGO_PKG_VERSION")),
        ]
    );
}

#[test]
fn a_question_for_the_balance_names_nobody() {
    let gateway = Gateway::saying(ok(r#"{"code":2,"msg":"查询成功","num":20023}"#));
    let output = sms("balance")
        .args(["--account", "test", "--gateway", &gateway.url()])
        .run();
    assert_eq!(
        output.assert_success().stdout_text(),
        "2 accepted, 20023 left\n"
    );
    let (header, body) = parts(&gateway.request());
    assert_eq!(header[0], "POST /webservice/sms.php?method=GetNum HTTP/1.1");
    assert_eq!(body, format!("account=test&password={KEY}&format=json"));
}

#[test]
fn with_a_dynamic_password_the_key_stays_here() {
    let gateway = Gateway::saying(ok(ACCEPTED));
    sending(&gateway.url())
        .arg("--dynamic-password")
        .run()
        .assert_success();
    let request = gateway.request();
    assert!(!request.contains(KEY), "{request}");
    let (_, body) = parts(&request);
    let mut fields = body.split('&').map(|field| field.split_once('=').unwrap());
    assert_eq!(fields.next(), Some(("account", "test")));
    let (name, password) = fields.next().unwrap();
    assert!(name == "password" && password.len() == 32, "{body}");
    assert!(
        password
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    );
    assert_eq!(fields.next(), Some(("mobile", MOBILE)));
    assert_eq!(fields.next(), Some(("content", ENCODED_TEXT)));
    let (name, time) = fields.next().unwrap();
    assert!(name == "time" && time.len() == 10, "{body}");
    assert_eq!(fields.next(), Some(("format", "json")));
    assert_eq!(fields.next(), None);
}

/// Proxies are set for all programs of a host, and a key is not for all of them.
#[test]
fn no_proxy_is_used() {
    let gateway = Gateway::saying(ok(ACCEPTED));
    let proxy = Gateway::saying(ok(ACCEPTED));
    let url = format!("http://{}", proxy.address());
    sending(&gateway.url())
        .env("http_proxy", &url)
        .env("HTTP_PROXY", &url)
        .env("ALL_PROXY", &url)
        .run()
        .assert_success();
    assert!(
        gateway
            .request()
            .starts_with("POST /webservice/sms.php?method=Submit ")
    );
}

#[test]
fn a_dry_run_shows_all_but_the_key_and_connects_to_nothing() {
    let gateway = Gateway::saying(ok(ACCEPTED));
    let output = sending(&gateway.url()).arg("--dry-run").run();
    assert_eq!(
        output.assert_success().stdout_text(),
        format!(
            "POST {}?method=Submit\n  account: test\n  password: ****\n  mobile: {MOBILE}\n  \
             content: {TEXT}\n  format: json\n\
             body: account=test&password=****&mobile={MOBILE}&content={ENCODED_TEXT}&format=json\n\
             size: 1 part, 34 characters, with the signature 【互亿无线】 that the gateway adds\n\
             nothing was sent\n",
            gateway.url()
        )
    );
    assert_eq!(output.stderr_text(), "");
    // The first request that comes is this one.
    send_to(&gateway).assert_success();
    gateway.assert_asked_once();
}

/// Not even the key: whoever only looks need not have it.
#[test]
fn a_dry_run_shows_what_a_dynamic_password_is_made_of() {
    let long = "字".repeat(65);
    let output = client("sms")
        .args(["send", "--account", "test", "--to", MOBILE, "--text", &long])
        .args(["--dynamic-password", "--dry-run"])
        .run();
    let shown = output.assert_success().stdout_lines();
    assert_eq!(
        shown[0],
        "POST https://106.ihuyi.com/webservice/sms.php?method=Submit"
    );
    let time = shown
        .iter()
        .find_map(|line| line.strip_prefix("  time: "))
        .unwrap();
    let hashed = format!("password: the MD5 of test****{MOBILE}{long}{time}");
    assert!(shown.contains(&hashed), "{output}");
    let size =
        "size: 2 parts, 71 characters, with the signature 【互亿无线】 that the gateway adds";
    assert!(shown.iter().any(|line| line == size), "{output}");
}
