//! What is handed from thread to thread, and what the threads of a crew know of each other.

use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Waker};

use crate::event_loop::{EventLoop, Service, WAKE};
use crate::exit::cause;
use crate::shutdown::{GRACE, Shutdown};

/// A loop and all that goes with it from thread to thread.
pub(super) struct Shift<S: Service> {
    pub(super) event_loop: EventLoop<S::Client>,
    service: S,
    events: Events,
    /// When its next turn is, whatever happens.
    pub(super) due: Instant,
}

impl<S: Service> Shift<S> {
    pub(super) fn new(event_loop: EventLoop<S::Client>, service: S) -> Self {
        Shift {
            event_loop,
            service,
            events: Events::with_capacity(EventLoop::<S::Client>::EVENTS),
            due: Instant::now(),
        }
    }

    pub(super) fn poll(&self) -> RawFd {
        self.event_loop.poll.as_raw_fd()
    }

    /// Begins the end of its connections.
    pub(super) fn close_all(&mut self) -> anyhow::Result<()> {
        let (event_loop, service) = (&mut self.event_loop, &mut self.service);
        event_loop.close_all(&mut self.events, service)
    }

    /// One turn; returns for how long it waited.
    pub(super) fn turn(
        &mut self,
        patience: Option<Duration>,
        end: Option<Instant>,
    ) -> anyhow::Result<Duration> {
        let (event_loop, service) = (&mut self.event_loop, &mut self.service);
        let waited = event_loop.turn(&mut self.events, service, patience, end)?;
        let now = event_loop.all.now;
        let patience = event_loop.patience(end);
        self.due = now + patience.unwrap_or(GRACE);
        Ok(waited)
    }
}

/// What the others know of a thread.
pub(super) struct Member<S: Service> {
    post: Mutex<Post<S>>,
    /// Something was put into its inbox.
    pub(super) has_post: AtomicBool,
    waker: Arc<Waker>,
    /// It has loops.
    pub(super) is_awake: AtomicBool,
    /// How much of its last window it was busy, in thousandths.
    pub(super) busy: AtomicU32,
}

pub(super) struct Post<S: Service> {
    pub(super) inbox: Vec<(usize, Shift<S>)>,
    /// What wakes it while it waits by its only loop's own poll.
    pub(super) direct: Option<Arc<Waker>>,
    /// It has ended, and takes no more.
    pub(super) is_closed: bool,
}

impl<S: Service> Member<S> {
    pub(super) fn new(shutdown: &Shutdown) -> std::io::Result<(Self, Poll)> {
        let watch = Poll::new()?;
        let waker = Arc::new(Waker::new(watch.registry(), WAKE)?);
        shutdown.wakes(&waker);
        let member = Member {
            post: Mutex::new(Post {
                inbox: Vec::new(),
                direct: None,
                is_closed: false,
            }),
            has_post: AtomicBool::new(false),
            waker,
            is_awake: AtomicBool::new(false),
            busy: AtomicU32::new(0),
        };
        Ok((member, watch))
    }

    pub(super) fn post(&self) -> MutexGuard<'_, Post<S>> {
        self.post.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a loop over; gives it back if nobody is there any more.
    pub(super) fn give(&self, number: usize, shift: Shift<S>) -> Option<Shift<S>> {
        let mut post = self.post();
        if post.is_closed {
            return Some(shift);
        }
        post.inbox.push((number, shift));
        self.has_post.store(true, Ordering::Release);
        let waker = post.direct.as_ref().unwrap_or(&self.waker);
        if let Err(error) = waker.wake() {
            tracing::error!("cannot wake a waiting thread: {}", cause(&error));
        }
        None
    }
}
