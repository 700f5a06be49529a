//! `sms`: sends a text message through a gateway, and asks how many are left. The protocol is in
//! the library.

use std::process::ExitCode;
use std::sync::Arc;

use common::{args, exit, log, tls};
use sms::account::Account;
use sms::args::Sms;
use sms::dry_run;
use sms::send::Sender;

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), run)
}

fn run() -> anyhow::Result<()> {
    let args: Sms = args::parse()?;
    log::start(&args.log);
    let (request, with) = args.task.request();
    let gateway = with.gateway_for(&request)?;
    let key = with.needed(args.password.read(sms::PASSWORD)?)?;
    let account = Account::new(with.account, key, with.dynamic_password);
    if with.dry_run {
        return dry_run::show(&gateway, &account, &request);
    }
    let sender = Sender {
        gateway,
        account,
        timeout: args.client.timeout,
        tls: Arc::new(tls::client_config(with.ca_file.as_deref())?),
    };
    exit::print_line(&sender.perform(&request)?)
}
