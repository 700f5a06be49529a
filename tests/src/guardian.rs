//! The last resort: a shell that kills what this process started, should this process die first.
//!
//! `Drop` stops a child when its test ends or fails, and [`kill_all`](crate::kill_all) when a signal
//! can be caught. Neither happens when somebody presses Ctrl-C under `cargo test`, or kills the test
//! with a signal that cannot be caught. But one thing always happens to a process that ends: its pipes
//! close. So a shell sits at the other end of a pipe, is told of each child that starts and ends, and
//! at the end of its input kills those that are left.
//!
//! On Windows there is none.

#![cfg_attr(
    not(unix),
    allow(dead_code, reason = "there is no guardian on Windows")
)]

use std::io::{self, Write};
use std::process::Child;

/// `+ ID` and `- ID` come in, one a line: the process groups that have started and that have ended.
/// The signals that a terminal or a supervisor sends to everybody must not end the guardian first.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
live=' '
while read -r change id; do
    case $change in
        +) live="$live$id " ;;
        -) live="${live%% $id *} ${live#* $id }" ;;
    esac
done
for id in $live; do
    kill -s KILL -- "-$id" 2>/dev/null
done
"#;

/// The shell, as long as it is needed.
pub(crate) struct Guardian {
    shell: Child,
}

impl Guardian {
    /// Starts the shell; an error is no reason not to go on without it.
    #[cfg(unix)]
    pub(crate) fn start() -> io::Result<Guardian> {
        use std::os::unix::process::CommandExt;
        use std::process::{Command, Stdio};
        let shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "netdozen-guardian"])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Guardian { shell })
    }

    #[cfg(not(unix))]
    pub(crate) fn start() -> io::Result<Guardian> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The process group `id` has started.
    pub(crate) fn watch(&mut self, id: u32) {
        self.tell(format_args!("+ {id}\n"));
    }

    /// The process group `id` has ended, or is about to be reaped: its number may soon be another's.
    pub(crate) fn forget(&mut self, id: u32) {
        self.tell(format_args!("- {id}\n"));
    }

    /// One write for one line, so that even a process killed in the middle leaves no half of one.
    fn tell(&mut self, line: std::fmt::Arguments<'_>) {
        if let Some(stdin) = &mut self.shell.stdin {
            // A guardian that is no more can do no more; the children still have their owners.
            let _ = stdin.write_all(line.to_string().as_bytes());
        }
    }

    /// Ends the guardian: its input ends, it kills what is left, and is reaped.
    pub(crate) fn dismiss(mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
