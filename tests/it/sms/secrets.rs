//! Nobody but the gateway gets to see the key.

use harness::{client, temp_dir};

use super::gateway::{End, Gateway};
use super::{KEY, MOBILE, TEXT, ok, sending, sms, url_of};
use crate::told::error_of;

#[test]
fn the_key_is_in_no_log_no_error_and_no_dry_run() {
    let echo = ok(&format!(
        r#"{{"code":405,"msg":"{KEY} 不正确","smsid":"0"}}"#
    ));
    let redirect = format!("HTTP/1.1 302 Found\r\nLocation: http://x/?password={KEY}\r\n\r\n");
    for (answer, end) in [
        (ok(r#"{"code":2,"msg":"","smsid":"1"}"#), End::Close),
        (
            ok(&format!(r#"{{"code":2,"msg":"","smsid":"{KEY}"}}"#)),
            End::Close,
        ),
        (echo, End::Close),
        (redirect, End::Close),
        (ok(KEY), End::Close),
        (KEY.to_owned(), End::Close),
        (format!("HTTP/1.1 200 OK\r\n{KEY}"), End::Reset),
        (
            format!("HTTP/1.1 429 x\r\nRetry-After: {KEY}\r\n\r\n"),
            End::Close,
        ),
    ] {
        for format in ["text", "json"] {
            let gateway = Gateway::ending(answer.clone(), end);
            let output = sending(&gateway.url())
                .args(["-vv", "--log-format", format])
                .run();
            let printed = output.to_string();
            assert!(printed.contains("connected to"), "{printed}");
            assert!(!printed.contains(KEY), "{printed}");
        }
    }
    let output = sending("http://127.0.0.1:1/")
        .args(["-vv", "--dry-run"])
        .run();
    assert!(
        !output.assert_success().to_string().contains(KEY),
        "{output}"
    );
    let output = sending("http://127.0.0.1:1/").arg("-vv").run();
    assert!(
        !output.assert_code(75).to_string().contains(KEY),
        "{output}"
    );
}

/// It is good for one request, and for that it is a secret.
#[test]
fn a_dynamic_password_is_masked_too() {
    let peer = harness::Server::start("demo-peers", &["sms", "--misbehave", "echo"]);
    let output = sending(&url_of(&peer))
        .args(["-vv", "--dynamic-password"])
        .run();
    let message = output.assert_code(1).stderr_lines().pop().unwrap();
    assert!(
        message.contains("(it says: APIKEY **** 不正确)"),
        "{output}"
    );
    let hex = |word: &str| word.len() == 32 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let text = output.to_string();
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    assert!(!words.any(hex), "{output}");
}

#[test]
fn the_key_comes_from_a_file_or_standard_input() {
    let peer = harness::server("demo-peers").args(["sms", "--password-file", "-"]);
    let peer = peer.stdin("s3cret & more\n").serve();
    let folder = temp_dir();
    let file = folder.path().join("key");
    std::fs::write(&file, "s3cret & more\nand a second line\n").unwrap();
    let balance = |source: &std::ffi::OsStr| {
        // The file counts, not the variable.
        sms("balance")
            .args(["--account", "test", "--gateway", &url_of(&peer)])
            .arg("--password-file")
            .arg(source)
    };
    balance(file.as_os_str()).run().assert_success();
    let input = balance("-".as_ref()).stdin("s3cret & more\r\n");
    input.run().assert_success();
    let wrong = balance("-".as_ref()).stdin("another\n").run();
    let message = error_of("sms", &wrong, 1);
    assert!(
        message.contains("405, the account or its key is wrong"),
        "{message}"
    );
}

#[test]
fn without_a_key_nothing_is_asked() {
    for launch in [client("sms"), client("sms").env("SMS_PASSWORD", "")] {
        let output = launch.args(["balance", "--account", "test"]).run();
        assert_eq!(
            error_of("sms", &output, 2),
            "the key of the account is missing: put it into SMS_PASSWORD, or name a file by \
             --password-file (see --help)"
        );
    }
    let output = sms("balance")
        .args(["--account", "x", "--password-file", "/nowhere"])
        .run();
    let message = error_of("sms", &output, 1);
    assert_eq!(
        message,
        "cannot read the password from /nowhere: no such file or directory"
    );
}

#[test]
fn the_key_is_not_an_argument() {
    let output = sending("http://127.0.0.1:1/")
        .args(["--password", "x"])
        .run();
    let message = error_of("sms", &output, 2);
    assert!(message.contains("'--password'"), "{message}");
}

#[test]
fn the_key_does_not_go_over_the_net_in_clear() {
    let output = sending("http://106.ihuyi.com/webservice/sms.php").run();
    assert_eq!(
        error_of("sms", &output, 2),
        "the key would go to http://106.ihuyi.com/webservice/sms.php where all on the way can read \
         it: use https, or --dynamic-password (see --help)"
    );
    // A password for one request may go; that others can read the message is said.
    let output = client("sms")
        .env("SMS_PASSWORD", KEY)
        .args(["send", "--account", "test", "--to", MOBILE, "--text", TEXT])
        .args(["--gateway", "http://nobody.invalid/", "--dynamic-password"])
        .run();
    let said = output.assert_code(75).stderr_lines();
    assert!(
        said[0].ends_with("everybody on the way to http://nobody.invalid/ can read what is sent"),
        "{output}"
    );
}
