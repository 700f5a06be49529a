//! How tasks that try one thing after another tell what they found: what is tried, how it went, and the
//! table at the end. The demos and the checks against real servers have this in common.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::say::{Colour, Paint, complain, say};
use crate::{Verdict, interrupt};

/// Something that can be tried, by its name.
pub(crate) trait Entry {
    /// What it is called on the command line.
    fn name(&self) -> &'static str;
    /// One line on what is tried, or what to watch.
    fn about(&self) -> &'static str;
}

/// How something went.
pub(crate) enum Outcome {
    /// As it should; and what was seen, in a few words.
    Good(String),
    /// Otherwise; and all that is known about it.
    Bad(String),
    /// Not at all; and why not.
    LeftOut(String),
}

impl Outcome {
    fn text(&self) -> &str {
        match self {
            Outcome::Good(text) | Outcome::Bad(text) | Outcome::LeftOut(text) => text.trim_end(),
        }
    }

    /// The outcome in one word, as wide as the longest of them.
    fn word(&self, paint: Paint) -> String {
        match self {
            Outcome::Good(_) => paint.colour(Colour::Green, "ok    "),
            Outcome::Bad(_) => paint.colour(Colour::Red, "FAILED"),
            Outcome::LeftOut(_) => paint.colour(Colour::Yellow, "absent"),
        }
    }
}

/// A row of the table at the end.
struct Row {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

/// Which of them are wanted, on the command line
#[derive(clap::Args)]
pub(crate) struct Wish {
    /// Which to run [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// List what there is, and run nothing
    #[arg(long)]
    list: bool,
}

/// The entries that are to be run, if the wish is not another: a list, or something that there is not.
pub(crate) fn wished<'a, E: Entry>(
    kind: &str,
    entries: &'a [E],
    wish: &Wish,
) -> ControlFlow<Verdict, Vec<&'a E>> {
    let chosen = match choose(kind, entries, &wish.names) {
        Ok(chosen) => chosen,
        Err(message) => {
            complain(&message);
            return ControlFlow::Break(Verdict::Misused);
        }
    };
    if wish.list {
        list(&chosen);
        return ControlFlow::Break(Verdict::Good);
    }
    ControlFlow::Continue(chosen)
}

/// The entries with these names, in this order; all of them when there are none.
pub(crate) fn choose<'a, E: Entry>(
    kind: &str,
    entries: &'a [E],
    names: &[String],
) -> Result<Vec<&'a E>, String> {
    if names.is_empty() {
        return Ok(entries.iter().collect());
    }
    let find = |name: &String| {
        let found = entries.iter().find(|entry| entry.name() == name);
        found.ok_or_else(|| {
            let known: Vec<_> = entries.iter().map(Entry::name).collect();
            format!(
                "there is no {kind} {name:?}; there are: {}",
                known.join(", ")
            )
        })
    };
    names.iter().map(find).collect()
}

/// Prints what there is.
fn list<E: Entry>(entries: &[&E]) {
    let paint = Paint::for_stdout();
    let width = entries.iter().map(|entry| entry.name().len()).max();
    let width = width.unwrap_or(0);
    for entry in entries {
        let name = paint.bold(&format!("{:width$}", entry.name()));
        say(&format!("{name}  {}", entry.about()));
    }
}

/// Tries one after the other, each with `attempt`, and ends with a table; one that fails does not stop
/// the others. Good when none has failed.
pub(crate) fn try_all<E: Entry>(
    kind: &str,
    entries: &[&E],
    attempt: impl Fn(&E) -> Outcome,
) -> Verdict {
    let paint = Paint::for_stdout();
    let mut rows = Vec::new();
    for &entry in entries {
        say(&paint.bold(&format!("── {}: {}", entry.name(), entry.about())));
        let started = Instant::now();
        let outcome = attempt(entry);
        if interrupt::happened() {
            return Verdict::Bad;
        }
        say(&format!("{} {}\n", outcome.word(paint), outcome.text()));
        rows.push(Row {
            name: entry.name(),
            outcome,
            took: started.elapsed(),
        });
    }
    summarise(kind, &rows, paint);
    verdict(rows.iter().map(|row| &row.outcome))
}

fn verdict<'a>(mut outcomes: impl Iterator<Item = &'a Outcome>) -> Verdict {
    match outcomes.any(|outcome| matches!(outcome, Outcome::Bad(_))) {
        true => Verdict::Bad,
        false => Verdict::Good,
    }
}

fn summarise(kind: &str, rows: &[Row], paint: Paint) {
    let names = rows.iter().map(|row| row.name.len());
    let width = names.max().unwrap_or(0).max(kind.len());
    let head = format!("{kind:width$}  outcome    time  seen");
    say(&paint.bold(&head));
    for row in rows {
        // All of a failure stands above, where it happened.
        let seen = row.outcome.text().lines().next().unwrap_or_default();
        let word = row.outcome.word(paint);
        let time = format!("{:.2} s", row.took.as_secs_f64());
        say(&format!("{:width$}  {word}  {time:>7}  {seen}", row.name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing(&'static str);

    impl Entry for Thing {
        fn name(&self) -> &'static str {
            self.0
        }

        fn about(&self) -> &'static str {
            ""
        }
    }

    #[test]
    fn without_names_all_are_chosen() {
        let things = [Thing("time"), Thing("time-udp")];
        assert_eq!(choose("thing", &things, &[]).unwrap().len(), 2);
    }

    #[test]
    fn an_unknown_name_is_told_with_the_known_ones() {
        let things = [Thing("time"), Thing("time-udp")];
        let message = choose("thing", &things, &["tine".to_owned()])
            .err()
            .unwrap();
        assert_eq!(
            message,
            "there is no thing \"tine\"; there are: time, time-udp"
        );
    }

    #[test]
    fn what_was_left_out_is_no_failure() {
        let with = |outcome: fn(String) -> Outcome| {
            let outcomes = [Outcome::Good("seen".to_owned()), outcome("why".to_owned())];
            verdict(outcomes.iter())
        };
        assert_eq!(with(Outcome::LeftOut), Verdict::Good);
        assert_eq!(with(Outcome::Bad), Verdict::Bad);
    }
}
