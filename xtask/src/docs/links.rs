//! Links on the pages: each leads to a file that is there, and to a heading that is in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

/// The text of each page, by its path from the top of the workspace.
pub(super) type Pages = BTreeMap<PathBuf, String>;

/// A line for each link that leads nowhere.
pub(super) fn astray(root: &Path, pages: &Pages) -> Vec<String> {
    let mut lines = Vec::new();
    for (page, text) in pages {
        for link in links(text) {
            if !leads_somewhere(root, page, link, pages) {
                lines.push(format!("{}: {link} leads nowhere", page.display()));
            }
        }
    }
    lines
}

/// All pages: those at the top, in `docs/` and in `docs/zh/`.
pub(super) fn pages(root: &Path) -> Result<Pages> {
    let mut pages = Pages::new();
    for folder in ["", "docs", "docs/zh"] {
        let cannot = || format!("cannot read the pages in {folder}/");
        for entry in fs::read_dir(root.join(folder)).with_context(cannot)? {
            let path = entry.with_context(cannot)?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(&path).with_context(cannot)?;
                pages.insert(path.strip_prefix(root)?.to_owned(), text);
            }
        }
    }
    Ok(pages)
}

/// Where the links of a text lead that do not lead into the web.
pub(super) fn links(text: &str) -> Vec<&str> {
    let parts = prose(text).flat_map(|line| line.split("](").skip(1));
    parts
        .filter_map(|part| part.split_once(')').map(|(link, _)| link))
        .filter(|link| !link.contains("://"))
        .collect()
}

/// The lines outside of blocks of code.
pub(super) fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

fn leads_somewhere(root: &Path, page: &Path, link: &str, pages: &Pages) -> bool {
    let (path, heading) = target(page, link);
    match heading {
        None => root.join(path).exists(),
        Some(heading) => pages.get(&path).is_some_and(|text| {
            let mut headings = prose(text).filter(|line| line.starts_with('#'));
            headings.any(|line| anchor(line) == heading)
        }),
    }
}

/// The path from the top that a link on a page leads to, and the heading there.
pub(super) fn target<'a>(page: &Path, link: &'a str) -> (PathBuf, Option<&'a str>) {
    let (path, heading) = match link.split_once('#') {
        Some((path, heading)) => (path, Some(heading)),
        None => (link, None),
    };
    if path.is_empty() {
        return (page.to_owned(), heading);
    }
    let mut whole = page.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(path).components() {
        if part == Component::ParentDir {
            whole.pop();
        } else {
            whole.push(part);
        }
    }
    (whole, heading)
}

/// What a link to a heading says, as hosts of code have it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let stays = |c: &char| c.is_alphanumeric() || "-_ ".contains(*c);
    text.chars()
        .filter(stays)
        .collect::<String>()
        .replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_leads_nowhere_is_named() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("docs/zh")).unwrap();
        for (page, text) in [
            (
                "README.md",
                "[docs](docs) [a](docs/a.md) [b](docs/sms.md#b)",
            ),
            (
                "docs/sms.md",
                "# sms\n[it](#a-4-b)\n## A (4): b\n```\n[no link](nowhere)\n```\n",
            ),
            (
                "docs/zh/sms.md",
                "[英文页](../sms.md#sms) [w](https://a.b/c) [c](#c)",
            ),
        ] {
            fs::write(root.path().join(page), text).unwrap();
        }
        let pages = pages(root.path()).unwrap();
        assert_eq!(
            astray(root.path(), &pages),
            [
                "README.md: docs/a.md leads nowhere",
                "README.md: docs/sms.md#b leads nowhere",
                "docs/zh/sms.md: #c leads nowhere",
            ]
        );
    }
}
