//! The harness: it starts the workspace's real programs, listens to them, and never leaves one behind.
//!
//! Two kinds of readers use it. The integration tests (`tests/it`) want a failure to be a panic with
//! everything the program printed; they call [`Server::start`] and `client("…").run()`. The demos of
//! `xtask` want to report a failure and go on; they call the `try_…` forms, which return a
//! [`Failure`] with the same text.
//!
//! | What | Where |
//! |---|---|
//! | which binary is meant, built and never stale | [`program`], [`build`], [`build_as`] |
//! | how to start it: arguments, environment, input | [`Launch`] |
//! | one running child, its lines, its end | [`Process`] |
//! | a server and the address it printed | [`Server`] |
//! | what a program left when it ended | [`Output`] |
//! | stopping everything at once | [`kill_all`] |
//! | waiting for what nobody tells | [`wait_until`] |
//!
//! A server and a client, from start to end:
//!
//! ```no_run
//! let server = harness::Server::start("hello-server", &["--greeting", "Hi"]);
//! let output = harness::client("hello-client").arg(server.address()).arg("Ann").run();
//! output.assert_success();
//! assert_eq!(output.stdout_lines(), ["Hi", "Hello, Ann!"]);
//! server.stop().assert_success();
//! ```
//!
//! Left to others: what the programs should say (the tests), and which of them are shown together
//! (the demos).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

mod guardian;
mod launch;
mod noise;
mod output;
mod process;
mod programs;
mod registry;
mod resources;
mod running;
#[cfg(all(test, unix))]
mod self_test;
mod server;
mod signals;
mod waiting;

pub use launch::{Launch, client, server};
pub use noise::{Noise, noise};
pub use output::{Failure, Output};
pub use process::{Process, Stream};
pub use programs::{
    BIN_DIR, Profile, build, build_as, cargo, program, try_program, workspace_root,
};
pub use registry::kill_all;
pub use resources::{names, open_file_limit, temp_dir};
pub use server::Server;
pub use signals::Signal;
pub use waiting::{try_wait_until, wait_until};

/// How long anything may take unless a test says otherwise: a server until its first line, a client
/// until its end. Far more than any of them needs, so that a slow machine fails no test.
pub const LIMIT: Duration = Duration::from_secs(30);

/// Locks `mutex` whether or not a thread panicked while it held it: the harness has to be able to
/// kill its children from the very unwinding of a failed test.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
