//! One thread for thousands of connections: it waits for all of them at once and does what each
//! is ready for.
//!
//! The loop knows sockets, queues and clocks. What is said is a [`Service`]'s: it is told what
//! arrived, and answers by putting bytes into the queues of [`Connections`], its own or anybody's.
//! Nothing here waits for one connection, so nothing done here may block.
//!
//! What happens in one turn: wait ([`Poll`]); read from those who have sent something and hand it to
//! the service; ring alarms; write what has been queued for each connection, all of it in one system
//! call where it fits; then accept.
//!
//! A server that has work for several processors has several loops, and [`run_all`] runs them.

mod connection;
mod connections;
#[cfg(unix)]
mod crew;
#[cfg(not(unix))]
#[path = "event_loop/threads.rs"]
mod crew;
mod ending;
mod keeping;
mod places;
mod queue;
mod service;
mod together;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use mio::event::Event;
use mio::{Events, Interest, Poll, Token, Waker};

use crate::accept::Backlog;
use crate::exit::cause;
use crate::listen::Listener;
use crate::nonblocking::INHERITED;
use crate::server::{Limits, allow_files};
use crate::shutdown::{GRACE, Shutdown};
use connection::State;
pub use connection::{Goodbye, Id};
pub use connections::Connections;
pub use crew::run_all;
pub use queue::Shared;
pub use service::Service;

const LISTENER: Token = Token(usize::MAX);
const WAKE: Token = Token(usize::MAX - 1);

/// How much is read from a connection at once, in bytes. Whoever has sent more waits for its next
/// turn, so that one fast sender does not hold up the others.
const READ: usize = 64 << 10;

/// How often silent connections are looked for.
const LOOK: Duration = Duration::from_secs(1);

/// A server on one thread.
pub struct EventLoop<C> {
    poll: Poll,
    backlog: Backlog,
    shutdown: Shutdown,
    waker: Arc<Waker>,
    all: Connections<C>,
    /// Those who may have sent more than was read.
    readable: VecDeque<Id>,
    buffer: Box<[u8]>,
    next_look: Instant,
    /// Somebody may be in the backlog.
    may_accept: bool,
    /// All who come from now on have the options of the listener: those who had come before it was
    /// given them have been let in.
    is_inherited: bool,
    /// Not all that the poll had to tell may have been told.
    may_be_more: bool,
}

impl<C> EventLoop<C> {
    /// A loop for `listener`'s connections. Of each, `max_queue` bytes may wait to be read.
    ///
    /// # Errors
    /// The system has no room for another poll.
    pub fn new(
        mut listener: Listener,
        limits: Limits,
        max_queue: usize,
        shutdown: &Shutdown,
    ) -> anyhow::Result<Self> {
        allow_files(limits.max_connections);
        let now = Instant::now();
        let ready = || -> io::Result<Self> {
            listener.prepare_for_loop()?;
            let poll = Poll::new()?;
            let registry = poll.registry().try_clone()?;
            registry.register(listener.source(), LISTENER, Interest::READABLE)?;
            let waker = Arc::new(Waker::new(&registry, WAKE)?);
            shutdown.wakes(&waker);
            Ok(EventLoop {
                poll,
                backlog: Backlog::new(listener),
                shutdown: shutdown.clone(),
                waker,
                all: Connections::new(registry, limits, max_queue),
                readable: VecDeque::new(),
                buffer: vec![0; READ].into_boxed_slice(),
                next_look: now + LOOK,
                may_accept: true,
                is_inherited: false,
                may_be_more: false,
            })
        };
        ready().context("cannot wait for connections")
    }

    /// Lets this loop's connections and `other`'s together be no more than either may have.
    pub fn share_places(&mut self, other: &Self) {
        self.all.places = other.all.places.clone();
    }

    /// Has [`Service::woken`] called, from any thread.
    pub fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    /// Serves until the shutdown is requested; then sends what is queued, for at most [`GRACE`].
    ///
    /// # Errors
    /// The system cannot wait for connections any more.
    pub fn run(mut self, service: &mut impl Service<Client = C>) -> anyhow::Result<()> {
        let mut events = Events::with_capacity(Self::EVENTS);
        while !self.shutdown.is_requested() {
            let patience = self.patience(None);
            self.turn(&mut events, service, patience, None)?;
        }
        self.close_all(&mut events, service)?;
        let end = Instant::now() + GRACE;
        while self.is_busy() && Instant::now() < end {
            self.all.alarms.clear();
            let patience = self.patience(Some(end));
            self.turn(&mut events, service, patience, Some(end))?;
        }
        Ok(())
    }

    /// How many events are taken at once.
    const EVENTS: usize = 1024;

    /// Whether any connection is left.
    fn is_busy(&self) -> bool {
        self.all.slots.len() > self.all.free.len()
    }

