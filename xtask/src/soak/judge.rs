//! The end of a soak: all servers are asked to end, and what was found is printed.

use harness::Stream;

use super::report::{self, Line};
use super::standing::{Standing, Tally};
use super::verdict::Found;
use crate::Verdict;
use crate::say::{Colour, Paint, say};

/// How many of a server's last lines a failure shows.
const LAST_LINES: usize = 15;

/// Asks all to end, and prints the table, and below it everything that is not as expected.
pub(super) fn judge(standings: &[Standing<'_>]) -> Verdict {
    let paint = Paint::for_stdout();
    let lines: Vec<_> = standings.iter().map(line).collect();
    say(&paint.bold(&report::head()));
    for line in &lines {
        let verdict = match line.found.faults().is_empty() {
            true => paint.colour(Colour::Green, "ok"),
            false => paint.colour(Colour::Red, "FAILED"),
        };
        say(&format!("{}  {verdict}", line.text()));
    }
    say(&paint.dim(
        "files, threads: before there were clients → after the last; memory: also after each spell",
    ));
    let mut verdict = Verdict::Good;
    for (standing, line) in standings.iter().zip(&lines) {
        let faults = line.found.faults();
        if faults.is_empty() {
            continue;
        }
        verdict = Verdict::Bad;
        say(&format!(
            "\n{} `{}`",
            paint.bold(line.name),
            standing.server.command()
        ));
        faults.iter().for_each(|fault| say(&format!("  {fault}")));
        let log = standing.server.lines(Stream::Stderr);
        let last = &log[log.len().saturating_sub(LAST_LINES)..];
        say("  the end of its log:");
        last.iter().for_each(|line| say(&format!("    {line}")));
    }
    verdict
}

fn line(standing: &Standing<'_>) -> Line {
    let tally = &standing.tally;
    let ended = standing.has_ended();
    let full = (standing.row.files_of_a_connection > 0 && standing.before.is_some())
        .then(|| Tally::get(&tally.full));
    // It is asked to end before it is asked for panics: it may panic at its end.
    let stop = standing.stop();
    Line {
        name: standing.row.name,
        found: Found {
            ended,
            wrong: tally.wrong(),
            panics: standing.panics(),
            exchanges: Tally::get(&tally.exchanges),
            full,
            before: standing.before,
            after: standing.after.clone(),
            stop,
        },
        runs: Tally::get(&tally.runs),
        hostile: Tally::get(&tally.hostile),
        longest: Tally::get(&tally.longest),
    }
}
