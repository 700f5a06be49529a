//! One connection through the relay: two sockets, and everything that can happen to them.
//!
//! A thread owns both. It waits in `poll(2)` for either of them, for its next deadline, and for the
//! wish to end; so nothing has to be shared, and a reset needs nobody to be woken from a read.
//!
//! | what one side does | what the other gets |
//! |---|---|
//! | sends bytes | those bytes |
//! | closes its sending side | the end of the stream; it may still send |
//! | resets, or is found gone when something is sent to it | what came before, and a reset |
//!
//! What is read is recorded before it is passed on: so a reply is never recorded before what it
//! replies to.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::exit::cause;
use common::nonblocking::NonBlocking;
use common::shutdown::GRACE;
use mio::event::Event;
use mio::{Events, Interest, Poll, Token, Waker};

use super::ftp::Ftp;
use super::lane::{Lane, Sent};
use super::tcp::Relay;
use crate::event::{Side, What};

const WAKE: Token = Token(2);
/// From here on, FTP's listeners.
const LISTENERS: usize = 3;

/// One of the two ends.
#[derive(Debug)]
struct End {
    socket: NonBlocking,
    /// What the poll has said since a read or a write found nothing to do. Epoll says it once.
    readable: bool,
    writable: bool,
    /// It has ended its side, or has gone.
    finished: bool,
    /// It takes nothing any more: it has gone. What it sent before that is still to be read.
    gone: bool,
}

/// A connection through the relay.
pub(super) struct Connection<'a> {
    relay: &'a Arc<Relay>,
    number: u64,
    poll: Poll,
    events: Events,
    /// By side.
    ends: [End; 2],
    /// By the side that they come from.
    lanes: [Lane; 2],
    /// How many bytes may still pass.
    left: Option<u64>,
    ftp: Option<Ftp>,
    last_passed: Instant,
    /// When it is over at the latest, once the end was asked for.
    ends_by: Option<Instant>,
    buffer: Box<[u8]>,
}

/// How much one read takes at most.
const READ: usize = 64 << 10;

/// How a connection ended.
enum Outcome {
    /// Both sides had nothing more to say.
    Closed,
    /// Both are to be reset.
    Reset,
    /// We are to end.
    CutOff,
}

impl<'a> Connection<'a> {
    /// Makes ready to relay; `waker` is told to whoever may want to end it.
    pub(super) fn new(
        relay: &'a Arc<Relay>,
        number: u64,
        client: NonBlocking,
        server: NonBlocking,
        with_ftp: bool,
    ) -> io::Result<(Self, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let mut ends = [client, server].map(|socket| End {
            socket,
            // It may have sent something before it was registered.
            readable: true,
            writable: true,
            finished: false,
            gone: false,
        });
        for (at, end) in ends.iter_mut().enumerate() {
            let interest = Interest::READABLE | Interest::WRITABLE;
            poll.registry()
                .register(end.socket.source(), Token(at), interest)?;
        }
        let spoiling = relay.settings.spoiling;
        let ftp = match with_ftp {
            true => Ftp::new(&ends[0].socket, &ends[1].socket),
            false => None,
        };
        let connection = Connection {
            relay,
            number,
            poll,
            events: Events::with_capacity(8),
            ends,
            lanes: [Lane::new(spoiling), Lane::new(spoiling)],
            left: spoiling.reset_after,
            ftp,
            last_passed: Instant::now(),
            ends_by: None,
            buffer: vec![0; READ].into_boxed_slice(),
        };
        Ok((connection, waker))
    }

