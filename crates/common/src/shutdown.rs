//! The wish to end, from Ctrl-C to the loops that have to hear of it.
//!
//! A thread that waits for a connection does not look at a flag. So a server waits in `poll(2)`
//! (by `mio`), on what it waits for and on a [`mio::Waker`] beside it, and registers that waker
//! here; a client that waits in `read(2)` has its socket shut down.

use std::fmt;
#[cfg(unix)]
use std::io;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
#[cfg(unix)]
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use mio::Waker;

use crate::exit::cause;

/// How long what is in flight may take to finish once the end was asked for.
pub const GRACE: Duration = Duration::from_secs(2);

/// Two signals so close together are one wish: a Ctrl-C goes to every process of the terminal, and
/// a program that runs ours (`timeout`, a script) may pass on its own as well.
const SAME_WISH: Duration = Duration::from_millis(100);

/// The exit code of a program that a second signal cut short.
const CUT_SHORT: i32 = 1;

/// Whether the program was asked to end; clones share one answer.
#[derive(Clone, Default)]
pub struct Shutdown(Arc<State>);

impl fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requested = self.is_requested();
        f.debug_struct("Shutdown")
            .field("requested", &requested)
            .finish()
    }
}

#[derive(Default)]
struct State {
    requested: AtomicBool,
    calls: Mutex<Vec<Call>>,
}

type Call = Box<dyn Fn() + Send>;

impl Shutdown {
    /// A wish that SIGINT and SIGTERM (Ctrl-C on Windows) make. A second signal ends the process
    /// at once: whoever presses Ctrl-C twice does not want to wait for anything.
    ///
    /// # Errors
    /// The handler cannot be installed, or has been already.
    pub fn on_signals() -> anyhow::Result<Self> {
        let shutdown = Self::default();
        let wish = shutdown.clone();
        let mut first = None;
        let caught = move || {
            let first = first.get_or_insert_with(Instant::now);
            if !wish.is_requested() {
                wish.request();
            } else if first.elapsed() > SAME_WISH {
                process::exit(CUT_SHORT);
            }
        };
        catch(caught).context("cannot install the signal handler")?;
        Ok(shutdown)
    }

    /// Asks for the end, and tells everyone who wants to know.
    pub fn request(&self) {
        self.0.requested.store(true, Ordering::SeqCst);
        for call in self.calls().iter() {
            call();
        }
    }

    /// Whether the end was asked for.
    pub fn is_requested(&self) -> bool {
        self.0.requested.load(Ordering::SeqCst)
    }

    /// Has `call` called when the end is asked for, from the thread that asks; at once if it was
    /// already. It must not block.
    pub fn calls_back(&self, call: impl Fn() + Send + 'static) {
        let mut calls = self.calls();
        if self.is_requested() {
            call();
        }
        calls.push(Box::new(call));
    }

    /// Has `waker` woken when the end is asked for.
    pub fn wakes(&self, waker: &Arc<Waker>) {
        let waker = Arc::clone(waker);
        self.calls_back(move || {
            if let Err(error) = waker.wake() {
                tracing::error!("cannot wake a waiting thread: {}", cause(&error));
            }
        });
    }

    fn calls(&self) -> MutexGuard<'_, Vec<Call>> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Calls `caught` at each of the signals, in a thread of its own: what may be done inside a signal
/// handler is next to nothing. SIGHUP is left as it is, so that `nohup` works.
#[cfg(unix)]
fn catch(mut caught: impl FnMut() + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let wait = move || signals.forever().for_each(|_signal| caught());
    thread::Builder::new().name("signals".into()).spawn(wait)?;
    Ok(())
}

#[cfg(not(unix))]
fn catch(caught: impl FnMut() + Send + 'static) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(caught)
}
