//! `cargo xtask dist`: what is given to others, in the folder `dist`.
//!
//! ```text
//! bin/           every program, each one static file
//! man/           a manual page for each, and one for each subcommand
//! completions/   what bash, zsh and fish complete
//! SHA256SUMS     of all these: cd dist && sha256sum -c SHA256SUMS
//! ```
//!
//! | question | file |
//! |---|---|
//! | for which target, and with which flags of the compiler | [`build`] |
//! | which program has which flags | [`commands`] |
//! | what does a manual page look like | [`pages`] |
//! | what do shells complete | [`completions`] |
//! | how large may a program be | [`sizes`] |
//! | does it run where there is nothing | [`check`] |

mod build;
mod check;
mod commands;
mod completions;
mod pages;
mod sizes;

use std::fmt::Write;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::Verdict;
use crate::programs::{self, Program};
use crate::say::{complain, say};

const FOLDER: &str = "dist";
const BINARIES: &str = "bin";
const PAGES: &str = "man";
const COMPLETIONS: &str = "completions";
const SUMS: &str = "SHA256SUMS";

/// The arguments of `cargo xtask dist`
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Then run each program in an empty folder (chroot), and fail if one does not work there or is too
    /// large
    #[arg(long)]
    check: bool,

    /// Build for this target instead of the one that suits here
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
}

/// The programs that have a manual page.
pub(crate) fn described() -> Vec<&'static str> {
    commands::COMMANDS.iter().map(|(name, _)| *name).collect()
}

/// Builds everything, prints the sizes, and checks it if that is wanted.
pub(crate) fn run(args: Args) -> anyhow::Result<Verdict> {
    let programs = programs::all()?;
    let described = described();
    let mut complete = true;
    for Program { name, .. } in &programs {
        if !described.contains(&name.as_str()) {
            complain(&format!(
                "{name} has no manual page: see `cargo xtask tidy`"
            ));
            complete = false;
        }
    }
    let target = match args.target {
        Some(target) => target,
        None => build::suitable_target()?,
    };
    let built = build::build(&target)?;

    let folder = harness::workspace_root().join(FOLDER);
    let binaries = emptied(&folder.join(BINARIES))?;
    for (name, file) in &built {
        let copy = binaries.join(
            file.file_name()
                .with_context(|| format!("{name} is no file"))?,
        );
        fs::copy(file, &copy).with_context(|| format!("cannot write {}", copy.display()))?;
    }
    write_pages(&emptied(&folder.join(PAGES))?)?;
    completions::write(&emptied(&folder.join(COMPLETIONS))?)?;
    write_sums(&folder)?;

    let sizes = sizes::measure(&programs, &built)?;
    say(&sizes.to_string());
    say(&format!("{} is for {target}", folder.display()));
    if args.check {
        complete &= check::run(&programs, &binaries)?;
        // A static glibc alone takes half of what a program may have.
        complete &= sizes.are_met() || !target.contains("-linux-musl");
    }
    Ok(if complete {
        Verdict::Good
    } else {
        Verdict::Bad
    })
}

/// The folder without anything in it: what an earlier build left there would be given away with the rest.
fn emptied(folder: &Path) -> anyhow::Result<PathBuf> {
    let cannot = || format!("cannot empty {}", folder.display());
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(cannot);
        }
        _ => fs::create_dir_all(folder).with_context(cannot)?,
    }
    Ok(folder.to_owned())
}

fn write_pages(folder: &Path) -> anyhow::Result<()> {
    for (name, command) in commands::COMMANDS {
        pages::write(command(), folder)
            .with_context(|| format!("cannot write the manual page of {name}"))?;
    }
    Ok(())
}

/// In the form that `sha256sum -c` reads: two spaces, and paths as seen from the file itself.
fn write_sums(folder: &Path) -> anyhow::Result<()> {
    let mut sums = String::new();
    for part in [BINARIES, PAGES, COMPLETIONS] {
        for name in names_in(&folder.join(part))? {
            let path = folder.join(part).join(&name);
            let bytes =
                fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            for byte in Sha256::digest(&bytes) {
                write!(sums, "{byte:02x}")?;
            }
            writeln!(sums, "  {part}/{name}")?;
        }
    }
    let path = folder.join(SUMS);
    fs::write(&path, sums).with_context(|| format!("cannot write {}", path.display()))
}

/// The names in a folder, in order.
fn names_in(folder: &Path) -> anyhow::Result<Vec<String>> {
    let cannot = || format!("cannot list {}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let name = entry.with_context(cannot)?.file_name();
        names.push(name.into_string().ok().with_context(cannot)?);
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_and_a_completion_are_written_for_every_program_and_summed() {
        let folder = harness::temp_dir();
        let part = |name: &str| emptied(&folder.path().join(name)).unwrap();
        part(BINARIES);
        write_pages(&part(PAGES)).unwrap();
        completions::write(&part(COMPLETIONS)).unwrap();
        write_sums(folder.path()).unwrap();

        let sums = fs::read_to_string(folder.path().join(SUMS)).unwrap();
        for name in described() {
            for file in [
                format!("man/{name}.1"),
                format!("completions/{name}.bash"),
                format!("completions/_{name}"),
                format!("completions/{name}.fish"),
            ] {
                let end = format!("  {file}\n");
                assert!(sums.contains(&end), "{file} is missing in\n{sums}");
            }
        }
        // Subcommands have pages of their own.
        assert!(sums.contains("  man/tcp-chat-listen.1\n"), "{sums}");
    }
}
