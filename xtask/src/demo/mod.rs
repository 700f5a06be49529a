//! `cargo xtask demo`: runs the programs together and shows what they say to each other.
//!
//! The demos are the rows of a table in [`table`], and [`checks`] has what is expected of each. [`stage`]
//! runs one of them, [`voice`] prints what a process says. Which of them, the lines above and below each
//! and the table at the end are as for other tasks ([`crate::report`]).

mod checks;
mod picture;
mod stage;
mod table;
mod voice;

use crate::Verdict;
use crate::report::{self, Entry, Outcome};
use crate::say::{Paint, complain};
use table::Demo;

/// The arguments of `cargo xtask demo`
#[derive(clap::Args)]
#[command(
    after_help = "What a process writes to stdout stands after │, what it writes to stderr after ┊."
)]
pub(crate) struct Args {
    /// Which demos to run [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// List the demos, and run none
    #[arg(long)]
    list: bool,
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
    let chosen = match report::choose("demo", &demos, &args.names) {
        Ok(chosen) => chosen,
        Err(message) => {
            complain(&message);
            return Ok(Verdict::Misused);
        }
    };
    let paint = Paint::for_stdout();
    if args.list {
        report::list(&chosen, paint);
        return Ok(Verdict::Good);
    }
    build(&chosen)?;
    let show = |demo: &Demo| match stage::perform(demo, paint) {
        Ok(seen) => Outcome::Good(seen),
        Err(wrong) => Outcome::Bad(wrong),
    };
    Ok(report::try_all("demo", &chosen, paint, show))
}

/// The names of all programs that some demo runs.
pub(crate) fn programs() -> Vec<&'static str> {
    table::demos().iter().flat_map(Demo::programs).collect()
}

/// Builds before the first demo begins, so that no demo's time is spent on it.
fn build(demos: &[&Demo]) -> anyhow::Result<()> {
    for program in demos.iter().flat_map(|demo| demo.programs()) {
        harness::try_program(program)?;
    }
    Ok(())
}
