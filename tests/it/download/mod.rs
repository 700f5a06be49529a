//! `downloader` against the listing of `demo-peers`, and against servers that say exactly what a test
//! wants them to say.

mod downloads;
mod encrypted;
#[cfg(unix)]
mod ends;
mod limits;
mod listings;
mod names;
#[cfg(target_os = "linux")]
mod private;
mod redirects;
mod resumed;
mod retries;
mod site;
#[cfg(unix)]
mod terminal;
mod usage;

use std::fs;
use std::path::PathBuf;

use harness::{Launch, Output, Server, client, names, temp_dir};
use tempfile::TempDir;

/// What is said after Ctrl-C.
const INTERRUPTED: &str = "interrupted (the same with --resume goes on from here)";

/// A folder where a downloader runs, perhaps several times.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let folder = temp_dir();
        Desk { folder }
    }

    /// A downloader that saves into `data`, with these arguments.
    fn launch(&self, args: &[&str]) -> Launch {
        client("downloader").args(args).dir(self.folder.path())
    }

    fn run(&self, args: &[&str]) -> Output {
        self.launch(args).run()
    }

    /// Where a file of `data` is.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("data").join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Puts a file there beforehand.
    fn put(&self, name: &str, bytes: &[u8]) {
        fs::create_dir_all(self.folder.path().join("data")).unwrap();
        fs::write(self.path(name), bytes).unwrap();
    }

    /// The names in `data`; none if it is not there.
    fn files(&self) -> Vec<String> {
        let data = self.folder.path().join("data");
        match data.exists() {
            true => names(data),
            false => Vec::new(),
        }
    }

    /// Checks that this one file is there, with these bytes, and nothing else.
    #[track_caller]
    fn assert_only(&self, name: &str, bytes: &[u8]) {
        assert_eq!(self.files(), [name]);
        assert!(
            self.read(name) == bytes,
            "other bytes than expected in {name}"
        );
    }
}

/// The listing of `demo-peers`.
fn listing() -> Server {
    harness::server("demo-peers")
        .args(["listing", "--listen", "127.0.0.1:0"])
        .serve()
}

/// The URL of that listing, or of something else there.
fn at(server: &Server, path: &str) -> String {
    format!("http://{}{path}", server.address())
}

/// The picture of that number, as it is sent when it is sent well.
fn picture(server: &Server, number: usize) -> Vec<u8> {
    let desk = Desk::new();
    let url = at(server, &format!("/pictures/picture-{number}.bmp"));
    desk.run(&[&url]).assert_success();
    desk.read(&format!("picture-{number}.bmp"))
}

/// The last line on stderr, without the program's name.
#[track_caller]
fn error(output: &Output, code: i32) -> String {
    output.assert_code(code);
    let lines = output.stderr_lines();
    let line = lines
        .last()
        .and_then(|line| line.strip_prefix("downloader: "));
    line.unwrap_or_else(|| panic!("no error at the end of {output}"))
        .to_owned()
}

/// An error that names the URL at the beginning.
#[track_caller]
fn assert_error(output: &Output, code: i32, url: &str, why: &str) {
    let message = format!("cannot download {url}: {why}");
    assert_eq!(error(output, code), message, "{output}");
}
