//! Where the password comes from, and that nobody sees it.

use std::fs;

use harness::{Launch, temp_dir};

use super::host::Host;
use super::peer::Peer;
use super::{PASSWORD, ftp_updown};
use crate::told::error_of;

fn url(peer: &Peer) -> String {
    format!("ftp://michael@{}", peer.address())
}

#[test]
fn it_comes_from_the_environment_a_file_or_standard_input() {
    let peer = Peer::start();
    peer.write_here("password", format!("{PASSWORD}\r\nanother line\n"));
    let url = url(&peer);
    let pwd = || ftp_updown().dir(peer.here()).args([&url, "pwd"]);
    pwd().env("FTP_PASSWORD", PASSWORD).run().assert_success();
    pwd()
        .args(["--password-file", "password"])
        .run()
        .assert_success();
    pwd()
        .args(["--password-file", "-"])
        .stdin(format!("{PASSWORD}\n"))
        .run()
        .assert_success();
    // The file before the environment.
    let both = pwd()
        .args(["--password-file", "password"])
        .env("FTP_PASSWORD", "wrong");
    both.run().assert_success();
    let none = pwd().run();
    let line = error_of("ftp-updown", &none, 1);
    let why = "it wants a password (see FTP_PASSWORD, --password-file or ~/.netrc)";
    assert_eq!(line, format!("cannot log in as michael: {why}"));
}

#[cfg(unix)]
#[test]
fn it_comes_from_netrc_unless_others_can_read_that() {
    use std::os::unix::fs::PermissionsExt;

    let peer = Peer::start();
    let home = temp_dir();
    let path = home.path().join(".netrc");
    let text = format!("machine 127.0.0.1 login michael password {PASSWORD}\n");
    fs::write(&path, text).unwrap();
    let set = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let run = |url: &str| {
        ftp_updown()
            .env("HOME", home.path())
            .args(["-vv", url, "pwd"])
            .run()
    };

    set(0o600);
    run(&url(&peer)).assert_success();
    // It also says who one is.
    let nameless = run(&format!("ftp://{}", peer.address()));
    nameless.assert_success();
    assert!(
        nameless.stderr_text().contains("> USER michael"),
        "{nameless}"
    );
    let other = run(&format!("ftp://somebody@{}", peer.address()));
    other.assert_code(1);

    set(0o644);
    let readable = run(&url(&peer));
    let line = error_of("ftp-updown", &readable, 1);
    assert!(
        line.ends_with(".netrc: others may read the password in it (chmod 600 helps)"),
        "{line}"
    );
    let given = ftp_updown()
        .env("HOME", home.path())
        .env("FTP_PASSWORD", PASSWORD);
    given.args([&url(&peer), "pwd"]).run().assert_success();
}

/// Every server that repeats it, every log, every failure.
#[test]
fn nobody_sees_it() {
    let peer = Peer::encrypted();
    peer.write_here("a", "1");
    let told = |launch: Launch| {
        let output = launch.run();
        let all = format!("{}{}", output.stdout_text(), output.stderr_text());
        assert!(!all.contains(PASSWORD), "the password in {output}");
        all
    };
    assert!(told(peer.ftp("").args(["-vv", "put", "a"])).contains("> PASS ****"));
    told(
        peer.ftp("")
            .args(["-vv", "--log-format", "json", "get", "a", "-o", "b"]),
    );
    told(peer.ftp("").args(["-vv", "get", "absent"]));

    for reply in ["530 not with {p}\r\n", "230-{p}\r\n230 {p}\r\n", "{p}\r\n"] {
        let mut host = Host::playing(move |mut line| {
            line.say("220 ready\r\n");
            line.answer("USER michael", "331 who says so?\r\n");
            line.answer(&format!("PASS {PASSWORD}"), &reply.replace("{p}", PASSWORD));
            while !line.hear().is_empty() {
                let _ = line.try_say(format!("550 {PASSWORD}!\r\n"));
            }
        });
        told(host.ftp().args(["-vv", "mv", "a", "b"]));
        host.finish();
    }
}

