//! `cargo xtask demo`: runs the programs together and shows what they say to each other.
//!
//! The demos are the rows of a table in [`table`], and [`checks`] has what is expected of each. [`stage`]
//! runs one of them, [`voice`] prints what a process says. Here is the order of things around it: which
//! demos, the lines above and below each, the table at the end and the exit code.

mod checks;
mod picture;
mod stage;
mod table;
mod voice;

use std::time::{Duration, Instant};

use crate::say::{Colour, Paint, complain, say};
use crate::{Verdict, interrupt};
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

/// How a demo went, for the table at the end.
struct Row {
    name: &'static str,
    /// What was seen, or the first line of what went wrong.
    outcome: Result<String, String>,
    took: Duration,
}

/// Runs the demos asked for, one after the other; one that fails does not stop the others.
pub(crate) fn run(args: Args) -> anyhow::Result<Verdict> {
    let demos = table::demos();
    let chosen = match choose(&demos, &args.names) {
        Ok(chosen) => chosen,
        Err(message) => {
            complain(&message);
            return Ok(Verdict::Misused);
        }
    };
    let paint = Paint::for_stdout();
    if args.list {
        list(&chosen, paint);
        return Ok(Verdict::Good);
    }
    build(&chosen)?;
    let mut rows = Vec::new();
    for demo in chosen {
        rows.push(show(demo, paint));
        if interrupt::happened() {
            return Ok(Verdict::Bad);
        }
    }
    summarise(&rows, paint);
    let all_good = rows.iter().all(|row| row.outcome.is_ok());
    Ok(if all_good {
        Verdict::Good
    } else {
        Verdict::Bad
    })
}

/// The names of all programs that some demo runs.
pub(crate) fn programs() -> Vec<&'static str> {
    table::demos().iter().flat_map(Demo::programs).collect()
}

/// The demos with these names, in this order; all of them when there are none.
fn choose<'a>(demos: &'a [Demo], names: &[String]) -> Result<Vec<&'a Demo>, String> {
    if names.is_empty() {
        return Ok(demos.iter().collect());
    }
    let find = |name: &String| {
        demos.iter().find(|demo| demo.name == name).ok_or_else(|| {
            let known: Vec<_> = demos.iter().map(|demo| demo.name).collect();
            format!("there is no demo {name:?}; there are: {}", known.join(", "))
        })
    };
    names.iter().map(find).collect()
}

fn list(demos: &[&Demo], paint: Paint) {
    let width = demos.iter().map(|demo| demo.name.len()).max().unwrap_or(0);
    for demo in demos {
        say(&format!(
            "{}  {}",
            paint.bold(&format!("{:width$}", demo.name)),
            demo.watch
        ));
    }
}

/// Builds before the first demo begins, so that no demo's time is spent on it.
fn build(demos: &[&Demo]) -> anyhow::Result<()> {
    for program in demos.iter().flat_map(|demo| demo.programs()) {
        harness::try_program(program)?;
    }
    Ok(())
}

fn show(demo: &Demo, paint: Paint) -> Row {
    say(&paint.bold(&format!("── {}: {}", demo.name, demo.watch)));
    let started = Instant::now();
    let outcome = stage::perform(demo, paint);
    let row = Row {
        name: demo.name,
        outcome,
        took: started.elapsed(),
    };
    if !interrupt::happened() {
        let text = match &row.outcome {
            Ok(seen) => seen,
            Err(wrong) => wrong,
        };
        say(&format!("{} {}\n", verdict(&row, paint), text.trim_end()));
    }
    row
}

fn summarise(rows: &[Row], paint: Paint) {
    let width = rows
        .iter()
        .map(|row| row.name.len())
        .max()
        .unwrap_or(0)
        .max("demo".len());
    let head = format!("{:width$}  outcome    time  seen", "demo");
    say(&paint.bold(&head));
    for row in rows {
        let seen = match &row.outcome {
            Ok(seen) => seen,
            // All of it stands above, where it happened.
            Err(wrong) => wrong.lines().next().unwrap_or_default(),
        };
        let time = format!("{:.2} s", row.took.as_secs_f64());
        say(&format!(
            "{:width$}  {}  {time:>7}  {seen}",
            row.name,
            verdict(row, paint)
        ));
    }
}

/// The outcome in one word, as wide as the longer of the two.
fn verdict(row: &Row, paint: Paint) -> String {
    match row.outcome {
        Ok(_) => paint.colour(Colour::Green, "ok    "),
        Err(_) => paint.colour(Colour::Red, "FAILED"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_names_all_demos_are_chosen() {
        let demos = table::demos();
        assert_eq!(choose(&demos, &[]).unwrap().len(), demos.len());
    }

    #[test]
    fn an_unknown_name_is_told_with_the_known_ones() {
        let message = choose(&table::demos(), &["tine".to_owned()]).err().unwrap();
        assert!(
            message.starts_with("there is no demo \"tine\"; there are: time, time-udp, "),
            "{message}"
        );
    }
}
