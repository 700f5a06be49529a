//! Connections, plain and encrypted, for the library to speak HTTP on.

use std::io::{self, Read, Write};
use std::sync::{Arc, OnceLock};

use common::exit::one_line;
use common::printable::printable;
use common::tls::{self, client_config};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

use crate::failure::Failure;

/// Encrypts the connections that are to be, and has every one end honestly ([`Honest`]).
#[derive(Debug)]
pub struct Secure {
    /// How long an answer may be, in bytes, with all that is not its body.
    max_answer: u64,
    /// What to open TLS with; made when it is first needed if the built-in authorities will do,
    /// which takes longer than a small file.
    config: OnceLock<Arc<ClientConfig>>,
}

impl Secure {
    /// With these authorities, or with the built-in ones; for answers of at most so many bytes.
    pub fn new(config: Option<Arc<ClientConfig>>, max_answer: u64) -> Self {
        let config = config.map_or_else(OnceLock::new, OnceLock::from);
        Secure { max_answer, config }
    }

    fn config(&self) -> Result<Arc<ClientConfig>, Failure> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let config = client_config(None).map_err(|error| Failure::lasting(one_line(&error)))?;
        Ok(Arc::clone(self.config.get_or_init(|| Arc::new(config))))
    }

    fn encrypt(
        &self,
        details: &ConnectionDetails,
        below: impl Transport,
    ) -> Result<Encrypted, Error> {
        let config = details.config;
        let tls = self
            .config()
            .map_err(|failure| Error::Other(failure.into()))?;
        let host = details.uri.host().unwrap_or_default();
        let name = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let name = ServerName::try_from(name).map_err(|_| {
            let why = format!("no certificate can be for {}", printable(host));
            Error::Other(Failure::lasting(why).into())
        })?;
        let session = ClientConnection::new(tls, name);
        let mut session = session.map_err(|error| tls_error(&error))?;
        let below: Box<dyn Transport> = Box::new(below);
        let mut below = TransportAdapter::new(below, Arc::clone(&details.current_time));
        below.set_timeout(details.timeout);
        while session.is_handshaking() {
            let done = session.complete_io(&mut below);
            done.map_err(|error| handshake_error(error, config))?;
        }
        Ok(Encrypted {
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
            stream: StreamOwned::new(session, below),
        })
    }
}

fn tls_error(error: &rustls::Error) -> Error {
    Error::Other(Failure::lasting(tls::reason(error)).into())
}

fn handshake_error(error: io::Error, config: &ureq::config::Config) -> Error {
    if let Some(error) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        return tls_error(error);
    }
    match Error::from(error) {
        Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            let why = "it closed in the middle of the TLS handshake";
            Error::Other(Failure::passing(why).into())
        }
        Error::Timeout(_) => {
            let patience = config.timeouts().connect.unwrap_or_default();
            let why = format!("no TLS handshake within {} s", patience.as_secs_f64());
            Error::Other(Failure::passing(why).into())
        }
        other => other,
    }
}

impl<In: Transport> Connector<In> for Secure {
    type Out = Honest;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Honest>, Error> {
        let Some(below) = chained else {
            return Ok(None);
        };
        let connection: Box<dyn Transport> = match details.needs_tls() {
            true => Box::new(self.encrypt(details, below)?),
            false => Box::new(below),
        };
        Ok(Some(Honest {
            connection,
            left: self.max_answer,
            max_answer: self.max_answer,
        }))
    }
}

/// A connection that tells a break from an end. Where only the close ends a body, the library takes
/// a reset for one too, and so a file that was cut short for a whole one; unless the error has
/// another name. And an answer whose body ends may go on for ever behind it, with fields that the
/// library passes over (RFC 9112, section 7.1.2).
#[derive(Debug)]
pub struct Honest {
    connection: Box<dyn Transport>,
    /// How many bytes of the answer may still come.
    left: u64,
    max_answer: u64,
}

impl Honest {
    fn await_any(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        use io::ErrorKind::{ConnectionAborted, ConnectionReset, UnexpectedEof};
        self.connection
            .await_input(timeout)
            .map_err(|error| match error {
                Error::Io(error) => match error.kind() {
                    ConnectionAborted | ConnectionReset => {
                        Error::Other(Failure::passing("the connection was reset").into())
                    }
                    // TCP says that the stream has ended, TLS does not.
                    UnexpectedEof => {
                        Error::Other(Failure::passing("the connection was cut").into())
                    }
                    _ => Error::Io(error),
                },
                error => error,
            })
    }
}

impl Transport for Honest {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.connection.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.left = self.max_answer;
        self.connection.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let before = self.buffers().input().len();
        let any = self.await_any(timeout)?;
        let came = self.buffers().input().len().saturating_sub(before);
        let left = self.left.checked_sub(came as u64);
        self.left =
            left.ok_or_else(|| Error::Other(Failure::lasting("its answer does not end").into()))?;
        Ok(any)
    }

    fn is_open(&mut self) -> bool {
        self.connection.is_open()
    }

    fn is_tls(&self) -> bool {
        self.connection.is_tls()
    }
}

/// A connection encrypted by TLS.
struct Encrypted {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl std::fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Encrypted")
            .field(self.stream.sock.inner())
            .finish()
    }
}

impl Transport for Encrypted {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.sock.set_timeout(timeout);
        self.stream.write_all(&self.buffers.output()[..amount])?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.sock.set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    /// A word of TLS that nobody has asked for (a session ticket) counts as closed, too.
    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}