/// A password may be anything, a digit or the name of a folder, and what the server says of sizes,
/// ports and places has to be read all the same.
#[test]
fn a_password_that_is_in_every_reply_hides_nothing_from_us() {
    let mut host = Host::playing(|mut line| {
        line.say("220 ready\r\n");
        line.answer("USER michael", "331 who says so?\r\n");
        line.answer("PASS 1", "230 come in\r\n");
        line.answer("EPSV", "500 what?\r\n");
        assert_eq!(line.hear(), "PASV");
        let [high, low] = line.listen().to_be_bytes();
        line.say(format!("227 at (127,0,0,1,{high},{low})\r\n"));
        line.answer("NLST", "150 here\r\n");
        line.data();
        line.say("550 not on day 1\r\n");
        line.part();
    });
    let names = host.ftp().env("FTP_PASSWORD", "1").arg("names").run();
    let line = error_of("ftp-updown", &names, 1);
    assert_eq!(
        line,
        "cannot list the folder: the server said 550 not on day ****"
    );
    host.finish();

    let mut host = Host::playing(|mut line| {
        line.say("220 ready\r\n");
        line.answer("USER michael", "331 who says so?\r\n");
        line.answer("PASS pub", "230 come in\r\n");
        line.answer("PWD", "257 \"/pub\" is where you are\r\n");
        line.part();
    });
    let pwd = host.ftp().env("FTP_PASSWORD", "pub").arg("pwd").run();
    assert_eq!(pwd.assert_success().stdout_text(), "/pub\n");
    host.finish();
}

#[test]
fn it_is_not_sent_after_a_greeting_that_is_none() {
    for greeting in [
        "230 you are in already\r\n",
        "331 password?\r\n",
        "200 ok\r\n",
    ] {
        let mut host = Host::playing(move |mut line| {
            line.say(greeting);
            line.expect_end();
        });
        let output = host.ftp().arg("pwd").run();
        let line = error_of("ftp-updown", &output, 1);
        assert!(
            line.ends_with(&format!("the server said {}", greeting.trim_end())),
            "{line}"
        );
        host.finish();
    }
}

/// The one in the environment is for somebody.
#[test]
fn strangers_do_not_get_it() {
    for user in ["", "anonymous@", "ftp@"] {
        let mut host = Host::playing(move |mut line| {
            line.say("220 ready\r\n");
            let user = if user == "ftp@" { "ftp" } else { "anonymous" };
            line.answer(&format!("USER {user}"), "331 who says so?\r\n");
            line.answer("PASS anonymous@", "230 come in\r\n");
            line.answer("PWD", "257 \"/\" is it\r\n");
            line.part();
        });
        let url = format!("ftp://{user}{}", host.address());
        let pwd = ftp_updown()
            .env("FTP_PASSWORD", PASSWORD)
            .args([&url, "pwd"]);
        pwd.run().assert_success();
        host.finish();
    }
}

/// The tutorial's user has such a one.
#[cfg(unix)]
#[test]
fn one_of_nothing_stands_in_netrc_in_quotes() {
    use std::os::unix::fs::PermissionsExt;

    let mut host = Host::playing(|mut line| {
        line.say("220 ready\r\n");
        line.answer("USER zzy", "331 who says so?\r\n");
        line.answer("PASS ", "230 come in\r\n");
        line.answer("PWD", "257 \"/\" is it\r\n");
        line.part();
    });
    let netrc = host.folder().path().join(".netrc");
    fs::write(&netrc, "machine 127.0.0.1 login zzy password \"\"\n").unwrap();
    fs::set_permissions(&netrc, fs::Permissions::from_mode(0o600)).unwrap();
    let url = format!("ftp://zzy@{}", host.address());
    let pwd = ftp_updown()
        .env("HOME", host.folder().path())
        .args([&url, "pwd"]);
    pwd.run().assert_success();
    host.finish();
}

/// Where a line end can be part of it, in quotes.
#[cfg(unix)]
#[test]
fn a_line_end_in_it_begins_no_command() {
    use std::os::unix::fs::PermissionsExt;

    let mut host = Host::playing(|mut line| {
        line.say("220 ready\r\n");
        line.answer("USER michael", "331 who says so?\r\n");
        line.expect_end();
    });
    let netrc = host.folder().path().join(".netrc");
    fs::write(&netrc, "default password \"x\r\nDELE a\"\n").unwrap();
    fs::set_permissions(&netrc, fs::Permissions::from_mode(0o600)).unwrap();
    let url = format!("ftp://michael@{}", host.address());
    let pwd = ftp_updown()
        .env("HOME", host.folder().path())
        .args([&url, "pwd"]);
    let line = error_of("ftp-updown", &pwd.run(), 1);
    let why = "a name or a password must not hold a line end or a NUL";
    assert_eq!(line, format!("cannot log in as michael: {why}"));
    host.finish();
}
