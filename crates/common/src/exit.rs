//! How every program ends: results on stdout, one line of error on stderr, an exit code that a
//! script can rely on.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done; also when whoever read our stdout had enough and closed it |
//! | 1 | failed at run time |
//! | 2 | wrong usage |
//! | 75 | failed for now, worth trying again (`EX_TEMPFAIL` of sysexits.h) |
//!
//! An error is an [`anyhow::Error`] whose contexts say what could not be done and to what, and
//! whose cause says why; the marks [`Usage`] and [`Temporary`] in it choose the code.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::printable::printable;

const FAILED: u8 = 1;
const USAGE: u8 = 2;
const TEMPORARY: u8 = 75;

/// An error of the user's making: a flag or a value that cannot be meant. Ends with 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// A failure that may pass if one tries again later. Ends with 75.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Temporary(pub String);

/// Whoever read our stdout has closed it (`time-client | head -c 1`): nobody is left to tell,
/// and nothing went wrong.
#[derive(Debug, thiserror::Error)]
#[error("stdout was closed")]
struct StdoutClosed;

/// Whether an error of [`print()`] or [`print_line`] says that stdout was closed. For a program
/// that has more to do than to print.
pub fn stdout_was_closed(error: &anyhow::Error) -> bool {
    error.is::<StdoutClosed>()
}

/// Runs a program and turns what it returns into at most one line on stderr and an exit code.
/// `program` is the name the line begins with.
pub fn run(program: &str, body: impl FnOnce() -> anyhow::Result<()>) -> ExitCode {
    let Err(error) = body() else {
        return ExitCode::SUCCESS;
    };
    if stdout_was_closed(&error) {
        return ExitCode::SUCCESS;
    }
    complain(program, &one_line(&error));
    let code = if error.is::<Usage>() {
        USAGE
    } else if error.is::<Temporary>() {
        TEMPORARY
    } else {
        FAILED
    };
    ExitCode::from(code)
}

/// Tells of a failure as [`run`] does, for a program that goes on: `downloader: cannot download …`.
/// The line has to be printable.
pub fn complain(program: &str, line: &str) {
    // A closed stderr is no reason to panic; the code still tells.
    let _ = writeln!(io::stderr(), "{program}: {line}");
}

/// An error and its causes as one printable line: what could not be done, to what, why.
pub fn one_line(error: &anyhow::Error) -> String {
    let parts = error.chain().map(|part| plain(&part.to_string()));
    let parts: Vec<String> = parts.collect();
    printable(&parts.join(": ")).to_string()
}

/// What an I/O error says, as the end of a sentence: `connection refused`.
pub fn cause(error: &io::Error) -> String {
    printable(&plain(&error.to_string())).to_string()
}

/// The words of a system's error without the number that only a programmer knows: `Connection
/// refused (os error 111)` is `connection refused`. Those of Windows are sentences, with a full stop.
fn plain(text: &str) -> String {
    let text = match text.split_once(" (os error ") {
        Some((words, rest)) => match rest.split_once(')') {
            Some((_number, after)) => {
                format!("{}{after}", in_a_sentence(words.trim_end_matches('.')))
            }
            None => text.to_owned(),
        },
        None => text.to_owned(),
    };
    text.trim_end().to_owned()
}

/// What glibc says where musl, the C library of our static files, has other words: the same failure is
/// told in the same words by every build, for scripts that compare and for the pages.
const MUSL_AND_GLIBC: [(&str, &str); 10] = [
    ("Address in use", "address already in use"),
    ("Address not available", "cannot assign requested address"),
    ("Filename too long", "file name too long"),
    ("Host is unreachable", "no route to host"),
    ("Message too large", "message too long"),
    ("Name does not resolve", "name or service not known"),
    ("Network unreachable", "network is unreachable"),
    ("No file descriptors available", "too many open files"),
    ("Operation timed out", "connection timed out"),
    ("Symbolic link loop", "too many levels of symbolic links"),
];

/// The words of a system's error, as the end of a sentence.
pub(crate) fn in_a_sentence(words: &str) -> String {
    let other = MUSL_AND_GLIBC
        .iter()
        .find(|(musl, _)| words.ends_with(musl));
    match other {
        Some((musl, glibc)) => words.replace(musl, glibc),
        None => sentence_case(words),
    }
}

/// The first letter made small, as in the middle of a sentence, unless a name or an acronym
/// begins there.
pub(crate) fn sentence_case(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

/// Prints one line of result on stdout and flushes it, so that whoever waits for it sees it now.
///
/// # Errors
/// Stdout cannot be written to. If it was closed, [`run`] ends the program quietly.
pub fn print_line(line: &str) -> anyhow::Result<()> {
    print(format!("{line}\n").as_bytes())
}

/// Writes bytes to stdout, as they are, and flushes it.
///
/// # Errors
/// As [`print_line`].
pub fn print(bytes: &[u8]) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(StdoutClosed.into()),
        Err(error) => Err(anyhow::Error::new(error).context("cannot write to stdout")),
        Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn an_error_is_one_line_without_numbers() {
        use anyhow::Context;
        let refused = io::Error::from_raw_os_error(rustix::io::Errno::CONNREFUSED.raw_os_error());
        let error = Err::<(), _>(refused)
            .context("cannot connect to 127.0.0.1:6789")
            .unwrap_err();
        assert_eq!(
            one_line(&error),
            "cannot connect to 127.0.0.1:6789: connection refused"
        );
    }

    #[test]
    fn every_build_says_the_same() {
        for said in [
            "Address in use (os error 98)",
            "Address already in use (os error 98)",
        ] {
            let error = anyhow::anyhow!(said).context("cannot listen on 127.0.0.1:80");
            let line = "cannot listen on 127.0.0.1:80: address already in use";
            assert_eq!(one_line(&error), line);
        }
        assert_eq!(
            in_a_sentence("Name does not resolve"),
            "name or service not known"
        );
    }

    #[test]
    fn a_peer_cannot_write_on_our_terminal_by_an_error() {
        let error = anyhow::anyhow!("no such file: \x1b[2J\n");
        assert_eq!(one_line(&error), r"no such file: \x1b[2J");
    }

    #[test]
    fn an_error_of_windows_has_no_full_stop() {
        let text = "The system cannot find the file specified. (os error 2)";
        assert_eq!(plain(text), "the system cannot find the file specified");
    }

    #[test]
    fn names_keep_their_capitals() {
        assert_eq!(sentence_case("Connection refused"), "connection refused");
        assert_eq!(sentence_case("TLS handshake"), "TLS handshake");
        assert_eq!(sentence_case(""), "");
    }
}
