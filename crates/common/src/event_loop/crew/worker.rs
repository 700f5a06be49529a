//! A thread of the crew.

use std::os::fd::RawFd;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Context;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};

use super::Policy;
use super::member::{Member, Shift};
use crate::event_loop::Service;
use crate::processors::{Idle, Run};
use crate::shutdown::{GRACE, Shutdown};

/// A thread of the crew, and what it knows.
pub(super) struct Worker<'a, S: Service> {
    policy: Policy,
    number: usize,
    crew: &'a [Member<S>],
    /// Waits for the polls of its loops.
    watch: Poll,
    /// The loops that it has, each at its number.
    shifts: Vec<Option<Shift<S>>>,
    /// The only one that it has, if it waits by that one's own poll.
    direct: Option<usize>,
    window_began: Instant,
    /// How long it has waited in this window.
    waited: Duration,
    overload: Option<Overload>,
}

/// A time without pause.
struct Overload {
    since: Instant,
    idle: Option<Idle>,
    run: Run,
}

impl<'a, S: Service> Worker<'a, S> {
    /// It has these loops to begin with, and `watch` to wait for all it will have.
    pub(super) fn new(
        policy: Policy,
        number: usize,
        crew: &'a [Member<S>],
        watch: Poll,
        shifts: Vec<Option<Shift<S>>>,
    ) -> Self {
        Worker {
            policy,
            number,
            crew,
            watch,
            shifts,
            direct: None,
            window_began: Instant::now(),
            waited: Duration::ZERO,
            overload: None,
        }
    }

    /// Serves until the shutdown is requested.
    pub(super) fn run(mut self, shutdown: &Shutdown) -> anyhow::Result<()> {
        let task = "cannot wait for connections";
        for shift in self.shifts.iter().flatten() {
            self.watch_over(shift.poll()).context(task)?;
        }
        self.me()
            .is_awake
            .store(self.count() > 0, Ordering::Release);
        let mut ready = Events::with_capacity(1024);
        while !shutdown.is_requested() {
            if self.me().has_post.swap(false, Ordering::AcqRel) {
                self.take_post().context(task)?;
            }
            self.settle_down().context(task)?;
            self.turn(&mut ready, None)?;
            self.consider();
        }
        self.take_post().context(task)?;
        self.me().post().is_closed = true;
        self.end(&mut ready)
    }

