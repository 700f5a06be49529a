//! `downloader`: downloads many files at once. What that takes is in the library.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use common::exit::{Temporary, Usage};
use common::shutdown::Shutdown;
use common::tls::client_config;
use common::{args, exit, log};
use downloader::args::Downloader;
use downloader::arriving::Place;
use downloader::crew;
use downloader::download::Download;
use downloader::link::Link;
use downloader::listing::Wanted;
use downloader::pauses::Quiet;
use downloader::plan::{Plan, bad_url, hidden_url};
use downloader::report::Report;
use downloader::web::{Errand, Settings, Web};

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), download)
}

fn download() -> anyhow::Result<()> {
    let args: Downloader = args::parse()?;
    log::start(&args.log);
    if args.listing.as_deref() == Some("-") && args.input.as_deref() == Some(Path::new("-")) {
        let usage =
            "--listing - and --input - cannot both read standard input: name a file for one";
        return Err(Usage(usage.into()).into());
    }
    let mut plan = Plan::new(args.on_conflict);
    let listing = args.listing.as_deref().map(listing).transpose()?;
    for url in &args.urls {
        plan.add(Errand::of_user(link(url)?))?;
    }
    if let Some(list) = &args.input {
        plan.add_list(list)?;
    } else if args.urls.is_empty() && listing.is_none() {
        let usage = "nothing to download: name a URL, --input FILE or --listing URL (see --help)";
        return Err(Usage(usage.into()).into());
    }
    let shutdown = Shutdown::on_signals()?;
    let mut download = set_up(&args, &shutdown)?;
    if let Some(link) = listing {
        for item in fetch_listing(&args, link, &download, &shutdown)? {
            match item {
                Ok(errand) => plan.add(errand)?,
                Err(line) => plan.refuse(line)?,
            }
        }
    }
    let (jobs, refused) = plan.settle();
    download.report = Arc::new(Report::new(jobs.len() + refused.len(), args.log.quiet));
    for line in refused {
        download.report.failed(line, false);
    }
    crew::work(jobs, args.jobs.into(), &download)?;
    download.report.finish(shutdown.is_requested())
}

fn listing(text: &str) -> anyhow::Result<Link> {
    Ok(match text {
        "-" => link(&hidden_url()?)?,
        text => link(text)?,
    })
}

fn link(text: &str) -> Result<Link, Usage> {
    Link::parse(text).map_err(|error| Usage(bad_url(text, &error)))
}

/// What the listing names; of an item that cannot be downloaded, a line that says why.
fn fetch_listing(
    args: &Downloader,
    link: Link,
    download: &Download,
    shutdown: &Shutdown,
) -> anyhow::Result<Vec<Result<Errand, String>>> {
    let wanted = Wanted {
        items: args.items.clone(),
        field: args.field.clone(),
    };
    let task = format!("cannot fetch the listing {link}");
    let (fetching, errand) = (download.clone(), Errand::of_user(link));
    let listed = crew::interruptibly(shutdown, move || fetching.list(&errand, &wanted))?;
    let listed = listed.map_err(|failure| match failure.is_passing() {
        true => Temporary(failure.to_string()).into(),
        false => anyhow::anyhow!(failure.to_string()),
    });
    listed.context(task)
}

fn set_up(args: &Downloader, shutdown: &Shutdown) -> anyhow::Result<Download> {
    let tls = args
        .ca_file
        .as_deref()
        .map(|path| client_config(Some(path)));
    let settings = Settings {
        connections: args.jobs.into(),
        read: crew::buffer_size(args.jobs.into()),
        patience: args.client.timeout,
        max_size: args.max_size,
        allow_private: args.allow_private,
        tls: tls.transpose()?,
    };
    Ok(Download {
        web: Web::new(settings, shutdown),
        place: Place {
            folder: args.output.clone(),
            on_conflict: args.on_conflict,
            resume: args.resume,
            max_size: args.max_size,
        },
        retries: args.retries,
        quiet: Quiet::new(shutdown),
        shutdown: shutdown.clone(),
        report: Arc::new(Report::new(0, args.log.quiet)),
    })
}
