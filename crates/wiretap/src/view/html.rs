//! A page of its own: nothing is loaded, and no script is needed. A click on an arrow shows all of
//! its bytes.

use std::fmt::Write;

use common::printable::printable;

use super::svg::pause;
use super::words::{ROW, dump_line, fit, grouped, is_text, label, markup, seconds, size, took};
use super::{Clock, Scene, View};
use crate::steps::{Kind, Message, Step, Wish};

/// Rows on one page; what comes after them is counted.
const MAX_ROWS: u64 = 5000;

/// So many bytes can be shown by a click, all rows together: a byte takes six in the page.
const MAX_BYTES: usize = 2 << 20;

/// Columns of a label before it is cut; the page breaks it where it does not fit.
const LABEL: usize = 200;

const STYLE: &str = include_str!("html.css");

/// The page.
#[derive(Clone, Debug)]
pub struct Html {
    scene: Scene,
    clock: Clock,
    rows: u64,
    bytes_left: usize,
}

impl Html {
    /// An empty page.
    pub fn new(scene: Scene) -> Self {
        Html {
            scene,
            clock: Clock::default(),
            rows: 0,
            bytes_left: MAX_BYTES,
        }
    }

    /// What a click shows: the text, if it is one, and the bytes.
    fn bytes(&mut self, message: &Message, out: &mut String) {
        let shown = &message.bytes[..message.bytes.len().min(self.bytes_left)];
        self.bytes_left -= shown.len();
        if is_text(message) && !shown.is_empty() {
            out.push_str("<pre class='said'>");
            for line in shown.split_inclusive(|byte| *byte == b'\n') {
                // Where a line ends is shown, and it ends there too.
                let text = markup(&printable(line).to_string());
                let _ = match line.ends_with(b"\n") {
                    true => writeln!(out, "{text}"),
                    false => write!(out, "{text}"),
                };
            }
            out.push_str("</pre>");
        }
        out.push_str("<pre>");
        for (row, bytes) in shown.chunks(ROW).enumerate() {
            let line = dump_line(message.offset + (row * ROW) as u64, bytes);
            let _ = writeln!(out, "{}", markup(&line));
        }
        let missing = message.length - shown.len() as u64;
        if missing > 0 {
            let _ = writeln!(out, "… {} more bytes are on the tape", grouped(missing));
        }
        out.push_str("</pre>");
    }
}

impl View for Html {
    fn wish(&self) -> Wish {
        Wish::default()
    }

    fn begin(&mut self, out: &mut String) {
        let (listen, to) = (markup(&self.scene.listen), markup(&self.scene.to));
        let started = markup(&self.scene.started);
        let _ = writeln!(
            out,
            "<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n\
             <meta name='viewport' content='width=device-width, initial-scale=1'>\n\
             <meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>wiretap: {to}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <h1>What went over the wire to {to}</h1>\n\
             <p>Seen by wiretap at {listen}, from {started}. On the left, seconds since then; the longer the \
             pause, the wider the gap. A click on an arrow shows its bytes. Passwords are masked.</p>\n\
             <div class='names'><small>seconds</small><div><span>client</span><span>{to}</span></div></div>\n\
             <ol class='ladder'>"
        );
    }

    fn step(&mut self, step: &Step, out: &mut String) {
        self.rows += 1;
        if self.rows > MAX_ROWS {
            return;
        }
        let gap = self.clock.since(step.time);
        let side = step.side.name();
        let kind = match &step.kind {
            Kind::Message(message) if message.dropped => "lost",
            Kind::Message(_) => "data",
            Kind::Reset { .. } => "reset",
            _ => "sign",
        };
        let style = match pause(gap.unwrap_or_default()) {
            0 => String::new(),
            pixels => format!(" style='--pause:{pixels}px'"),
        };
        let since = gap.map(|gap| format!("<small>+{}</small>", seconds(gap)));
        let number = match step.connection {
            1 => String::new(),
            number => format!("[{number}] "),
        };
        let words = markup(&fit(&format!("{number}{}", label(step)), LABEL));
        let _ = write!(
            out,
            "<li class='{side} {kind}'{style}><time>{}{}</time><div class='lane'>",
            seconds(step.time),
            since.unwrap_or_default()
        );
        const ARROW: &str = "<div class='arrow'></div>";
        if let Kind::Message(message) = &step.kind {
            let mut beside = size(message);
            if let Some(took) = took(step) {
                let _ = write!(beside, ", {} s", seconds(took));
            }
            if message.dropped {
                beside = format!("LOST, {beside}");
            }
            let _ = write!(
                out,
                "<details><summary title='{side}: {words}'><div class='words'><span>{words}</span>\
                 <small>{beside}</small></div>{ARROW}</summary>"
            );
            self.bytes(message, out);
            out.push_str("</details>");
        } else {
            let _ = write!(
                out,
                "<div class='words'><span>{side} {words}</span></div>{ARROW}"
            );
        }
        out.push_str("</div></li>\n");
    }

    fn end(&mut self, out: &mut String) {
        out.push_str("</ol>\n");
        let more = self.rows.saturating_sub(MAX_ROWS);
        if more > 0 {
            let _ = writeln!(out, "<p>… and {} more</p>", grouped(more));
        }
        out.push_str("</body>\n</html>\n");
    }
}
