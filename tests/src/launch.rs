//! How a program is started: arguments, environment, input, and where its output goes.
//!
//! A child sees as little as possible of the machine it runs on, so that a test does the same thing on
//! every one: a clean environment, the C locale, UTC, and no input.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::running::Sink;
use crate::{Failure, LIMIT, Output, Process, Server, Stream, try_program};

/// What a child keeps of our environment: where to find programs, the user's own and the temporary
/// files; what Windows cannot start a program without; and where a coverage run collects its data.
const KEPT: [&str; 9] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "SystemRoot",
    "USERPROFILE",
    "TEMP",
    "TMP",
    "PATHEXT",
    "LLVM_PROFILE_FILE",
];

/// A client of this workspace, to be [`run`](Launch::run) to its end.
pub fn client(name: &str) -> Launch {
    Launch::program(name)
}

/// A server of this workspace, to be started by [`serve`](Launch::serve) on a free port of the
/// loopback address, unless its arguments have a `--listen` of their own.
///
/// A server that is told otherwise where to listen (`tcp-chat listen ADDR`) is a [`client`] to be
/// started by `serve`.
pub fn server(name: &str) -> Launch {
    Launch {
        listen: true,
        ..Launch::program(name)
    }
}

/// A program to be started, and how. Each method returns the changed value.
#[must_use = "nothing runs before `spawn`, `run` or `serve`"]
pub struct Launch {
    program: Program,
    args: Vec<OsString>,
    listen: bool,
    under: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    inherit_env: bool,
    removed_env: Vec<String>,
    dir: Option<PathBuf>,
    uid: Option<u32>,
    stdin: Stdin,
    shown: Vec<Stream>,
    sink: Option<Sink>,
    keep: Option<usize>,
    limit: Duration,
}

enum Program {
    /// One of this workspace's, by name.
    Ours(String),
    /// Any other, by path or as the shell would find it.
    Other(OsString),
}

enum Stdin {
    Nothing,
    Bytes(Vec<u8>),
    Pipe,
}

impl Launch {
    fn new(program: Program) -> Launch {
        Launch {
            program,
            args: Vec::new(),
            listen: false,
            under: Vec::new(),
            env: Vec::new(),
            inherit_env: false,
            removed_env: Vec::new(),
            dir: None,
            uid: None,
            stdin: Stdin::Nothing,
            shown: Vec::new(),
            sink: None,
            keep: None,
            limit: LIMIT,
        }
    }

    /// The program of this workspace called `name`. It is looked for, and built, at the start.
    pub fn program(name: &str) -> Launch {
        Launch::new(Program::Ours(name.to_owned()))
    }

    /// Any other program, by its path or as the shell would find it.
    pub fn command(program: impl Into<OsString>) -> Launch {
        Launch::new(Program::Other(program.into()))
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Launch {
        self.args.push(arg.into());
        self
    }

    /// More arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Launch {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// A variable of the environment.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Launch {
        self.env.push((name.into(), value.into()));
        self
    }

    /// The whole environment that we have ourselves. For cargo, not for what is tested.
    pub fn inherit_env(mut self) -> Launch {
        self.inherit_env = true;
        self
    }

    /// All of that but this variable.
    pub(crate) fn without_env(mut self, name: String) -> Launch {
        self.removed_env.push(name);
        self
    }

    /// The folder to run in.
    pub fn dir(mut self, dir: impl AsRef<Path>) -> Launch {
        self.dir = Some(dir.as_ref().to_owned());
        self
    }

    /// The user to run as, by number: for what root is allowed and others are not. Only root may ask
    /// for it; Windows has no such thing.
    pub fn uid(mut self, uid: u32) -> Launch {
        self.uid = Some(uid);
        self
    }

    /// A command that starts the program and its arguments in turn, which follow its own:
    /// `under(["sh", "-c", r#"ulimit -n 20; exec "$0" "$@""#])`.
    ///
    /// It should `exec` the program; otherwise signals go to the command.
    pub fn under(mut self, command: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Launch {
        self.under = command
            .into_iter()
            .map(|arg| arg.as_ref().to_owned())
            .collect();
        self
    }

    /// What the program reads on its input, to the end. Without this, and without
    /// [`stdin_pipe`](Launch::stdin_pipe), the input is empty.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Launch {
        self.stdin = Stdin::Bytes(bytes.into());
        self
    }

    /// Leaves the input open, for [`Process::write_stdin`].
    pub fn stdin_pipe(mut self) -> Launch {
        self.stdin = Stdin::Pipe;
        self
    }

    /// Calls `sink` with each line as it comes, on another thread.
    pub fn sink(mut self, sink: impl Fn(Stream, &str) + Send + Sync + 'static) -> Launch {
        self.sink = Some(Arc::new(sink));
        self
    }

    /// Keeps no more than about the last `bytes` of what it prints on each stream: for a program that
    /// runs for long, and says much.
    pub fn keep_last(mut self, bytes: usize) -> Launch {
        self.keep = Some(bytes);
        self
    }

