//! How a demo's processes are told apart on the terminal: each line gets the name of who said it, in a
//! colour of its own.

use std::sync::atomic::{AtomicUsize, Ordering};

use harness::Stream;

use crate::say::{Colour, Paint, say};

/// So many lines of each stream of a process are shown; of the others, how many there were.
const SHOWN_LINES: usize = 12;

/// So many characters of one line are shown.
const SHOWN_WIDTH: usize = 120;

/// The colours, in the order in which an act's processes get them.
const COLOURS: [Colour; 5] = [
    Colour::Cyan,
    Colour::Yellow,
    Colour::Magenta,
    Colour::Blue,
    Colour::Green,
];

/// What one process says.
pub(super) struct Voice {
    label: String,
    colour: Colour,
    paint: Paint,
    /// How many lines on stdout and on stderr.
    said: [AtomicUsize; 2],
}

impl Voice {
    /// The voice of the process that is the `index`th of its act. `width` is that of the longest label,
    /// so that the lines of all stand below each other.
    pub(super) fn new(label: &str, width: usize, index: usize, paint: Paint) -> Voice {
        let colour = COLOURS[index % COLOURS.len()];
        Voice {
            label: format!("{label:width$}"),
            colour,
            paint,
            said: Default::default(),
        }
    }

    /// Prints a line, unless there were too many already.
    pub(super) fn say(&self, stream: Stream, line: &str) {
        if self.said[stream as usize].fetch_add(1, Ordering::Relaxed) < SHOWN_LINES {
            say(&self.prefixed(stream, &fit(line)));
        }
    }

    /// To be called when the process has ended.
    pub(super) fn fall_silent(&self) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let said = self.said[stream as usize].load(Ordering::Relaxed);
            if said > SHOWN_LINES {
                let rest = format!("… and {} more lines", said - SHOWN_LINES);
                say(&self.prefixed(stream, &self.paint.dim(&rest)));
            }
        }
    }

    fn prefixed(&self, stream: Stream, text: &str) -> String {
        let bar = match stream {
            Stream::Stdout => '│',
            Stream::Stderr => '┊',
        };
        let prefix = self
            .paint
            .colour(self.colour, &format!("{} {bar}", self.label));
        format!("{prefix} {text}")
    }
}

/// The line, cut where it would be too long. Our programs escape what came from a peer, but this terminal
/// should not depend on it.
fn fit(line: &str) -> String {
    let escape = |c: char| {
        if c.is_control() {
            c.escape_debug().to_string()
        } else {
            c.to_string()
        }
    };
    let mut shown: String = line.chars().take(SHOWN_WIDTH).map(escape).collect();
    let rest = line.chars().count().saturating_sub(SHOWN_WIDTH);
    if rest > 0 {
        shown += &format!(" … and {rest} more characters");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_the_name_of_who_said_it_and_where() {
        let voice = Voice::new("server", 8, 0, Paint::none());
        assert_eq!(voice.prefixed(Stream::Stdout, "up"), "server   │ up");
        assert_eq!(voice.prefixed(Stream::Stderr, "up"), "server   ┊ up");
    }

    #[test]
    fn a_long_line_is_cut_and_controls_are_escaped() {
        assert_eq!(fit("\x1b[2J"), "\\u{1b}[2J");
        let long = fit(&"名".repeat(SHOWN_WIDTH + 5));
        assert!(long.ends_with("名 … and 5 more characters"), "{long}");
    }
}
