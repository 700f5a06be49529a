//! Threads that end together.

use std::thread;

use anyhow::Context;

use crate::shutdown::Shutdown;

/// Runs each on a thread of its own, and waits for all of them. One that cannot go on, for whatever
/// reason, is the end of all: it requests the shutdown that the others look for.
///
/// # Errors
/// That of the first that had one; a thread cannot be started, or has panicked.
pub(super) fn run_together<R>(
    runs: impl IntoIterator<Item = R>,
    shutdown: &Shutdown,
) -> anyhow::Result<()>
where
    R: FnOnce() -> anyhow::Result<()> + Send,
{
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for (number, run) in runs.into_iter().enumerate() {
            let ends = EndsAll(shutdown.clone());
            let run = move || {
                let _ends = ends;
                run()
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

/// Dropped when its thread ends, by a panic too, and when it was not started at all.
struct EndsAll(Shutdown);

impl Drop for EndsAll {
    fn drop(&mut self) {
        if !self.0.is_requested() {
            self.0.request();
        }
    }
}
