//! How much of the machine's processors is idle, and how much of one a thread is given, as far as the
//! system tells.

use std::time::{Duration, Instant};

/// The time that all processors together have been idle, at some moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Idle {
    at: Instant,
    time: Duration,
}

impl Idle {
    /// Until now; `None` where the system does not tell.
    pub(crate) fn now() -> Option<Self> {
        let time = idle_time()?;
        let at = Instant::now();
        Some(Idle { at, time })
    }

    /// How many processors were idle since then, on average.
    pub(crate) fn until_now(&self) -> Option<f64> {
        let now = Idle::now()?;
        let idle = now.time.saturating_sub(self.time).as_secs_f64();
        let wall = (now.at - self.at).as_secs_f64();
        (wall > 0.0).then(|| idle / wall)
    }
}

/// The first line of the file: `cpu`, then the time in user mode, user mode with low priority, kernel
/// mode, idle, and more, in hundredths of a second wherever Linux runs.
#[cfg(target_os = "linux")]
fn idle_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let ticks: u64 = stat.split_ascii_whitespace().nth(4)?.parse().ok()?;
    Some(Duration::from_millis(10 * ticks))
}

#[cfg(not(target_os = "linux"))]
fn idle_time() -> Option<Duration> {
    None
}

/// The time that this thread has run, at some moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    at: Instant,
    time: Duration,
}

impl Run {
    /// Until now.
    pub(crate) fn now() -> Self {
        use rustix::time::{ClockId, clock_gettime};

        let time = clock_gettime(ClockId::ThreadCPUTime);
        Run {
            at: Instant::now(),
            // It does not run backwards, nor did it begin before it was there.
            time: Duration::try_from(time).unwrap_or_default(),
        }
    }

    /// How much of a processor this thread has had since then. What it lacks, it has waited, or
    /// others were given.
    pub(crate) fn until_now(&self) -> f64 {
        let now = Run::now();
        let ran = now.time.saturating_sub(self.time).as_secs_f64();
        let wall = (now.at - self.at).as_secs_f64();
        if wall > 0.0 { ran / wall } else { 1.0 }
    }
}
