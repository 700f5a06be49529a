//! A stdout that nobody reads (`time-client | head -c 1`) ends a program quietly; one that cannot
//! be written to is an error.

use harness::{Launch, Output, Server, client, temp_dir};

use crate::told::line_of;

/// Starts the program with a pipe for its stdout whose other end is closed already.
///
/// A pipe to a command that ends would do too, but not in every run before the program writes. A
/// FIFO can be opened by a process for itself: both ends, of which it closes one.
pub(crate) fn into_closed_pipe(launch: Launch) -> Output {
    let dir = temp_dir();
    let script = r#"mkfifo fifo; exec 5<>fifo 6>fifo 5<&-; exec "$0" "$@" >&6 6>&-"#;
    launch.under(["sh", "-c", script]).dir(&dir).run()
}

#[track_caller]
fn assert_quiet(launch: Launch) {
    let output = into_closed_pipe(launch);
    output.assert_success();
    assert_eq!(output.stderr_text(), "");
}

#[test]
fn clients_end_quietly() {
    let time = Server::start("time-server", &[]);
    assert_quiet(client("time-client").arg(time.address()));
    let time = Server::start("time-server", &["--udp"]);
    assert_quiet(client("time-client").args(["--udp", time.address()]));
    let hello = Server::start("hello-server", &[]);
    assert_quiet(client("hello-client").arg(hello.address()));
    // While another thread of it is sending.
    assert_quiet(client("hello-client").args([
        hello.address(),
        "--pipeline",
        "--repeat",
        "100000",
        "-q",
    ]));
}

/// Nobody has learned where it listens.
#[test]
fn servers_end_quietly() {
    for program in ["time-server", "hello-server"] {
        assert_quiet(client(program).args(["--listen", "127.0.0.1:0"]));
    }
    assert_quiet(client("time-server").args(["--udp", "--listen", "127.0.0.1:0"]));
}

#[test]
fn help_and_version_end_quietly() {
    for program in ["time-server", "time-client", "hello-server", "hello-client"] {
        for flag in ["--help", "-h", "--version"] {
            assert_quiet(client(program).arg(flag));
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let time = Server::start("time-server", &[]);
    let hello = Server::start("hello-server", &[]);
    for (program, args) in [
        ("time-client", [time.address(), "-q"]),
        ("hello-client", [hello.address(), "-q"]),
        ("time-server", ["--listen", "127.0.0.1:0"]),
    ] {
        let script = r#"exec "$0" "$@" >/dev/full"#;
        let output = client(program).args(args).under(["sh", "-c", script]).run();
        output.assert_code(1);
        let message = line_of(program, &output);
        let what = "cannot write to stdout: no space left on device";
        assert!(message.ends_with(what), "{message}");
    }
}
