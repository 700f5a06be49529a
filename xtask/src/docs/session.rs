//! What runs the commands of a page: one folder, one environment, and servers with the page's addresses.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail, ensure};
use harness::{Launch, Server};
use tempfile::TempDir;

use super::runs::Block;
use super::stable;
use crate::say::say;

/// The servers, and where they listen unless told; one that has to be told has nothing here.
const SERVERS: [(&str, Option<&str>); 7] = [
    ("time-server", Some("127.0.0.1:6789")),
    ("hello-server", Some("127.0.0.1:9999")),
    ("img-server", Some("127.0.0.1:5566")),
    ("group-chat-server", Some("127.0.0.1:8888")),
    ("mini-web", Some("127.0.0.1:8080")),
    ("wiretap", None),
    ("demo-peers", None),
];

/// The clients that know where their servers are, and where that is. They take an address as their first
/// argument.
const CLIENTS: [(&str, &str); 4] = [
    ("time-client", "127.0.0.1:6789"),
    ("hello-client", "127.0.0.1:9999"),
    ("img-client", "127.0.0.1:5566"),
    ("group-chat-client", "127.0.0.1:8888"),
];

/// How a command line says where to listen.
const LISTEN: &str = " --listen ";

/// Any free port.
const ANY: &str = "127.0.0.1:0";

/// What the blocks of a page share.
pub(super) struct Session {
    folder: TempDir,
    /// Where commands are found, our programs first.
    path: String,
    /// The `export` lines so far.
    exports: String,
    servers: Vec<Running>,
}

/// A server, and the address that it has on the page.
struct Running {
    shown: String,
    server: Server,
}

impl Session {
    pub(super) fn new() -> Result<Session> {
        let program = harness::try_program("time-server")?;
        let ours = program.parent().context("a program in no folder")?;
        let others = env::var_os("PATH").unwrap_or_default();
        let folders = [PathBuf::from(ours)].into_iter();
        let path = env::join_paths(folders.chain(env::split_paths(&others)))?;
        Ok(Session {
            folder: harness::temp_dir(),
            path: path.to_string_lossy().into_owned(),
            exports: String::new(),
            servers: Vec::new(),
        })
    }

    /// Runs what is not shown.
    pub(super) fn prepare(&mut self, commands: &[&str]) -> Result<()> {
        for command in commands {
            let (_, is_good) = self.play(command)?;
            ensure!(is_good, "{command}: it has failed");
        }
        Ok(())
    }

    /// A block, with what its commands print today.
    pub(super) fn block(&mut self, text: &str, after: Option<&[&str]>) -> Result<String> {
        let block = Block::read(text)?;
        ensure!(
            !block.commands.is_empty() || after.is_some(),
            "a block without a command: {text}"
        );
        if let Some(program) = self.missing(&block)? {
            say(&format!(
                "not run, there is no {program}: {}",
                block.commands[0]
            ));
            return Ok(text.to_owned());
        }
        let mut played = format!("{}\n", block.fence);
        for command in &block.commands {
            let (output, _) = self.play(command).with_context(|| command.clone())?;
            played += &format!("$ {command}\n{output}");
            if !played.ends_with('\n') {
                played.push('\n');
            }
        }
        if let Some(after) = after {
            self.prepare(after)?;
            played += &self.end_the_last()?;
        }
        Ok(played + "```\n")
    }

    /// Ends the server that was started last: what it has printed below its first line.
    fn end_the_last(&mut self) -> Result<String> {
        let last = self.servers.pop();
        let Running { shown, server } = last.context("no server to be ended")?;
        let address = server.address().to_owned();
        let output = server.try_stop()?;
        ensure!(output.success(), "expected a good end of {output}");
        let text = output.stdout_text();
        let (_, log) = text.split_once('\n').unwrap_or_default();
        let log = with_another(log, &address, &shown);
        Ok(stable::output(&self.as_shown(&log)))
    }

    /// A program in a block, at the beginning of a command or behind a pipe, that is not to be found.
    fn missing(&self, block: &Block) -> Result<Option<String>> {
        let parts = block.commands.iter().flat_map(|command| command.split('|'));
        for program in parts.filter_map(|part| part.split_whitespace().next()) {
            let found = self.shell(&format!("command -v {program}")).try_run()?;
            if !found.success() {
                return Ok(Some(program.to_owned()));
            }
        }
        Ok(None)
    }

    /// Runs a command: what it prints, and whether it ends well.
    fn play(&mut self, command: &str) -> Result<(String, bool)> {
        let program = command.split(' ').next().unwrap_or_default();
        if program == "export" {
            self.exports += &format!("{command}\n");
            return Ok((String::new(), true));
        }
        if let Some((_, usual)) = SERVERS.iter().find(|(server, _)| *server == program) {
            return Ok((self.serve(command, *usual)?, true));
        }
        let output = self.shell(&self.really(command)).try_run();
        let output = output.map_err(|failure| match failure.to_string() {
            text if text.contains("listening on ") => anyhow!(
                "{command}: it listens, and is not in the table of servers, xtask/src/docs/session.rs"
            ),
            _ => failure.into(),
        })?;
        let text = self.as_shown(&output.stdout_text());
        Ok((stable::output(&text), output.success()))
    }

