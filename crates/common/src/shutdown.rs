//! The wish to end, from Ctrl-C to the loops that have to hear of it.
//!
//! A thread that waits for a connection does not look at a flag. So whoever waits does it in
//! `poll(2)` (by `mio`), on what it waits for and on a [`mio::Waker`] beside it, and registers
//! that waker here.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use mio::Waker;

/// How long what is in flight may take to finish once the end was asked for.
pub const GRACE: Duration = Duration::from_secs(2);

/// The exit code of a program that a second signal cut short.
const CUT_SHORT: i32 = 1;

/// Whether the program was asked to end; clones share one answer.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(Arc<State>);

#[derive(Debug, Default)]
struct State {
    requested: AtomicBool,
    wakers: Mutex<Vec<Arc<Waker>>>,
}

impl Shutdown {
    /// A wish that SIGINT and SIGTERM (Ctrl-C on Windows) make. A second signal ends the process
    /// at once: whoever presses Ctrl-C twice does not want to wait for anything.
    ///
    /// # Errors
    /// The handler cannot be installed, or has been already.
    pub fn on_signals() -> anyhow::Result<Self> {
        let shutdown = Self::default();
        let handler = shutdown.clone();
        ctrlc::set_handler(move || {
            if handler.is_requested() {
                process::exit(CUT_SHORT);
            }
            handler.request();
        })
        .context("cannot install the signal handler")?;
        Ok(shutdown)
    }

    /// Asks for the end, and wakes everyone who waits.
    pub fn request(&self) {
        self.0.requested.store(true, Ordering::SeqCst);
        let wakers = self.0.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        for waker in wakers.iter() {
            if let Err(error) = waker.wake() {
                tracing::error!("cannot wake a waiting thread: {error}");
            }
        }
    }

    /// Whether the end was asked for.
    pub fn is_requested(&self) -> bool {
        self.0.requested.load(Ordering::SeqCst)
    }

    /// Has `waker` woken when the end is asked for. Ask [`Self::is_requested`] after this, in
    /// case it was before.
    pub fn wakes(&self, waker: &Arc<Waker>) {
        let mut wakers = self.0.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        wakers.push(Arc::clone(waker));
    }
}