    /// Lets the program write to our own stdout or stderr: it is seen at once, in colour if it is a
    /// terminal, and not kept.
    pub fn show(mut self, stream: Stream) -> Launch {
        self.shown.push(stream);
        self
    }

    /// How long [`run`](Launch::run) waits for the end, and [`serve`](Launch::serve) for the first
    /// line; [`LIMIT`] unless given.
    pub fn limit(mut self, limit: Duration) -> Launch {
        self.limit = limit;
        self
    }

    /// Starts the program and returns it running.
    ///
    /// # Panics
    /// When it cannot be started.
    #[track_caller]
    pub fn spawn(self) -> Process {
        self.try_spawn()
            .unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Starts the program and waits for its end, whatever its exit code.
    ///
    /// # Panics
    /// When it cannot be started, or has not ended within the limit; then it is killed, and all that
    /// it printed is shown.
    #[track_caller]
    pub fn run(self) -> Output {
        self.try_run().unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Starts the program and waits until it listens.
    ///
    /// # Panics
    /// When it cannot be started or does not come to listen, with all that it printed.
    #[track_caller]
    pub fn serve(self) -> Server {
        self.try_serve()
            .unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Starts the program and returns it running.
    ///
    /// # Errors
    /// When it cannot be found, built or started.
    pub fn try_spawn(mut self) -> Result<Process, Failure> {
        if self.listen
            && !self
                .args
                .iter()
                .any(|arg| arg.to_string_lossy().starts_with("--listen"))
        {
            self.args.extend(["--listen".into(), "127.0.0.1:0".into()]);
        }
        let (program, short_name) = match &self.program {
            Program::Ours(name) => (try_program(name)?.into_os_string(), OsString::from(name)),
            Program::Other(program) => (program.clone(), program.clone()),
        };
        let name = command_line(self.under.iter().chain([&short_name]).chain(&self.args));
        let mut words = self.under.iter().chain([&program]).chain(&self.args);
        let mut command = Command::new(words.next().unwrap_or(&program));
        command.args(words);
        self.set_environment(&mut command);
        self.set_streams(&mut command);
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            // A group of its own, so that Ctrl-C on a terminal goes to us alone, and we stop what we
            // started in the right order; and so that a child can be killed with all its children.
            command.process_group(0);
            if let Some(uid) = self.uid {
                command.uid(uid);
            }
        }
        let input = match self.stdin {
            Stdin::Bytes(bytes) => Some(bytes),
            Stdin::Nothing | Stdin::Pipe => None,
        };
        Process::start(command, name, input, self.sink, self.keep)
    }

    /// Starts the program and waits for its end, whatever its exit code.
    ///
    /// # Errors
    /// When it cannot be started, or has not ended within the limit; then it is killed.
    pub fn try_run(self) -> Result<Output, Failure> {
        let limit = self.limit;
        self.try_spawn()?.wait(limit)
    }

    /// Starts the program and waits until it listens.
    ///
    /// # Errors
    /// When it cannot be started, or its first line does not come within the limit or is not
    /// `listening on …`; then it is killed.
    pub fn try_serve(self) -> Result<Server, Failure> {
        let limit = self.limit;
        Server::await_ready(self.try_spawn()?, limit)
    }

    fn set_environment(&self, command: &mut Command) {
        if !self.inherit_env {
            command.env_clear();
            command.envs(
                KEPT.iter()
                    .filter_map(|name| Some((name, env::var_os(name)?))),
            );
            command.env("LC_ALL", "C").env("TZ", "UTC");
        }
        for name in &self.removed_env {
            command.env_remove(name);
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
    }

    fn set_streams(&self, command: &mut Command) {
        command.stdin(match self.stdin {
            Stdin::Nothing => Stdio::null(),
            Stdin::Bytes(_) | Stdin::Pipe => Stdio::piped(),
        });
        let output = |stream| {
            if self.shown.contains(&stream) {
                Stdio::inherit()
            } else {
                Stdio::piped()
            }
        };
        command
            .stdout(output(Stream::Stdout))
            .stderr(output(Stream::Stderr));
    }
}

/// The words as one line that could be pasted into a shell.
fn command_line<'a>(words: impl Iterator<Item = &'a OsString>) -> String {
    let mut line = String::new();
    for word in words {
        let word = word.to_string_lossy();
        let plain = |c: char| c.is_alphanumeric() || "-_=+./:,@%".contains(c);
        let space = if line.is_empty() { "" } else { " " };
        let _ = if !word.is_empty() && word.chars().all(plain) {
            write!(line, "{space}{word}")
        } else {
            write!(line, "{space}'{}'", word.replace('\'', r"'\''"))
        };
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_quoted_where_a_shell_would_want_it() {
        let words = ["hello-server", "--reply", "Hello, {}!", "", "it's"].map(OsString::from);
        assert_eq!(
            command_line(words.iter()),
            r"hello-server --reply 'Hello, {}!' '' 'it'\''s'"
        );
    }
}
