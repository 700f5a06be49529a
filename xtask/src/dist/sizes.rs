//! How large each program is, and how large it may be: it is to be copied, and often over a slow line.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;

use crate::programs::{Program, STAND_IN};

const MIB: f64 = (1 << 20) as f64;

/// The most for a program, in MiB.
const MOST: f64 = 2.0;

/// The most for one that speaks TLS.
const MOST_WITH_TLS: f64 = 4.5;

/// The most for `img-client`: to draw pictures, it has to understand their formats.
const MOST_WITH_PICTURES: f64 = 3.0;

/// The sizes of all programs, to be printed.
pub(super) struct Sizes(Vec<Size>);

struct Size {
    name: String,
    /// In MiB.
    size: f64,
    most: Option<f64>,
}

/// Looks at the files.
pub(super) fn measure(
    programs: &[Program],
    files: &BTreeMap<String, PathBuf>,
) -> anyhow::Result<Sizes> {
    let size = |program: &Program| {
        let name = program.name.clone();
        let file = files
            .get(&name)
            .with_context(|| format!("cargo has built no {name}"))?;
        let bytes = fs::metadata(file)
            .with_context(|| format!("cannot look at {}", file.display()))?
            .len();
        anyhow::Ok(Size {
            name,
            size: bytes as f64 / MIB,
            most: most(program),
        })
    };
    Ok(Sizes(programs.iter().map(size).collect::<Result<_, _>>()?))
}

fn most(program: &Program) -> Option<f64> {
    match program.name.as_str() {
        // Whole servers of others are in it, and it is not for use.
        STAND_IN => None,
        "img-client" => Some(MOST_WITH_PICTURES),
        _ if program.tls => Some(MOST_WITH_TLS),
        _ => Some(MOST),
    }
}

impl Sizes {
    /// Whether none is too large.
    pub(super) fn are_met(&self) -> bool {
        self.0.iter().all(Size::is_met)
    }
}

impl Size {
    fn is_met(&self) -> bool {
        self.most.is_none_or(|most| self.size <= most)
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<20}{:>8}{:>10}   met", "", "MiB", "at most")?;
        for size in &self.0 {
            let most = size.most.map(|most| format!("{most:.1}"));
            let met = match (size.most, size.is_met()) {
                (None, _) => "",
                (_, true) => "yes",
                (_, false) => "no",
            };
            let line = format!(
                "{:<20}{:>8.2}{:>10}   {met}",
                size.name,
                size.size,
                most.as_deref().unwrap_or("-"),
            );
            write!(f, "\n{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_too_large_is_marked() {
        let size = |name: &str, size, most| Size {
            name: name.to_owned(),
            size,
            most,
        };
        let sizes = Sizes(vec![
            size("time-server", 1.5, Some(2.0)),
            size("sms", 4.6, Some(4.5)),
            size("demo-peers", 9.0, None),
        ]);
        assert!(!sizes.are_met());
        assert_eq!(
            sizes.to_string(),
            "                         MiB   at most   met\n\
             time-server             1.50       2.0   yes\n\
             sms                     4.60       4.5   no\n\
             demo-peers              9.00         -"
        );
    }
}
