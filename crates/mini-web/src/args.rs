//! The flags of `mini-web`.

use std::path::PathBuf;

use clap::Parser;
use common::address::Address;
use common::args::{LogArgs, ServerArgs, size};

use crate::DEFAULT_ADDRESS;

/// A web server for the files of a folder, and for nothing outside of it
#[derive(Debug, Parser)]
#[command(
    name = "mini-web",
    version,
    after_help = "Example: mini-web public --listen 0.0.0.0:8080\n\
                  Then, in a browser: http://HOST:8080/\n\n\
                  Dot files, and links that lead out of DIR, are never served.\n\n\
                  Limits: a request's header has 10 s, 8 KiB a line, 64 KiB and 100 fields in all; \
                  its body 10 s and 1 MiB; 32 ranges; a listing shows 10,000 entries; files up to \
                  32 KiB are kept in memory.",
    mut_arg("max_connections", |arg| arg.default_value("10000")),
    mut_arg("idle_timeout", |arg| arg.default_value("60")),
)]
pub struct MiniWeb {
    /// The folder to serve; without it, every answer is <h1>Hello World!</h1>
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Where to listen: HOST:PORT (IPv6 in brackets) or unix:/path; port 0 is any free port
    #[arg(long, value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
    pub listen: Address,
    /// Do not list folders that have no index.html
    #[arg(long, requires = "folder")]
    pub no_listing: bool,
    /// Answer the top index.html for a missing path without a file extension (single-page apps)
    #[arg(long, requires = "folder")]
    pub spa: bool,
    /// How many threads may serve; those not needed sleep [default: one for each processor]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// How much of the small files is kept in memory (0: nothing)
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = cache_size)]
    pub cache_size: usize,
    /// Log each request there, in the combined format; - is stderr (as with -v)
    #[arg(long, value_name = "FILE")]
    pub access_log: Option<PathBuf>,
    /// Connections and time-outs.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

fn cache_size(text: &str) -> Result<usize, String> {
    usize::try_from(size(text)?).map_err(|_| "that is more than this computer can have".to_owned())
}
