//! Several loops, each on a thread of its own: where a poll cannot be waited for by another poll, a
//! loop stays where it is.

use super::together::run_together;
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
    let runs = loops
        .into_iter()
        .map(|(event_loop, mut service)| move || event_loop.run(&mut service));
    run_together(runs, shutdown)
}
