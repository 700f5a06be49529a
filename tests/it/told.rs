//! What a program has said: its log, its one line of error, and the shape of a text.

use harness::{LIMIT, Output, Server};

/// Ends a server, and returns all that it has logged.
#[track_caller]
pub(crate) fn log_of(server: Server) -> Vec<String> {
    server.kill();
    match server.wait(LIMIT) {
        Ok(output) => output.stderr_lines(),
        Err(failure) => panic!("{failure}"),
    }
}

/// Checks that a program failed as ours do, with exit code `code`, nothing on stdout, and one line
/// on stderr that a user can read; and returns that line without the program's name.
#[track_caller]
pub(crate) fn error_of(program: &str, output: &Output, code: i32) -> String {
    output.assert_code(code);
    assert!(output.stdout.is_empty(), "nothing on stdout of {output}");
    line_of(program, output)
}

/// The same where something was printed before it failed.
#[track_caller]
pub(crate) fn line_of(program: &str, output: &Output) -> String {
    let text = output.stderr_text();
    let line = text.strip_suffix('\n').unwrap_or_default();
    assert!(
        !line.is_empty() && !line.contains(char::is_control),
        "one printable line on stderr of {output}"
    );
    for of_programmers in ["os error", "Os {", "panicked", "error: "] {
        assert!(!line.contains(of_programmers), "plain words in {output}");
    }
    match line
        .strip_prefix(program)
        .and_then(|rest| rest.strip_prefix(": "))
    {
        Some(message) => message.to_owned(),
        None => panic!("the name of the program first in {output}"),
    }
}

/// Checks that a command line was refused as wrong usage, in a line that names each of `parts`.
#[track_caller]
pub(crate) fn assert_refused(program: &str, output: &Output, parts: &[&str]) {
    let message = error_of(program, output, 2);
    for part in parts {
        assert!(
            message.contains(part),
            "`{part}` in the message of {output}"
        );
    }
}

/// Checks a text against a shape, in which 0 stands for any digit and the rest for itself.
#[track_caller]
pub(crate) fn assert_shape(text: &str, shape: &str) {
    let fits = |(c, wanted): (char, char)| match wanted {
        '0' => c.is_ascii_digit(),
        wanted => c == wanted,
    };
    let same = text.chars().count() == shape.chars().count();
    assert!(
        same && text.chars().zip(shape.chars()).all(fits),
        "{text:?} should look like {shape:?}"
    );
}

/// Checks that nothing in the bytes could act on a terminal: line ends are all the control
/// characters there are.
#[track_caller]
pub(crate) fn assert_harmless(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).expect("programs print UTF-8");
    let acts = |c: char| c.is_control() && c != '\n';
    assert!(!text.contains(acts), "{text:?} has control characters");
}
