//! The command line.

use harness::client;

use crate::told;

#[track_caller]
fn assert_refused(args: &[&str], parts: &[&str]) {
    let output = client("mini-web").args(args).run();
    told::assert_refused("mini-web", &output, parts);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    assert_refused(&["--threads", "0"], &["--threads", "0"]);
    assert_refused(&["--threads", "-1"], &["--threads", "-1"]);
    assert_refused(&["--threads", "1025"], &["--threads", "1025"]);
    assert_refused(&["--cache-size", "1MB"], &["--cache-size", "1MB"]);
    assert_refused(&["--idle-timeout", "-1"], &["--idle-timeout", "-1"]);
    assert_refused(&["--listen", "8080"], &["--listen", "8080"]);
    assert_refused(&["--lisen", "127.0.0.1:0"], &["--lisen", "--listen"]);
    assert_refused(&["--spa"], &["DIR"]);
    assert_refused(&["--no-listing"], &["DIR"]);
    assert_refused(&["a", "b"], &["b"]);
    assert_refused(&["-q", "-v"], &["--quiet", "--verbose"]);
}

#[test]
fn help_says_what_for_and_how_with_an_example_and_the_limits() {
    for flag in ["--help", "-h"] {
        let output = client("mini-web").arg(flag).run();
        let text = output.assert_success().stdout_text();
        let words: Vec<_> = text.split_whitespace().collect();
        let words = words.join(" ");
        for part in [
            "Usage: mini-web ",
            "Example: mini-web ",
            "Limits: ",
            "[default: 127.0.0.1:8080]",
            "[default: 64MiB]",
            "[default: 10000]",
            "[default: 60]",
        ] {
            assert!(words.contains(part.trim_end()), "`{part}` in {output}");
        }
        assert!(text.lines().all(|line| line.len() <= 100), "{output}");
    }
    let output = client("mini-web").arg("--version").run();
    let version = format!("mini-web {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(output.assert_success().stdout_text(), version);
}
