//! The flags of `downloader`.

use std::path::PathBuf;

use clap::Parser;
use common::args::{ClientArgs, LogArgs, size};
use common::received::OnConflict;

/// Download many files at once
#[derive(Debug, Parser)]
#[command(
    name = "downloader",
    version,
    after_help = "Example: downloader --listing 'http://127.0.0.1:8000/meinv/?num=10' -o data\n\
                  fetches the listing, then every picture in it, 16 at once, into data.\n\n\
                  Limits: a URL has at most 8 KiB, a list or a listing at most 16 MiB and 100,000 \
                  URLs; the header of an answer has at most 64 KiB and takes at most twice \
                  --timeout, all of an answer has at most twice --max-size (and 32 MiB); 10 \
                  redirects are followed, to http and https only, never from https to \
                  http; 16 addresses of a host are tried; -j is at most 128, --retries 100; a pause \
                  between two tries is at most 30 s, and 120 s where the server asks for one.\n\n\
                  Exit code: 0 if every file is there; 75 if all that failed may pass if one tries \
                  again later; 1 for any other failure; 2 for wrong usage."
)]
pub struct Downloader {
    /// What to download
    #[arg(value_name = "URL")]
    pub urls: Vec<String>,
    /// Read URLs from this file, one a line (blank lines and # lines are skipped); - is stdin
    #[arg(short, long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Fetch this JSON listing first, and download what it names; - reads its URL from the first line
    /// of stdin, for one with a key, which a command line would show to everybody on the host
    #[arg(long, value_name = "URL")]
    pub listing: Option<String>,
    /// Where the listing has its items, as a JSON pointer [default: /newslist or /result/list]
    #[arg(long, value_name = "POINTER", requires = "listing", value_parser = pointer)]
    pub items: Option<String>,
    /// Which field of an item has its URL
    #[arg(
        long,
        value_name = "FIELD",
        requires = "listing",
        default_value = "picUrl"
    )]
    pub field: String,
    /// The folder where the files go; it is created
    #[arg(short, long, value_name = "DIR", default_value = "data")]
    pub output: PathBuf,
    /// Download so many at once
    #[arg(short, long, value_name = "N", default_value = "16", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=128))]
    pub jobs: u16,
    /// Go on with what an earlier run has left: a file that is there is kept, an unfinished one is
    /// completed
    #[arg(long)]
    pub resume: bool,
    /// Try so many more times after a failure that may pass
    #[arg(long, value_name = "N", default_value = "3", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub retries: u32,
    /// The largest file that is taken: a number of bytes, or with KiB, MiB, GiB
    #[arg(long, value_name = "SIZE", default_value = "1GiB", allow_negative_numbers = true, value_parser = size)]
    pub max_size: u64,
    /// Let a public server point us at private addresses, by its listing or by a redirect
    #[arg(long)]
    pub allow_private: bool,
    /// What to do when a file is there already
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    pub on_conflict: OnConflict,
    /// Trust the certificates in this PEM file, and no others
    #[arg(long, value_name = "PEM")]
    pub ca_file: Option<PathBuf>,
    /// Time-out.
    #[command(flatten)]
    pub client: ClientArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

fn pointer(text: &str) -> Result<String, String> {
    match text {
        "" => Ok(String::new()),
        text if text.starts_with('/') => Ok(text.to_owned()),
        _ => Err("a JSON pointer begins with a slash, like /result/list".into()),
    }
}
