//! Requests: one pool of connections for everybody, redirects, and who may lead us where.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use common::shutdown::Shutdown;
use rustls::ClientConfig;
use ureq::http::{Response, header};
use ureq::unversioned::transport::{Connector, TcpConnector};
use ureq::{Agent, Body, BodyReader};

use crate::addresses::{Addresses, Guide};
use crate::failure::Failure;
use crate::link::Link;
use crate::plan::MAX_LIST;
use crate::transport::Secure;

/// The most redirects that are followed.
pub const MAX_REDIRECTS: usize = 10;

/// The longest header of an answer, in bytes.
pub const MAX_HEADER: usize = 64 << 10;

/// How long a header may take, in time-outs: one until it begins, and one for the rest. Else a byte now and
/// then would hold us for as long as a server likes.
pub const HEADER_TIMEOUTS: u32 = 2;

/// How much of a body that nobody wants is read, so that its connection can be used again.
const SCRAP: u64 = 16 << 10;

/// How much is sent at once; a request with a long URL fits in.
const SENT_AT_ONCE: usize = 16 << 10;

/// What is to be known about the connections.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many are used at once.
    pub connections: usize,
    /// How much one read takes at most, in bytes.
    pub read: usize,
    /// For connecting, and for every silence; a header has twice as long.
    pub patience: Duration,
    /// The largest file, in bytes.
    pub max_size: u64,
    /// Whether a public server may point us at private addresses.
    pub allow_private: bool,
    /// Whom we trust, if not the built-in authorities.
    pub tls: Option<ClientConfig>,
}

/// The servers of the web, as we see them. Clones share everything.
#[derive(Clone, Debug)]
pub struct Web {
    /// For what the user has asked for: any address.
    open: Agent,
    /// For what a public server has pointed us at: public addresses only. Its connections are its
    /// own, so that none is used that was made under the other rule.
    guarded: Agent,
    addresses: Addresses,
    allow_private: bool,
    patience: Duration,
}

/// Where to go, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    /// Where.
    pub link: Link,
    /// Whether a public server has said so, and not the user.
    pub guarded: bool,
}

impl Errand {
    /// What the user asks for may be anywhere.
    pub fn of_user(link: Link) -> Self {
        Errand {
            link,
            guarded: false,
        }
    }
}

/// An answer that leads nowhere else.
#[derive(Debug)]
pub struct Answer {
    /// Its header; the body is to come.
    pub response: Response<Body>,
    /// Where it comes from in the end.
    pub from: Errand,
}

/// What a request asks for besides a URL.
#[derive(Clone, Copy, Debug)]
pub struct Rest<'a> {
    /// All from this byte on.
    pub offset: u64,
    /// If it is still this.
    pub validator: &'a str,
}

impl Web {
    /// Nothing is connected yet. When `shutdown` is requested, whoever waits for a server has waited
    /// enough.
    pub fn new(settings: Settings, shutdown: &Shutdown) -> Self {
        let addresses = Addresses::new(settings.patience);
        let tls = settings.tls.map(Arc::new);
        let max_answer = settings.max_size.max(MAX_LIST).saturating_mul(2);
        let agent = |public_only| {
            let patience = Some(settings.patience);
            let config = Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .proxy(None)
                .user_agent(concat!(
                    env!("CARGO_PKG_NAME"),
                    "/",
                    env!("CARGO_PKG_VERSION")
                ))
                // What is saved is what the server has, and its length is known.
                .accept_encoding("identity")
                .timeout_connect(patience)
                .timeout_recv_response(Some(for_header(settings.patience)))
                .timeout_per_read(patience)
                .timeout_per_write(patience)
                .max_response_header_size(MAX_HEADER)
                .input_buffer_size(settings.read)
                .output_buffer_size(SENT_AT_ONCE)
                .max_idle_connections(settings.connections)
                .max_idle_connections_per_host(settings.connections)
                .build();
            let addresses = addresses.clone();
            let connector =
                ().chain(TcpConnector::default())
                    .chain(Secure::new(tls.clone(), max_answer));
            let guide = Guide {
                addresses,
                public_only,
            };
            let agent = Agent::with_parts(config, connector, guide);
            let held = agent.clone();
            shutdown.calls_back(move || held.clone().shutdown());
            agent
        };
        Web {
            open: agent(false),
            guarded: agent(true),
            addresses: addresses.clone(),
            allow_private: settings.allow_private,
            patience: settings.patience,
        }
    }

    /// Asks for something, and goes where that leads.
    ///
    /// # Errors
    /// There is no answer, or it leads where we do not go.
    pub fn get(&self, errand: &Errand, rest: Option<Rest<'_>>) -> Result<Answer, Failure> {
        let mut errand = errand.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.ask(&errand, rest)?;
            let Some(location) = location(&response) else {
                let from = errand;
                return Ok(Answer { response, from });
            };
            tracing::debug!(
                "{}: redirected to {}",
                errand.link,
                common::printable::printable(&location)
            );
            let link = errand.link.redirected(&location);
            let link =
                link.map_err(|error| Failure::lasting(format!("it was redirected: {error}")))?;
            let guarded = self.guards(&errand)?;
            give_back(response);
            errand = Errand { link, guarded };
        }
        Err(Failure::lasting(format!(
            "more than {MAX_REDIRECTS} redirects"
        )))
    }

    /// Whether what the server of this errand points us at has to be public.
    ///
    /// # Errors
    /// As [`Addresses::of`].
    pub fn guards(&self, errand: &Errand) -> Result<bool, Failure> {
        if self.allow_private || errand.guarded {
            return Ok(errand.guarded);
        }
        self.addresses.are_public(errand.link.host())
    }

    /// What went wrong, if it went wrong in the middle of a body.
    pub fn broke(&self, error: io::Error) -> Failure {
        Failure::of(ureq::Error::from(error), self.patience)
    }

    fn ask(&self, errand: &Errand, rest: Option<Rest<'_>>) -> Result<Response<Body>, Failure> {
        let agent = match errand.guarded {
            true => &self.guarded,
            false => &self.open,
        };
        let mut request = agent.get(errand.link.as_str());
        if let Some(rest) = rest {
            request = request
                .header(header::RANGE, format!("bytes={}-", rest.offset))
                .header(header::IF_RANGE, rest.validator);
        }
        request.call().map_err(|error| {
            self.addresses.forget(errand.link.host());
            Failure::of(error, self.patience)
        })
    }
}

/// How long a header may take. See [`HEADER_TIMEOUTS`].
pub(crate) fn for_header(patience: Duration) -> Duration {
    patience.saturating_mul(HEADER_TIMEOUTS)
}

/// Where an answer leads, if it leads elsewhere.
fn location(response: &Response<Body>) -> Option<String> {
    let leads = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(header::LOCATION).filter(|_| leads)?;
    Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
}

/// Reads an answer away that nobody wants, if it is short: its connection can be used again then.
pub fn give_back(response: Response<Body>) {
    if response
        .body()
        .content_length()
        .is_some_and(|length| length <= SCRAP)
    {
        let _ = io::copy(&mut reader(response), &mut io::sink());
    }
}

/// The body of an answer.
pub fn reader(response: Response<Body>) -> BodyReader<'static> {
    response.into_body().into_reader()
}
