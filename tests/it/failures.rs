//! What cannot be done is told in one line: the program, the task, the address, the reason; and
//! the exit code is 1.

use std::fs;

use harness::{Server, client, temp_dir};

use crate::told::error_of;
use crate::wire::{closed_port, listener};

const SERVERS: [&str; 2] = ["time-server", "hello-server"];
const CLIENTS: [&str; 2] = ["time-client", "hello-client"];

/// Checks that a program fails with this message.
#[track_caller]
fn assert_fails(program: &str, args: &[&str], message: &str) {
    let output = client(program).args(args).run();
    assert_eq!(error_of(program, &output, 1), message);
}

#[test]
fn a_port_in_use_is_told() {
    for program in SERVERS {
        let first = Server::start("hello-server", &[]);
        let address = first.address();
        let message = format!("cannot listen on {address}: address already in use");
        assert_fails(program, &["--listen", address], &message);
    }
}

/// The address is from a block that no host has (RFC 5737).
#[test]
fn an_address_of_another_host_is_told() {
    for program in SERVERS {
        let message = "cannot listen on 192.0.2.77:0: this host has no such address";
        assert_fails(program, &["--listen", "192.0.2.77:0"], message);
    }
    let message = "cannot listen on udp 192.0.2.77:0: this host has no such address";
    let args = ["--udp", "--listen", "192.0.2.77:0"];
    assert_fails("time-server", &args, message);
    let args = ["--udp", "--listen", "192.0.2.77:0", "--to", "127.0.0.1:9"];
    assert_fails("wiretap", &args, message);
}

#[test]
fn a_port_at_which_nobody_listens_refuses() {
    let (_bound, address) = closed_port();
    for program in CLIENTS {
        let message = format!("cannot connect to {address}: connection refused");
        assert_fails(program, &[&address], &message);
    }
}

/// A stand-in says so at its start, and not to its first client.
#[test]
fn a_stand_in_that_has_no_folder_does_not_start() {
    let folder = temp_dir();
    fs::write(folder.path().join("file"), "").unwrap();
    for (args, message) in [
        (
            ["smtp", "-o", "file"],
            "cannot create the folder file: file exists",
        ),
        (
            ["listing", "--pictures", "absent"],
            "cannot read the folder absent: no such file or directory",
        ),
    ] {
        let output = client("demo-peers").dir(&folder).args(args).run();
        assert_eq!(error_of("demo-peers", &output, 1), message);
    }
    for peer in [&["smtp"][..], &["ftp", "site"]] {
        let launch = client("demo-peers").dir(&folder).args(peer);
        let output = launch.args(["--write-ca", "ca.pem"]).run();
        let line = error_of("demo-peers", &output, 2);
        assert!(line.contains("--tls"), "{line}");
    }
}

/// The names under `.invalid` exist nowhere (RFC 6761); without a name server the reason differs.
#[test]
fn an_unknown_host_is_named() {
    for (program, args) in [
        ("time-client", &["nobody.invalid:6789"][..]),
        ("time-client", &["--udp", "nobody.invalid:6789"]),
        ("hello-client", &["nobody.invalid:9999"]),
        ("time-server", &["--listen", "nobody.invalid:0"]),
        ("time-server", &["--udp", "--listen", "nobody.invalid:0"]),
        ("hello-server", &["--listen", "nobody.invalid:0"]),
    ] {
        let output = client(program).args(args).run();
        let message = error_of(program, &output, 1);
        let reason = message.strip_prefix("cannot find the host nobody.invalid: ");
        assert!(reason.is_some_and(|reason| !reason.is_empty()), "{message}");
    }
}

#[test]
fn a_server_that_accepts_and_says_nothing_is_told_with_the_step_and_the_time() {
    // The kernel connects whoever comes; nobody accepts them.
    let (_silent, address) = listener();
    let message = format!("cannot read the time from {address}: no answer within 0.3 s");
    assert_fails("time-client", &[&address, "--timeout", "0.3"], &message);
    let message =
        format!("cannot talk to {address}: cannot read the greeting: nothing came for 0.3 s");
    assert_fails("hello-client", &[&address, "--timeout", "0.3"], &message);
}

#[cfg(target_os = "linux")]
#[test]
fn a_connection_that_never_comes_about_is_told_with_the_time() {
    let (_full, address) = crate::wire::full_port();
    for program in CLIENTS {
        let address = address.to_string();
        let message = format!("cannot connect to {address}: no answer within 0.3 s");
        assert_fails(program, &[&address, "--timeout", "0.3"], &message);
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_to_is_told() {
    use std::os::unix::fs::PermissionsExt;

    use harness::{Launch, program};

    /// Nobody, by custom.
    const NOBODY: u32 = 65_534;

    let dir = temp_dir();
    let closed = dir.path().join("closed");
    fs::create_dir(&closed).unwrap();
    let may = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    may(dir.path(), 0o755);
    may(&closed, 0o500);
    let at = format!("unix:{}/socket", closed.display());
    for name in SERVERS {
        // What root builds, others may not be able to reach.
        let copy = dir.path().join(name);
        fs::copy(program(name), &copy).unwrap();
        let mut server = Launch::command(&copy).args(["--listen", &at]);
        if rustix::process::geteuid().is_root() {
            server = server.uid(NOBODY);
        }
        let output = server.run();
        let message = format!("cannot listen on {at}: permission denied");
        assert_eq!(error_of(name, &output, 1), message);
    }
}

#[cfg(unix)]
#[test]
fn a_path_that_cannot_be_a_socket_is_told() {
    let dir = temp_dir();
    let path = dir.path().join("no/such/folder");
    let missing = format!("unix:{}", path.display());
    for program in SERVERS {
        let message = format!("cannot listen on {missing}: no such file or directory");
        assert_fails(program, &["--listen", &missing], &message);
    }
    for program in CLIENTS {
        let message = format!("cannot connect to {missing}: no such file or directory");
        assert_fails(program, &[&missing], &message);
    }
    // A socket's path has room for about a hundred bytes.
    let long = format!("unix:{}/{}", dir.path().display(), "x".repeat(200));
    for (program, args) in [
        ("time-server", &["--listen", &long][..]),
        ("time-client", &[&long]),
    ] {
        let output = client(program).args(args).run();
        let message = error_of(program, &output, 1);
        assert!(message.contains(&long), "{message}");
    }
}
