//! Lines from a terminal, edited, while messages are printed above them.
//!
//! The editor is rustyline's. The thread that is in [`Editor::next_line`] draws the line; a
//! message is handed to it, and it clears the line, prints the message and draws the line again.
//! What it is busy with may keep it from that (a search in the history waits for keys only), and
//! nobody in the rest of the program should have to wait: so messages queue at the [`Desk`], and
//! a thread of their own carries them to the editor.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use rustyline::config::Config;
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Editor as Rustyline, ExternalPrinter};

#[cfg(unix)]
use super::mode::SavedMode;
use crate::exit::print_line;
use crate::shutdown::Shutdown;

/// Lines that the history keeps, in memory only.
const HISTORY: usize = 1000;

/// Messages that wait to be shown.
const QUEUE: usize = 1000;

/// How long, at the end, the editor has for the messages that still wait.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long the editor takes to draw a line again, with much to spare.
const REDRAW: Duration = Duration::from_millis(20);

/// A message that leaves the screen as it is: one line up, one line down.
const NOTHING: &str = "\x1b[1A";

/// The line editor.
pub(super) struct Editor {
    lines: Rustyline<(), MemHistory>,
    prompt: String,
    desk: Arc<Desk>,
    shutdown: Shutdown,
}

impl fmt::Debug for Editor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Editor").finish_non_exhaustive()
    }
}

impl Editor {
    /// An editor, and the desk where its messages queue; `None` when the terminal knows no cursor
    /// movements.
    pub(super) fn open(
        prompt: &str,
        shutdown: &Shutdown,
    ) -> anyhow::Result<Option<(Editor, Arc<Desk>)>> {
        let task = "cannot use the terminal";
        let config = Config::builder()
            .auto_add_history(true)
            .max_history_size(HISTORY)
            .context(task)?
            // Lines that are pasted are sent like lines that are typed: each by itself.
            .bracketed_paste(false)
            .build();
        let history = MemHistory::with_config(&config);
        let mut lines = Rustyline::with_history(config, history).context(task)?;
        let Ok(printer) = lines.create_external_printer() else {
            return Ok(None);
        };
        let desk = Arc::new(Desk {
            state: Mutex::default(),
            changed: Condvar::new(),
            #[cfg(unix)]
            mode: SavedMode::of_stdin().context(task)?,
        });
        #[cfg(unix)]
        {
            let mode = desk.mode.clone();
            shutdown.calls_back(move || mode.restore());
        }
        let carrier = Arc::clone(&desk);
        thread::Builder::new()
            .name("screen".into())
            .spawn(move || carrier.carry(printer))
            .context(task)?;
        let editor = Editor {
            lines,
            prompt: prompt.to_owned(),
            desk: Arc::clone(&desk),
            shutdown: shutdown.clone(),
        };
        Ok(Some((editor, desk)))
    }

    pub(super) fn next_line(&mut self) -> anyhow::Result<Option<String>> {
        if self.shutdown.is_requested() || !self.desk.begin_line() {
            return Ok(None);
        }
        let line = self.lines.readline(&self.prompt);
        self.desk.end_line();
        match line {
            Ok(line) => Ok(Some(line)),
            Err(ReadlineError::Eof) => Ok(None),
            // In raw mode Ctrl-C is a key and makes no signal; it should mean the same.
            Err(ReadlineError::Interrupted) => {
                self.shutdown.request();
                Ok(None)
            }
            Err(error) => Err(error).context("cannot read a line from the terminal"),
        }
    }
}

/// Where messages wait for the editor.
pub(super) struct Desk {
    state: Mutex<State>,
    changed: Condvar,
    #[cfg(unix)]
    mode: SavedMode,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    waiting: VecDeque<String>,
    /// What the carrier is handing to the editor.
    in_hand: Option<String>,
    /// What it handed over before. The editor's inbox has room for one message: when it is full
    /// this is what lies in it.
    handed: Option<String>,
    /// Somebody types.
    editing: bool,
    /// The terminal is no longer ours.
    closed: bool,
}

impl State {
    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.in_hand.is_none()
    }
}

impl Desk {
    /// Queues a message; false when the desk is closed. Waits while the queue is full.
    pub(super) fn show(&self, message: &str) -> bool {
        let mut state = self.state();
        while state.waiting.len() >= QUEUE && !state.closed {
            state = self.wait(state);
        }
        self.queue(state, message)
    }

    /// Queues a line of the log, which must never have to wait.
    pub(super) fn note(&self, line: &str) -> bool {
        self.queue(self.state(), line)
    }

    fn queue(&self, mut state: MutexGuard<'_, State>, message: &str) -> bool {
        if state.closed {
            return false;
        }
        state.waiting.push_back(message.to_owned());
        self.changed.notify_all();
        true
    }

    /// Hands one message after the other to the editor, until the desk is closed.
    fn carry(&self, mut printer: impl ExternalPrinter) {
        let mut state = self.state();
        while !state.closed {
            let Some(message) = state.waiting.pop_front() else {
                state = self.wait(state);
                continue;
            };
            state.in_hand = Some(message.clone());
            drop(state);
            // It fails when the terminal has gone; then nobody is left to be told.
            let _ = printer.print(message + "\n");
            state = self.state();
            state.handed = state.in_hand.take();
            self.changed.notify_all();
        }
    }

    /// False when the desk is closed: then no line may be begun.
    fn begin_line(&self) -> bool {
        let mut state = self.state();
        state.editing = !state.closed;
        state.editing
    }

    fn end_line(&self) {
        self.state().editing = false;
    }

    /// Shows what has not been shown, and gives the terminal back, also while a line is edited.
    pub(super) fn close(&self) {
        let mut state = self.state();
        if state.closed {
            return;
        }
        if state.editing {
            // A message is known to be on the screen when the second one after it has been
            // handed over: the inbox has room for one, and one is taken after the other.
            state
                .waiting
                .extend([NOTHING.to_owned(), NOTHING.to_owned()]);
            self.changed.notify_all();
        }
        let deadline = Instant::now() + PATIENCE;
        while !state.is_idle() {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                break;
            };
            let waited = self.changed.wait_timeout(state, left);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        state.closed = true;
        self.changed.notify_all();
        let mut unshown = Vec::new();
        if !state.is_idle() {
            unshown.extend(state.handed.take());
            unshown.extend(state.in_hand.clone());
            unshown.extend(state.waiting.drain(..));
        }
        if state.editing {
            // The last of the two may still be on its way, and the line be drawn once more.
            thread::sleep(REDRAW);
            #[cfg(unix)]
            self.mode.restore_behind_editor();
            // The shell's prompt should not follow half a line.
            let _ = io::stdout().write_all(b"\n");
        }
        for message in unshown.iter().filter(|message| *message != NOTHING) {
            let _ = print_line(message);
        }
        let _ = io::stdout().flush();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }
}
