//! A server that is up: it has said where it listens, and it is stopped when the value is dropped.

use std::net::SocketAddr;
use std::ops::Deref;
use std::time::Duration;

use crate::{Failure, LIMIT, Output, Process, Stream};

/// What every server prints first, and only once its socket takes connections. To wait for this line
/// is what makes a sleep or a port picked beforehand needless.
const READY: &str = "listening on ";

/// A running server. It is also a [`Process`], by `Deref`.
pub struct Server {
    process: Process,
    address: String,
}

impl Server {
    /// Starts the program `name` on a free port of the loopback address, unless `args` have a
    /// `--listen` of their own, and waits until it listens. [`crate::server()`] has more to set.
    ///
    /// # Panics
    /// When it does not come up, with all that it printed.
    #[track_caller]
    pub fn start(name: &str, args: &[&str]) -> Server {
        crate::server(name).args(args).serve()
    }

    /// Waits until `process` has said where it listens.
    pub(crate) fn await_ready(process: Process, limit: Duration) -> Result<Server, Failure> {
        let line = process.wait_for_line(Stream::Stdout, |_| true, limit)?;
        let Some(address) = line.strip_prefix(READY) else {
            let what = format!("the first line should begin with `{READY}`, of");
            return Err(process.failure(&what));
        };
        let address = address.strip_prefix("udp ").unwrap_or(address).to_owned();
        Ok(Server { process, address })
    }

    /// The address as a client is given it: `127.0.0.1:6789`, `[::1]:6789`, `unix:/path`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The address as a socket is given it.
    ///
    /// # Panics
    /// When it is the path of a unix socket.
    #[track_caller]
    pub fn socket_addr(&self) -> SocketAddr {
        match self.address.parse() {
            Ok(address) => address,
            Err(_) => panic!("{} is not an IP address and a port", self.address),
        }
    }

    /// The process itself.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Asks the server to end, as Ctrl-C does, and waits for it.
    ///
    /// # Panics
    /// When it does not end, with all that it printed.
    #[track_caller]
    pub fn stop(self) -> Output {
        self.try_stop()
            .unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Asks the server to end, as Ctrl-C does, and waits for it. How it ended is for the caller to
    /// judge.
    ///
    /// # Errors
    /// When it has not ended after [`LIMIT`].
    pub fn try_stop(self) -> Result<Output, Failure> {
        self.process.interrupt_and_wait(LIMIT)
    }
}

impl Deref for Server {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}
