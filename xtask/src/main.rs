//! `cargo xtask`: the project's own tasks, one file or folder each.
//!
//! What happens here is only what all tasks share: the choice of one, the way a failure is told, and
//! that nothing is left running at the end, whatever the end is.

mod bench;
mod ci;
mod demo;
mod dist;
mod docs;
mod interop;
mod interrupt;
mod programs;
mod report;
mod say;
mod servers;
mod soak;
mod targets;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use say::complain;

/// The tasks of the netdozen workspace
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    arg_required_else_help = true
)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(clap::Subcommand)]
enum Task {
    /// Run the programs together and show what they say to each other
    Demo(demo::Args),
    /// Try the programs against real servers
    Interop(interop::Args),
    /// Build every program once, then run all tests
    Test(test::Args),
    /// Run all servers for minutes under honest and hostile clients, and look at what is left
    Soak(soak::Args),
    /// Check format, lints, documentation and tidiness, as the server does
    Ci,
    /// Check that every program has a page, a test, a demo, a manual page and a row in the README
    Tidy,
    /// Build every program as one static file, with its manual page and completions, into dist/
    Dist(dist::Args),
    /// Put what goes over the wire and what commands print on the pages, from real runs
    Docs,
    /// Measure the programs side by side with others
    Bench(bench::Args),
}

/// Whether a task found everything as it should be. An error is something else: it could not find out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    Bad,
    /// The task was asked for something that there is not.
    Misused,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.kind() == ErrorKind::InvalidSubcommand => return unknown_task(&error),
        // Help that was asked for, or wrong usage: clap knows what goes where.
        Err(error) => error.exit(),
    };
    let verdict = interrupt::catch().and_then(|()| match cli.task {
        Task::Demo(args) => demo::run(args),
        Task::Interop(args) => interop::run(args),
        Task::Test(args) => test::run(args),
        Task::Soak(args) => soak::run(args),
        Task::Ci => ci::run(),
        Task::Tidy => tidy::run(),
        Task::Dist(args) => dist::run(args),
        Task::Docs => docs::run(),
        Task::Bench(args) => bench::run(args).map(|()| Verdict::Good),
    });
    harness::kill_all();
    if interrupt::happened() {
        // Whatever failed, failed because its children were killed.
        return interrupt::EXIT_CODE.into();
    }
    match verdict {
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Bad) => ExitCode::FAILURE,
        Ok(Verdict::Misused) => 2.into(),
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn unknown_task(error: &clap::Error) -> ExitCode {
    eprintln!("{error}\n{}", Cli::command().render_long_help());
    2.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
