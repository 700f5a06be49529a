//! A gateway for text messages with the form interface of 互亿无线: its fields, its checks, its
//! codes, and JSON or XML as it is asked. It sends nothing to anybody.
//!
//! On request it behaves as gateways do on a bad day ([`Misbehaviour`]).
//!
//! - `form`: what was asked
//! - `ledger`: who has got how much, and what is left

mod form;
mod ledger;

use std::thread;
use std::time::Duration;

use anyhow::bail;
use clap::{Args, ValueEnum};
use common::args::{positive_seconds, seconds};
use common::printable::printable;
use common::secret::{PasswordArgs, Secret};
use common::stream::Stream;

use crate::http::{Request, Requests};
use form::Form;
use ledger::Ledger;

/// Where the gateway is found, as with the real one.
const PATH: &str = "/webservice/sms.php";

/// The variable that the key may be in.
const PASSWORD: &str = "SMS_PASSWORD";

/// The key that the vendor's documentation has for an example.
const EXAMPLE_KEY: &str = "1q784322ba1d9bb88d50cf5cdfd89k7d";

/// How the gateway behaves.
#[derive(Args, Clone, Debug)]
pub struct SmsArgs {
    /// The account that there is
    #[arg(long, value_name = "ID", default_value = "test")]
    account: String,
    /// The account's key; without it, and without SMS_PASSWORD, the one in the vendor's examples.
    #[command(flatten)]
    password: PasswordArgs,
    /// How many messages the account has paid for
    #[arg(long, value_name = "N", default_value = "50")]
    balance: u32,
    /// How many messages a number may get (code 4082 after that)
    #[arg(long, value_name = "N", default_value = "5")]
    daily_limit: u32,
    /// How far the time of a dynamic password may be from ours, in seconds (code 40501)
    #[arg(long, value_name = "SECS", default_value = "300", value_parser = seconds)]
    window: Duration,
    /// Accept nothing but the template of an account that has not paid (code 4072)
    #[arg(long)]
    only_template: bool,
    /// Behave as on a bad day
    #[arg(long, value_name = "HOW")]
    misbehave: Option<Misbehaviour>,
    /// How long `--misbehave slow` takes
    #[arg(long, value_name = "SECS", default_value = "5", value_parser = positive_seconds)]
    slowness: Duration,
}

/// What may go wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Misbehaviour {
    /// The message is accepted, and the answer comes late
    Slow,
    /// The message is accepted, and the connection cut
    Cut,
    /// The message is accepted, and the answer ends in its middle
    Half,
    /// The message is accepted, and the answer has no id
    NoId,
    /// What is answered is a web page
    Garbage,
    /// HTTP status 500
    Broken,
    /// HTTP status 429, with Retry-After
    Busy,
    /// HTTP status 302, to another gateway
    Moved,
    /// A refusal that repeats the password
    Echo,
}

/// The gateway, open for all who ask.
#[derive(Debug)]
pub struct Gateway {
    args: SmsArgs,
    key: Secret,
    ledger: Ledger,
}

/// What is answered, whatever the format.
struct Verdict {
    code: u32,
    message: String,
    /// The third value, and its name.
    value: (&'static str, String),
}

impl Gateway {
    /// With nothing sent so far.
    ///
    /// # Errors
    /// The key cannot be read.
    pub fn new(args: SmsArgs) -> anyhow::Result<Self> {
        let key = args.password.read(PASSWORD)?;
        Ok(Gateway {
            key: key.unwrap_or_else(|| Secret::new(EXAMPLE_KEY)),
            ledger: Ledger::new(args.balance, args.daily_limit),
            args,
        })
    }

    /// Reads one request and answers it; the close is the caller's.
    ///
    /// # Errors
    /// The request does not come, or is none; or it is not to be answered.
    pub fn answer(&self, stream: &Stream) -> anyhow::Result<()> {
        let Some(request) = Requests::new(stream).next_request()? else {
            return Ok(());
        };
        if request.path() != PATH {
            let page = "No such page.\n";
            return respond(stream, "404 Not Found", "text/plain", "", page);
        }
        let page = "<html><code>2</code></html>\n";
        match self.args.misbehave {
            Some(Misbehaviour::Garbage) => respond(stream, "200 OK", "text/html", "", page),
            Some(Misbehaviour::Broken) => {
                respond(stream, "500 Internal Server Error", "text/html", "", page)
            }
            Some(Misbehaviour::Busy) => {
                let fields = "Retry-After: 7\r\n";
                respond(stream, "429 Too Many Requests", "text/html", fields, page)
            }
            Some(Misbehaviour::Moved) => {
                let fields = format!("Location: http://203.0.113.1{PATH}\r\n");
                respond(stream, "302 Found", "text/html", &fields, page)
            }
            how => self.judge(stream, &request, how),
        }
    }

