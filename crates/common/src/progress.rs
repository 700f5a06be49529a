//! Bars that grow while something long is transferred.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Name, bar, how much of how much, how fast, and how long it will take.
const LOOK: &str =
    "{msg}{wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}";

/// The same where nobody knows how much there is.
const ENDLESS_LOOK: &str = "{msg}{binary_bytes} {binary_bytes_per_sec}";

/// How many of how many are done, for a bar over several.
const WHOLE_LOOK: &str = "{msg}{wide_bar} {pos}/{len}";

/// How often the bar over several is drawn at least.
const REFRESH: Duration = Duration::from_millis(200);

/// A bar on stderr, gone when this is dropped.
#[derive(Debug)]
pub struct Bar(ProgressBar);

impl Bar {
    /// Whether there should be one: only on a terminal, in a file it would be rubbish.
    pub fn is_wanted(quiet: bool) -> bool {
        !quiet && io::stderr().is_terminal()
    }

    /// A bar for so many bytes. `name` stands before it and has to be printable; it may be empty.
    pub fn new(name: &str, size: u64) -> Self {
        dress(ProgressBar::new(size), LOOK, name)
    }

    /// So many bytes have come.
    pub fn set(&self, done: u64) {
        self.0.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Several bars on stderr, one below the other, the last of them for the whole.
#[derive(Debug)]
pub struct Bars {
    all: MultiProgress,
    whole: Bar,
}

impl Bars {
    /// So far there is the bar for the whole: `count` things, none of them done.
    pub fn new(name: &str, count: u64) -> Self {
        let all = MultiProgress::new();
        let whole = dress(all.add(ProgressBar::new(count)), WHOLE_LOOK, name);
        // What happens shortly after something was drawn is not drawn: there may be nothing after it.
        whole.0.enable_steady_tick(REFRESH);
        Bars { all, whole }
    }

    /// One more bar, for so many bytes, if that is known, of which some have come before: they do not
    /// count for how fast it is. As [`Bar::new`].
    pub fn add(&self, name: &str, size: Option<u64>, before: u64) -> Bar {
        let (bar, look) = match size {
            Some(size) => (ProgressBar::new(size), LOOK),
            None => (ProgressBar::no_length(), ENDLESS_LOOK),
        };
        let bar = dress(self.all.insert_before(&self.whole.0, bar), look, name);
        bar.0.set_position(before);
        bar.0.reset_eta();
        bar
    }

    /// So many things are done.
    pub fn set(&self, done: u64) {
        self.whole.set(done);
    }

    /// Takes all bars away.
    pub fn clear(&self) {
        self.whole.0.finish_and_clear();
        // Fails where the terminal is gone, and the bars with it.
        let _ = self.all.clear();
    }

    /// Takes the bars away while `print` writes to the terminal.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.all.suspend(print)
    }
}

fn dress(bar: ProgressBar, look: &str, name: &str) -> Bar {
    let style = ProgressStyle::with_template(look);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    let gap = if name.is_empty() { "" } else { " " };
    let bar = bar.with_style(style);
    Bar(bar.with_message(format!("{name}{gap}")))
}
