//! Accepting connections, and a thread for each.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Context;
use common::accept::{Acceptor, Turn};
use common::address::Address;
use common::budget::Budget;
use common::connect::connect;
use common::exit::{cause, one_line};
use common::listen::Listener;
use common::nonblocking::NonBlocking;
use common::server::allow_files;
use common::shutdown::{GRACE, Shutdown};
use common::stream::Stream;
use mio::Waker;

use super::Settings;
use super::connection::Connection;
use crate::event::{Side, What};
use crate::recorder::Recorder;

/// The stack of a connection's thread; what is large is on the heap.
const STACK: usize = 256 << 10;

/// A connection has two sockets, a poll and what wakes it.
const FILES_EACH: usize = 4;

/// What the connections share.
pub(super) struct Relay {
    pub(super) settings: Settings,
    pub(super) recorder: Recorder,
    shutdown: Shutdown,
    open: Mutex<Open>,
    one_closed: Condvar,
    /// Wakes the acceptor, which may be waiting for room.
    acceptor: Arc<Waker>,
}

#[derive(Default)]
struct Open {
    count: usize,
    /// Who wakes those that are relaying.
    wakers: HashMap<u64, Arc<Waker>>,
    last_number: u64,
}

/// Relays connections until `shutdown` is requested. Then nothing more is read than what has already
/// come, and that is passed on, for at most [`GRACE`].
///
/// # Errors
/// The system cannot wait for connections at all.
pub fn serve(
    listener: Listener,
    settings: Settings,
    recorder: &Recorder,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    allow_files(settings.max_connections * FILES_EACH);
    let task = "cannot wait for connections";
    let max_connections = settings.max_connections;
    let mut acceptor = Acceptor::new(listener, shutdown).context(task)?;
    let relay = Arc::new(Relay {
        settings,
        recorder: recorder.clone(),
        shutdown: shutdown.clone(),
        open: Mutex::default(),
        one_closed: Condvar::new(),
        acceptor: acceptor.waker(),
    });
    let all = Arc::clone(&relay);
    shutdown.calls_back(move || all.wake_all());
    loop {
        let has_room = relay.open().count < max_connections;
        match acceptor.next(has_room, None).context(task)? {
            Turn::Connection(stream) => relay.start(stream),
            Turn::Woken => {}
            Turn::Shutdown => break,
        }
    }
    drop(acceptor);
    relay.await_end();
    Ok(())
}

impl Relay {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_ending(&self) -> bool {
        self.shutdown.is_requested()
    }

    fn wake_all(&self) {
        for waker in self.open().wakers.values() {
            if let Err(error) = waker.wake() {
                tracing::error!("cannot wake a connection: {}", cause(&error));
            }
        }
    }

    /// Relays a client's connection to where all are passed on to.
    fn start(self: &Arc<Self>, client: Stream) {
        let (to, ftp) = (self.settings.to.clone(), self.settings.ftp);
        self.start_to(client, to, ftp);
    }

    /// Relays a data connection of FTP.
    pub(super) fn start_data(self: &Arc<Self>, client: Stream, to: Address) {
        self.start_to(client, to, false);
    }

    fn start_to(self: &Arc<Self>, client: Stream, to: Address, ftp: bool) {
        let number = {
            let mut open = self.open();
            open.count += 1;
            open.last_number += 1;
            open.last_number
        };
        let place = Place {
            relay: Arc::clone(self),
            number,
        };
        let thread = thread::Builder::new()
            .name(format!("relay-{number}"))
            .stack_size(STACK);
        let run = move || place.run(client, &to, ftp);
        if let Err(error) = thread.spawn(run) {
            tracing::warn!("dropped connection {number}: {}", cause(&error));
        }
    }

    fn await_end(&self) {
        let open = self.open();
        let (open, _) = self
            .one_closed
            .wait_timeout_while(open, GRACE, |open| open.count > 0)
            .unwrap_or_else(PoisonError::into_inner);
        if open.count > 0 {
            tracing::warn!("connections cut off: {}", open.count);
        }
    }
}

/// One connection's place among those open; given back when this is dropped, be it by a panic.
struct Place {
    relay: Arc<Relay>,
    number: u64,
}

impl Place {
    fn run(self, client: Stream, to: &Address, ftp: bool) {
        let number = self.number;
        tracing::debug!("connection {number} from {} to {to}", client.peer());
        match self.relay(client, to, ftp) {
            Ok(()) => tracing::debug!("connection {number} is over"),
            Err(error) => tracing::warn!("dropped connection {number}: {}", one_line(&error)),
        }
    }

    fn relay(&self, client: Stream, to: &Address, ftp: bool) -> anyhow::Result<()> {
        let recorder = &self.relay.recorder;
        recorder.record(self.number, Side::Client, What::Open);
        client.send_at_once()?;
        let client = NonBlocking::try_from(client)?;
        let server = match connect(to, &Budget::new(self.relay.settings.timeout)) {
            Ok(server) => server,
            Err(error) => {
                // The client is connected already, to us; a reset is the nearest to a refusal.
                recorder.record(self.number, Side::Server, What::Reset);
                client.reset();
                return Err(error);
            }
        };
        let server = NonBlocking::try_from(server)?;
        let (connection, waker) = Connection::new(&self.relay, self.number, client, server, ftp)
            .context("cannot relay")?;
        // If the wish to end comes before this, the connection sees it when it begins.
        self.relay.open().wakers.insert(self.number, waker);
        connection.run().context("cannot relay")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.relay.open();
        open.wakers.remove(&self.number);
        open.count -= 1;
        drop(open);
        self.relay.one_closed.notify_all();
        if let Err(error) = self.relay.acceptor.wake() {
            tracing::error!("cannot wake the accepting thread: {}", cause(&error));
        }
    }
}
