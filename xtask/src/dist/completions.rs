//! What bash, zsh and fish complete after the name of a program.

use std::fs;
use std::path::Path;

use anyhow::Context;
use clap_complete::aot::{Bash, Fish, Generator, Zsh, generate};

use super::commands::COMMANDS;

/// Writes one file for each program and shell.
pub(super) fn write(folder: &Path) -> anyhow::Result<()> {
    for (name, _) in COMMANDS {
        write_one(name, Bash, folder)?;
        write_one(name, Fish, folder)?;
        write_one(name, Zsh, folder)?;
    }
    Ok(())
}

fn write_one(name: &str, shell: impl Generator, folder: &Path) -> anyhow::Result<()> {
    let path = folder.join(shell.file_name(name));
    let script = script(name, shell)?;
    fs::write(&path, script).with_context(|| format!("cannot write {}", path.display()))
}

fn script(name: &str, shell: impl Generator) -> anyhow::Result<String> {
    let (_, command) = COMMANDS
        .iter()
        .find(|(known, _)| *known == name)
        .with_context(|| format!("{name} is not in the table of commands"))?;
    let mut script = Vec::new();
    generate(shell, &mut command(), name, &mut script);
    // For a program with subcommands and a hyphen in its name, clap_complete 4.6 gives a state of its
    // bash script one name where it is entered and another where it is looked for. (The text below is in
    // no other script.)
    let (looked_for, entered) = (name.replace('-', "__subcmd__"), name.replace('-', "__"));
    Ok(String::from_utf8(script)?.replace(&format!("{looked_for}__"), &format!("{entered}__")))
}

#[cfg(test)]
mod tests {
    use harness::Launch;

    use super::*;

    /// What bash offers for the last of these words, or nothing where there is no bash.
    fn offered(words: &[&str]) -> Option<Vec<String>> {
        let script = script(words[0], Bash).unwrap();
        let function = script.split('(').next().unwrap().to_owned();
        let last = words.len() - 1;
        let asked = format!(
            "{script}\nCOMP_WORDS=(\"$@\"); COMP_CWORD={last}; {function} \"$1\" \"${{@: -1}}\" \
             \"${{@: -2:1}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let bash = Launch::command("bash")
            .args(["-c", &asked, "bash"])
            .args(words);
        let Ok(output) = bash.try_run() else {
            eprintln!("not tried: there is no bash");
            return None;
        };
        Some(output.assert_success().stdout_lines())
    }

    #[test]
    fn bash_completes_flags_values_and_subcommands() {
        for (words, wanted) in [
            (&["time-server", "--ut"][..], "--utc"),
            (&["time-server", "--log-format", "j"], "json"),
            (&["sms", "bal"], "balance"),
            (&["sms", "send", "--acc"], "--account"),
            (&["tcp-chat", "listen", "--fram"], "--framing"),
        ] {
            if let Some(offered) = offered(words) {
                assert_eq!(offered, [wanted], "after {words:?}");
            }
        }
    }
}
