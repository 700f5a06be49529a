//! The connection to the gateway, and HTTP on it.
//!
//! The connection is made before the request is given to the HTTP library, and then lent to it. So
//! the two kinds of failure cannot be confused: until it stands nothing has been handed over, and
//! to try again is safe; from then on nobody can tell.

use std::fmt;
use std::io::{self, Read, Write};
use std::net;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use common::address::Address;
use common::budget::Budget;
use common::connect::connect;
use common::exit::{Temporary, cause, one_line};
use common::shutdown::Shutdown;
use common::stream::{Stream, timed_out};
use common::tls::TlsStream;
use rustls::ClientConfig;
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::{HeaderMap, StatusCode, Uri};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

use crate::answer::MAX_ANSWER;

/// The longest header of an answer, in bytes.
pub const MAX_HEADER: usize = 16 << 10;

/// What is read and written at once, in bytes. A header that is too long has to fit in, to be seen.
const BUFFER: usize = 2 * MAX_HEADER;

/// An open connection, on which one request is sent.
#[derive(Debug)]
pub struct Connection {
    socket: Arc<Stream>,
    tls: Option<TlsStream>,
    patience: Duration,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// The status of HTTP.
    pub status: StatusCode,
    /// The fields of the header.
    pub header: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects, and opens TLS if there is a `tls` (for `host`). Each may take `patience`, and so
    /// may the answer later on.
    ///
    /// # Errors
    /// The connection does not come about. That may pass ([`Temporary`]), unless the gateway is
    /// not who it should be.
    pub fn open(
        address: &Address,
        tls: Option<(&str, Arc<ClientConfig>)>,
        patience: Duration,
    ) -> anyhow::Result<Self> {
        let for_now = |error| Temporary(one_line(&error));
        let socket = connect(address, &Budget::new(patience)).map_err(for_now)?;
        let socket = Arc::new(socket);
        tracing::debug!("connected to {}", socket.peer());
        let tls = match tls {
            None => None,
            Some((host, config)) => {
                let budget = Budget::new(patience);
                let opened = TlsStream::connect(Arc::clone(&socket), host, config, &budget);
                // What has to do with certificates does not take so long.
                let waited = |error: anyhow::Error| match budget.left() {
                    None => for_now(error).into(),
                    Some(_) => error,
                };
                Some(opened.map_err(waited)?)
            }
        };
        socket.set_read_timeout(Some(patience))?;
        socket.set_write_timeout(Some(patience))?;
        Ok(Connection {
            socket,
            tls,
            patience,
        })
    }

    /// Sends a form and reads the answer. Redirects are answers: the key is not taken elsewhere.
    ///
    /// # Errors
    /// No complete answer came, or `shutdown` was requested before. What has become of the request
    /// is not known then.
    pub fn post(self, url: &str, form: &str, shutdown: &Shutdown) -> Result<Reply, NoReply> {
        // A thread that waits in read(2) hears of Ctrl-C by the end of its stream.
        let socket = Arc::clone(&self.socket);
        shutdown.calls_back(move || {
            let _ = socket.shutdown(net::Shutdown::Both);
        });
        self.exchange(url, form).map_err(|error| {
            if shutdown.is_requested() {
                NoReply::Interrupted
            } else {
                error
            }
        })
    }

    fn exchange(self, url: &str, form: &str) -> Result<Reply, NoReply> {
        let config = Config::builder()
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(0)
            .max_response_header_size(MAX_HEADER)
            .accept_encoding(AutoHeaderValue::None)
            .user_agent(concat!("sms/", env!("CARGO_PKG_VERSION")))
            .build();
        let ready = Ready(Mutex::new(Some(self)));
        let agent = ureq::Agent::with_parts(config, ready, Nowhere);
        let mut response = agent
            .post(url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Connection", "close")
            .send(form.as_bytes())?;
        let mut body = Vec::new();
        let mut reader = response.body_mut().as_reader().take(MAX_ANSWER as u64 + 1);
        reader.read_to_end(&mut body).map_err(ureq::Error::from)?;
        if body.len() > MAX_ANSWER {
            return Err(NoReply::TooLong);
        }
        Ok(Reply {
            status: response.status(),
            header: response.headers().clone(),
            body,
        })
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoReply {
    /// Too large.
    #[error("the answer is longer than {MAX_ANSWER} bytes")]
    TooLong,
    /// The connection broke, time ran out, or it is no HTTP.
    #[error("{0}")]
    Broken(String),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

/// What the library says, in the words of a user.
impl From<ureq::Error> for NoReply {
    fn from(error: ureq::Error) -> Self {
        NoReply::Broken(why(&error))
    }
}

fn why(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the gateway closed the connection before its answer was complete".into()
        }
        ureq::Error::Io(error) => cause(error),
        ureq::Error::Protocol(error) => format!("what came is not HTTP ({error})"),
        ureq::Error::LargeResponseHeader(..) => {
            format!("the header of the answer is longer than {MAX_HEADER} bytes")
        }
        other => other.to_string(),
    }
}

/// A connection for the library to take, once.
#[derive(Debug)]
struct Ready(Mutex<Option<Connection>>);

impl Connector for Ready {
    type Out = Wire;

    fn connect(
        &self,
        _details: &ConnectionDetails,
        _chained: Option<()>,
    ) -> Result<Option<Wire>, ureq::Error> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(connection.map(|connection| Wire {
            connection,
            answer_by: None,
            buffers: LazyBuffers::new(BUFFER, BUFFER),
        }))
    }
}

/// Looks nothing up: the connection is there.
#[derive(Debug)]
struct Nowhere;

impl Resolver for Nowhere {
    fn resolve(
        &self,
        _uri: &Uri,
        _config: &Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}

/// The connection as the library uses it.
struct Wire {
    connection: Connection,
    /// Begins to run when the request has been sent.
    answer_by: Option<Budget>,
    buffers: LazyBuffers,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the buffers: the key is in them.
        f.debug_tuple("Wire").field(&self.connection).finish()
    }
}

impl Transport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _timeout: NextTimeout) -> Result<(), ureq::Error> {
        let output = &self.buffers.output()[..amount];
        match &mut self.connection.tls {
            Some(tls) => tls.write_all(output).and_then(|()| tls.flush())?,
            None => self.connection.socket.send(output)?,
        }
        Ok(())
    }

    /// All of the answer has to come within the same time, so that a gateway that sends a byte now
    /// and then does not keep us for ever.
    fn await_input(&mut self, _timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let patience = self.connection.patience;
        let budget = self.answer_by.get_or_insert_with(|| Budget::new(patience));
        loop {
            let left = budget.left().ok_or_else(|| budget.exceeded())?;
            self.connection.socket.set_read_timeout(Some(left))?;
            let input = self.buffers.input_append_buf();
            let read = match &mut self.connection.tls {
                Some(tls) => tls.read(input),
                None => (&*self.connection.socket).read(input),
            };
            match read {
                Ok(length) => {
                    self.buffers.input_appended(length);
                    return Ok(length > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if timed_out(&error) => return Err(budget.exceeded().into()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn is_open(&mut self) -> bool {
        false
    }

    fn is_tls(&self) -> bool {
        self.connection.tls.is_some()
    }
}
