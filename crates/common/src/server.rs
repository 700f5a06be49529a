//! A server with one thread a connection: the plainest shape, right where clients are hundreds
//! and each exchange is short.
//!
//! What is said on a connection is the program's; how many there may be at once, what happens
//! when one fails, and how all of them end is here.

use std::collections::HashMap;
use std::io;
use std::net;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use mio::Waker;

use crate::accept::{Acceptor, Turn};
use crate::args::ServerArgs;
use crate::exit::{cause, one_line};
use crate::listen::Listener;
use crate::shutdown::{GRACE, Shutdown};
use crate::stream::{Stream, timed_out};

/// The stack of a connection's thread. It is address space, not memory, until it is used; the
/// default of 2 MiB would be too much of it for a thousand threads on a small host.
const STACK: usize = 256 << 10;

/// What a server allows its clients.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; the next one waits in the backlog.
    pub max_connections: usize,
    /// How long a peer may be silent, or leave what we send unread; `None` is for ever.
    pub idle_timeout: Option<Duration>,
}

impl From<&ServerArgs> for Limits {
    fn from(args: &ServerArgs) -> Self {
        Limits {
            max_connections: args.max_connections as usize,
            idle_timeout: Some(args.idle_timeout).filter(|timeout| !timeout.is_zero()),
        }
    }
}

/// Serves connections, each in a thread of its own by `handler`, until `shutdown` is requested.
///
/// `handler`'s errors end its connection only, and are logged. When it is done, the connection
/// is closed gently ([`Stream::close_gently`]).
///
/// At the end, no more is accepted and every connection reads an end of stream after what has
/// arrived: so what is in flight is still answered, for at most [`GRACE`].
///
/// # Errors
/// The system cannot wait for connections at all.
pub fn serve<H>(
    listener: Listener,
    limits: Limits,
    shutdown: &Shutdown,
    handler: H,
) -> anyhow::Result<()>
where
    H: Fn(&Stream) -> anyhow::Result<()> + Send + Sync + 'static,
{
    allow_files(limits.max_connections);
    let task = "cannot wait for connections";
    let mut acceptor = Acceptor::new(listener, shutdown).context(task)?;
    let connections = Arc::new(Connections::new(limits, acceptor.waker()));
    let handler = Arc::new(handler);
    loop {
        match acceptor.next(connections.have_room(), None).context(task)? {
            Turn::Connection(stream) => {
                if let Err(error) = connections.spawn(stream, &handler) {
                    // No thread for it. Those who come after it wait in the backlog.
                    acceptor.rest(&error);
                }
            }
            Turn::Woken => {}
            Turn::Shutdown => break,
        }
    }
    drop(acceptor);
    connections.end();
    Ok(())
}

/// The connections that are open now.
struct Connections {
    limits: Limits,
    open: Mutex<Open>,
    one_closed: Condvar,
    /// Wakes the acceptor, which may be waiting for room.
    acceptor: Arc<Waker>,
}

#[derive(Default)]
struct Open {
    streams: HashMap<u64, Arc<Stream>>,
    next_id: u64,
}

impl Connections {
    fn new(limits: Limits, acceptor: Arc<Waker>) -> Self {
        Connections {
            limits,
            open: Mutex::default(),
            one_closed: Condvar::new(),
            acceptor,
        }
    }

    /// A thread that panicked while it held the lock has not left the map half changed.
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn have_room(&self) -> bool {
        self.open().streams.len() < self.limits.max_connections
    }

    /// Gives a connection its thread.
    fn spawn<H>(self: &Arc<Self>, stream: Stream, handler: &Arc<H>) -> io::Result<()>
    where
        H: Fn(&Stream) -> anyhow::Result<()> + Send + Sync + 'static,
    {
        let place = self.enter(stream);
        let handler = Arc::clone(handler);
        thread::Builder::new()
            .name(format!("client-{}", place.id))
            .stack_size(STACK)
            .spawn(move || place.serve(&*handler))?;
        Ok(())
    }

    fn enter(self: &Arc<Self>, stream: Stream) -> Place {
        let stream = Arc::new(stream);
        let mut open = self.open();
        open.next_id += 1;
        let id = open.next_id;
        open.streams.insert(id, Arc::clone(&stream));
        Place {
            id,
            stream,
            among: Arc::clone(self),
        }
    }

    fn leave(&self, id: u64) {
        let mut open = self.open();
        let was_full = open.streams.len() >= self.limits.max_connections;
        open.streams.remove(&id);
        drop(open);
        self.one_closed.notify_all();
        if was_full && let Err(error) = self.acceptor.wake() {
            tracing::error!("cannot wake the accepting thread: {}", cause(&error));
        }
    }

    /// Lets every connection finish what it has received, and waits for that.
    fn end(&self) {
        let open = self.open();
        for stream in open.streams.values() {
            // Fails only where the peer has gone, and then the thread knows already.
            let _ = stream.shutdown(net::Shutdown::Read);
        }
        let (open, _) = self
            .one_closed
            .wait_timeout_while(open, GRACE, |open| !open.streams.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        if !open.streams.is_empty() {
            tracing::warn!("connections cut off: {}", open.streams.len());
        }
    }
}

/// One connection's place among those open; it is given back when this is dropped, be it by a
/// panic.
struct Place {
    id: u64,
    stream: Arc<Stream>,
    among: Arc<Connections>,
}

impl Place {
    fn serve(self, handler: &impl Fn(&Stream) -> anyhow::Result<()>) {
        let peer = self.stream.peer();
        tracing::debug!("{peer} connected");
        match self.prepare().and_then(|()| handler(&self.stream)) {
            Ok(()) => tracing::debug!("{peer} closed"),
            Err(error) => tracing::info!("dropped {peer}: {}", self.why(&error)),
        }
        // After an error too: answers sent before it may still be on their way.
        self.stream.close_gently();
    }

    /// What went wrong. A read whose time ran out is an error of the system, in words that say
    /// nothing.
    fn why(&self, error: &anyhow::Error) -> String {
        let cause = error.root_cause().downcast_ref::<io::Error>();
        match self.among.limits.idle_timeout {
            Some(limit) if cause.is_some_and(|e| timed_out(e) && e.raw_os_error().is_some()) => {
                format!("silent for {} s", limit.as_secs_f64())
            }
            _ => one_line(error),
        }
    }

    fn prepare(&self) -> anyhow::Result<()> {
        self.stream.set_nonblocking(false)?;
        self.stream.send_at_once()?;
        self.stream
            .set_read_timeout(self.among.limits.idle_timeout)?;
        self.stream
            .set_write_timeout(self.among.limits.idle_timeout)?;
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.among.leave(self.id);
    }
}

/// Raises this process's limit of open files towards what `connections` need, as far as the
/// system allows. The usual soft limit of 1,024 is there for programs that use `select(2)`.
pub fn allow_files(connections: usize) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        /// For stdin, stdout, stderr, the listener, the poll and whatever a library opens.
        const SPARE: u64 = 64;

        let mut limit = getrlimit(Resource::Nofile);
        let wanted = connections as u64 + SPARE;
        if limit.current.is_some_and(|current| current < wanted) {
            limit.current = Some(limit.maximum.map_or(wanted, |most| most.min(wanted)));
            if let Err(error) = setrlimit(Resource::Nofile, limit) {
                tracing::debug!(
                    "the limit of open files stays as it is: {}",
                    cause(&error.into())
                );
            }
        }
    }
    #[cfg(not(unix))]
    let _ = connections;
}
