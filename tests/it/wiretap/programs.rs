//! Every TCP program of the workspace through a bad line. To add a pair is to add a row.
//!
//! - One byte at a time, both ends behave as on a good line: the same is printed and the same saved.
//! - A line that breaks, wherever it breaks, is a clear error, and leaves nothing behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use harness::{LIMIT, Launch, Output, Process, Server, temp_dir};

use super::{Taped, events};
use crate::told::assert_harmless;

/// So many places at which the line breaks are tried of each pair, spread over all there are; the
/// first bytes and the last are always among them.
const BREAKS: u64 = 12;
const EDGE: u64 = 3;

/// A server and a client.
struct Pair {
    /// Its command line; `--listen 127.0.0.1:0` is added, unless it says itself where to listen.
    server: &'static [&'static str],
    /// Its command line; `{addr}` is the server's address, or that of the relay before it.
    client: &'static [&'static str],
    /// What is typed to the client.
    input: &'static str,
    /// A file for the server, in the folder where it runs.
    file: Option<(&'static str, &'static str)>,
    /// The server is started anew for each client: it serves only one, or counts them.
    anew: bool,
    /// What the relay is told besides.
    flags: &'static [&'static str],
    /// The client leaves what has come, so that another run can go on with it.
    resumes: bool,
}

const PLAIN: Pair = Pair {
    server: &[],
    client: &[],
    input: "",
    file: None,
    anew: false,
    flags: &[],
    resumes: false,
};

const PAIRS: &[Pair] = &[
    Pair {
        server: &["time-server", "--format", "the year %Y"],
        client: &["time-client", "{addr}"],
        ..PLAIN
    },
    Pair {
        server: &["hello-server"],
        client: &["hello-client", "{addr}", "--newline", "Ann", "你好"],
        ..PLAIN
    },
    Pair {
        server: &["hello-server", "--framing", "length"],
        client: &[
            "hello-client",
            "{addr}",
            "--framing",
            "length",
            "--pipeline",
        ],
        ..PLAIN
    },
    Pair {
        server: &["img-server", "picture.jpg"],
        client: &["img-client", "{addr}", "-o", "data"],
        file: Some(("picture.jpg", "not really a picture, but it need not be")),
        ..PLAIN
    },
    Pair {
        server: &["tcp-chat", "listen", "127.0.0.1:0"],
        client: &["tcp-chat", "connect", "{addr}"],
        input: "hello\n你好\n",
        anew: true,
        ..PLAIN
    },
    Pair {
        server: &["group-chat-server"],
        client: &["group-chat-client", "{addr}", "--nick", "Ann"],
        input: "Ann:to myself\n",
        ..PLAIN
    },
    Pair {
        server: &["demo-peers", "page"],
        client: &["page-fetch", "http://{addr}/", "-o", "data/page.html"],
        ..PLAIN
    },
    Pair {
        server: &["demo-peers", "page"],
        client: &[
            "page-fetch",
            "http://{addr}/chunked",
            "-o",
            "data/page.html",
        ],
        ..PLAIN
    },
    Pair {
        server: &["demo-peers", "page"],
        client: &["page-fetch", "http://{addr}/close", "-o", "data/page.html"],
        ..PLAIN
    },
    Pair {
        server: &["demo-peers", "page"],
        client: &[
            "downloader",
            "http://{addr}/chunked",
            "-o",
            "data",
            "--retries",
            "0",
        ],
        ..PLAIN
    },
    Pair {
        server: &["demo-peers", "ftp", "."],
        client: &["ftp-updown", "ftp://{addr}", "get", "a.txt", "-o", "data"],
        file: Some(("a.txt", "a file that comes by a connection of its own")),
        flags: &["--ftp"],
        resumes: true,
        ..PLAIN
    },
    Pair {
        server: &["mini-web", "."],
        client: &["page-fetch", "http://{addr}/a.html", "-o", "data/page.html"],
        file: Some(("a.html", "<h1>a page</h1>")),
        ..PLAIN
    },
    Pair {
        server: &["demo-peers", "smtp"],
        client: &[
            "mailer",
            "--server",
            "{addr}",
            "--tls",
            "none",
            "--from",
            "a@b",
            "--to",
            "c@d",
            "--subject",
            "Hi",
            "--text",
            "Hello",
        ],
        anew: true,
        ..PLAIN
    },
    Pair {
        server: &["demo-peers", "sms"],
        client: &[
            "sms",
            "balance",
            "--password-file",
            "-",
            "--account",
            "test",
            "--gateway",
            "http://{addr}/webservice/sms.php",
        ],
        input: "1q784322ba1d9bb88d50cf5cdfd89k7d",
        ..PLAIN
    },
];

/// What a client has left: what it printed, and the files by their names.
#[derive(Debug, PartialEq)]
struct Left {
    stdout: String,
    files: BTreeMap<String, Vec<u8>>,
}

/// A client that has ended, and what it left.
struct Visit {
    output: Output,
    left: Left,
}

