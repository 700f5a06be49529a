//! Each program, alone in an empty folder: no C library, no certificates, no `/proc`, nothing but
//! `/etc/hosts` and `/etc/resolv.conf`. Only a file that needs nothing from its host runs there.
//!
//! - [`cell`]: the folder, and how a program is locked into it (`chroot`)
//! - [`peers`]: who answers DNS and HTTPS there
//! - [`talks`]: what the programs are asked to do, in pairs

mod cell;
mod peers;
mod talks;

use std::path::Path;

use cell::{Cells, Entrance};
use peers::{Dns, Https};

use crate::programs::Program;
use crate::say::{Colour, Paint, say};

/// Makes every check and says how each went. Returns whether all went well. Where nobody may lock a
/// program in, that is said, and nothing is wrong.
pub(super) fn run(programs: &[Program], binaries: &Path) -> anyhow::Result<bool> {
    let paint = Paint::for_stdout();
    let Some(entrance) = Entrance::find() else {
        say(
            "not tried in an empty folder: chroot is not permitted here (root may, and whoever may make \
             user namespaces)",
        );
        return Ok(true);
    };
    let cells = Cells {
        entrance,
        binaries,
        dns: Dns::start(),
        https: Https::start()?,
    };
    if let Err(why) = &cells.dns {
        say(&format!("not asked by DNS: {why:#}"));
    }

    let mut good = true;
    let mut tell = |what: &str, programs: &str, outcome: anyhow::Result<()>| match outcome {
        Ok(()) => say(&format!(
            "{} {what} ({programs})",
            paint.colour(Colour::Green, "ok")
        )),
        Err(error) => {
            good = false;
            say(&format!(
                "{} {what} ({programs}): {error:#}",
                paint.colour(Colour::Red, "FAILED")
            ));
        }
    };
    for talk in talks::TALKS {
        tell(talk.what, &talk.programs.join(", "), (talk.hold)(&cells));
    }
    for Program { name, .. } in programs.iter().filter(|program| program.tls) {
        tell(
            "trusts the built-in authorities, and nobody else",
            name,
            talks::distrust(&cells, name),
        );
    }
    for Program { name, .. } in programs {
        if !talks::TALKS
            .iter()
            .any(|talk| talk.programs.contains(&name.as_str()))
        {
            good = false;
            say(&format!(
                "{name} was not tried: it is in no row of xtask/src/dist/check/talks.rs"
            ));
        }
    }
    Ok(good)
}
