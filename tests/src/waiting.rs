//! Waiting for what nobody tells us of: a file that grows, a request that somebody else gets.

use std::thread;
use std::time::{Duration, Instant};

use crate::{Failure, LIMIT};

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(2);

/// Looks again and again until `look` finds what it looks for. Where a line, bytes or an end can be
/// waited for, that is better.
///
/// # Panics
/// When there is no `what` within [`LIMIT`].
#[track_caller]
pub fn wait_until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    match try_wait_until(what, || Ok::<_, Failure>(look())) {
        Ok(found) => found,
        Err(failure) => panic!("{failure}"),
    }
}

/// The same, but an error is returned: that of `look`, or that the time is up.
///
/// # Errors
/// See above.
pub fn try_wait_until<T, E: From<Failure>>(
    what: &str,
    mut look: impl FnMut() -> Result<Option<T>, E>,
) -> Result<T, E> {
    let begin = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        let waited = begin.elapsed();
        if waited >= LIMIT {
            return Err(Failure::new(format!("{what}: not there after {waited:?}")).into());
        }
        thread::sleep(PAUSE);
    }
}
