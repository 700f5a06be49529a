//! Two life lines, and an arrow for each message.

use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::time::Duration;

use common::log::colours_are_wanted;
use common::screen::window_size;
use unicode_width::UnicodeWidthStr;

use super::words::{fit, label, seconds, size, took};
use super::{Clock, Scene, View};
use crate::event::Side;
use crate::steps::{Kind, Step, Wish};

/// A message that goes on is shown at least so often while it is live.
const LONGEST: Duration = Duration::from_secs(1);

/// Columns between the life lines, where nothing else is known.
const DEFAULT_WIDTH: usize = 58;
const WIDTHS: std::ops::RangeInclusive<usize> = 30..=100;

/// Columns left of the client's life line, and for the size right of the server's.
const LEFT: usize = 25;
const RIGHT: usize = 28;

/// The ladder.
#[derive(Clone, Debug)]
pub struct Ladder {
    scene: Scene,
    width: usize,
    colours: bool,
    live: bool,
    clock: Clock,
}

impl Ladder {
    /// A ladder for stdout: as wide as the terminal allows, in colour if it is one.
    pub fn for_stdout(scene: Scene, live: bool) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let width = match window_size() {
            Some((columns, _)) => usize::from(columns).saturating_sub(LEFT + RIGHT),
            None => DEFAULT_WIDTH,
        };
        Ladder {
            width: width.clamp(*WIDTHS.start(), *WIDTHS.end()),
            colours: is_terminal && colours_are_wanted(),
            live,
            ..Ladder::plain(scene)
        }
    }

    /// A ladder without colours, of the usual width.
    pub fn plain(scene: Scene) -> Self {
        Ladder {
            scene,
            width: DEFAULT_WIDTH,
            colours: false,
            live: false,
            clock: Clock::default(),
        }
    }

    /// The arrow, from life line to life line.
    fn arrow(&self, step: &Step) -> String {
        let stroke = match &step.kind {
            Kind::Message(message) if message.dropped => '╌',
            Kind::Message(_) => '─',
            Kind::Reset { .. } => '╳',
            _ => '┄',
        };
        let mut text = label(step);
        if let Kind::Message(message) = &step.kind
            && message.dropped
        {
            text = format!("LOST: {text}");
        }
        // Two strokes, the text between spaces, strokes, and the point.
        let text = fit(&text, self.width - 8);
        let rest = self.width - text.width() - 5;
        let strokes: String = std::iter::repeat_n(stroke, rest).collect();
        let lost = matches!(&step.kind, Kind::Message(message) if message.dropped);
        match (step.side, lost) {
            (Side::Client, false) => format!("├{stroke}{stroke} {text} {strokes}▶│"),
            (Side::Client, true) => format!("├{stroke}{stroke} {text} {strokes}×│"),
            (Side::Server, false) => format!("│◀{stroke} {text} {strokes}{stroke}┤"),
            (Side::Server, true) => format!("│×{stroke} {text} {strokes}{stroke}┤"),
        }
    }

    fn painted(&self, step: &Step, arrow: &str) -> String {
        if !self.colours {
            return arrow.to_owned();
        }
        let colour = match (&step.kind, step.side) {
            (Kind::Reset { .. }, _) => 31,
            (_, Side::Client) => 36,
            (_, Side::Server) => 33,
        };
        format!("\x1b[{colour}m{arrow}\x1b[0m")
    }
}

impl View for Ladder {
    fn wish(&self) -> Wish {
        Wish {
            all_bytes: false,
            longest: self.live.then_some(LONGEST),
        }
    }

    fn begin(&mut self, out: &mut String) {
        let to = fit(&self.scene.to, self.width - 10);
        let gap = self.width + 2 - "client".len() - to.width();
        let _ = writeln!(
            out,
            "{:>9}  {:>8}  {:>3} client{:gap$}{to}",
            "seconds", "", "no", ""
        );
    }

    fn step(&mut self, step: &Step, out: &mut String) {
        let gap = match self.clock.since(step.time) {
            Some(gap) => format!("+{}", seconds(gap)),
            None => String::new(),
        };
        let arrow = self.painted(step, &self.arrow(step));
        let mut beside = String::new();
        if let Kind::Message(message) = &step.kind {
            beside = format!(" {}", size(message));
            if let Some(took) = took(step) {
                let _ = write!(beside, ", {} s", seconds(took));
            }
        }
        let (time, number) = (seconds(step.time), step.connection);
        let _ = writeln!(out, "{time:>9}  {gap:>8}  {number:>3} {arrow}{beside}");
    }
}
