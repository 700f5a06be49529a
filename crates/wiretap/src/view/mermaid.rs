//! A sequence diagram in Mermaid's language, which code hosts draw.

use std::fmt::Write;

use super::words::{fit, grouped, label, size};
use super::{Scene, View};
use crate::event::Side;
use crate::steps::{Kind, Step, Wish};

/// Columns of a label; a longer one would make the picture too wide for a page.
const LABEL: usize = 60;

/// Arrows; more than that, Mermaid refuses or nobody reads.
const MAX_ARROWS: u64 = 500;

/// The diagram.
#[derive(Clone, Debug)]
pub struct Mermaid {
    scene: Scene,
    drawn: u64,
}

impl Mermaid {
    /// An empty diagram.
    pub fn new(scene: Scene) -> Self {
        Mermaid { scene, drawn: 0 }
    }
}

impl View for Mermaid {
    fn wish(&self) -> Wish {
        Wish::default()
    }

    fn begin(&mut self, out: &mut String) {
        let _ = writeln!(
            out,
            "sequenceDiagram\n    participant C as client\n    participant S as {}",
            encoded(&self.scene.to)
        );
    }

    fn step(&mut self, step: &Step, out: &mut String) {
        self.drawn += 1;
        if self.drawn > MAX_ARROWS {
            return;
        }
        let (from, to) = match step.side {
            Side::Client => ('C', 'S'),
            Side::Server => ('S', 'C'),
        };
        let (arrow, text) = match &step.kind {
            Kind::Message(message) if message.dropped => {
                ("--x", format!("LOST: {}", fit(&label(step), LABEL)))
            }
            Kind::Message(message) if message.length > LABEL as u64 || message.pieces > 1 => (
                "->>",
                format!("{} ({})", fit(&label(step), LABEL), size(message)),
            ),
            Kind::Message(_) => ("->>", fit(&label(step), LABEL)),
            Kind::Reset { .. } => ("-x", label(step)),
            _ => ("-->>", label(step)),
        };
        let number = match step.connection {
            1 => String::new(),
            number => format!("[{number}] "),
        };
        let text = encoded(&format!("{number}{text}"));
        let _ = writeln!(out, "    {from}{arrow}{to}: {text}");
    }

    fn end(&mut self, out: &mut String) {
        let more = self.drawn.saturating_sub(MAX_ARROWS);
        if more > 0 {
            let _ = writeln!(out, "    Note over C,S: and {} more", grouped(more));
        }
    }
}

/// Text that Mermaid takes for nothing but text. Most signs mean something to it, or to the HTML that
/// it makes, and so does the word `end`; it has numbered entities for them.
fn encoded(text: &str) -> String {
    let mut safe = String::new();
    for (at, c) in text.char_indices() {
        let begins_end = text[at..]
            .get(..3)
            .is_some_and(|word| word.eq_ignore_ascii_case("end"));
        let is_plain = c.is_alphanumeric()
            || matches!(
                c,
                ' ' | '.' | ',' | '-' | '/' | ':' | '(' | ')' | '!' | '?' | '+' | '…'
            );
        match is_plain && !begins_end {
            true => safe.push(c),
            false => _ = write!(safe, "#{};", u32::from(c)),
        }
    }
    safe
}
