//! The harness tried on small shell scripts, which stand in for programs that behave and misbehave.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::{Launch, Process, Signal, Stream, temp_dir};

const SOON: Duration = Duration::from_millis(200);
const LIMIT: Duration = crate::LIMIT;

fn sh(script: &str) -> Launch {
    Launch::command("sh").args(["-c", script])
}

/// Whether a process of this number exists, as a zombie or in any other state.
fn exists(id: &str) -> bool {
    let script = format!("kill -0 {id} 2>/dev/null");
    sh(&script).run().success()
}

/// Waits until the process has ended. An orphan is not ours to wait for, only to look at; nor are we
/// the one to reap it, and in a container there may be nobody who does.
fn wait_until_ended(id: &str) {
    let script = format!(
        "while kill -0 {id} 2>/dev/null && ! grep -q '^State:.Z' /proc/{id}/status 2>/dev/null
         do sleep 0.02; done"
    );
    sh(&script).run().assert_success();
}

fn first_line(process: &Process) -> String {
    let line = process.wait_for_line(Stream::Stdout, |_| true, LIMIT);
    line.expect("the script prints a line")
}

#[test]
fn a_run_keeps_status_stdout_and_stderr() {
    let output = sh("echo out; echo err >&2; exit 3").run();
    output.assert_code(3);
    assert_eq!(
        (output.stdout.as_slice(), output.stderr.as_slice()),
        (&b"out\n"[..], &b"err\n"[..])
    );
}

#[test]
#[should_panic(expected = "expected exit code 0 of `sh -c 'echo why >&2; exit 1'`")]
fn a_failed_assertion_shows_the_command() {
    sh("echo why >&2; exit 1").run().assert_success();
}

#[test]
fn a_run_over_its_limit_is_killed_and_told_with_what_it_printed() {
    let failure = sh("echo $$; echo started >&2; sleep 60")
        .limit(SOON)
        .try_run()
        .unwrap_err()
        .to_string();
    assert!(failure.contains("not ended within 0.2 s"), "{failure}");
    assert!(failure.contains("stderr:\n    started"), "{failure}");
}

#[test]
fn the_environment_is_clean_but_for_what_is_given() {
    let output = sh("echo $LC_ALL $TZ $CARGO_PKG_NAME $COLOUR")
        .env("COLOUR", "red")
        .run();
    assert_eq!(output.stdout_text(), "C UTC red\n");
}

#[test]
fn the_caller_may_set_another_time_zone() {
    assert_eq!(
        sh("echo $TZ")
            .env("TZ", "Asia/Shanghai")
            .run()
            .stdout_text(),
        "Asia/Shanghai\n"
    );
}

#[test]
fn input_larger_than_a_pipe_does_not_block() {
    let input = vec![b'x'; 1_000_000];
    assert_eq!(sh("cat").stdin(input.clone()).run().stdout, input);
    sh("exit 0").stdin(input).run().assert_success();
}

#[test]
fn lines_can_be_written_and_waited_for_in_turn() {
    let cat = Launch::command("cat").stdin_pipe().spawn();
    for line in ["one", "two"] {
        cat.write_stdin(format!("{line}\n")).unwrap();
        assert_eq!(
            cat.wait_for_line(Stream::Stdout, |have| have == line, LIMIT)
                .unwrap(),
            line
        );
    }
    cat.close_stdin();
    cat.wait(LIMIT).unwrap().assert_success();
}

#[test]
fn a_line_that_does_not_come_is_given_up_at_the_deadline() {
    let sleeper = sh("echo not this; exec sleep 60").spawn();
    let failure = sleeper
        .wait_for_line(Stream::Stdout, |line| line == "this", SOON)
        .unwrap_err();
    assert!(
        failure.to_string().contains("did not come within 0.2 s"),
        "{failure}"
    );
    assert!(failure.to_string().contains("not this"), "{failure}");
}

#[test]
fn a_server_that_ends_early_is_reported_with_its_stderr_at_once() {
    let started = Instant::now();
    let failure = sh("echo cannot bind >&2; exit 1")
        .try_serve()
        .err()
        .unwrap()
        .to_string();
    assert!(failure.contains("exit code 1"), "{failure}");
    assert!(failure.contains("cannot bind"), "{failure}");
    assert!(started.elapsed() < LIMIT / 2);
}

#[test]
fn a_server_that_says_something_else_first_is_refused() {
    let failure = sh("echo hello; exec sleep 60")
        .try_serve()
        .err()
        .unwrap()
        .to_string();
    assert!(
        failure.contains("should begin with `listening on `"),
        "{failure}"
    );
}

#[test]
fn the_address_is_what_follows_listening_on() {
    for (line, address) in [
        ("listening on 127.0.0.1:6789", "127.0.0.1:6789"),
        ("listening on udp 127.0.0.1:40000", "127.0.0.1:40000"),
        ("listening on [::1]:6789", "[::1]:6789"),
    ] {
        let server = sh(&format!("echo {line}; exec sleep 60")).serve();
        assert_eq!(server.address(), address);
        assert_eq!(server.socket_addr(), address.parse().unwrap());
    }
    let server = sh("echo listening on unix:/tmp/x; exec sleep 60").serve();
    assert_eq!(server.address(), "unix:/tmp/x");
}

#[test]
fn stopping_a_server_interrupts_it() {
    let script = "trap 'echo stopped; exit 0' INT; echo listening on 127.0.0.1:1; while :; do sleep 0.01; done";
    let output = sh(script).serve().stop();
    output.assert_success();
    assert_eq!(output.stdout_lines()[1], "stopped");
}