    fn me(&self) -> &'a Member<S> {
        &self.crew[self.number]
    }

    fn count(&self) -> usize {
        self.shifts.iter().flatten().count()
    }

    fn watch_over(&self, poll: RawFd) -> std::io::Result<()> {
        let number = |shift: &Option<Shift<S>>| shift.as_ref().is_some_and(|it| it.poll() == poll);
        let at = self.shifts.iter().position(number).unwrap_or_default();
        let registry = self.watch.registry();
        registry.register(&mut SourceFd(&poll), Token(at), Interest::READABLE)
    }

    fn watch_no_more(&self, poll: RawFd) {
        // It is there, or the system does not tell of it any more anyway.
        let _ = self.watch.registry().deregister(&mut SourceFd(&poll));
    }

    /// Takes the loops that others have handed over.
    fn take_post(&mut self) -> std::io::Result<()> {
        let me = self.me();
        let mut post = me.post();
        let taken = std::mem::take(&mut post.inbox);
        if taken.is_empty() {
            return Ok(());
        }
        post.direct = None;
        drop(post);
        if let Some(only) = self.direct.take().and_then(|at| self.shifts[at].as_ref()) {
            self.watch_over(only.poll())?;
        }
        let now = Instant::now();
        for (number, mut shift) in taken {
            let poll = shift.poll();
            shift.due = now;
            self.shifts[number] = Some(shift);
            self.watch_over(poll)?;
        }
        me.is_awake.store(true, Ordering::Release);
        self.begin_window(now);
        Ok(())
    }

    /// Waits for its only loop by that one's own poll, if it has only one.
    fn settle_down(&mut self) -> std::io::Result<()> {
        if self.direct.is_some() || self.count() != 1 {
            return Ok(());
        }
        let Some(at) = self.shifts.iter().position(Option::is_some) else {
            return Ok(());
        };
        if let Some(only) = &self.shifts[at] {
            self.me().post().direct = Some(only.event_loop.waker());
            self.watch_no_more(only.poll());
            self.direct = Some(at);
        }
        Ok(())
    }

    /// Waits, and then has each loop that has something to do take a turn. With an `end` in sight,
    /// nothing is accepted, and nothing waited for beyond it.
    fn turn(&mut self, ready: &mut Events, end: Option<Instant>) -> anyhow::Result<()> {
        if let Some(only) = self.direct.and_then(|at| self.shifts[at].as_mut()) {
            let has_post = self.crew[self.number].has_post.load(Ordering::Acquire);
            let patience = match has_post {
                true => Some(Duration::ZERO),
                false => only.event_loop.patience(end),
            };
            self.waited += only.turn(patience, end)?;
            return Ok(());
        }
        let now = Instant::now();
        let due = self.shifts.iter().flatten().map(|shift| shift.due).min();
        let patience = due.map(|due| due.saturating_duration_since(now));
        match self.watch.poll(ready, patience) {
            Err(error) if error.kind() != std::io::ErrorKind::Interrupted => {
                return Err(error).context("cannot wait for connections");
            }
            _ => {}
        }
        let then = Instant::now();
        self.waited += then - now;
        for event in ready.iter() {
            if let Some(Some(shift)) = self.shifts.get_mut(event.token().0) {
                shift.due = then;
            }
        }
        for shift in self.shifts.iter_mut().flatten() {
            if shift.due <= then {
                shift.turn(Some(Duration::ZERO), end)?;
            }
        }
        Ok(())
    }

    fn begin_window(&mut self, now: Instant) {
        self.window_began = now;
        self.waited = Duration::ZERO;
    }

    /// Looks now and then at how busy it has been, and asks for help or goes to sleep.
    fn consider(&mut self) {
        let now = Instant::now();
        let window = now - self.window_began;
        if window < self.policy.window {
            return;
        }
        let worked = window.saturating_sub(self.waited);
        let busy = (1000.0 * worked.as_secs_f64() / window.as_secs_f64()) as u32;
        self.me().busy.store(busy, Ordering::Relaxed);
        self.begin_window(now);
        if busy >= self.policy.full && self.count() > 1 {
            return self.bear(now);
        }
        self.overload = None;
        if self.number > 0 && self.count() > 0 {
            let most = self.policy.light;
            let has_room = |member: &Member<S>| {
                let light = member.busy.load(Ordering::Relaxed) + busy < most;
                light && member.is_awake.load(Ordering::Acquire)
            };
            if let Some(other) = self.crew[..self.number].iter().find(|it| has_room(it)) {
                self.me().is_awake.store(false, Ordering::Release);
                self.hand_over(other, self.count());
                let is_left = self.count() > 0;
                self.me().is_awake.store(is_left, Ordering::Release);
            }
        }
    }

    /// It has had no pause; if that goes on, and another thread would be of use, it is to help.
    fn bear(&mut self, now: Instant) {
        let Some(overload) = &self.overload else {
            self.overload = Some(Overload {
                since: now,
                idle: Idle::now(),
                run: Run::now(),
            });
            return;
        };
        if now - overload.since < self.policy.overload {
            return;
        }
        let before = overload.idle.as_ref();
        let idle = before.and_then(Idle::until_now);
        let is_starved = overload.run.until_now() < self.policy.starved;
        self.overload = None;
        // Where it is not known, it is tried.
        if !is_starved && idle.is_some_and(|idle| idle < self.policy.idle) {
            return;
        }
        let sleeps = |member: &&Member<S>| {
            let (was, is) = (false, true);
            let woken =
                member
                    .is_awake
                    .compare_exchange(was, is, Ordering::AcqRel, Ordering::Acquire);
            woken.is_ok()
        };
        if let Some(other) = self.crew.iter().find(sleeps) {
            self.hand_over(other, self.count() / 2);
        }
    }

    /// Gives so many of its loops to another.
    fn hand_over(&mut self, other: &Member<S>, mut count: usize) {
        for number in (0..self.shifts.len()).rev() {
            if count == 0 {
                return;
            }
            let Some(shift) = self.shifts[number].take() else {
                continue;
            };
            if self.direct.take().is_some() {
                self.me().post().direct = None;
            } else {
                self.watch_no_more(shift.poll());
            }
            if let Some(mut shift) = other.give(number, shift) {
                // Everything is ending.
                let poll = shift.poll();
                shift.due = Instant::now();
                self.shifts[number] = Some(shift);
                let _ = self.watch_over(poll);
                return;
            }
            count -= 1;
        }
    }

    /// Lets what is in flight finish, for at most [`GRACE`].
    fn end(&mut self, ready: &mut Events) -> anyhow::Result<()> {
        let end = Instant::now() + GRACE;
        for shift in self.shifts.iter_mut().flatten() {
            shift.close_all()?;
            shift.due = Instant::now();
        }
        let busy = |shift: &Shift<S>| shift.event_loop.is_busy();
        while self.shifts.iter().flatten().any(busy) && Instant::now() < end {
            for shift in self.shifts.iter_mut().flatten() {
                shift.event_loop.all.alarms.clear();
            }
            self.turn(ready, Some(end))?;
        }
        Ok(())
    }
}