    /// Starts a server: its first line.
    fn serve(&mut self, command: &str, usual: Option<&str>) -> Result<String> {
        let (shown, command) = listening_anywhere(command, usual)?;
        self.servers.retain(|running| running.shown != shown);
        let script = format!("exec {}", self.really(&command));
        let server = self.shell(&script).try_serve()?;
        let running = Running { shown, server };
        self.servers.push(running);
        Ok(format!(
            "listening on {}\n",
            self.servers[self.servers.len() - 1].shown
        ))
    }

    fn shell(&self, script: &str) -> Launch {
        let script = format!("{}exec 2>&1\n{script}", self.exports);
        Launch::command("sh")
            .args(["-c", &script])
            .env("PATH", &self.path)
            .dir(&self.folder)
    }

    /// The command with real addresses.
    fn really(&self, command: &str) -> String {
        let mut command = with_an_address(command);
        for Running { shown, server } in &self.servers {
            command = with_another(&command, shown, server.address());
            // As nc is told it.
            let apart = |address: &str| address.replace(':', " ");
            command = with_another(&command, &apart(shown), &apart(server.address()));
        }
        command
    }

    /// What is printed, with the addresses of the page.
    fn as_shown(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for Running { shown, server } in &self.servers {
            text = with_another(&text, server.address(), shown);
        }
        text
    }
}

/// The address that a server's command tells it to listen on, or the usual one; and the command for any free
/// port, without the `&` of a shell that is not to wait.
fn listening_anywhere(command: &str, usual: Option<&str>) -> Result<(String, String)> {
    let command = command.trim_end_matches(['&', ' ']);
    if let Some((before, after)) = command.split_once(LISTEN) {
        let (shown, after) = match after.split_once(' ') {
            Some((shown, after)) => (shown, format!(" {after}")),
            None => (after, String::new()),
        };
        return Ok((shown.to_owned(), format!("{before}{LISTEN}{ANY}{after}")));
    }
    let Some(usual) = usual else {
        bail!("{command}: without{LISTEN}nobody knows where");
    };
    Ok((usual.to_owned(), format!("{command}{LISTEN}{ANY}")))
}

/// A client's command with the address that it would take by itself.
fn with_an_address(command: &str) -> String {
    let (program, rest) = command.split_once(' ').unwrap_or((command, ""));
    let usual = CLIENTS.iter().find(|(client, _)| *client == program);
    match usual {
        Some((_, address)) if !command.contains("127.0.0.1:") => {
            format!("{program} {address} {rest}").trim_end().to_owned()
        }
        _ => command.to_owned(),
    }
}

/// The text with `new` for `old`, an address; one with a longer port is another.
fn with_another(text: &str, old: &str, new: &str) -> String {
    let mut parts = text.split(old);
    let mut changed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_longer = part.starts_with(|next: char| next.is_ascii_digit());
        changed += if is_longer { old } else { new };
        changed += part;
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_listens_on_any_port() {
        let anywhere = |command, usual| listening_anywhere(command, usual).unwrap();
        let of = |shown: &str, command: &str| (shown.to_owned(), command.to_owned());
        assert_eq!(
            anywhere("mini-web . &", Some("127.0.0.1:8080")),
            of("127.0.0.1:8080", "mini-web . --listen 127.0.0.1:0")
        );
        assert_eq!(
            anywhere("demo-peers sms --listen 127.0.0.1:81 --x y", None),
            of("127.0.0.1:81", "demo-peers sms --listen 127.0.0.1:0 --x y")
        );
        assert!(listening_anywhere("demo-peers sms", None).is_err());
    }

    #[test]
    fn a_client_without_an_address_gets_its_usual_one() {
        let same = [
            "hello-client 127.0.0.1:1 Rose",
            "page-fetch --request",
            "cat a",
        ];
        assert_eq!(same.map(with_an_address), same);
        assert_eq!(with_an_address("time-client"), "time-client 127.0.0.1:6789");
        assert_eq!(
            with_an_address("img-client --on-conflict rename"),
            "img-client 127.0.0.1:5566 --on-conflict rename"
        );
    }

    #[test]
    fn an_address_with_a_longer_port_is_another() {
        let text = with_another("a:80/ a:801 a:80", "a:80", "b:9");
        assert_eq!(text, "b:9/ a:801 b:9");
    }

    #[cfg(unix)]
    #[test]
    fn commands_share_a_folder_and_their_exports() {
        let mut session = Session {
            folder: harness::temp_dir(),
            path: env::var("PATH").unwrap(),
            exports: String::new(),
            servers: Vec::new(),
        };
        session.prepare(&["printf 2 > b"]).unwrap();
        assert!(session.prepare(&["false"]).is_err());
        assert!(session.block("```\nout\n```\n", None).is_err());
        assert!(session.block("```\nout\n```\n", Some(&[])).is_err());
        let first = "```\n$ export A=1\n$ echo $A > a; ls missing\nold\n```\n";
        let first = session.block(first, None).unwrap();
        let begin = "```\n$ export A=1\n$ echo $A > a; ls missing\nls: ";
        assert!(first.starts_with(begin), "{first}");
        let second = session.block("```\n$ cat a b\n```\n", None).unwrap();
        assert_eq!(second, "```\n$ cat a b\n1\n2\n```\n");
        let unknown = "```\n$ cat a | no-such-program\nold\n```\n";
        assert_eq!(session.block(unknown, None).unwrap(), unknown);
    }
}
