//! The flags of `page-fetch`.

use std::path::PathBuf;

use clap::Parser;
use common::args::{ClientArgs, LogArgs, size};
use common::received::OnConflict;

use crate::page_url::PageUrl;

/// Fetch a web page: print the header of the answer, save the body
#[derive(Debug, Parser)]
#[command(
    name = "page-fetch",
    version,
    after_help = "Example: page-fetch --request http://www.sina.com.cn/\n\
                  saves www.sina.com.cn.html, and shows what was sent, what the server said of the \
                  page, and which rule ended it.\n\n\
                  Limits: a header has at most 64 KiB and 100 fields; at most 16 interim answers \
                  (1xx) come before the real one; the line before a chunk has at most 4 KiB; \
                  --follow follows at most 10 redirects, and none from https to http.\n\n\
                  Exit code: 0 for a complete answer, whatever its status; 1 for anything else; \
                  2 for wrong usage."
)]
pub struct PageFetch {
    /// The page.
    #[arg(
        value_name = "URL",
        help = "http://HOST[:PORT][/PATH], https://…, or HOST[:PORT][/PATH] (IPv6 in brackets)"
    )]
    pub url: PageUrl,
    /// Save the page here instead of as HOST.html; into a folder as HOST.html; - is stdout (the
    /// header goes to stderr then)
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Show the request as it is sent, on stderr
    #[arg(long, conflicts_with = "quiet")]
    pub request: bool,
    /// Ask for the header only, and save nothing
    #[arg(long, conflicts_with_all = ["output", "on_conflict", "max_size"])]
    pub head: bool,
    /// Follow redirects (301, 302, 303, 307, 308)
    #[arg(long)]
    pub follow: bool,
    /// Trust the certificates in this PEM file, and no others
    #[arg(long, value_name = "PEM")]
    pub ca_file: Option<PathBuf>,
    /// What to do when the file is there already
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    pub on_conflict: OnConflict,
    /// The largest body that is taken: a number of bytes, or with KiB, MiB, GiB
    #[arg(long, value_name = "SIZE", default_value = "1GiB", allow_negative_numbers = true, value_parser = size)]
    pub max_size: u64,
    /// Time-out.
    #[command(flatten)]
    pub client: ClientArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}
