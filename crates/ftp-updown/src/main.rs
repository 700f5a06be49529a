//! `ftp-updown`: files to an FTP server and from it. What is said to the server is in the library.

use std::process::ExitCode;

use common::progress::Bar;
use common::{args, exit, log, tls};
use ftp_updown::args::FtpUpdown;
use ftp_updown::interrupt::Interrupt;
use ftp_updown::login::Login;
use ftp_updown::run;
use ftp_updown::session::{Session, Settings};
use ftp_updown::site::Site;
use ftp_updown::transfers::{Options, Transfers};

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), transfer)
}

fn transfer() -> anyhow::Result<()> {
    let args: FtpUpdown = args::parse()?;
    log::start(&args.log);
    args.check()?;
    let site = Site::parse(&args.url)?;
    run::check(&args.command, args.recursive)?;
    let login = Login::find(&site, args.user.as_deref(), &args.password)?;
    let settings = Settings {
        tls: args.tls,
        config: tls::client_config(args.ca_file.as_deref())?,
        active: args.active,
        timeout: args.client.timeout,
    };
    let options = Options {
        ascii: args.ascii,
        resume: args.resume,
        direct: args.direct,
        recursive: args.recursive,
        on_conflict: args.on_conflict,
        bars: Bar::is_wanted(args.log.quiet),
    };
    let session = Session::start(&site, settings, &login, Interrupt::on_signals)?;
    let alone = run::is_one(&args.command, args.recursive);
    run::run(Transfers::new(session, options, alone), &args.command)
}
