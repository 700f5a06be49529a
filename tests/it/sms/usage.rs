//! Command lines: what cannot be meant is refused before anything is sent.

use harness::client;

use super::{MOBILE, sms};
use crate::told::error_of;

#[test]
fn wrong_usage_is_one_line_and_2() {
    let long = "字".repeat(501);
    for (args, message) in [
        (
            &["send", "--to", "123"][..],
            "invalid value '123' for '--to <MOBILE>': a mobile number of mainland China has 11 digits, like 13800138000; one abroad is +CODE NUMBER, like '+852 51234567'",
        ),
        (
            &["send", "--to", "13800138000,13800138001"],
            "invalid value '13800138000,13800138001' for '--to <MOBILE>': one number a message: the gateway takes no lists",
        ),
        (
            &["send", "--text", ""],
            "invalid value '' for '--text <TEXT>': the text is empty",
        ),
        (
            &["send", "--text", "a\x1b[2J"],
            "invalid value 'a' for '--text <TEXT>': the text has a control character in it",
        ),
        (
            &["send", "--template", "x"],
            "invalid value 'x' for '--template <ID>': invalid digit found in string",
        ),
        (
            &["balance", "--account", ""],
            "invalid value '' for '--account <ID>': it is empty",
        ),
        (
            &["balance", "--account", "a b"],
            "invalid value 'a b' for '--account <ID>': it has white space or a control character in it",
        ),
        (
            &["balance", "--gateway", "x"],
            "invalid value 'x' for '--gateway <URL>': that is not a URL (relative URL without a base)",
        ),
        (
            &["balance", "--gateway", "ftp://x/"],
            "invalid value 'ftp://x/' for '--gateway <URL>': a gateway is reached by http or https",
        ),
        (
            &["balance", "--gateway", "https://x/?method=GetNum"],
            "invalid value 'https://x/?method=GetNum' for '--gateway <URL>': the query (?method=…) is added: leave it out",
        ),
        (
            &["balance", "--timeout", "0"],
            "invalid value '0' for '--timeout <SECS>': at least 0.001 seconds",
        ),
        (
            &["balance"],
            "the following required arguments were not provided: --account <ID>",
        ),
        (
            &["send", "--account", "x"],
            "the following required arguments were not provided: --to <MOBILE> --text <TEXT>",
        ),
    ] {
        let output = client("sms").args(args).run();
        assert_eq!(
            error_of("sms", &output, 2),
            format!("{message} (see --help)")
        );
    }
    let output = client("sms")
        .args(["send", "--to", MOBILE, "--text", &long])
        .run();
    let message = error_of("sms", &output, 2);
    assert!(
        message.ends_with("the text has 501 characters, and the gateway takes 500 (see --help)")
    );
    error_of("sms", &client("sms").run(), 2);
}

#[test]
fn a_number_abroad_is_for_another_gateway() {
    let to = [
        "--account",
        "x",
        "--to",
        "+852 5123 4567",
        "--text",
        "hi",
        "--dry-run",
    ];
    let output = sms("send").args(to).run();
    assert_eq!(
        error_of("sms", &output, 2),
        "this gateway serves mainland China only: name the one for numbers abroad by --gateway \
         (see --help)"
    );
    let output = sms("send")
        .args(to)
        .args(["--gateway", "https://abroad.example/"])
        .run();
    let shown = output.assert_success().stdout_lines();
    assert!(
        shown.contains(&"  mobile: 852 51234567".to_owned()),
        "{output}"
    );
}

#[test]
fn flags_that_all_programs_have_may_stand_before_the_task() {
    let output = client("sms")
        .env("SMS_PASSWORD", "x")
        .args(["-q", "--timeout", "1", "balance", "--account", "x"])
        .args(["--gateway", "http://127.0.0.1:1/"])
        .run();
    error_of("sms", &output, 75);
}

#[test]
fn help_has_an_example_and_every_limit() {
    let output = client("sms").arg("--help").run();
    let help = output.assert_success().stdout_text();
    for part in [
        "Usage: sms ",
        "Example: sms send",
        "Limits: ",
        "500 characters",
        "16 KiB",
        "64 KiB",
        "SMS_PASSWORD",
        "Exit code: ",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
    assert!(
        help.lines().all(|line| line.chars().count() <= 100),
        "{help}"
    );
    for task in ["send", "balance"] {
        let output = client("sms").args([task, "--help"]).run();
        let help = output.assert_success().stdout_text();
        let default = "[default: https://106.ihuyi.com/webservice/sms.php]";
        assert!(help.contains(default), "{help}");
    }
    client("sms").arg("--version").run().assert_success();
}
