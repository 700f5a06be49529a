//! What a program left when it ended ([`Output`]), and how a failure is told ([`Failure`]).
//!
//! Both are told the same way: the command line, how it ended, and all that it printed. A test that
//! fails on somebody else's machine should not have to be run again to be understood.

use std::borrow::Cow;
use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

/// More of a stream than this many bytes is not put into a report; its beginning and end are.
const REPORTED_BYTES: usize = 8 * 1024;

/// Something the harness waited for did not happen; its text has everything known about it.
#[derive(Clone)]
pub struct Failure(String);

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Failure {
        Failure(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The same as `Display`, line ends and all: this is what an `unwrap` in a test shows.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// What a program that has ended printed, and how it ended.
#[derive(Clone)]
pub struct Output {
    /// The command line, quoted where a shell would want it.
    pub command: String,
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// The number of the signal that ended it; `None` after an exit code, and always on Windows.
    pub signal: Option<i32>,
    /// Everything it wrote to stdout.
    pub stdout: Vec<u8>,
    /// Everything it wrote to stderr.
    pub stderr: Vec<u8>,
    /// From its start to its end.
    pub elapsed: Duration,
}

impl Output {
    /// Whether it ended with exit code 0.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }

    /// Checks that it ended with exit code 0.
    ///
    /// # Panics
    /// When it did not, with all that it printed.
    #[track_caller]
    pub fn assert_success(&self) -> &Output {
        self.assert_code(0)
    }

    /// Checks that it ended with exit code `code`.
    ///
    /// # Panics
    /// When it did not, with all that it printed.
    #[track_caller]
    pub fn assert_code(&self, code: i32) -> &Output {
        assert!(
            self.code == Some(code),
            "expected exit code {code} of {self}"
        );
        self
    }

    /// What it wrote to stdout, as text; what is not UTF-8 shows as U+FFFD.
    pub fn stdout_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.stdout)
    }

    /// What it wrote to stderr, as text; what is not UTF-8 shows as U+FFFD.
    pub fn stderr_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.stderr)
    }

    /// The lines of stdout, without their line ends.
    pub fn stdout_lines(&self) -> Vec<String> {
        self.stdout_text().lines().map(str::to_owned).collect()
    }

    /// The lines of stderr, without their line ends.
    pub fn stderr_lines(&self) -> Vec<String> {
        self.stderr_text().lines().map(str::to_owned).collect()
    }
}

/// The whole report: command line, how it ended, and both streams.
impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match (self.code, self.signal) {
            (Some(code), _) => format!("ended with exit code {code}"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => "has not ended".to_owned(),
        };
        writeln!(f, "`{}`", self.command)?;
        writeln!(f, "  {end} (after {:.3} s)", self.elapsed.as_secs_f64())?;
        write_stream(f, "stdout", &self.stdout)?;
        write_stream(f, "stderr", &self.stderr)
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn write_stream(f: &mut fmt::Formatter<'_>, name: &str, bytes: &[u8]) -> fmt::Result {
    if bytes.is_empty() {
        return writeln!(f, "  {name}: nothing");
    }
    writeln!(f, "  {name}:")?;
    if bytes.len() <= REPORTED_BYTES {
        return write_lines(f, bytes);
    }
    let (start, rest) = bytes.split_at(REPORTED_BYTES / 2);
    let (left_out, end) = rest.split_at(rest.len() - REPORTED_BYTES / 2);
    write_lines(f, start)?;
    writeln!(f, "    … {} bytes left out …", left_out.len())?;
    write_lines(f, end)
}

fn write_lines(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    // Escape sequences are what some tests send; they must not reach the terminal of whoever reads
    // the report.
    for line in String::from_utf8_lossy(bytes).lines() {
        writeln!(f, "    {}", escape_controls(line))?;
    }
    Ok(())
}

fn escape_controls(line: &str) -> String {
    let escape = |c: char| {
        if c.is_control() && c != '\t' {
            c.escape_debug().to_string()
        } else {
            c.into()
        }
    };
    line.chars().map(escape).collect()
}

/// The exit code and the signal of `status`; one of the two is always `None`.
pub(crate) fn code_and_signal(status: Option<ExitStatus>) -> (Option<i32>, Option<i32>) {
    #[cfg(unix)]
    let signal = status.and_then(|status| std::os::unix::process::ExitStatusExt::signal(&status));
    #[cfg(not(unix))]
    let signal = None;
    (status.and_then(|status| status.code()), signal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(stdout: &[u8]) -> Output {
        Output {
            command: "time-client 'a b'".to_owned(),
            code: Some(1),
            signal: None,
            stdout: stdout.to_vec(),
            stderr: Vec::new(),
            elapsed: Duration::from_millis(1500),
        }
    }

    #[test]
    fn a_report_has_command_end_and_streams() {
        let report = output(b"one\n\x1b[2Jtwo\n").to_string();
        assert_eq!(
            report,
            "`time-client 'a b'`\n  ended with exit code 1 (after 1.500 s)\n  \
             stdout:\n    one\n    \\u{1b}[2Jtwo\n  stderr: nothing\n"
        );
    }

    #[test]
    fn a_report_of_ten_megabytes_stays_readable() {
        let report = output(&vec![b'x'; 10_000_000]).to_string();
        assert!(report.len() < 2 * REPORTED_BYTES);
        assert!(report.contains("… 9991808 bytes left out …"), "{report}");
    }
}
