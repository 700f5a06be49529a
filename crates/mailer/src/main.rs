//! `mailer`: sends a mail. The message and the protocol are in the library.

use std::process::ExitCode;
use std::sync::Arc;

use common::shutdown::Shutdown;
use common::{args, exit, log, tls};
use mailer::args::Mailer;
use mailer::delivery::deliver;
use mailer::envelope::Envelope;
use mailer::report::{dry_run, report};
use mailer::session::Server;

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), mail)
}

fn mail() -> anyhow::Result<()> {
    let args: Mailer = args::parse()?;
    log::start(&args.log);
    args.check()?;
    let login = args.login()?;
    let envelope = Envelope::new(&args.from, args.recipients());
    let message = args.letter()?.into_message();
    let address = match &args.server {
        Some(server) if !args.dry_run => server.with_port(args.tls),
        _ => return dry_run(&envelope, &message),
    };
    let server = Server {
        address,
        tls: args.tls,
        trust: Arc::new(tls::client_config(args.ca_file.as_deref())?),
        login,
        timeout: args.client.timeout,
    };
    let (mut connection, offers) = server.open()?;
    // Until here a signal ends the program like any other. From here on it has to be said what has
    // become of the mail.
    connection.end_on(Shutdown::on_signals()?);
    let delivered = deliver(
        &mut connection,
        &offers,
        &envelope,
        &message,
        server.timeout,
    );
    let reported = delivered.and_then(|delivery| report(&server.address, &delivery));
    connection.quit();
    reported
}
