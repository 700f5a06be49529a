//! A program at a terminal: keys in, and what a person would see.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZero;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Instant;

use harness::{LIMIT, program, wait_until};
use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};

const ROWS: NonZero<u16> = NonZero::new(24).unwrap();
const COLUMNS: NonZero<u16> = NonZero::new(60).unwrap();

/// A program whose stdin, stdout and stderr are a terminal of its own.
pub(crate) struct AtTerminal {
    child: Child,
    keys: File,
    /// Our own hold on the program's side: to ask for its mode, and so that it outlives the program.
    terminal: File,
    seen: Arc<(Mutex<Vec<u8>>, Condvar)>,
    mode_before: String,
}

impl AtTerminal {
    #[track_caller]
    pub(crate) fn start(name: &str, args: &[&str]) -> AtTerminal {
        AtTerminal::start_with(name, args, &[("NO_COLOR", "1")])
    }

    /// The same with these variables in its environment.
    #[track_caller]
    pub(crate) fn start_with(name: &str, args: &[&str], env: &[(&str, &str)]) -> AtTerminal {
        let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keys).unwrap();
        unlockpt(&keys).unwrap();
        let path = ptsname(&keys, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let terminal = File::from(open(&path, flags, Mode::empty()).unwrap());
        let size = Winsize {
            ws_row: ROWS.get(),
            ws_col: COLUMNS.get(),
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&terminal, size).unwrap();
        let mode_before = mode_of(&terminal);
        let stream = || Stdio::from(terminal.try_clone().unwrap());
        let child = Command::new(program(name))
            .args(args)
            .env("TERM", "xterm")
            .env("TZ", "UTC")
            .envs(env.iter().copied())
            .stdin(stream())
            .stdout(stream())
            .stderr(stream())
            .spawn()
            .unwrap();
        let keys = File::from(keys);
        let seen = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let (mut output, kept) = (keys.try_clone().unwrap(), Arc::clone(&seen));
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut buffer) {
                kept.0.lock().unwrap().extend(&buffer[..length]);
                kept.1.notify_all();
            }
        });
        AtTerminal {
            child,
            keys,
            terminal,
            seen,
            mode_before,
        }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until `wanted` is true of the screen, and returns it: its lines, without the spaces
    /// at their ends and the empty ones below.
    #[track_caller]
    pub(crate) fn wait_until(&self, wanted: impl Fn(&[String]) -> bool) -> Vec<String> {
        let deadline = Instant::now() + LIMIT;
        let mut bytes = self.seen.0.lock().unwrap();
        loop {
            let lines = screen(&bytes);
            if wanted(&lines) {
                return lines;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "this is all there is: {lines:#?}");
            bytes = self.seen.1.wait_timeout(bytes, left).unwrap().0;
        }
    }

    /// Waits for a line on the screen.
    #[track_caller]
    pub(crate) fn wait_for_line(&self, wanted: &str) -> Vec<String> {
        self.wait_until(|lines| lines.iter().any(|line| line == wanted))
    }

    /// Every byte that the program has written.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.seen.0.lock().unwrap().clone()
    }

    /// Whether the terminal's mode is what it was before the program was started.
    pub(crate) fn has_its_mode_back(&self) -> bool {
        mode_of(&self.terminal) == self.mode_before
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = Pid::from_child(&self.child);
        kill_process(id, signal).unwrap();
    }

    /// Waits for the end, and returns the exit code.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> Option<i32> {
        wait_until("its end", || self.child.try_wait().unwrap()).code()
    }
}

impl Drop for AtTerminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn mode_of(terminal: &File) -> String {
    format!("{:?}", tcgetattr(terminal).unwrap())
}

fn screen(bytes: &[u8]) -> Vec<String> {
    let mut parser = vt100::Parser::new(ROWS, COLUMNS, 0);
    parser.process(bytes);
    let contents = parser.screen().contents();
    contents
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}
