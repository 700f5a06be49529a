//! Sends a request and judges what has become of it.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use chrono::DateTime;
use common::exit::Temporary;
use common::printable::printable;
use common::secret::Secret;
use common::shutdown::Shutdown;
use rustls::ClientConfig;
use ureq::http::StatusCode;

use crate::account::Account;
use crate::answer::Answer;
use crate::code::{ACCEPTED, EXPIRED, TOO_FAST, meaning};
use crate::connection::{Connection, NoReply, Reply};
use crate::gateway::Gateway;
use crate::request::{Request, encoded};
use crate::text::FREE_SIGNATURE;

/// How long we wait after code 4080, which is about one second, before we try once more.
const PAUSE: Duration = Duration::from_millis(1100);

/// How far two clocks may be apart without being worth a word, in seconds.
const MUCH: u64 = 30;

/// The longest saying of the gateway that is shown, in characters.
const MAX_SAYING: usize = 200;

/// Sends requests.
#[derive(Debug)]
pub struct Sender {
    /// Where to.
    pub gateway: Gateway,
    /// Who pays.
    pub account: Account,
    /// For connecting, for the handshake, and for the answer.
    pub timeout: Duration,
    /// Whom we trust.
    pub tls: Arc<ClientConfig>,
}

/// What the gateway made of a request, if that is known.
struct Outcome {
    answer: Answer,
    /// Its clock minus ours, in seconds, if it said so.
    ahead: Option<i64>,
    password: Secret,
}

impl Sender {
    /// Sends the request; the line to print when it was accepted.
    ///
    /// # Errors
    /// It was refused, could not be handed over ([`Temporary`]), or nobody knows.
    pub fn perform(&self, request: &Request) -> anyhow::Result<String> {
        if let Request::Submit(message) = request {
            message
                .text
                .doubts()
                .for_each(|doubt| tracing::warn!("{doubt}"));
            tracing::debug!(
                "{}, with {FREE_SIGNATURE}",
                message.text.size(FREE_SIGNATURE)
            );
        }
        if !self.gateway.keeps_secrets() {
            tracing::warn!(
                "everybody on the way to {} can read what is sent",
                self.gateway
            );
        }
        let mut interrupts = None;
        let mut outcome = self.ask(request, &mut interrupts)?;
        // A refusal for certain, so that to ask again sends nothing twice.
        if outcome.answer.code == TOO_FAST {
            tracing::info!("the gateway answered 4080 (too fast for one number), trying once more");
            thread::sleep(PAUSE);
            if interrupts.as_ref().is_some_and(Shutdown::is_requested) {
                return Err(anyhow::anyhow!("interrupted")).with_context(|| cannot(request));
            }
            outcome = self.ask(request, &mut interrupts)?;
        }
        self.judge(request, &outcome)
    }

    /// Sends the request once. The password is made anew each time, because it has the time in it.
    ///
    /// As soon as it is on its way, an interruption leaves it unknown, and that has to be said. Until
    /// then Ctrl-C ends us as it ends any program.
    fn ask(&self, request: &Request, interrupts: &mut Option<Shutdown>) -> anyhow::Result<Outcome> {
        let time = unix_time(SystemTime::now());
        let password = self.account.password(request, time);
        let form = request.form(&self.account, password.reveal(), time);
        let host = self.gateway.host();
        let tls = (self.gateway.is_encrypted()).then(|| (host.as_str(), Arc::clone(&self.tls)));
        let connection = Connection::open(&self.gateway.address(), tls, self.timeout)
            .with_context(|| cannot(request))?;
        let shutdown = match interrupts {
            Some(shutdown) => shutdown,
            None => interrupts.insert(Shutdown::on_signals()?),
        };
        tracing::debug!("asking for {}", request.method());
        let url = self.gateway.url_of(request.method());
        let reply = connection.post(&url, &encoded(&form), shutdown);
        let reply = match (reply, request) {
            (Ok(reply), _) => reply,
            (Err(error), Request::Submit(_)) => {
                return Err(error).with_context(|| unknown(request));
            }
            (Err(NoReply::Interrupted), Request::Balance) => {
                return Err(NoReply::Interrupted).with_context(|| cannot(request));
            }
            // To ask twice costs nothing.
            (Err(error), Request::Balance) => {
                return Err(Temporary(error.to_string())).with_context(|| cannot(request));
            }
        };
        tracing::debug!("the gateway answered with status {}", reply.status);
        tracing::trace!(
            "answer: {}",
            self.shown(&String::from_utf8_lossy(&reply.body), &password)
        );
        self.check_status(&reply, &password)
            .with_context(|| cannot(request))?;
        let answer = Answer::read(&reply.body)
            .context("the answer cannot be understood")
            .with_context(|| unknown(request))?;
        Ok(Outcome {
            answer,
            ahead: ahead(&reply, time),
            password,
        })
    }

