//! A conversation with whoever sits at the program: lines in, messages out, neither spoiling the
//! other.
//!
//! At a terminal (stdin and stdout both) a line is edited, with a history, and a message that
//! arrives meanwhile is printed above it (`terminal/editor.rs`). Otherwise lines are read from stdin and
//! messages written to stdout, one a line (`terminal/piped.rs`), so that the same program can be scripted.
//!
//! A read that waits for a key or a line cannot be called off. So a program reads its [`Lines`]
//! in a thread of their own, which nobody waits for, and keeps the [`Terminal`] where its end is
//! decided: dropping it shows what has not been shown yet and gives the terminal back as it was,
//! even though that thread is still in the middle of a line.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use crate::exit::print_line;
use crate::log;
use crate::shutdown::Shutdown;

mod editor;
#[cfg(unix)]
mod mode;
mod piped;

use editor::{Desk, Editor};
use piped::Piped;

/// The longest line from a stdin that is no terminal, in bytes: 1 MiB, as the longest message.
pub const MAX_LINE: usize = crate::framing::MAX_MESSAGE;

/// What stands before the line that is typed in a chat.
pub const PROMPT: &str = "> ";

/// The lines that end a chat.
pub const QUIT: [&str; 2] = ["q", "quit"];

/// Opens the conversation. `prompt` stands before the line that is typed; without a terminal it
/// is not shown. When `shutdown` is requested the terminal's mode is restored at once, because a
/// second signal ends the process without asking.
///
/// While somebody types, log lines that would go to the same terminal are shown like messages.
///
/// # Errors
/// The terminal cannot be asked for its mode.
pub fn open(prompt: &str, shutdown: &Shutdown) -> anyhow::Result<(Terminal, Lines)> {
    let at_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    // A terminal that knows no cursor movements (TERM=dumb) is treated like a pipe.
    let opened = match at_terminal {
        true => Editor::open(prompt, shutdown)?,
        false => None,
    };
    let Some((editor, desk)) = opened else {
        let screen = Screen(Output::Stdout);
        return Ok((Terminal { screen }, Lines(Input::Piped(Piped::new()))));
    };
    if io::stderr().is_terminal() {
        let desk = Arc::clone(&desk);
        log::divert(move |line| desk.note(line));
    }
    let screen = Screen(Output::Desk(desk));
    Ok((Terminal { screen }, Lines(Input::Editor(Box::new(editor)))))
}

/// The terminal while it is ours; dropped, it is as it was before.
#[derive(Debug)]
pub struct Terminal {
    screen: Screen,
}

impl Terminal {
    /// Where messages go.
    pub fn screen(&self) -> Screen {
        self.screen.clone()
    }

    /// Whether there is a person at it, who edits lines; otherwise stdin is read as it comes.
    pub fn is_interactive(&self) -> bool {
        matches!(self.screen.0, Output::Desk(_))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Output::Desk(desk) = &self.screen.0 {
            desk.close();
        }
    }
}

/// The lines that are typed, or that stdin holds.
#[derive(Debug)]
pub struct Lines(Input);

#[derive(Debug)]
enum Input {
    Editor(Box<Editor>),
    Piped(Piped),
}

impl Lines {
    /// The next line, without its line ending; waits for it. `None` at the end of input, which at
    /// a terminal is Ctrl-D on an empty line, or Ctrl-C, which also requests the shutdown.
    ///
    /// # Errors
    /// Stdin cannot be read; without a terminal also a line over [`MAX_LINE`], or one that is not
    /// UTF-8.
    pub fn next_line(&mut self) -> anyhow::Result<Option<String>> {
        match &mut self.0 {
            Input::Editor(editor) => editor.next_line(),
            Input::Piped(piped) => piped.next_line(),
        }
    }
}

/// Where messages are shown. Clones write to the same place, from any thread.
#[derive(Clone, Debug)]
pub struct Screen(Output);

#[derive(Clone, Debug)]
enum Output {
    Stdout,
    Desk(Arc<Desk>),
}

impl Screen {
    /// Shows one message on a line of its own. What comes from a peer has to be
    /// [`printable`](crate::printable::printable) already.
    ///
    /// Waits while whoever reads our stdout does not, or, at a terminal, while a thousand
    /// messages wait to be shown.
    ///
    /// # Errors
    /// Stdout cannot be written to. If it was closed, [`crate::exit::run`] ends the program
    /// quietly.
    pub fn print(&self, message: &str) -> anyhow::Result<()> {
        match &self.0 {
            Output::Desk(desk) if desk.show(message) => Ok(()),
            _ => print_line(message),
        }
    }
}
