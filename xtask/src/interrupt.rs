//! Ctrl-C, SIGTERM and SIGHUP: every child is killed and reaped, and then we end.
//!
//! The children do not get the terminal's Ctrl-C themselves: each is in a process group of its own.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Context;

/// What a shell reports for a program that Ctrl-C has ended: 128 and the number of SIGINT.
pub(crate) const EXIT_CODE: u8 = 130;

/// How long `main` may take to come to its end once its children are gone.
const UNWIND_LIMIT: Duration = Duration::from_secs(2);

static HAPPENED: AtomicBool = AtomicBool::new(false);

/// From here on, a signal ends us in order.
pub(crate) fn catch() -> anyhow::Result<()> {
    // The handler runs on a thread of its own, so it may do what is forbidden in a real signal handler.
    let handler = || {
        HAPPENED.store(true, Ordering::SeqCst);
        harness::kill_all();
        // Without its children, whatever `main` is doing fails. It gets time to find out and to return,
        // so that temporary folders are removed on the way; if it does not, this is the end anyway.
        thread::sleep(UNWIND_LIMIT);
        process::exit(EXIT_CODE.into());
    };
    ctrlc::set_handler(handler).context("cannot catch signals")
}

/// Whether a signal has come. Failures from then on are none.
pub(crate) fn happened() -> bool {
    HAPPENED.load(Ordering::SeqCst)
}
