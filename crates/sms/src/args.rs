//! The flags of `sms`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use common::args::{ClientArgs, LogArgs};
use common::exit::Usage;
use common::secret::{PasswordArgs, Secret};

use crate::gateway::Gateway;
use crate::mobile::Mobile;
use crate::request::{Message, Request};
use crate::text::Text;
use crate::{GATEWAY, PASSWORD};

/// Send a text message through the 互亿无线 gateway, or ask how many are left
#[derive(Debug, Parser)]
#[command(
    name = "sms",
    version,
    arg_required_else_help = false,
    disable_help_subcommand = true,
    // What both subcommands take stands behind their own.
    next_display_order = 100,
    after_help = "Example: sms send --to 13800138000 --account cf_me \\\n    \
                    --text '您的验证码是：147258。请不要把验证码泄露给其他人。'\n\
                  with the key in SMS_PASSWORD, or in a file named by --password-file. With \
                  --dry-run it shows the request and connects to nothing.\n\n\
                  Limits: a text has at most 500 characters; an answer has a header of at most \
                  16 KiB and a body of at most 64 KiB, and comes within --timeout; redirects are \
                  not followed.\n\n\
                  Exit code: 0 if the gateway accepted the message; 75 if it did not for now \
                  (nothing could be handed over, HTTP status 429 or 5xx, code 4080); 1 if it \
                  refused, and if nobody knows; 2 for wrong usage."
)]
pub struct Sms {
    /// What to do.
    #[command(subcommand)]
    pub task: Task,
    /// The key.
    #[command(flatten)]
    pub password: PasswordArgs,
    /// Time-out.
    #[command(flatten)]
    pub client: ClientArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

/// The two things that can be done.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Send a message
    Send {
        /// Who gets it: a mobile number of mainland China, or +CODE NUMBER for one abroad
        #[arg(long, value_name = "MOBILE")]
        to: Mobile,
        /// What it says; with --template, the values of its variables, joined by |
        #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
        text: Text,
        /// The number of an approved template that the text fills in (1 is the free account's)
        #[arg(long, value_name = "ID")]
        template: Option<u32>,
        /// With what.
        #[command(flatten)]
        with: With,
    },
    /// Ask how many messages are left
    Balance {
        /// With what.
        #[command(flatten)]
        with: With,
    },
}

/// Whose account, and where.
#[derive(Args, Debug)]
pub struct With {
    /// The APIID of the account that pays
    #[arg(long, value_name = "ID", value_parser = account)]
    pub account: String,
    /// The gateway, without ?method=…
    #[arg(long, value_name = "URL", default_value = GATEWAY)]
    pub gateway: Gateway,
    /// Send, in place of the key, a password made of it for this one request (MD5)
    #[arg(long)]
    pub dynamic_password: bool,
    /// Trust the certificates in this PEM file, and no others
    #[arg(long, value_name = "PEM")]
    pub ca_file: Option<PathBuf>,
    /// Show the request, the key masked, and connect to nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Task {
    /// What is asked of the gateway.
    pub fn request(self) -> (Request, With) {
        match self {
            Task::Balance { with } => (Request::Balance, with),
            Task::Send {
                to,
                text,
                template,
                with,
            } => (Request::Submit(Message { to, text, template }), with),
        }
    }
}

impl With {
    /// Where the request goes.
    ///
    /// # Errors
    /// Wrong usage: the key would be seen on its way, or the number is not of the kind that the
    /// gateway serves.
    pub fn gateway_for(&self, request: &Request) -> Result<Gateway, Usage> {
        let gateway = self.gateway.clone();
        if !self.dynamic_password && !gateway.keeps_secrets() {
            return Err(Usage(format!(
                "the key would go to {gateway} where all on the way can read it: use https, or \
                 --dynamic-password (see --help)"
            )));
        }
        match request {
            Request::Submit(message) if message.to.is_abroad() && gateway.is_default() => {
                Err(Usage(
                    "this gateway serves mainland China only: name the one for numbers abroad by \
                     --gateway (see --help)"
                        .into(),
                ))
            }
            _ => Ok(gateway),
        }
    }

    /// The key, which only a dry run can do without.
    ///
    /// # Errors
    /// Wrong usage: there is none.
    pub fn needed(&self, key: Option<Secret>) -> Result<Secret, Usage> {
        match key {
            Some(key) => Ok(key),
            None if self.dry_run => Ok(Secret::new("")),
            None => Err(Usage(format!(
                "the key of the account is missing: put it into {PASSWORD}, or name a file by \
                 --password-file (see --help)"
            ))),
        }
    }
}

fn account(id: &str) -> Result<String, String> {
    match id {
        "" => Err("it is empty".into()),
        id if id.chars().any(|c| c.is_whitespace() || c.is_control()) => {
            Err("it has white space or a control character in it".into())
        }
        id => Ok(id.to_owned()),
    }
}
