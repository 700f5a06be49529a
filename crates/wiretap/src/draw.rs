//! Drawing a tape.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use anyhow::{Context, bail};
use common::exit::print;
use common::printable::printable_path;

use crate::args::DrawAs;
use crate::steps::Steps;
use crate::tape::Header;
use crate::tape::read::Reader;
use crate::view::{Scene, View, hex, html, json, ladder, mermaid, svg, text};

/// So much is printed at once.
const BATCH: usize = 64 << 10;

/// Draws the tape at a path (`-` is standard input) on stdout.
///
/// # Errors
/// It cannot be read, or is no tape; or stdout cannot be written to.
pub fn draw(path: &Path, view: DrawAs) -> anyhow::Result<()> {
    let task = || format!("cannot draw {}", printable_path(path));
    let from: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(io::stdin().lock()),
        false => {
            let file = File::open(path).with_context(task)?;
            // A folder can be opened, and not read; the system says so in other words.
            if file.metadata().with_context(task)?.is_dir() {
                return Err(anyhow::anyhow!("it is a folder")).with_context(task);
            }
            Box::new(file)
        }
    };
    let (header, mut tape) = Reader::open(BufReader::new(from)).with_context(task)?;
    let mut view = view_of(view, &header);
    let mut steps = Steps::new(view.wish());
    let mut out = String::new();
    view.begin(&mut out);
    loop {
        // What can be shown before a line that cannot be understood is shown.
        let event = match tape.next_event() {
            Ok(Some(event)) => event,
            Ok(None) => break,
            Err(error) => {
                print(out.as_bytes())?;
                return Err(error).with_context(task);
            }
        };
        steps.take(&event);
        while let Some(step) = steps.next_step() {
            view.step(&step, &mut out);
        }
        if out.len() >= BATCH {
            print(out.as_bytes())?;
            out.clear();
        }
    }
    steps.end();
    while let Some(step) = steps.next_step() {
        view.step(&step, &mut out);
    }
    view.end(&mut out);
    print(out.as_bytes())?;
    if tape.was_cut() {
        bail!(
            "{}: the tape ends in the middle of a line; all before it was drawn",
            task()
        );
    }
    Ok(())
}

fn view_of(view: DrawAs, header: &Header) -> Box<dyn View> {
    let scene = Scene::of(header);
    match view {
        DrawAs::Ladder => Box::new(ladder::Ladder::for_stdout(scene, false)),
        DrawAs::Svg => Box::new(svg::Svg::new(scene)),
        DrawAs::Html => Box::new(html::Html::new(scene)),
        DrawAs::Mermaid => Box::new(mermaid::Mermaid::new(scene)),
        DrawAs::Json => Box::new(json::Json),
        DrawAs::Hex => Box::new(hex::Hex),
        DrawAs::Text => Box::new(text::Text),
    }
}