#[test]
fn a_signal_ends_a_child_and_is_told() {
    let sleeper = sh("echo up; exec sleep 60").spawn();
    first_line(&sleeper);
    sleeper.signal(Signal::Terminate).unwrap();
    let output = sleeper.wait(LIMIT).unwrap();
    assert_eq!((output.code, output.signal), (None, Some(15)));
    sleeper.signal(Signal::Terminate).unwrap();
}

#[test]
fn a_dropped_child_is_killed_and_reaped() {
    let stubborn = sh("trap '' INT TERM; echo up; while :; do sleep 60; done").spawn();
    first_line(&stubborn);
    let id = stubborn.id().to_string();
    assert!(exists(&id));
    drop(stubborn);
    assert!(!exists(&id), "not even a zombie should be left");
}

#[test]
fn grandchildren_are_killed_when_the_child_ends() {
    let started = Instant::now();
    let output = sh("sleep 60 & echo $!").run();
    wait_until_ended(output.stdout_text().trim());
    assert!(started.elapsed() < LIMIT);
}

/// A grandchild in a session of its own is out of reach; it may hold the pipes for as long as it likes.
#[test]
#[cfg(target_os = "linux")]
fn a_grandchild_that_got_away_with_the_pipes_does_not_hang_the_wait() {
    let started = Instant::now();
    let output = sh("setsid sh -c 'echo $$; exec sleep 60' & sleep 0.5; echo done").run();
    assert!(started.elapsed() < LIMIT / 2, "{output}");
    assert_eq!(output.stdout_lines().last().unwrap(), "done");
    let id = output.stdout_lines()[0].clone();
    sh(&format!("kill {id}")).run().assert_success();
}

#[test]
fn each_line_goes_to_the_sink_the_last_one_even_without_a_line_end() {
    let (sender, receiver) = std::sync::mpsc::channel();
    sh(r"printf 'one\r\ntwo'; echo three >&2")
        .sink(move |stream, line| sender.send((stream, line.to_owned())).unwrap())
        .run();
    let lines: Vec<_> = receiver.iter().collect();
    let stdout: Vec<_> = lines
        .iter()
        .filter(|(stream, _)| *stream == Stream::Stdout)
        .collect();
    assert_eq!(
        stdout,
        [
            &(Stream::Stdout, "one".to_owned()),
            &(Stream::Stdout, "two".to_owned())
        ]
    );
    assert!(lines.contains(&(Stream::Stderr, "three".to_owned())));
}

#[test]
fn the_last_of_what_a_talkative_program_says_is_kept_and_waited_for() {
    let talker = sh("seq 1 20000; read line; echo \"$line\"; read line")
        .keep_last(1000)
        .stdin_pipe()
        .spawn();
    let last = |line: &str| line == "20000";
    talker.wait_for_line(Stream::Stdout, last, LIMIT).unwrap();
    let lines = talker.lines(Stream::Stdout);
    assert!(lines.len() <= 400, "{} lines", lines.len());
    assert_eq!(lines.last().unwrap(), "20000");
    assert!(talker.output().stdout.len() <= 2000);
    talker.write_stdin("and on\n").unwrap();
    let next = |line: &str| line == "and on";
    talker.wait_for_line(Stream::Stdout, next, LIMIT).unwrap();
}

#[test]
fn a_program_runs_under_a_command_and_in_a_folder() {
    let dir = temp_dir();
    let output = Launch::command("sh")
        .args(["-c", "ulimit -n; pwd -P"])
        .under(["sh", "-c", r#"ulimit -n 20; exec "$0" "$@""#])
        .dir(&dir)
        .run();
    let real = dir.path().canonicalize().unwrap();
    assert_eq!(output.stdout_lines(), ["20", real.to_str().unwrap()]);
}

#[test]
fn a_program_that_is_not_there_is_a_failure() {
    let failure = Launch::command("/no/such/program")
        .try_run()
        .unwrap_err()
        .to_string();
    assert!(
        failure.starts_with("cannot start `/no/such/program`: "),
        "{failure}"
    );
}

#[test]
fn the_guardian_kills_what_a_killed_test_process_leaves() {
    // This test starts itself again, as the process to be killed: see `be_killed_in_the_middle`.
    let test = Launch::command(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "self_test::be_killed_in_the_middle",
            "--ignored",
            "--nocapture",
        ])
        .env("HARNESS_SELF_TEST", "1")
        .spawn();
    let line = test
        .wait_for_line(Stream::Stdout, |line| line.contains("child "), LIMIT)
        .unwrap();
    let id = line.split_whitespace().last().unwrap().to_owned();
    assert!(exists(&id));
    // Not by `kill`, which kills the group, but as the system does when memory runs out.
    sh(&format!("kill -KILL {}", test.id()))
        .run()
        .assert_success();
    wait_until_ended(&id);
}

#[test]
#[ignore = "only a part of another test"]
fn be_killed_in_the_middle() {
    if std::env::var_os("HARNESS_SELF_TEST").is_some() {
        let child = sh("sleep 60").spawn();
        println!("child {}", child.id());
        let _ = child.wait(LIMIT);
    }
}

#[test]
fn the_temporary_folder_is_gone_after_the_test() {
    let dir = temp_dir();
    let path = dir.path().to_owned();
    assert!(path.is_dir());
    drop(dir);
    assert!(!Path::new(&path).exists());
}

#[test]
fn the_limit_of_open_files_is_raised_once_and_stays() {
    let limit = crate::open_file_limit();
    assert!(limit >= 256);
    assert_eq!(crate::open_file_limit(), limit);
}