    /// Relays until it is over.
    ///
    /// # Errors
    /// The system cannot wait for sockets.
    pub(super) fn run(mut self) -> io::Result<()> {
        let outcome = loop {
            if let Some(outcome) = self.pass()? {
                break outcome;
            }
            let patience = self.patience();
            match self.poll.poll(&mut self.events, patience) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => other?,
            }
            self.note_events();
        };
        match outcome {
            Outcome::Closed => {}
            Outcome::CutOff => tracing::info!("connection {} was cut off", self.number),
            Outcome::Reset => {
                let [client, server] = self.ends;
                client.socket.reset();
                server.socket.reset();
            }
        }
        Ok(())
    }

    /// Reads and writes until nothing can be done any more without waiting.
    fn pass(&mut self) -> io::Result<Option<Outcome>> {
        if self.ends_by.is_none() && self.relay.is_ending() {
            self.ends_by = Some(Instant::now() + GRACE);
        }
        loop {
            let mut busy = false;
            for side in Side::BOTH {
                busy |= self.pull(side)?;
                match self.push(side) {
                    Sent::Some => busy = true,
                    Sent::Nothing => {}
                    Sent::Reset => return Ok(Some(Outcome::Reset)),
                    Sent::Failed(error) => {
                        self.lose(side.other(), &error);
                        busy = true;
                    }
                }
            }
            if self.lanes.iter().all(|lane| lane.ended) {
                return Ok(Some(Outcome::Closed));
            }
            if self.left == Some(0) && self.lanes.iter().all(Lane::is_empty) {
                return Ok(Some(self.break_off()));
            }
            if !busy {
                return Ok(self.is_late());
            }
        }
    }

    fn is_late(&mut self) -> Option<Outcome> {
        let now = Instant::now();
        if self.ends_by.is_some_and(|ends_by| ends_by <= now) {
            return Some(Outcome::CutOff);
        }
        if self.idle_until().is_some_and(|until| until <= now) {
            let most = self.relay.settings.idle_timeout.unwrap_or_default();
            let number = self.number;
            tracing::info!(
                "connection {number} was reset: silent for {} s",
                most.as_secs_f64()
            );
            return Some(self.break_off());
        }
        None
    }

    /// Resets both, which looks to each as if the other had done it.
    fn break_off(&mut self) -> Outcome {
        for side in Side::BOTH {
            self.relay.recorder.record(self.number, side, What::Reset);
        }
        Outcome::Reset
    }

    fn idle_until(&self) -> Option<Instant> {
        let most = self.relay.settings.idle_timeout?;
        Some(self.last_passed + most)
    }

    /// How long may be waited.
    fn patience(&self) -> Option<Duration> {
        let [from_client, from_server] = &self.lanes;
        let [client, server] = &self.ends;
        let next = [
            from_client.waits_until(server.writable),
            from_server.waits_until(client.writable),
            self.ends_by,
            self.idle_until(),
        ];
        let next = next.into_iter().flatten().min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    /// Reads once from `side`, if there may be something. True if there was.
    fn pull(&mut self, side: Side) -> io::Result<bool> {
        let at = side as usize;
        let end = &mut self.ends[at];
        let is_ending = self.ends_by.is_some();
        if end.finished || !(end.readable || is_ending) || !(self.lanes[at].has_room() || end.gone)
        {
            return Ok(false);
        }
        let most = match self.left {
            Some(0) => return Ok(false),
            Some(left) => usize::try_from(left).unwrap_or(READ).min(READ),
            None => READ,
        };
        match end.socket.read(&mut self.buffer[..most]) {
            Ok(0) if end.gone => self.is_gone(side),
            Ok(0) => {
                end.finished = true;
                let what = match self.ends[side.other() as usize].finished {
                    true => What::Close,
                    false => What::HalfClose,
                };
                self.relay.recorder.record(self.number, side, what);
                self.flush_ftp(side);
                self.lanes[at].put_end();
            }
            Ok(length) => self.take(side, length)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                end.readable = false;
                if end.gone {
                    self.is_gone(side);
                } else if is_ending {
                    // Nobody has ended anything but us: it is passed on, and not recorded.
                    end.finished = true;
                    self.flush_ftp(side);
                    self.lanes[at].put_end();
                } else {
                    return Ok(false);
                }
            }
            Err(error) => {
                self.lose(side, &error);
                self.is_gone(side);
            }
        }
        Ok(true)
    }

    /// So many bytes were read into the buffer.
    fn take(&mut self, side: Side, length: usize) -> io::Result<()> {
        self.last_passed = Instant::now();
        if let Some(left) = &mut self.left {
            *left -= length as u64;
        }
        let bytes: Arc<[u8]> = self.buffer[..length].into();
        if self.relay.recorder.is_wanted() {
            let what = What::Data(Arc::clone(&bytes));
            self.relay.recorder.record(self.number, side, what);
        }
        let lane = &mut self.lanes[side as usize];
        let Some(ftp) = &mut self.ftp else {
            lane.put_bytes(bytes);
            return Ok(());
        };
        match side {
            Side::Client => lane.put_bytes(bytes),
            Side::Server => {
                lane.put_bytes(ftp.rewrite(&bytes, self.poll.registry(), LISTENERS).into())
            }
        }
        Ok(())
    }

    /// What the rewriting has held back is passed on as it is: nothing more will come.
    fn flush_ftp(&mut self, side: Side) {
        if let (Side::Server, Some(ftp)) = (side, &mut self.ftp) {
            let rest = ftp.flush();
            self.lanes[side as usize].put_bytes(rest.into());
        }
    }

    /// Writes what `side` has sent to the other.
    fn push(&mut self, side: Side) -> Sent {
        let to = &mut self.ends[side.other() as usize];
        let sent = self.lanes[side as usize].send(&mut to.socket, &mut to.writable);
        if matches!(sent, Sent::Some) {
            self.last_passed = Instant::now();
        }
        sent
    }

    /// Nothing more can be sent to `side`.
    fn lose(&mut self, side: Side, error: &io::Error) {
        let end = &mut self.ends[side as usize];
        if end.gone {
            return;
        }
        tracing::debug!(
            "connection {}: the {} has gone: {}",
            self.number,
            side.name(),
            cause(error)
        );
        end.gone = true;
        // What it sent before is still there, and is to be read before it is over.
        end.readable = true;
        self.lanes[side.other() as usize].clear();
        if end.finished {
            self.is_gone(side);
        }
    }

    /// `side` has gone, and all that it sent has been read.
    fn is_gone(&mut self, side: Side) {
        self.ends[side as usize].finished = true;
        self.relay.recorder.record(self.number, side, What::Reset);
        self.flush_ftp(side);
        self.lanes[side as usize].put_reset();
    }

    fn note_events(&mut self) {
        let mut opened = Vec::new();
        let mut failed = Vec::new();
        for event in &self.events {
            match event.token() {
                WAKE => {}
                Token(at) if at < 2 => {
                    self.ends[at].note(event);
                    if event.is_error()
                        && let Some(error) = self.ends[at].socket.take_error()
                    {
                        failed.push((Side::BOTH[at], error));
                    }
                }
                Token(at) => opened.push(at - LISTENERS),
            }
        }
        for (side, error) in failed {
            self.lose(side, &error);
        }
        if let Some(ftp) = &mut self.ftp {
            for at in opened {
                if let Some((client, to)) = ftp.accept(at) {
                    self.relay.start_data(client, to);
                }
            }
        }
    }
}

impl End {
    fn note(&mut self, event: &Event) {
        self.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
        self.writable |= event.is_writable() || event.is_write_closed() || event.is_error();
    }
}
