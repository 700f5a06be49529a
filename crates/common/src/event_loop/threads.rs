//! Several loops, each on a thread of its own: where a poll cannot be waited for by another poll, a
//! loop stays where it is.

use std::thread;

use anyhow::Context;

use super::{EventLoop, Service};
use crate::shutdown::Shutdown;

/// Runs loops, each with its service and on a thread, until the shutdown is requested.
///
/// # Errors
/// The system cannot wait for connections, or start a thread.
pub fn run_all<S>(loops: Vec<(EventLoop<S::Client>, S)>, shutdown: &Shutdown) -> anyhow::Result<()>
where
    S: Service + Send,
    S::Client: Send,
{
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for (number, (event_loop, mut service)) in loops.into_iter().enumerate() {
            let run = move || {
                let ended = event_loop.run(&mut service);
                // One that cannot go on is the end of all.
                if !shutdown.is_requested() {
                    shutdown.request();
                }
                ended
            };
            let thread = thread::Builder::new().name(format!("loop-{number}"));
            let thread = thread.spawn_scoped(scope, run);
            threads.push(thread.context("cannot start a thread")?);
        }
        threads.into_iter().try_for_each(|thread| {
            let ended = thread.join();
            ended.unwrap_or_else(|_| anyhow::bail!("a thread has panicked"))
        })
    })
}
