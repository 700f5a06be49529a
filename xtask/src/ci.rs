//! `cargo xtask ci`: what is checked besides the tests. Warnings count as errors here, and only here:
//! denied in the sources, they would stop whoever builds them with next year's compiler.

use harness::Stream;

use crate::say::{Colour, Paint, say};
use crate::{Verdict, interrupt, tidy};

/// The checks that cargo makes. Rustdoc cannot be told of warnings on cargo's command line, only by the
/// environment.
const CHECKS: [&[&str]; 3] = [
    &["fmt", "--all", "--check"],
    &[
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ],
    &["doc", "--workspace", "--no-deps", "--locked"],
];

/// Makes every check, also after one that failed, and lists those that did.
pub(crate) fn run() -> anyhow::Result<Verdict> {
    let paint = Paint::for_stdout();
    let mut failed = Vec::new();
    for args in CHECKS {
        let name = format!("cargo {}", args.join(" "));
        say(&paint.bold(&format!("── {name}")));
        let cargo = harness::cargo()
            .args(args)
            .env("RUSTDOCFLAGS", "-D warnings");
        if !cargo
            .show(Stream::Stdout)
            .show(Stream::Stderr)
            .try_run()?
            .success()
        {
            failed.push(name);
        }
        if interrupt::happened() {
            return Ok(Verdict::Bad);
        }
    }
    say(&paint.bold("── cargo xtask tidy"));
    if tidy::run()? != Verdict::Good {
        failed.push("cargo xtask tidy".to_owned());
    }
    if failed.is_empty() {
        say(&paint.colour(Colour::Green, "ok: all checks"));
        return Ok(Verdict::Good);
    }
    for name in failed {
        say(&format!("{} {name}", paint.colour(Colour::Red, "FAILED")));
    }
    Ok(Verdict::Bad)
}
