//! `cargo xtask soak`: all servers at once, for minutes, under honest and hostile clients. Afterwards each
//! has to be alive, as it was before, and every honest client has to have been served.
//!
//! A test tries one thing and is over in a moment; what a server loses a little of each time, it does not
//! notice. A soak does everything at once, for long, and looks at what is left.
//!
//! It has three spells of the same load. After each all clients leave, and the servers are given time to
//! get over it: until they hold no more files and threads than before, or until it has been too long.
//!
//! - `table`: the servers, one row each
//! - `programs`, `standing`: a server, started and watched
//! - `load`, `spell`, `honest`, `hostile`, `flood`: who comes, and for how long
//! - `talk`, `exchanges`: what honest clients say, and expect
//! - `figures`, `judge`, `verdict`, `report`: what was found

mod exchanges;
mod figures;
mod flood;
mod honest;
mod hostile;
mod judge;
mod load;
mod programs;
mod progress;
mod report;
mod spell;
mod standing;
mod table;
mod talk;
mod verdict;

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use clap::builder::PossibleValuesParser;

use crate::say::say;
use crate::{Verdict, interrupt};
use load::Load;
use programs::Programs;
use progress::Progress;
use standing::Standing;
use table::{ROWS, Row};

/// How many spells a soak has: the first in which a server grows to what is asked of it, and others in
/// which it must not grow again.
const SPELLS: u32 = 3;

/// The most connections that a server may have: few, so that a flood of them is small. All servers
/// together, and their clients, stay below the usual limit of 1,024 open files.
const CAP: usize = 32;

/// After how long a server closes a connection that is silent. It is longer than any honest client is
/// silent on a machine that is busy with other things.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// How long an honest client waits for anything before it has not been served. It has to be longer than a
/// flood lasts, and than a busy machine may take; it is no measure of speed.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long servers may take to get over a spell. It has to be longer than their idle time-outs.
const SETTLING: Duration = Duration::from_secs(60);

/// How often a server's figures are looked at while something is waited for.
const LOOK: Duration = Duration::from_millis(50);

/// The most minutes: two days.
const MOST_MINUTES: f64 = 2880.0;

/// The arguments of `cargo xtask soak`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// For how many minutes clients come, fractions allowed
    #[arg(default_value = "2", allow_negative_numbers = true, value_parser = minutes)]
    minutes: Duration,

    /// Let hostile clients do what they did in the soak that printed this number
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Soak this server alone; may be repeated
    #[arg(long, value_name = "SERVER")]
    #[arg(value_parser = PossibleValuesParser::new(ROWS.map(|row| row.name)))]
    only: Vec<String>,

    /// Soak what is built with --release, instead of what the tests use
    #[arg(long)]
    release: bool,
}

/// Soaks the servers, and prints what was found. Good when none has a fault.
pub(crate) fn run(args: Args) -> Result<Verdict> {
    let seed = args.seed.unwrap_or_else(any_seed);
    let programs = Programs::build(args.release)?;
    harness::open_file_limit();
    if cfg!(not(target_os = "linux")) {
        say("this system does not tell of files, threads and memory: those are not looked at");
    }
    let rows = ROWS
        .iter()
        .filter(|row| args.only.is_empty() || args.only.iter().any(|name| name == row.name))
        .filter(|row| is_possible(row));
    let start = |row| Standing::start(row, &programs).with_context(|| row.name);
    let mut standings: Vec<_> = rows.map(start).collect::<Result<_>>()?;
    say(&format!(
        "{} servers for {:.1} minutes; the hostile clients' seed is {seed}",
        standings.len(),
        args.minutes.as_secs_f64() / 60.0
    ));
    warm_up(&mut standings)?;
    let mut load = Load::new(seed);
    for number in 1..=SPELLS {
        let title = format!("spell {number} of {SPELLS}");
        let progress = Progress::of(&title);
        load.bear_on(&standings, args.minutes / SPELLS, &progress);
        let took = settle(&standings, &progress);
        progress.end();
        if interrupt::happened() {
            return Ok(Verdict::Bad);
        }
        for standing in &mut standings {
            let figures = standing.figures();
            standing.after.extend(figures);
            if !standing.has_settled() {
                let left = standing.open_files().join(", ");
                let name = standing.row.name;
                say(&format!("{name} has not got over it; it still has {left}"));
            }
        }
        let took = took.as_secs_f64();
        say(&format!(
            "{title} is over; the servers took {took:.1} s to get over it"
        ));
    }
    say(&format!("hostile clients: {}\n", load.came()));
    Ok(judge::judge(&standings))
}

/// Whether a row can be soaked here; if not, says why.
fn is_possible(row: &Row) -> bool {
    let possible = (row.needs)();
    if let Err(error) = &possible {
        say(&format!("{} is left out: {error:#}", row.name));
    }
    possible.is_ok()
}

/// An exchange and a run with each, so that what is made but once has been made, and then a look at what
/// each server holds.
fn warm_up(standings: &mut [Standing<'_>]) -> Result<()> {
    for standing in standings.iter() {
        let row = standing.row;
        (row.exchange)(standing, 0).with_context(|| row.name)?;
        row.client
            .map_or(Ok(()), |client| client(standing, 0))
            .with_context(|| row.name)?;
    }
    thread::scope(|scope| {
        for standing in standings.iter_mut() {
            scope.spawn(|| standing.take_stock());
        }
    });
    Ok(())
}

/// Waits until each server holds no more than before there were clients, or it has been too long; returns
/// how long it was.
fn settle(standings: &[Standing<'_>], progress: &Progress) -> Duration {
    let begin = Instant::now();
    while begin.elapsed() < SETTLING && !interrupt::happened() {
        progress.show(&"the servers are getting over it");
        if standings.iter().all(Standing::has_settled) {
            break;
        }
        thread::sleep(LOOK);
    }
    begin.elapsed()
}

/// The time of day, which is not known beforehand.
fn any_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(1, |now| now.as_secs())
}

fn minutes(text: &str) -> Result<Duration, String> {
    text.parse::<f64>()
        .ok()
        .filter(|minutes| (0.1..=MOST_MINUTES).contains(minutes))
        .map(|minutes| Duration::from_secs_f64(60.0 * minutes))
        .ok_or_else(|| format!("not a number of minutes between 0.1 and {MOST_MINUTES}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_may_be_fractions() {
        assert_eq!(minutes("0.5"), Ok(Duration::from_secs(30)));
        for text in ["0", "-1", "NaN", "inf", "1e9", "two"] {
            assert!(minutes(text).is_err(), "{text}");
        }
    }
}
