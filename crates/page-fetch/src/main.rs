//! `page-fetch`: fetches a web page with a request written by hand. The protocol is in the
//! library.

use std::process::ExitCode;
use std::sync::Arc;

use common::{args, exit, log, tls};
use page_fetch::args::PageFetch;
use page_fetch::fetch::Fetch;
use page_fetch::save::Destination;
use page_fetch::show::Show;

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), fetch)
}

fn fetch() -> anyhow::Result<()> {
    let args: PageFetch = args::parse()?;
    log::start(&args.log);
    let mut tls = tls::client_config(args.ca_file.as_deref())?;
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let destination = match args.head {
        true => None,
        false => Some(Destination::new(
            args.output.as_deref(),
            &args.url,
            args.on_conflict,
        )?),
    };
    let show = Show {
        quiet: args.log.quiet,
        request: args.request,
        page_on_stdout: destination.as_ref().is_some_and(Destination::is_stdout),
        begun: false,
    };
    let fetch = Fetch {
        follow: args.follow,
        max_size: args.max_size,
        timeout: args.client.timeout,
        tls: Arc::new(tls),
        show,
    };
    fetch.run(args.url, destination)
}
