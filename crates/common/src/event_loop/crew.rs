//! Several loops, several threads, and no more of these awake than there is work for.
//!
//! To wake a thread costs about as much as to serve a small request. A thread that is busy need not be
//! woken: when it has served one request, the next is waiting. So all loops begin on the first
//! thread, and the others sleep. When it has had no pause for a while, and another thread would be of
//! use, it gives half of its loops to one that sleeps; when two have little to do, one gives its loops
//! to the other and sleeps again.
//!
//! A loop moves as a whole, with its listener and its connections: they stay where they are in its
//! poll, and that is all the kernel knows of. A thread with several loops waits for their polls by
//! another poll; with one, it waits by the loop's own.

mod member;
mod worker;

use std::time::Duration;

use anyhow::Context;

use super::together::run_together;
use super::{EventLoop, Service};
use crate::shutdown::Shutdown;
use member::{Member, Shift};
use worker::Worker;

/// When loops are handed over.
#[derive(Clone, Copy, Debug)]
struct Policy {
    /// How often a thread looks at how busy it has been.
    window: Duration,
    /// How much of a window, in thousandths, is no pause at all.
    full: u32,
    /// How much two threads may have to do together before one of them goes to sleep.
    light: u32,
    /// How long a thread has no pause before it asks for help.
    overload: Duration,
    /// Another thread is of use if so much of a processor is idle. If all are busy, with our own clients
    /// perhaps, it would only add to that.
    idle: f64,
    /// Or if other programs leave one thread no more than so much of a processor: two are left more.
    starved: f64,
}

/// The system counts the time of idle processors in steps of 10 ms.
const POLICY: Policy = Policy {
    window: Duration::from_millis(20),
    full: 950,
    light: 600,
    overload: Duration::from_millis(100),
    idle: 0.5,
    starved: 0.6,
};

/// Runs loops, each with its service and with a thread if need be, until the shutdown is requested.
///
/// # Errors
/// The system cannot wait for connections, or start a thread.
pub fn run_all<S>(loops: Vec<(EventLoop<S::Client>, S)>, shutdown: &Shutdown) -> anyhow::Result<()>
where
    S: Service + Send,
    S::Client: Send,
{
    run_by(POLICY, loops, shutdown)
}

fn run_by<S>(
    policy: Policy,
    loops: Vec<(EventLoop<S::Client>, S)>,
    shutdown: &Shutdown,
) -> anyhow::Result<()>
where
    S: Service + Send,
    S::Client: Send,
{
    let mut crew = Vec::new();
    let mut watches = Vec::new();
    for _ in &loops {
        let (member, watch) = Member::new(shutdown).context("cannot wait for connections")?;
        crew.push(member);
        watches.push(watch);
    }
    let places = loops.len();
    let mut shifts: Vec<_> = loops
        .into_iter()
        .map(|(event_loop, service)| Some(Shift::new(event_loop, service)))
        .collect();
    let crew = crew.as_slice();
    let runs = watches.into_iter().enumerate().map(|(number, watch)| {
        let mine = match number {
            0 => std::mem::take(&mut shifts),
            _ => (0..places).map(|_| None).collect(),
        };
        move || Worker::new(policy, number, crew, watch, mine).run(shutdown)
    });
    run_together(runs, shutdown)
}

#[cfg(test)]
mod tests;
