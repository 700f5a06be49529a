//! Manual pages: what `--help` says, in the sections where a reader of manuals looks for it.

use std::fs;
use std::path::Path;

use anyhow::Context;
use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

/// What ends up at the foot of every page.
const MANUAL: &str = "netdozen";

/// For programs whose help has nothing of its own to say about it.
const EXIT_STATUS: &str = "0 when all is done, 1 when something failed, 2 for wrong usage.";

/// How a paragraph of the help begins, and the section that it becomes.
const SECTIONS: [(&str, &str); 3] = [
    ("Example: ", EXAMPLE),
    ("Limits: ", "LIMITS"),
    ("Exit code: ", STATUS),
];

const EXAMPLE: &str = "EXAMPLE";

const STATUS: &str = "EXIT STATUS";

/// The section of all other paragraphs.
const OTHER: &str = "NOTES";

/// Writes the page of a program into `folder`, and one for each of its subcommands.
pub(super) fn write(command: Command, folder: &Path) -> anyhow::Result<()> {
    let mut command = command.disable_help_subcommand(true);
    // This hands flags for all subcommands down to them, and gives them their full names.
    command.build();
    let version = command.get_version().unwrap_or_default().to_owned();
    write_all(&command, None, &version, folder)
}

/// `parent` is the command that this one belongs to, if any.
fn write_all(
    command: &Command,
    parent: Option<&str>,
    version: &str,
    folder: &Path,
) -> anyhow::Result<()> {
    let man = Man::new(command.clone())
        .source(format!("{MANUAL} {version}"))
        .manual(MANUAL);
    let page = page(&man, command, parent)?;
    let path = folder.join(man.get_filename());
    fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
    let name = command.get_display_name().unwrap_or(command.get_name());
    for subcommand in command.get_subcommands() {
        write_all(subcommand, Some(name), version, folder)?;
    }
    Ok(())
}

fn page(man: &Man, command: &Command, parent: Option<&str>) -> anyhow::Result<Vec<u8>> {
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let help = command.get_after_help().map(ToString::to_string);
    let mut sections = sections(help.as_deref().unwrap_or_default());
    match parent {
        // Limits and exit codes are said once, of the whole program.
        Some(parent) => sections.push(("SEE ALSO", vec![format!("{parent}(1)")])),
        None if sections.iter().all(|(heading, _)| *heading != STATUS) => {
            sections.push((STATUS, vec![EXIT_STATUS.to_owned()]));
        }
        None => {}
    }
    let mut rest = Roff::new();
    for (heading, paragraphs) in sections {
        rest.control("SH", [heading]);
        for (number, paragraph) in paragraphs.iter().enumerate() {
            if number > 0 {
                rest.control("PP", []);
            }
            for (number, line) in paragraph.lines().enumerate() {
                if number > 0 {
                    rest.control("br", []);
                }
                rest.text([roman(line)]);
            }
        }
    }
    rest.to_writer(&mut page)?;
    Ok(page)
}

/// The paragraphs of a help by section, in their order.
fn sections(help: &str) -> Vec<(&'static str, Vec<String>)> {
    let mut sections: Vec<(&str, Vec<String>)> = Vec::new();
    for paragraph in help.split("\n\n").filter(|text| !text.is_empty()) {
        let known = SECTIONS
            .iter()
            .find_map(|(label, heading)| Some((*heading, paragraph.strip_prefix(label)?)));
        let (heading, text) = match known {
            // An example is a command; the others are sentences that had begun with the label.
            Some((heading, text)) if heading != EXAMPLE => (heading, capitalised(text)),
            Some((heading, text)) => (heading, text.to_owned()),
            None => (OTHER, paragraph.to_owned()),
        };
        match sections.iter_mut().find(|(have, _)| *have == heading) {
            Some((_, paragraphs)) => paragraphs.push(text),
            None => sections.push((heading, vec![text])),
        }
    }
    sections
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_go_to_their_sections() {
        let help = "Example: do it\nThen, elsewhere: see\n\nA word.\n\nLimits: two\n\nAnother.";
        assert_eq!(
            sections(help),
            [
                ("EXAMPLE", vec!["do it\nThen, elsewhere: see".to_owned()]),
                ("NOTES", vec!["A word.".to_owned(), "Another.".to_owned()]),
                ("LIMITS", vec!["Two".to_owned()]),
            ]
        );
    }

    #[test]
    fn a_line_of_the_help_is_a_line_of_the_page() {
        let command = Command::new("do").after_help("Example: do it\n.then");
        let text = page(&Man::new(command.clone()), &command, None).unwrap();
        let text = String::from_utf8(text).unwrap();
        // A dot at the beginning would be a command to the formatter.
        assert!(
            text.contains(".SH EXAMPLE\ndo it\n.br\n\\&.then\n"),
            "{text}"
        );
    }
}
