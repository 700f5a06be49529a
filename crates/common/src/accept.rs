//! Waiting for connections: one at a time, no busy loop, no end but the one asked for.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token, Waker};

use crate::exit::cause;
use crate::listen::Listener;
use crate::shutdown::Shutdown;
use crate::stream::Stream;

const LISTENER: Token = Token(0);
const WAKE: Token = Token(1);

/// How long accepting rests after it failed.
///
/// `accept(2)` fails for reasons that pass, above all when the process or the system has no file
/// descriptor left. The connection stays in the backlog then, and to try again at once would
/// only heat the processor.
const BACK_OFF: Duration = Duration::from_millis(100);

/// Between two log lines about it.
const COMPLAIN_EVERY: Duration = Duration::from_secs(1);

/// What [`Acceptor::next`] waited for.
#[derive(Debug)]
pub enum Turn {
    /// Somebody connected; the stream is non-blocking.
    Connection(Stream),
    /// Somebody called the [`Acceptor::waker`], or the time-out has passed.
    Woken,
    /// The end was asked for: accept no more.
    Shutdown,
}

/// Accepts connections from a [`Listener`].
#[derive(Debug)]
pub struct Acceptor {
    backlog: Backlog,
    shutdown: Shutdown,
    poll: Poll,
    events: Events,
    waker: Arc<Waker>,
}

impl Acceptor {
    /// Takes over a listener, until `shutdown` is requested.
    ///
    /// # Errors
    /// The system has no room for another poll.
    pub fn new(mut listener: Listener, shutdown: &Shutdown) -> io::Result<Self> {
        let poll = Poll::new()?;
        poll.registry()
            .register(listener.source(), LISTENER, Interest::READABLE)?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        shutdown.wakes(&waker);
        Ok(Acceptor {
            backlog: Backlog::new(listener),
            shutdown: shutdown.clone(),
            poll,
            events: Events::with_capacity(2),
            waker,
        })
    }

    /// Ends [`Self::next`] with [`Turn::Woken`], from any thread.
    pub fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    /// Waits for what comes next, at most for `timeout`. Unless `accepting`, connections are left
    /// in the backlog: a server that is full lets the kernel keep the queue.
    ///
    /// # Errors
    /// The system cannot wait for sockets any more. What `accept(2)` says is logged and waited
    /// out.
    pub fn next(&mut self, accepting: bool, timeout: Option<Duration>) -> io::Result<Turn> {
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        loop {
            if self.shutdown.is_requested() {
                return Ok(Turn::Shutdown);
            }
            // The backlog is asked before poll is: epoll tells of a new connection once, not of
            // those that are still there.
            if accepting && let Some(stream) = self.backlog.accept(Listener::accept) {
                return Ok(Turn::Connection(stream));
            }
            let now = Instant::now();
            let until = [deadline, self.backlog.rests_until()];
            let until = until.into_iter().flatten().min();
            let woken = self.wait(until.map(|until| until.saturating_duration_since(now)))?;
            let late = deadline.is_some_and(|deadline| deadline <= Instant::now());
            if (woken || late) && !self.shutdown.is_requested() {
                return Ok(Turn::Woken);
            }
        }
    }

    /// Accepts nothing for a moment, because `error` would only happen again.
    pub(crate) fn rest(&mut self, error: &io::Error) {
        self.backlog.rest(error);
    }

    /// Whether the waker was what ended the wait.
    fn wait(&mut self, timeout: Option<Duration>) -> io::Result<bool> {
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(false),
            Err(error) => Err(error),
            Ok(()) => Ok(self.events.iter().any(|event| event.token() == WAKE)),
        }
    }
}

/// The connections that the kernel keeps for a listener, and the rest after a failure to take one.
#[derive(Debug)]
pub(crate) struct Backlog {
    listener: Listener,
    rest_until: Option<Instant>,
}

/// When somebody last complained. A server may have many backlogs, and they all fail together: what there
/// is too little of, files or memory, is the whole process's.
static COMPLAINED: Mutex<Option<Instant>> = Mutex::new(None);

impl Backlog {
    pub(crate) fn new(listener: Listener) -> Self {
        Backlog {
            listener,
            rest_until: None,
        }
    }

    /// Takes the next connection, if there is one and it is not time to rest.
    pub(crate) fn accept<S>(&mut self, take: impl Fn(&Listener) -> io::Result<S>) -> Option<S> {
        while self.rests_until().is_none() {
            match take(&self.listener) {
                Ok(stream) => return Some(stream),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if is_the_peers(&error) => {}
                Err(error) => self.rest(&error),
            }
        }
        None
    }

    /// When a rest ends, if there is one.
    pub(crate) fn rests_until(&mut self) -> Option<Instant> {
        self.rest_until = self.rest_until.filter(|&until| until > Instant::now());
        self.rest_until
    }

    /// Takes nothing for a moment; says why now and then.
    fn rest(&mut self, error: &io::Error) {
        let now = Instant::now();
        self.rest_until = Some(now + BACK_OFF);
        let mut complained = COMPLAINED.lock().unwrap_or_else(PoisonError::into_inner);
        if complained.is_none_or(|last| now.saturating_duration_since(last) >= COMPLAIN_EVERY) {
            *complained = Some(now);
            tracing::warn!("cannot accept a connection for now: {}", cause(error));
        }
    }
}

/// Failures of one connection, which is already out of the queue: the next one may be fine.
fn is_the_peers(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Interrupted
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
