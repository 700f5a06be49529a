//! `cargo xtask bench`: our programs side by side with peers, as ratios.
//!
//! A figure alone says more about the machine than about the program, so each benchmark measures
//! two programs doing the same work, in turns, on the same machine, and wishes for a ratio. It is a
//! measurement, not a test: a wish that is not met is shown and is no error. One file for each
//! benchmark; what they share is in [`peer`] (starting the two programs), [`rounds`] (measuring
//! in turns) and [`table`], and for whole runs of programs that move files, in [`transfer`].

mod download;
mod figures;
mod ftp;
mod group_chat;
mod hello;
mod img;
mod peer;
mod rounds;
mod start;
mod table;
mod time;
mod transfer;
mod web;
mod wiretap;

use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::builder::PossibleValuesParser;

use rounds::Plan;
use table::Table;

/// A benchmark: measures, and returns what it found, in a table for each peer.
type Benchmark = fn(&Plan) -> Result<Vec<Table>>;

/// Every benchmark by its name, in the order in which they run.
const BENCHMARKS: [(&str, Benchmark); 9] = [
    ("time", time::bench),
    ("hello", hello::bench),
    ("img", img::bench),
    ("group-chat", group_chat::bench),
    ("download", download::bench),
    ("ftp", ftp::bench),
    ("web", web::bench),
    ("wiretap", wiretap::bench),
    ("start", start::bench),
];

/// The arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which benchmarks to run [default: all]
    #[arg(value_name = "NAME")]
    #[arg(value_parser = PossibleValuesParser::new(BENCHMARKS.map(|(name, _)| name)))]
    what: Vec<String>,

    /// How often each program is measured; more rounds make the medians steadier
    #[arg(long, value_name = "N", default_value_t = 5)]
    #[arg(allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,

    /// How long one measurement takes, in seconds
    #[arg(long, value_name = "S", default_value = "2")]
    #[arg(allow_negative_numbers = true, value_parser = seconds)]
    seconds: Duration,
}

/// The servers whose start is measured: all that there are, but for the stand-ins.
#[cfg(test)]
pub(crate) fn servers() -> impl Iterator<Item = &'static str> {
    start::SERVERS.iter().map(|(name, _)| *name)
}

/// Runs the benchmarks asked for and prints a table for each on stdout; progress goes to stderr.
///
/// # Errors
/// When a program cannot be built or started, ends early, or answers wrongly. A missing peer, C
/// compiler or Python is no error: the table says what was left out.
pub(crate) fn run(args: Args) -> Result<()> {
    let plan = Plan {
        rounds: args.rounds,
        each: args.seconds,
    };
    for (name, benchmark) in BENCHMARKS {
        if args.what.is_empty() || args.what.iter().any(|asked| asked == name) {
            for table in benchmark(&plan)? {
                writeln!(io::stdout(), "{table}").context("cannot print the result")?;
            }
        }
    }
    Ok(())
}

/// Reads a length of time in seconds, fractions allowed.
fn seconds(text: &str) -> Result<Duration, String> {
    text.parse::<f64>()
        .ok()
        .filter(|seconds| (0.1..=3600.0).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "not a number of seconds between 0.1 and 3600".to_owned())
}
