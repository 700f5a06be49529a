//! `page-fetch` against servers that say exactly what a test wants them to say.

mod answers;
mod bodies;
mod encrypted;
mod failures;
mod headers;
mod limits;
mod redirects;
mod saving;
mod site;

use harness::{Launch, Output, client, names, temp_dir};
use site::Site;
use tempfile::TempDir;

/// What is expected of the request for `/`, but for its `Host`.
fn request(site: &Site, first_line: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "{first_line}\r\nHost: {}\r\nUser-Agent: page-fetch/{version}\r\nAccept: */*\r\n\
         Connection: close\r\n\r\n",
        site.address()
    )
}

/// A fetch of the site's `/`, in a folder of its own.
struct Visit {
    folder: TempDir,
    output: Output,
}

impl Visit {
    /// With these flags.
    fn to(site: &Site, flags: &[&str]) -> Visit {
        Visit::by(page_fetch().arg(site.url("/")).args(flags))
    }

    fn by(launch: Launch) -> Visit {
        let folder = temp_dir();
        let output = launch.dir(folder.path()).run();
        Visit { folder, output }
    }

    /// The names of the files that are there afterwards.
    fn files(&self) -> Vec<String> {
        names(&self.folder)
    }

    /// Checks that it went well and saved this page, and nothing else.
    #[track_caller]
    fn assert_saved(&self, page: &[u8]) -> &Visit {
        self.output.assert_success();
        assert_eq!(self.files(), ["127.0.0.1.html"], "{}", self.output);
        let saved = std::fs::read(self.folder.path().join("127.0.0.1.html")).unwrap();
        assert!(saved == page, "{:?} of {}", saved, self.output);
        self
    }

    /// Checks that it failed with this one line on stderr, and left nothing behind.
    #[track_caller]
    fn assert_failed(&self, site: &Site, message: &str) {
        self.output.assert_code(1);
        let message = message.replace("{url}", &site.url("/"));
        let lines = self.output.stderr_lines();
        let said = lines.last().map(String::as_str);
        assert_eq!(said, Some(message.as_str()), "{}", self.output);
        assert_eq!(self.files(), [""; 0], "{}", self.output);
    }

    /// What was said about the end of the body.
    fn ending(&self) -> String {
        let lines = self.output.stderr_lines();
        let mut lines = lines.iter().filter_map(|line| line.strip_prefix("body: "));
        lines.next().unwrap_or_default().to_owned()
    }
}

fn page_fetch() -> Launch {
    client("page-fetch")
}
