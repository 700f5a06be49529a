//! A picture: two life lines, a time axis, an arrow for each message.

use std::fmt::Write;
use std::time::Duration;

use super::words::{fit, grouped, label, markup, seconds, size};
use super::{Clock, Scene, View};
use crate::event::Side;
use crate::steps::{Kind, Step, Wish};

/// Arrows in one picture; what comes after them is counted.
const MAX_ARROWS: u64 = 2000;

/// Where things stand, in pixels.
const WIDTH: u32 = 800;
const TIME: u32 = 86;
const CLIENT: u32 = 120;
const SERVER: u32 = 760;
const TOP: u32 = 64;

/// From one arrow to the next, if no time passes.
const ROW: u32 = 34;

/// Columns of a label: what fits between the life lines.
const LABEL: usize = 74;

/// The style, for a light page and a dark one.
const STYLE: &str = "\
svg{--paper:#fff;--ink:#1c2128;--dim:#6a737d;--line:#c4cad1;--client:#0b62ad;--server:#9a4b00;--bad:#c11f2b}\
@media(prefers-color-scheme:dark){svg{--paper:#14181d;--ink:#e3e8ee;--dim:#98a2ad;--line:#48515b;\
--client:#6cb6ff;--server:#f0a45b;--bad:#ff7b7b}}\
text{font:13px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:var(--ink)}\
.paper{fill:var(--paper)}.dim{fill:var(--dim);font-size:11px}.name{font-weight:bold}\
.life{stroke:var(--line);stroke-width:2}.axis{stroke:var(--line);stroke-width:1}\
.client{stroke:var(--client);fill:var(--client)}.server{stroke:var(--server);fill:var(--server)}\
.reset,.lost{stroke:var(--bad);fill:var(--bad)}.shaft,.cross{stroke-width:1.6}.cross{fill:none}.sign .shaft,.lost .shaft{stroke-dasharray:5 4}";

/// The picture. It is written when the last arrow is known, because it says first how tall it is.
#[derive(Clone, Debug)]
pub struct Svg {
    scene: Scene,
    clock: Clock,
    /// Where the last arrow is.
    y: u32,
    drawn: u64,
    body: String,
}

impl Svg {
    /// An empty picture.
    pub fn new(scene: Scene) -> Self {
        Svg {
            scene,
            clock: Clock::default(),
            y: TOP,
            drawn: 0,
            body: String::new(),
        }
    }
}

/// How much further apart two arrows are for the time between them: 9 pixels for each power of ten
/// from a millisecond up, so that both a pause of a minute and one of a moment can be seen.
pub(super) fn pause(gap: Duration) -> u32 {
    let milliseconds = gap.as_secs_f64() * 1e3;
    let powers = milliseconds.max(1.0).log10().min(7.0);
    // From 0 to 63: no sign, and no overflow.
    (powers * 9.0) as u32
}

impl View for Svg {
    fn wish(&self) -> Wish {
        Wish::default()
    }

    fn step(&mut self, step: &Step, _: &mut String) {
        self.drawn += 1;
        if self.drawn > MAX_ARROWS {
            return;
        }
        let gap = self.clock.since(step.time).unwrap_or_default();
        self.y += ROW + pause(gap);
        let y = self.y;
        let (class, from, to, head) = match step.side {
            Side::Client => ("client", CLIENT, SERVER, SERVER - 9),
            Side::Server => ("server", SERVER, CLIENT, CLIENT + 9),
        };
        let (kind, beside) = match &step.kind {
            Kind::Message(message) if message.dropped => {
                (" lost", format!("LOST, {}", size(message)))
            }
            Kind::Message(message) => ("", size(message)),
            Kind::Reset { .. } => (" reset", String::new()),
            _ => (" sign", String::new()),
        };
        let number = match step.connection {
            1 => String::new(),
            number => format!("[{number}] "),
        };
        let room = LABEL.saturating_sub(beside.len() + 2);
        let words = format!("{number}{}", label(step));
        let (time, label) = (seconds(step.time), markup(&fit(&words, room)));
        let (middle, above) = ((CLIENT + SERVER) / 2, y - 7);
        let side = step.side.name();
        let title = markup(&fit(&format!("{side}, {time} s: {words}"), 400));
        // A reset and what was lost do not arrive as something that points: they end in a cross.
        let cross = matches!(kind, " lost" | " reset");
        let point = match cross {
            true => format!(
                "<path class='cross' d='M{} {} l8 8 m0 -8 l-8 8'/>",
                head - 4,
                y - 4
            ),
            false => format!(
                "<path d='M{to} {y} L{head} {} L{head} {} Z'/>",
                y - 4,
                y + 4
            ),
        };
        let _ = write!(
            self.body,
            "<g class='{class}{kind}'><title>{title}</title>\
             <line class='shaft' x1='{from}' y1='{y}' x2='{head}' y2='{y}'/>{point}</g>\
             <line class='axis' x1='{}' y1='{y}' x2='{TIME}' y2='{y}'/>\
             <text class='dim' x='{}' y='{}' text-anchor='end'>{time}</text>",
            TIME - 6,
            TIME - 10,
            y + 4
        );
        let _ = match beside.is_empty() {
            true => writeln!(
                self.body,
                "<text x='{middle}' y='{above}' text-anchor='middle' class='dim'>{label}</text>"
            ),
            false => writeln!(
                self.body,
                "<text x='{}' y='{above}'>{label}</text>\
                 <text class='dim' x='{}' y='{above}' text-anchor='end'>{beside}</text>",
                CLIENT + 14,
                SERVER - 14
            ),
        };
    }

    fn end(&mut self, out: &mut String) {
        let more = self.drawn.saturating_sub(MAX_ARROWS);
        if more > 0 {
            self.y += ROW;
            let _ = writeln!(
                self.body,
                "<text class='dim' x='{}' y='{}'>and {} more</text>",
                CLIENT + 14,
                self.y,
                grouped(more)
            );
        }
        let (bottom, height) = (self.y + 24, self.y + 40);
        let to = markup(&fit(&self.scene.to, 40));
        let title = markup(&format!("client and {}", self.scene.to));
        let _ = writeln!(
            out,
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' \
             width='{WIDTH}' height='{height}' role='img' aria-label='{title}'>\n\
             <style>{STYLE}</style>\n<rect class='paper' width='{WIDTH}' height='{height}'/>\n\
             <text class='name' x='{CLIENT}' y='30' text-anchor='middle'>client</text>\n\
             <text class='name' x='{}' y='30' text-anchor='end'>{to}</text>\n\
             <text class='dim' x='{TIME}' y='30' text-anchor='end'>seconds</text>\n\
             <line class='axis' x1='{TIME}' y1='42' x2='{TIME}' y2='{bottom}'/>\n\
             <line class='life' x1='{CLIENT}' y1='42' x2='{CLIENT}' y2='{bottom}'/>\n\
             <line class='life' x1='{SERVER}' y1='42' x2='{SERVER}' y2='{bottom}'/>\n{}</svg>",
            WIDTH - 4,
            self.body
        );
    }
}