impl Pair {
    fn start(&self, folder: &Path) -> Server {
        if let Some((name, text)) = self.file {
            fs::write(folder.join(name), text).unwrap();
        }
        let launch = match self.server.contains(&"listen") {
            true => Launch::program(self.server[0]),
            false => harness::server(self.server[0]),
        };
        launch.args(&self.server[1..]).dir(folder).serve()
    }

    /// Runs the client to its end, in a new folder.
    fn visit(&self, address: &str) -> Visit {
        let folder = temp_dir();
        let args = self.client[1..]
            .iter()
            .map(|arg| arg.replace("{addr}", address));
        let launch = harness::client(self.client[0]).args(args).stdin(self.input);
        let output = launch.dir(folder.path()).run();
        // The address is the relay's where there is one; and a web server says what time it is.
        let stdout = output.stdout_text().replace(address, "{addr}");
        let lines = stdout.lines().filter(|line| !line.starts_with("Date: "));
        let left = Left {
            stdout: lines.collect::<Vec<_>>().join("\n"),
            files: files(folder.path()),
        };
        Visit { output, left }
    }

    /// What a client leaves on a good line.
    fn on_a_good_line(&self, server: &Server) -> Left {
        let visit = self.visit(server.address());
        visit.output.assert_success();
        visit.left
    }
}

/// All files below a folder, and the folders themselves.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.is_dir() {
                found.insert(name, Vec::new());
                folders.push(path);
            } else {
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// The server of a pair, and the next one where it has to be there anew.
struct Servers<'a> {
    pair: &'a Pair,
    /// It runs in this folder.
    running: Option<(Server, tempfile::TempDir)>,
}

impl Servers<'_> {
    fn next(&mut self) -> &Server {
        if self.pair.anew {
            self.running = None;
        }
        let start = || {
            let folder = temp_dir();
            (self.pair.start(folder.path()), folder)
        };
        &self.running.get_or_insert_with(start).0
    }
}

fn servers(pair: &Pair) -> Servers<'_> {
    Servers {
        pair,
        running: None,
    }
}

#[test]
fn one_byte_at_a_time_nothing_is_different() {
    for pair in PAIRS {
        let mut servers = servers(pair);
        let expected = pair.on_a_good_line(servers.next());
        let server = servers.next();
        let tap = super::tap(server.address(), &[&["--chunk", "1"], pair.flags].concat());
        let visit = pair.visit(tap.address());
        visit.output.assert_success();
        assert_eq!(visit.left, expected, "{}", visit.output);
        if pair.server.contains(&"listen") {
            let listening: &Process = server.process();
            listening.wait(LIMIT).unwrap().assert_success();
            assert_eq!(
                server.lines(harness::Stream::Stdout)[1..].join("\n"),
                pair.input.trim_end(),
            );
        }
    }
}

#[test]
fn wherever_the_line_breaks_it_is_a_clear_error_and_nothing_is_left() {
    for pair in PAIRS {
        let mut servers = servers(pair);
        let expected = pair.on_a_good_line(servers.next());
        let total = length_of(pair, servers.next());
        for most in breaks(total) {
            let server = servers.next();
            let most_text = most.to_string();
            let flags = [&["--reset-after", &most_text], pair.flags].concat();
            let tap = super::tap(server.address(), &flags);
            let visit = pair.visit(tap.address());
            let output = &visit.output;
            let context = format!("after {most} of {total} bytes: {output}");
            // It may have had all that it wanted before the line broke. Otherwise it must say so.
            if output.success() {
                assert_eq!(visit.left, expected, "{context}");
                continue;
            }
            assert!(matches!(output.code, Some(1 | 75)), "{context}");
            let text = output.stderr_text();
            let line = text.lines().last().unwrap_or_default();
            let begin = format!("{}: ", pair.client[0]);
            assert!(line.starts_with(&begin), "{context}");
            assert!(
                !line.contains("os error") && !text.contains("panicked"),
                "{context}"
            );
            assert_harmless(&output.stderr);
            let mut files = visit.left.files;
            if pair.resumes {
                files.retain(|name, bytes| !name.ends_with(".part") && !bytes.is_empty());
            }
            assert_eq!(files, BTreeMap::new(), "{context}");
        }
        // The server has survived all of them.
        assert_eq!(pair.on_a_good_line(servers.next()), expected);
    }
}

/// How many bytes pass on a good line, both directions together.
fn length_of(pair: &Pair, server: &Server) -> u64 {
    let taped = Taped::start(server.address(), pair.flags);
    pair.visit(taped.tap.address()).output.assert_success();
    let path = taped.path();
    taped.tap.stop().assert_success();
    events(&path)
        .iter()
        .map(|event| event.bytes.len() as u64)
        .sum()
}

/// Where the line is to break.
fn breaks(total: u64) -> Vec<u64> {
    let spread = (1..BREAKS).map(|part| total * part / BREAKS);
    let mut breaks: Vec<u64> = (0..EDGE).chain(spread).chain(total - EDGE..total).collect();
    breaks.sort_unstable();
    breaks.dedup();
    breaks
}
