//! The server's threads.

use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use anyhow::Context;
use common::event_loop::EventLoop;
use common::listen::Listener;
use common::server::Limits;
use common::shutdown::Shutdown;

use crate::access_log::AccessLog;
use crate::service::{Service, Site};

/// How many threads are worth having here.
pub fn usual_threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Serves a site, with a thread for each listener, until the shutdown is requested. All together keep
/// `cache_size` bytes of files.
///
/// # Errors
/// The system cannot wait for connections, or start a thread.
pub fn serve(
    listeners: Vec<Listener>,
    limits: Limits,
    site: Site,
    cache_size: usize,
    log: Option<AccessLog>,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    /// What waits for a client is limited by the service.
    const NO_LIMIT: usize = usize::MAX / 2;

    let site = Arc::new(site);
    let share = cache_size / listeners.len().max(1);
    let mut loops: Vec<EventLoop<_>> = Vec::new();
    for listener in listeners {
        let mut event_loop = EventLoop::new(listener, limits, NO_LIMIT, shutdown)?;
        if let Some(first) = loops.first() {
            event_loop.share_places(first);
        }
        loops.push(event_loop);
    }
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for (number, event_loop) in loops.into_iter().enumerate() {
            let (site, log) = (Arc::clone(&site), log.clone());
            let run = move || {
                let ended = event_loop.run(&mut Service::new(site, share, log));
                // One that cannot go on is the end of all.
                shutdown.request();
                ended
            };
            let thread = thread::Builder::new().name(format!("loop-{number}"));
            threads.push(
                thread
                    .spawn_scoped(scope, run)
                    .context("cannot start a thread")?,
            );
        }
        threads.into_iter().try_for_each(|thread| {
            let ended = thread.join();
            ended.unwrap_or_else(|_| anyhow::bail!("a thread has panicked"))
        })
    })
}
