//! Pauses: between two tries of ours, and where a server has asked for quiet.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use common::shutdown::Shutdown;

/// The longest pause that a server may ask for. Whoever asks for more is not waited for.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(120);

/// The hosts that have asked for quiet, and until when. Clones share it.
#[derive(Clone, Debug)]
pub struct Quiet {
    state: Arc<State>,
    shutdown: Shutdown,
}

#[derive(Debug, Default)]
struct State {
    /// Whether there is any; most of the time there is none, and nobody has to wait for a lock.
    any: AtomicBool,
    until: Mutex<HashMap<String, Instant>>,
    over: Condvar,
}

impl Quiet {
    /// All may be asked. Who waits is woken when `shutdown` is requested.
    pub fn new(shutdown: &Shutdown) -> Self {
        let state = Arc::<State>::default();
        let woken = Arc::clone(&state);
        shutdown.calls_back(move || {
            // Whoever is about to wait has this lock, and must not miss it.
            drop(woken.lock());
            woken.over.notify_all();
        });
        let shutdown = shutdown.clone();
        Quiet { state, shutdown }
    }

    /// Nobody asks this host for so long.
    pub fn ask_for(&self, host: &str, pause: Duration) {
        let mut until = self.state.lock();
        let end = Instant::now() + pause;
        let known = until.entry(host.to_owned()).or_insert(end);
        *known = end.max(*known);
        self.state.any.store(true, Ordering::SeqCst);
    }

    /// Waits until this host may be asked.
    pub fn wait(&self, host: &str) {
        if !self.state.any.load(Ordering::SeqCst) {
            return;
        }
        let until = self.state.lock();
        if let Some(&end) = until.get(host) {
            self.wait_until(end, until);
        }
    }

    /// Waits for so long.
    pub fn pause(&self, pause: Duration) {
        self.wait_until(Instant::now() + pause, self.state.lock());
    }

    fn wait_until(&self, end: Instant, mut until: MutexGuard<'_, HashMap<String, Instant>>) {
        while !self.shutdown.is_requested() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let woken = self.state.over.wait_timeout(until, left);
            until = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_hears_of_the_end() {
        let shutdown = Shutdown::default();
        let quiet = Quiet::new(&shutdown);
        quiet.wait("h");
        quiet.ask_for("h", Duration::from_secs(600));
        quiet.ask_for("h", Duration::from_secs(1));
        let waiting = {
            let quiet = quiet.clone();
            std::thread::spawn(move || quiet.wait("h"))
        };
        shutdown.request();
        waiting.join().unwrap();
        quiet.pause(Duration::from_secs(600));
    }
}