    /// HTTP's own word on it. This gateway says 200 to everything, so any other is a server's or a
    /// proxy's before it.
    fn check_status(&self, reply: &Reply, password: &Secret) -> anyhow::Result<()> {
        let status = reply.status;
        let field = |name: &str| {
            let value = reply.header.get(name)?;
            Some(self.shown(&String::from_utf8_lossy(value.as_bytes()), password))
        };
        let said = match status.canonical_reason() {
            Some(reason) => format!("the gateway answered {} ({reason})", status.as_str()),
            None => format!("the gateway answered {}", status.as_str()),
        };
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            let when = field("retry-after").map(|when| format!(", Retry-After: {when}"));
            bail!(Temporary(said + &when.unwrap_or_default()));
        }
        if status.is_redirection() {
            let to = field("location").unwrap_or_else(|| "nowhere".into());
            bail!("{said}, a redirect to {to}; a key is not taken elsewhere");
        }
        if !status.is_success() {
            bail!(said);
        }
        Ok(())
    }

    /// Accepted, refused, or neither.
    fn judge(&self, request: &Request, outcome: &Outcome) -> anyhow::Result<String> {
        let answer = &outcome.answer;
        let code = answer.code;
        if code == ACCEPTED {
            return match (answer.result(request), request) {
                // A gateway that has a key for an id would have it printed.
                (Some(id), Request::Submit(_)) => {
                    let id = self.account.masked_in(id, &outcome.password);
                    Ok(format!("{code} accepted, id {id}"))
                }
                (Some(left), Request::Balance) => Ok(format!("{code} accepted, {left} left")),
                (None, Request::Submit(_)) => Err(anyhow::anyhow!(
                    "the gateway answered 2 (accepted) without the id of a message"
                ))
                .with_context(|| unknown(request)),
                (None, Request::Balance) => Err(anyhow::anyhow!(
                    "the gateway answered 2 (accepted) without a number"
                ))
                .with_context(|| cannot(request)),
            };
        }
        let says = match self.shown(&answer.message, &outcome.password) {
            nothing if nothing.is_empty() => String::new(),
            says => format!(" (it says: {says})"),
        };
        let reason = match meaning(code) {
            Some((meaning, again)) => format!(
                "the gateway answered {code}, {meaning}{}{says}; {}",
                self.clocks(outcome),
                again.advice()
            ),
            None => format!("the gateway answered {code}, which we do not know{says}"),
        };
        let error = match code {
            TOO_FAST => Temporary(reason).into(),
            _ => anyhow::anyhow!(reason),
        };
        Err(error.context(cannot(request)))
    }

    /// How far the clocks are apart, where that is the reason.
    fn clocks(&self, outcome: &Outcome) -> String {
        match outcome.ahead {
            Some(ahead) if outcome.answer.code == EXPIRED && ahead.unsigned_abs() > MUCH => {
                let (seconds, way) = (
                    ahead.unsigned_abs(),
                    if ahead > 0 { "behind" } else { "ahead of" },
                );
                format!(" (it is {seconds} s {way} the gateway's)")
            }
            _ => String::new(),
        }
    }

    /// Text of the gateway, safe to show: without the key, without control characters, and short.
    fn shown(&self, text: &str, password: &Secret) -> String {
        let text = self.account.masked_in(text.trim(), password);
        let short: String = text.chars().take(MAX_SAYING).collect();
        let dots = if short.len() < text.len() { "…" } else { "" };
        format!("{}{dots}", printable(&short))
    }
}

fn cannot(request: &Request) -> String {
    match request {
        Request::Submit(message) => format!("cannot send to {}", message.to),
        Request::Balance => "cannot ask for the balance".into(),
    }
}

fn unknown(request: &Request) -> String {
    match request {
        Request::Submit(message) => format!(
            "unknown whether the message to {} was accepted, so it is not sent again",
            message.to
        ),
        Request::Balance => cannot(request),
    }
}

/// Seconds since 1970. A clock from before that says 0, and the gateway will say what it thinks.
pub fn unix_time(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// The gateway's clock minus ours, in seconds.
fn ahead(reply: &Reply, ours: u64) -> Option<i64> {
    let date = reply.header.get("date")?.to_str().ok()?;
    let theirs = DateTime::parse_from_rfc2822(date).ok()?.timestamp();
    theirs.checked_sub_unsigned(ours)
}
