//! The flags of `demo-peers`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use common::address::Address;
use common::args::{LogArgs, ServerArgs};

use crate::ftp::args::FtpArgs;
use crate::sms::SmsArgs;
use crate::smtp::args::SmtpArgs;

/// Stand in for a server that a demo or a test needs
#[derive(Debug, Parser)]
#[command(
    name = "demo-peers",
    version,
    arg_required_else_help = false,
    disable_help_subcommand = true,
    after_help = "Example: demo-peers page --listen 127.0.0.1:8000\n\
                  Then, elsewhere: page-fetch 127.0.0.1:8000/chunked\n\n\
                  Limits: the header of a request has at most 8 KiB and 64 fields, its body 64 KiB."
)]
pub struct DemoPeers {
    /// Which server to be.
    #[command(subcommand)]
    pub peer: Peer,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

/// The servers that there are.
#[derive(Debug, Subcommand)]
pub enum Peer {
    /// A web server with one page: / has a length, /chunked comes in chunks, /close ends with the
    /// connection, /moved leads to /
    Page {
        /// Where it listens.
        #[command(flatten)]
        at: At,
    },
    /// An FTP server with one folder, which may be read and written
    Ftp(FtpArgs),
    /// A gateway for text messages, with the form interface and the codes of 互亿无线
    #[command(after_help = "Example: demo-peers sms --listen 127.0.0.1:8106\n\
                      Then, elsewhere: sms balance --account test --gateway \
                      http://127.0.0.1:8106/webservice/sms.php\n\n\
                      The key is in SMS_PASSWORD or in --password-file; else it is the one of the \
                      vendor's examples, 1q784322ba1d9bb88d50cf5cdfd89k7d.\n\n\
                      Limits: a request has a header of at most 8 KiB and a body of at most 64 KiB; a \
                      text has at most 500 characters.")]
    Sms {
        /// How it behaves.
        #[command(flatten)]
        gateway: SmsArgs,
        /// Where it listens.
        #[command(flatten)]
        at: At,
    },
    /// A mail server that delivers nothing: it keeps each message as a file, and can refuse on
    /// request
    #[command(
        after_help = "Example: demo-peers smtp --listen 127.0.0.1:2525 --refuse gone@qq.com=550\n\
                      Then, elsewhere: mailer --server 127.0.0.1:2525 --tls none --from a@b --to c@d \
                      --subject Hi --text Hello\n\n\
                      Limits: --max-size for a message, 1000 recipients, 12 KiB a line of a client."
    )]
    Smtp {
        /// How it behaves.
        #[command(flatten)]
        smtp: SmtpArgs,
        /// Where it listens.
        #[command(flatten)]
        at: At,
    },
    /// A listing of pictures and the pictures: /meinv/?num=10 has them at newslist, /meinv/index at
    /// result.list; with way=WAY they are sent badly (slow, cut, short, flaky, busy, closed, whole,
    /// displaced, unsatisfiable, page, moved, private, circle, close, chunked), with names=hostile
    /// they are called badly, with code=N the listing fails
    Listing {
        /// List the files of this folder; without it, pictures are made up
        #[arg(long, value_name = "DIR")]
        pictures: Option<PathBuf>,
        /// Where it listens.
        #[command(flatten)]
        at: At,
    },
}

/// Where a stand-in listens, and whom it serves.
#[derive(clap::Args, Clone, Debug)]
pub struct At {
    /// Where to listen: HOST:PORT (IPv6 in brackets) or unix:/path; port 0 is any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: Address,
    /// Connections and time-outs.
    #[command(flatten)]
    pub server: ServerArgs,
}
