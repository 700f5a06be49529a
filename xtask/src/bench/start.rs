//! `bench start`: how long a server takes from its start until it listens, against `/bin/true`, which
//! does nothing at all; and the memory that it has then, with nobody connected.
//!
//! A program that starts at once can be started for every task, and one that needs next to nothing can
//! stay on the smallest host. Most of either is the system's: making a process, loading the C library.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use harness::{Launch, Profile};

use super::figures::Spread;
use super::peer;
use super::rounds::Plan;
use super::table::Table;

/// How much longer than `/bin/true` a server may take, in milliseconds.
const MORE: f64 = 5.0;

/// The most memory that one may have while nothing happens, in MiB.
const MEMORY: f64 = 4.0;

/// How often each program is started in a round: one start is over in a moment.
const STARTS: u32 = 20;

/// Every server, and what it needs to listen on a free port of loopback.
pub(super) const SERVERS: [(&str, &[&str]); 8] = [
    ("time-server", &["--listen", "127.0.0.1:0"]),
    ("hello-server", &["--listen", "127.0.0.1:0"]),
    ("img-server", &["--listen", "127.0.0.1:0", "README.md"]),
    ("group-chat-server", &["--listen", "127.0.0.1:0"]),
    ("mini-web", &["docs", "--listen", "127.0.0.1:0"]),
    ("tcp-chat", &["listen", "127.0.0.1:0"]),
    ("wiretap", &["--to", "127.0.0.1:9"]),
    ("udp-chat", &["--bind", "127.0.0.1:0", "--stay"]),
];

/// Starts each server again and again, in turns with `/bin/true`.
pub(super) fn bench(plan: &Plan) -> Result<Vec<Table>> {
    let mut table =
        Table::of_lines("every server, from its start until it listens, and its memory then");
    table.remark(format!(
        "{:<20}{:>24}{:>14}{:>8}{:>5}{:>14}{:>8}{:>5}",
        "",
        "ms (min – median – max)",
        "beyond true",
        "wanted",
        "met",
        "memory, MiB",
        "wanted",
        "met"
    ));
    let programs = harness::build(Profile::Release)?;
    for (name, args) in SERVERS {
        let program = programs
            .get(name)
            .with_context(|| format!("the workspace has no program {name}"))?;
        table.remark(measure(plan, name, program, args)?);
    }
    Ok(vec![table])
}

/// The line of one server.
fn measure(plan: &Plan, name: &str, program: &Path, args: &[&str]) -> Result<String> {
    let (mut took, mut beyond, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.rounds * STARTS {
        let (time, bytes) = start(program, args).with_context(|| name.to_owned())?;
        let nothing = run_true()?;
        took.push(Some(milliseconds(time)));
        beyond.push(Some(milliseconds(time) - milliseconds(nothing)));
        memory.push(bytes.map(|bytes| bytes as f64 / f64::from(1 << 20)));
    }
    eprintln!("{name}: started {} times", took.len());
    let spread = |figures: Vec<Option<f64>>| Spread::of(figures.into_iter());
    let took = spread(took).context("it was never started")?;
    let beyond = spread(beyond).context("it was never started")?.median;
    let met = |met: bool| if met { "yes" } else { "no" };
    let time = format!(
        "{name:<20}{:>24}{beyond:>14.2}{:>8}{:>5}",
        format!("{:.2} – {:.2} – {:.2}", took.min, took.median, took.max),
        format!("≤ {MORE}"),
        met(beyond <= MORE),
    );
    // Where the system does not tell of memory, there is nothing to say.
    Ok(spread(memory).map_or(time.clone(), |memory| {
        format!(
            "{time}{:>14.2}{:>8}{:>5}",
            memory.median,
            format!("≤ {MEMORY}"),
            met(memory.median <= MEMORY)
        )
    }))
}

/// Starts a server, and returns how long it took and the memory that it has.
fn start(program: &Path, args: &[&str]) -> Result<(Duration, Option<u64>)> {
    let launch = Launch::command(program)
        .args(args)
        .dir(harness::workspace_root());
    let begin = Instant::now();
    let server = launch.try_serve()?;
    let took = begin.elapsed();
    Ok((took, peer::memory(&server)))
}

fn run_true() -> Result<Duration> {
    let begin = Instant::now();
    let output = Launch::command("true").try_run()?;
    ensure!(output.success(), "{output}");
    Ok(begin.elapsed())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
