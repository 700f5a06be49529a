//! `mini-web`, spoken to in raw HTTP.

mod conditions;
mod encodings;
mod ending;
mod files;
mod framing;
mod hello;
mod keeping;
mod limits;
mod listing;
mod log;
#[cfg(target_os = "linux")]
mod memory;
mod paths;
mod ranges;
mod slow;
mod usage;

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use harness::{Server, server, temp_dir};
use tempfile::TempDir;

use crate::wire::Peer;

/// A folder, and the server that serves it.
struct Site {
    folder: TempDir,
    server: Server,
}

impl Site {
    /// A folder with these files.
    fn with(files: &[(&str, &str)], flags: &[&str]) -> Site {
        let folder = temp_dir();
        for (name, text) in files {
            write(folder.path(), name, text);
        }
        let server = server("mini-web").arg(folder.path()).args(flags).serve();
        Site { folder, server }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn connect(&self) -> Peer {
        Peer::connect(&self.server)
    }

    /// The answer to one request with these fields, on a connection of its own.
    #[track_caller]
    fn ask(&self, method: &str, target: &str, fields: &str) -> Answer {
        let mut peer = self.connect();
        peer.requests(method, target, fields);
        let answer = peer.answer(method);
        peer.finish();
        peer.expect_end();
        answer
    }

    #[track_caller]
    fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, "")
    }
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// An answer as it came.
#[derive(Debug)]
struct Answer {
    status: u16,
    header: String,
    body: Vec<u8>,
}

impl Answer {
    /// The value of a field, which may stand there once.
    #[track_caller]
    fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.header.lines().filter_map(|line| {
            let (given, value) = line.split_once(':')?;
            given.eq_ignore_ascii_case(name).then_some(value.trim())
        });
        let value = values.next();
        assert_eq!(values.next(), None, "{name} twice in {}", self.header);
        value
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    fn assert_status(&self, status: u16) -> &Answer {
        assert_eq!(
            self.status,
            status,
            "{} {:?}",
            self.header,
            self.body.escape_ascii().to_string()
        );
        self
    }

    #[track_caller]
    fn assert_body(&self, body: impl AsRef<[u8]>) -> &Answer {
        self.assert_status(200);
        assert!(
            self.body == body.as_ref(),
            "{:?}",
            self.body.escape_ascii().to_string()
        );
        self
    }

    #[track_caller]
    fn assert_field(&self, name: &str, value: &str) -> &Answer {
        assert_eq!(self.field(name), Some(value), "{name} in {}", self.header);
        self
    }
}

impl<S: Read + Write> Peer<S> {
    /// Sends a request with these fields, each with its CR LF.
    #[track_caller]
    fn requests(&mut self, method: &str, target: &str, fields: &str) {
        self.send(format!(
            "{method} {target} HTTP/1.1\r\nHost: test\r\n{fields}\r\n"
        ));
    }

    #[track_caller]
    fn gets(&mut self, target: &str) -> Answer {
        self.requests("GET", target, "");
        self.answer("GET")
    }

    /// Receives a header, and the body that it announces.
    #[track_caller]
    fn answer(&mut self, method: &str) -> Answer {
        let mut header = Vec::new();
        while !header.ends_with(b"\r\n\r\n") {
            header.extend(self.receive(1));
        }
        let header = String::from_utf8(header).unwrap();
        let status = header.split(' ').nth(1).unwrap().parse().unwrap();
        assert!(header.starts_with("HTTP/1.1 "), "{header}");
        let mut answer = Answer {
            status,
            header,
            body: Vec::new(),
        };
        let length = answer
            .field("Content-Length")
            .map(|length| length.parse().unwrap());
        if method != "HEAD" {
            answer.body = self.receive(length.unwrap_or(0));
        }
        answer
    }
}
