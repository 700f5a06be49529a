//! The flags of `img-server` and `img-client`.

use std::path::PathBuf;

use clap::Parser;
use common::address::Address;
use common::args::{ClientArgs, LogArgs, ServerArgs, size};
use common::received::OnConflict;

use crate::DEFAULT_ADDRESS;

/// Send pictures to everyone who connects
#[derive(Debug, Parser)]
#[command(
    name = "img-server",
    version,
    after_help = "Example: img-server guido.jpg --listen 0.0.0.0:5566\n\
                  Then, elsewhere: img-client HOST:5566, or nc HOST 5566\n\n\
                  Limits: all files together have at most 1 GiB. They are read once, at the start, \
                  and kept in memory as the text that is sent, a third larger than they are. What a \
                  client sends is thrown away; a client that reads nothing is cut off after the \
                  idle time-out."
)]
pub struct ImgServer {
    /// The pictures; any other file will do as well
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Where to listen: HOST:PORT (IPv6 in brackets) or unix:/path; port 0 is any free port
    #[arg(long, value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
    pub listen: Address,
    /// Connections and time-outs.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Receive the pictures that a server sends, and save them
#[derive(Debug, Parser)]
#[command(
    name = "img-client",
    version,
    after_help = "Example: img-client 127.0.0.1:5566 -o pictures --show\n\n\
                  Limits: a picture has at most --max-size bytes, a connection brings at most \
                  1,000. Besides the picture an object has at most 64 KiB, a key or a name 1 KiB, \
                  and values are nested at most 32 deep. With --show, at most 16,384 by 16,384 \
                  pixels and 256 MiB are decoded."
)]
pub struct ImgClient {
    /// The server: HOST:PORT (IPv6 in brackets) or unix:/path
    #[arg(value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
    pub server: Address,
    /// The folder to save to; it is created if it is not there
    #[arg(short, long, value_name = "DIR", default_value = "data")]
    pub output: PathBuf,
    /// What to do when a file of that name is there already
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    pub on_conflict: OnConflict,
    /// Refuse a picture of more bytes, in bytes or with KiB, MiB, GiB, TiB
    #[arg(long, value_name = "SIZE", default_value = "64MiB", allow_negative_numbers = true, value_parser = size)]
    pub max_size: u64,
    /// Draw each picture in the terminal (PNG, JPEG, GIF)
    #[arg(long)]
    pub show: bool,
    /// Time-out.
    #[command(flatten)]
    pub client: ClientArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}
