//! A page in English and its twin in Chinese: they lead to each other, and what has a row in the one is told in
//! the other.

use std::path::{Path, PathBuf};

use super::links::{Pages, links, prose, target};

/// The READMEs, which are no twins by their names.
const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];

/// A line for each page without its twin or a link to it, and for each option with a row on a page in English
/// that its twin does not have.
pub(super) fn apart(pages: &Pages) -> Vec<String> {
    let mut lines = Vec::new();
    for (page, text) in pages {
        let Some(twin) = twin(page, pages) else {
            continue;
        };
        let (name, of_twin) = (page.display(), twin.display());
        let is_to_it = |link: &str| target(page, link).0 == twin;
        if !links(text).into_iter().any(is_to_it) {
            lines.push(format!("{name}: no link to {of_twin}"));
        }
        let Some(other) = pages.get(&twin) else {
            lines.push(format!("{name}: no page {of_twin}"));
            continue;
        };
        let missed = options(text).filter(|option| !other.contains(*option));
        lines.extend(missed.map(|option| format!("{of_twin}: nothing of {option}")));
    }
    lines
}

/// The same page in the other language. A page in Chinese always has one in English; the other way round it
/// need not be.
fn twin(page: &Path, pages: &Pages) -> Option<PathBuf> {
    let name = page.file_name()?;
    let is = |readme: &str| page == Path::new(readme);
    match READMES {
        [english, chinese] if is(english) => Some(chinese.into()),
        [english, chinese] if is(chinese) => Some(english.into()),
        _ if page.starts_with("docs/zh") => Some(Path::new("docs").join(name)),
        _ => {
            let twin = Path::new("docs/zh").join(name);
            (page.starts_with("docs") && pages.contains_key(&twin)).then_some(twin)
        }
    }
}

/// The options that the rows of a page's tables are about.
fn options(text: &str) -> impl Iterator<Item = &str> {
    let rows = prose(text).filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    cells.flat_map(|cell| {
        let quoted = cell.split('`').skip(1).step_by(2);
        quoted.filter_map(|code| {
            let option = code.split([' ', '`']).next()?;
            option.starts_with('-').then_some(option)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(pages: &[(&str, &str)]) -> Pages {
        let owned = |(page, text): &(&str, &str)| (PathBuf::from(page), (*text).to_owned());
        pages.iter().map(owned).collect()
    }

    #[test]
    fn twins_that_know_each_other_are_passed_over() {
        let pages = pages(&[
            ("README.md", "[中文](README.zh-CN.md)"),
            ("README.zh-CN.md", "[English](README.md)"),
            (
                "docs/sms.md",
                "[中文](zh/sms.md)\n| `--to ADDR`, `-q` | whom |\n",
            ),
            (
                "docs/zh/sms.md",
                "[英文页](../sms.md)，`--to` 给谁，`-q` 安静",
            ),
            ("docs/alone.md", ""),
        ]);
        assert_eq!(apart(&pages), [""; 0]);
    }

    #[test]
    fn what_a_twin_lacks_is_named() {
        let pages = pages(&[
            ("docs/sms.md", "| `--to ADDR`, `-q` | whom |\n"),
            ("docs/zh/framing.md", "[英文页](../framing.md)"),
            ("docs/zh/sms.md", "`-q` 安静"),
        ]);
        assert_eq!(
            apart(&pages),
            [
                "docs/sms.md: no link to docs/zh/sms.md",
                "docs/zh/sms.md: nothing of --to",
                "docs/zh/framing.md: no page docs/framing.md",
                "docs/zh/sms.md: no link to docs/sms.md",
            ]
        );
    }
}
