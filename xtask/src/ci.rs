//! `cargo xtask ci`: what is checked besides the tests. Warnings count as errors here, and only here:
//! denied in the sources, they would stop whoever builds them with next year's compiler.

use harness::Stream;

use crate::say::{Colour, Paint, say};
use crate::targets::is_installed;
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

/// Systems that no test runs on. The programs have to compile for them; as nothing is linked, that
/// takes no more than Rust's library for the target.
const ELSEWHERE: [&str; 2] = ["x86_64-pc-windows-gnu", "x86_64-apple-darwin"];

/// What stands on `ring`: its C would take a compiler for the target.
const IN_PART_C: [&str; 8] = [
    "demo-peers",
    "downloader",
    "ftp-updown",
    "mailer",
    "page-fetch",
    "sms",
    "tests",
    "xtask",
];

/// Makes every check, also after one that failed, and lists those that did.
pub(crate) fn run() -> anyhow::Result<Verdict> {
    let paint = Paint::for_stdout();
    let mut failed = Vec::new();
    let mut checks = CHECKS.map(<[_]>::to_vec).to_vec();
    for target in ELSEWHERE {
        match is_installed(target)? {
            true => checks.push(lints_for(target)),
            false => say(&format!(
                "not checked for {target}: `rustup target add {target}` makes that possible"
            )),
        }
    }
    for args in checks {
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

fn lints_for(target: &'static str) -> Vec<&'static str> {
    let mut args = vec!["clippy", "--workspace", "--all-targets", "--locked"];
    args.extend(["--target", target]);
    args.extend(IN_PART_C.iter().flat_map(|&package| ["--exclude", package]));
    args.extend(["--", "-D", "warnings"]);
    args
}