    /// Waits, and does what there is to do; returns for how long it waited. With an `end` in sight,
    /// nothing is accepted.
    fn turn(
        &mut self,
        events: &mut Events,
        service: &mut impl Service<Client = C>,
        patience: Option<Duration>,
        end: Option<Instant>,
    ) -> anyhow::Result<Duration> {
        let before = Instant::now();
        match self.poll.poll(events, patience) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                return Err(error).context("cannot wait for connections");
            }
            _ => {}
        }
        self.all.now = Instant::now();
        let waited = self.all.now - before;
        service.turn_begins();
        for event in events.iter() {
            match event.token() {
                LISTENER => self.may_accept = true,
                WAKE => service.woken(&mut self.all),
                token => self.note(token, event),
            }
        }
        self.may_be_more = events.iter().count() == Self::EVENTS;
        for _ in 0..self.readable.len() {
            if let Some(id) = self.readable.pop_front() {
                self.read(id, service);
            }
        }
        self.all.unsent.append(&mut self.all.later);
        self.ring(service);
        self.settle(service);
        // Last, when those who have left have given up their places; whoever is new is looked at in
        // the next turn, which follows at once.
        if end.is_none() {
            self.accept(service);
        }
        service.turn_ends();
        Ok(waited)
    }

    /// How long may be waited: until the next alarm, or not at all while somebody is to be read.
    fn patience(&mut self, end: Option<Instant>) -> Option<Duration> {
        let all = &self.all;
        if self.may_be_more
            || !self.readable.is_empty()
            || !all.resumed.is_empty()
            || !all.later.is_empty()
        {
            return Some(Duration::ZERO);
        }
        let alarm = self.all.alarms.first().map(|(at, _)| *at);
        let next = [alarm, self.backlog.rests_until(), Some(self.next_look), end];
        let next = next.into_iter().flatten().min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    fn note(&mut self, token: Token, event: &Event) {
        let Some(id) = self.all.id_of(token) else {
            return;
        };
        if event.is_writable() {
            self.all.flush(id);
        }
        if event.is_read_closed()
            && let Some(connection) = self.all.get(id)
        {
            connection.hung_up = true;
        }
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            self.readable.push_back(id);
        }
    }

    /// Lets in those who wait. The poll tells of those who came since, not of those who were left
    /// when we were full.
    fn accept(&mut self, service: &mut impl Service<Client = C>) {
        if !self.may_accept {
            return;
        }
        while let Some(place) = self.all.places.take() {
            let Some(stream) = self.backlog.accept(Listener::accept_for_loop) else {
                self.may_accept = self.backlog.rests_until().is_some();
                self.is_inherited |= INHERITED && !self.may_accept;
                return;
            };
            let peer = stream.peer();
            if !self.is_inherited
                && let Err(error) = stream.prepare()
            {
                tracing::debug!("lost {peer}: {}", cause(&error));
                continue;
            }
            match self.all.enter(stream, place) {
                Err(error) => tracing::warn!("dropped {peer}: {}", cause(&error)),
                Ok(id) => {
                    tracing::debug!("{peer} connected");
                    let client = service.connected(id, peer, &mut self.all);
                    if let Some(connection) = self.all.get(id) {
                        connection.client = Some(client);
                    }
                    service.entered(id, &mut self.all);
                    // It may have sent something before it was registered; epoll tells of that.
                    if cfg!(not(target_os = "linux")) {
                        self.readable.push_back(id);
                    }
                }
            }
        }
    }

    fn read(&mut self, id: Id, service: &mut impl Service<Client = C>) {
        let now = self.all.now;
        let Some(connection) = self.all.get(id) else {
            return;
        };
        if connection.paused && connection.state == State::Open {
            connection.missed = true;
            // Whoever has broken off need not be heard to the end, which could take any time.
            if connection.hung_up
                && let Some(error) = connection.stream.take_error()
            {
                self.all.cut(id, cause(&error));
            }
            return;
        }
        match connection.stream.read(&mut self.buffer) {
            Ok(0) if connection.state == State::Open => {
                connection.peer_closed = true;
                service.ended(id, &mut self.all);
                if self.all.get(id).is_some_and(|it| it.goodbye.is_none()) {
                    self.all.close(id);
                }
            }
            // It has closed its side too: there is nothing to wait for but our own last words.
            Ok(0) => {
                connection.peer_closed = true;
                self.all.ending.push((id, None));
            }
            Ok(length) => {
                // What is left after a full read has no event of its own; nor has the end of the
                // stream that came together with what was read. (Windows tells of nothing new
                // until a read has found nothing.)
                if length == READ || connection.hung_up || cfg!(windows) {
                    self.readable.push_back(id);
                }
                if connection.state == State::Open {
                    connection.last_heard = now;
                    service.received(id, &self.buffer[..length], &mut self.all);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.readable.push_back(id),
            Err(error) => self.all.cut(id, cause(&error)),
        }
    }

    /// Rings the alarms whose time has come, and closes those who were silent for too long.
    fn ring(&mut self, service: &mut impl Service<Client = C>) {
        self.readable.extend(self.all.resumed.drain(..));
        let now = self.all.now;
        while let Some(&(at, id)) = self.all.alarms.first() {
            if at > now {
                break;
            }
            self.all.set_alarm(id, None);
            if self.all.client(id).is_some() {
                service.alarm(id, &mut self.all);
            }
        }
        if self.next_look <= now {
            self.next_look = now + LOOK;
            self.look(now);
        }
    }
}
