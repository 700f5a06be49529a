//! The lines that are typed.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread;

use anyhow::Context;
use common::printable::printable;
use common::terminal::Lines;

use super::amount::Gate;
use super::event::{End, Event};
use super::line::{HELP, Line};
use super::page::Page;

/// Has the lines read, in a thread of their own, which nobody waits for: they become events, or are
/// answered on the page.
///
/// # Errors
/// The system has no thread left.
pub(super) fn start(
    mut lines: Lines,
    interactive: bool,
    page: Page,
    gate: Arc<Gate>,
    happened: SyncSender<Event>,
) -> anyhow::Result<()> {
    thread::Builder::new()
        .name("lines".into())
        .spawn(move || {
            let end = loop {
                let line = match lines.next_line() {
                    // Nobody means to say nothing by pressing Enter.
                    Ok(Some(line)) if line.is_empty() && interactive => continue,
                    Ok(Some(line)) => line,
                    Ok(None) => break End::Input,
                    Err(error) => break End::Failed(error),
                };
                match Line::read(&line) {
                    Line::For(errand) => {
                        gate.enter(errand.size());
                        if happened.send(Event::Errand(errand)).is_err() {
                            return;
                        }
                    }
                    Line::Quit => break End::Quit,
                    local => {
                        if let Err(error) = answer(&page, &local) {
                            break End::Failed(error);
                        }
                    }
                }
            };
            let _ = happened.send(Event::Ended(end));
        })
        .context("cannot start a thread")?;
    Ok(())
}

/// Answers a line that is not for the server.
fn answer(page: &Page, line: &Line) -> anyhow::Result<()> {
    match line {
        Line::Help => HELP.iter().try_for_each(|line| page.status(line)),
        Line::Unknown(command) => page.complaint(&format!(
            "there is no command {} (/help; //TEXT to say it)",
            printable(command)
        )),
        Line::For(_) | Line::Quit => Ok(()),
    }
}
