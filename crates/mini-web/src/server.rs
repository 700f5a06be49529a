//! The server's threads.

use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use common::event_loop::{EventLoop, run_all};
use common::listen::Listener;
use common::server::Limits;
use common::shutdown::Shutdown;

use crate::access_log::AccessLog;
use crate::service::{Service, Site};

/// How many threads are worth having here.
pub fn usual_threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Serves a site, with a loop for each listener and as many threads as are needed, until the shutdown
/// is requested. All loops together keep `cache_size` bytes of files.
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
    let mut loops: Vec<(EventLoop<_>, Service)> = Vec::new();
    for listener in listeners {
        let mut event_loop = EventLoop::new(listener, limits, NO_LIMIT, shutdown)?;
        if let Some((first, _)) = loops.first() {
            event_loop.share_places(first);
        }
        loops.push((
            event_loop,
            Service::new(Arc::clone(&site), share, log.clone()),
        ));
    }
    run_all(loops, shutdown)
}