    fn judge(
        &self,
        stream: &Stream,
        request: &Request,
        how: Option<Misbehaviour>,
    ) -> anyhow::Result<()> {
        let form = Form::of(request);
        let mut verdict = self.verdict(&form);
        let what = match form.get("method") {
            "GetNum" => "the balance".to_owned(),
            _ => format!("a message to {}", printable(form.get("mobile"))),
        };
        tracing::info!("{what}: {} {}", verdict.code, verdict.message);
        match how {
            Some(Misbehaviour::Cut) => bail!("cut, as it was asked for"),
            Some(Misbehaviour::Slow) => thread::sleep(self.args.slowness),
            Some(Misbehaviour::NoId) => verdict.value.1 = "0".into(),
            Some(Misbehaviour::Echo) => {
                verdict.code = 405;
                verdict.message = format!("APIKEY {} 不正确", form.get("password"));
            }
            _ => {}
        }
        let (media_type, body) = match form.get("format") {
            "json" => ("application/json; charset=utf-8", verdict.json()),
            _ => ("text/xml; charset=utf-8", verdict.xml()),
        };
        if how == Some(Misbehaviour::Half) {
            let header = header("200 OK", media_type, "", body.len());
            let half = [header.as_bytes(), &body.as_bytes()[..body.len() / 2]].concat();
            stream.send(&half)?;
            bail!("cut in the middle, as it was asked for");
        }
        respond(stream, "200 OK", media_type, "", &body)
    }

    /// The checks in the order of the interface: is everything there, who is it, is it allowed.
    fn verdict(&self, form: &Form) -> Verdict {
        let of_balance = form.get("method") == "GetNum";
        let name = if of_balance { "num" } else { "smsid" };
        let refused = |(code, message): (u32, &str)| Verdict {
            code,
            message: message.to_owned(),
            value: (name, "0".into()),
        };
        if let Err(refusal) = form.check_account(&self.args.account, &self.key, self.args.window) {
            return refused(refusal);
        }
        match form.get("method") {
            "GetNum" => Verdict {
                code: 2,
                message: "查询成功".into(),
                value: (name, self.ledger.left().to_string()),
            },
            "Submit" => {
                let checked = form.check_message(self.args.only_template);
                let entered =
                    checked.and_then(|parts| self.ledger.enter(form.get("mobile"), parts));
                match entered {
                    Err(refusal) => refused(refusal),
                    Ok(id) => Verdict {
                        code: 2,
                        message: "提交成功".into(),
                        value: (name, id),
                    },
                }
            }
            _ => refused((0, "提交失败")),
        }
    }
}

impl Verdict {
    fn json(&self) -> String {
        let (name, value) = &self.value;
        serde_json::json!({ "code": self.code, "msg": self.message, (*name): value }).to_string()
    }

    fn xml(&self) -> String {
        let (name, value) = &self.value;
        let outermost = if *name == "num" {
            "GetNumResult"
        } else {
            "SubmitResult"
        };
        let message = self.message.replace('&', "&amp;").replace('<', "&lt;");
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
             <{outermost} xmlns=\"http://106.ihuyi.com/\">\n\
             <code>{}</code>\n<msg>{message}</msg>\n<{name}>{value}</{name}>\n</{outermost}>\n",
            self.code
        )
    }
}

fn respond(
    stream: &Stream,
    first_line: &str,
    media_type: &str,
    fields: &str,
    body: &str,
) -> anyhow::Result<()> {
    let header = header(first_line, media_type, fields, body.len());
    stream.send((header + body).as_bytes())?;
    Ok(())
}

fn header(first_line: &str, media_type: &str, fields: &str, length: usize) -> String {
    let now = chrono::Utc::now().format("%a, %d %b %Y %H:%M:%S GMT");
    format!(
        "HTTP/1.1 {first_line}\r\nDate: {now}\r\nContent-Type: {media_type}\r\n\
         Content-Length: {length}\r\n{fields}Connection: close\r\n\r\n"
    )
}
