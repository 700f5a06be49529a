//! Which children live right now, so that all of them can be stopped at once.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::guardian::Guardian;
use crate::lock;
use crate::running::Running;

/// How long a killed child may take to be gone. SIGKILL needs no consent, so this only bounds the wait
/// for one that is stuck inside the kernel.
pub(crate) const KILL_LIMIT: Duration = Duration::from_secs(5);

struct Registry {
    children: Vec<Arc<Running>>,
    guardian: Option<Guardian>,
    closed: bool,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry {
    children: Vec::new(),
    guardian: None,
    closed: false,
});

/// Starts a child by `spawn` and enters it, as one step: [`kill_all`] comes either before, and then
/// nothing starts, or after, and then it knows the child.
pub(crate) fn enter(spawn: impl FnOnce() -> io::Result<Arc<Running>>) -> io::Result<Arc<Running>> {
    let mut registry = lock(&REGISTRY);
    if registry.closed {
        return Err(io::Error::other("everything is being stopped"));
    }
    if registry.guardian.is_none() {
        registry.guardian = Guardian::start().ok();
    }
    let running = spawn()?;
    if let Some(guardian) = &mut registry.guardian {
        guardian.watch(running.id());
    }
    registry.children.push(Arc::clone(&running));
    Ok(running)
}

/// Forgets a child that has ended. To be called before it is reaped: from then on its number may be
/// given to a stranger, whom nobody here must kill.
pub(crate) fn forget(id: u32) {
    let mut registry = lock(&REGISTRY);
    registry.children.retain(|running| running.id() != id);
    if let Some(guardian) = &mut registry.guardian {
        guardian.forget(id);
    }
}

/// Kills every child that the harness has started, waits until they are reaped, and starts no more:
/// whatever is waiting for one gets a [`Failure`](crate::Failure).
///
/// For a signal handler's thread, and for the end of `main`.
pub fn kill_all() {
    let children = {
        let mut registry = lock(&REGISTRY);
        registry.closed = true;
        registry.children.clone()
    };
    // Without the lock: the thread that reaps a child takes it, to forget the child.
    for child in &children {
        child.kill();
    }
    let deadline = Instant::now() + KILL_LIMIT;
    for child in &children {
        child.wait_for_end(deadline);
    }
    let guardian = lock(&REGISTRY).guardian.take();
    if let Some(guardian) = guardian {
        guardian.dismiss();
    }
}
