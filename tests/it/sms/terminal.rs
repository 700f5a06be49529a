//! A key that is typed.

use harness::Server;

use super::url_of;
use crate::pty::AtTerminal;

#[test]
fn a_key_that_is_typed_is_not_shown() {
    let peer = Server::start("demo-peers", &["sms"]);
    let args = ["balance", "--account", "test", "--gateway", &url_of(&peer)];
    let args = [args.as_slice(), &["--password-file", "-"]].concat();
    let mut sms = AtTerminal::start("sms", &args);
    sms.wait_for_line("password:");
    assert!(!sms.has_its_mode_back());
    sms.press("1q784322ba1d9bb88d50cf5cdfd89k7e\x7fd\r");
    sms.wait_for_line("2 accepted, 50 left");
    assert_eq!(sms.wait(), Some(0));
    assert!(sms.has_its_mode_back());
    let seen = String::from_utf8(sms.raw()).unwrap();
    assert_eq!(seen, "password: \r\n2 accepted, 50 left\r\n");
}

#[test]
fn a_terminal_shows_again_what_is_typed_after_ctrl_c() {
    let args = ["balance", "--account", "test", "--password-file", "-"];
    let mut sms = AtTerminal::start("sms", &args);
    sms.wait_for_line("password:");
    sms.press("half of it\x03");
    assert_eq!(sms.wait(), Some(1));
    assert!(sms.has_its_mode_back());
    sms.wait_until(|lines| {
        lines.concat() == "password:sms: cannot read the password from standard input: interrupted"
    });
}
