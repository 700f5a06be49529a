//! `cargo xtask interop`: our programs against servers and clients of others.
//!
//! Each row of [`table`] is a check: which of our programs, which tools of others, and what is tried.
//! The servers are started for it on loopback ([`crate::servers`]) and stopped afterwards. Where a tool
//! is not installed the check is left out; but where `CI=true` says that everything should be there, it
//! has failed.

mod browser;
mod downloader;
mod ftp_updown;
mod mailer;
mod mini_web;
mod ours;
mod page_fetch;
mod table;
mod wiretap;

use std::env;
use std::ops::ControlFlow;

use crate::Verdict;
use crate::report::{self, Entry, Outcome, Wish};
use crate::servers::Tool;
use table::Check;

/// The arguments of `cargo xtask interop`
#[derive(clap::Args)]
#[command(
    after_help = "A check whose tools are not installed is left out, or has failed if CI=true."
)]
pub(crate) struct Args {
    #[command(flatten)]
    wish: Wish,
}

impl Entry for Check {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }
}

/// Runs the checks asked for, one after the other.
pub(crate) fn run(args: Args) -> anyhow::Result<Verdict> {
    let checks = table::checks();
    let chosen = match report::wished("check", &checks, &args.wish) {
        ControlFlow::Continue(chosen) => chosen,
        ControlFlow::Break(verdict) => return Ok(verdict),
    };
    // So that no check's time is spent on it.
    for program in chosen.iter().flat_map(|check| check.programs) {
        harness::try_program(program)?;
    }
    Ok(report::try_all("check", &chosen, attempt))
}

fn attempt(check: &Check) -> Outcome {
    let missing = |tool: &&&Tool| tool.path().is_none();
    let missing: Vec<_> = check.tools.iter().filter(missing).collect();
    if !missing.is_empty() {
        let tell = |tool: &&&Tool| format!("{} (Debian's {})", tool.name, tool.package);
        let missing: Vec<_> = missing.iter().map(tell).collect();
        let text = format!("not installed: {}", missing.join(", "));
        return match env::var("CI") {
            Ok(ci) if ci == "true" => Outcome::Bad(text),
            _ => Outcome::LeftOut(text),
        };
    }
    match (check.run)() {
        Ok(seen) => Outcome::Good(seen),
        Err(error) => Outcome::Bad(format!("{error:#}")),
    }
}
