//! `mini-web`: a web server for a folder of files. What it does is in the library.

use std::process::ExitCode;

use common::listen::Listener;
use common::server::Limits;
use common::shutdown::Shutdown;
use common::{args, exit, log};
use mini_web::access_log::AccessLog;
use mini_web::args::MiniWeb;
use mini_web::folder::Folder;
use mini_web::root::Root;
use mini_web::server;
use mini_web::service::Site;

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), serve)
}

fn serve() -> anyhow::Result<()> {
    let args: MiniWeb = args::parse()?;
    log::start(&args.log);
    let shutdown = Shutdown::on_signals()?;
    let site = site(&args)?;
    let access_log = access_log(&args)?;
    let threads = args.threads.map_or_else(server::usual_threads, usize::from);
    let listeners = Listener::bind_several(&args.listen, threads)?;
    listeners[0].announce()?;
    let limits = Limits::from(&args.server);
    server::serve(
        listeners,
        limits,
        site,
        args.cache_size,
        access_log,
        &shutdown,
    )
}

fn site(args: &MiniWeb) -> anyhow::Result<Site> {
    let Some(path) = &args.folder else {
        return Ok(Site::Hello);
    };
    Ok(Site::Folder(Folder {
        root: Root::open(path)?,
        lists: !args.no_listing,
        spa: args.spa,
    }))
}

fn access_log(args: &MiniWeb) -> anyhow::Result<Option<AccessLog>> {
    match &args.access_log {
        Some(path) => AccessLog::open(path).map(Some),
        None if args.log.verbose > 0 => Ok(Some(AccessLog::on_stderr())),
        None => Ok(None),
    }
}
