//! `cargo xtask demo`: runs the programs together and shows what they say to each other.
//!
//! The demos are the rows of a table in [`table`], and [`checks`] has what is expected of each. [`stage`]
//! runs one of them, [`voice`] prints what a process says. Which of them, the lines above and below each
//! and the table at the end are as for other tasks ([`crate::report`]).

mod checks;
mod page;
mod picture;
mod stage;
mod table;
mod voice;

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::Verdict;
use crate::report::{self, Entry, Outcome, Wish};
use crate::say::quietly;
use table::Demo;

/// The arguments of `cargo xtask demo`
#[derive(clap::Args)]
#[command(
    after_help = "What a process writes to stdout stands after │, what it writes to stderr after ┊."
)]
pub(crate) struct Args {
    #[command(flatten)]
    wish: Wish,
    /// Write a page with all of them to this folder, to be read in a browser
    #[arg(long, value_name = "DIR")]
    html: Option<PathBuf>,
}

impl Entry for Demo {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.watch
    }
}

/// Runs the demos asked for, one after the other; one that fails does not stop the others.
pub(crate) fn run(args: Args) -> anyhow::Result<Verdict> {
    let demos = table::demos();
    let chosen = match report::wished("demo", &demos, &args.wish) {
        ControlFlow::Continue(chosen) => chosen,
        ControlFlow::Break(verdict) => return Ok(verdict),
    };
    build(&chosen)?;
    let performances = RefCell::new(Vec::new());
    let show = |demo: &Demo| {
        let performance = stage::perform(demo);
        let outcome = match performance.outcome.clone() {
            Ok(seen) => Outcome::Good(seen),
            Err(wrong) => Outcome::Bad(wrong),
        };
        performances.borrow_mut().push(performance);
        outcome
    };
    let verdict = report::try_all("demo", &chosen, show);
    if let Some(folder) = args.html {
        let shown: Vec<_> = chosen.into_iter().zip(performances.take()).collect();
        page::write(&folder, &shown)?;
    }
    Ok(verdict)
}

/// The names of all programs that some demo runs.
pub(crate) fn programs() -> Vec<&'static str> {
    table::demos().iter().flat_map(Demo::programs).collect()
}

/// Runs a demo without showing it, and returns what went over the wire in each of its acts.
///
/// # Errors
/// There is no such demo, or it has failed.
pub(crate) fn tapes(name: &str) -> anyhow::Result<Vec<String>> {
    let demos = table::demos();
    let chosen = report::choose("demo", &demos, &[name.to_owned()]).map_err(anyhow::Error::msg)?;
    build(&chosen)?;
    let perform = |demo: &&Demo| quietly(|| stage::perform(demo));
    let mut tapes = Vec::new();
    for performance in chosen.iter().map(perform) {
        performance.outcome.map_err(anyhow::Error::msg)?;
        tapes.extend(
            performance
                .wires
                .into_iter()
                .flatten()
                .map(|wire| wire.tape),
        );
    }
    Ok(tapes)
}

/// Builds before the first demo begins, so that no demo's time is spent on it.
fn build(demos: &[&Demo]) -> anyhow::Result<()> {
    let shown = demos.iter().flat_map(|demo| demo.programs());
    for program in shown.chain(["wiretap"]) {
        harness::try_program(program)?;
    }
    Ok(())
}
