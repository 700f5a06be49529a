//! Measuring two programs in turns.
//!
//! A shared machine is faster in one minute than in the next. So the two programs take turns, A B A
//! B, each A is divided by the B right after it, and the median of those ratios is the result: a
//! slow minute slows both halves of a pair, and one spoilt pair does not move the median. The
//! spread is printed too, because a ratio of 0.91 between 0.6 and 1.3 says nothing.

use std::panic::resume_unwind;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::figures::number;

/// How much measuring is to be done.
pub(super) struct Plan {
    /// How many pairs of measurements make a row.
    pub rounds: u32,
    /// How long one measurement takes.
    pub each: Duration,
}

/// What one measurement of one program found.
#[derive(Default)]
pub(super) struct Sample {
    /// What was done.
    pub tally: Tally,
    /// How long that took.
    pub wall: Duration,
    /// The processor time the measured program used for it, where the system tells.
    pub cpu: Option<Duration>,
    /// The processor time that we ourselves used meanwhile, as its clients, where that means
    /// anything.
    pub clients_cpu: Option<Duration>,
    /// How many processors were kept busy meanwhile by anybody else, where the system tells.
    pub others: Option<f64>,
    /// The most memory that the measured program had at once, in bytes, where that was looked at.
    pub peak: Option<u64>,
    /// The bytes that its clients received, where they were counted.
    pub bytes: Option<u64>,
}

impl Sample {
    /// Pieces of work a second.
    pub(super) fn rate(&self) -> f64 {
        self.tally.done as f64 / self.wall.as_secs_f64()
    }

    /// Processor time for one piece of work, in microseconds.
    pub(super) fn cpu_each(&self) -> Option<f64> {
        Some(self.cpu?.as_secs_f64() * 1e6 / self.tally.done as f64)
    }

    /// How many processors the program kept busy. At about 1, a program of one thread was itself
    /// the limit; well below 1, it was waiting for somebody.
    pub(super) fn cores(&self) -> Option<f64> {
        Some(self.cpu?.as_secs_f64() / self.wall.as_secs_f64())
    }

    /// The most memory at once, in MiB.
    pub(super) fn peak_mib(&self) -> Option<f64> {
        Some(self.peak? as f64 / f64::from(1 << 20))
    }

    /// Millions of bytes a second.
    pub(super) fn megabytes(&self) -> Option<f64> {
        Some(self.bytes? as f64 / 1e6 / self.wall.as_secs_f64())
    }

    /// How many processors its clients kept busy. If this and [`cores`](Sample::cores) add up to
    /// what the machine has, the clients were a part of the limit.
    pub(super) fn clients_cores(&self) -> Option<f64> {
        Some(self.clients_cpu?.as_secs_f64() / self.wall.as_secs_f64())
    }
}

/// Work counted. Failures are counted too, not hidden: a program that refuses half of its clients
/// may well be fast with the other half.
#[derive(Default)]
pub(super) struct Tally {
    /// How many pieces of work were done.
    done: u64,
    pub failed: u64,
    pub first_failure: Option<String>,
}

impl Tally {
    /// This much work was done, and nothing failed.
    pub(super) fn of(done: u64) -> Tally {
        Tally {
            done,
            ..Tally::default()
        }
    }

    /// Counts one piece of work, done or failed.
    pub(super) fn count(&mut self, outcome: Result<()>) {
        match outcome {
            Ok(()) => self.done += 1,
            Err(reason) => {
                self.failed += 1;
                self.first_failure
                    .get_or_insert_with(|| format!("{reason:#}"));
            }
        }
    }

    /// What so many clients count, each on a thread of its own.
    pub(super) fn of_clients(count: usize, client: impl Fn() -> Tally + Sync) -> Tally {
        let mut all = Tally::default();
        thread::scope(|scope| {
            let clients: Vec<_> = (0..count).map(|_| scope.spawn(&client)).collect();
            for client in clients {
                match client.join() {
                    Ok(tally) => all.add(&tally),
                    Err(panic) => resume_unwind(panic),
                }
            }
        });
        all
    }

    /// Adds what another thread or measurement has counted.
    pub(super) fn add(&mut self, other: &Tally) {
        self.done += other.done;
        self.failed += other.failed;
        if self.first_failure.is_none() {
            self.first_failure.clone_from(&other.first_failure);
        }
    }
}

/// One comparison: the same work, done by both.
pub(super) struct Row {
    pub what: String,
    pub wanted: f64,
    /// The most memory that ours should need, in MiB.
    pub memory: Option<f64>,
    /// The most processor time that ours should need for each, as a ratio.
    pub cpu: Option<f64>,
    pub pairs: Vec<(Sample, Sample)>,
}

impl Row {
    /// Measures ours and the peer in turns. `what` names the work, `wanted` is the ratio of the
    /// rates (ours divided by the peer's) that we wish for.
    ///
    /// # Errors
    /// Those of `measure`, and a measurement in which nothing got done.
    pub(super) fn measure<T>(
        plan: &Plan,
        what: &str,
        wanted: f64,
        [ours, peer]: [&T; 2],
        measure: impl Fn(&T) -> Result<Sample>,
    ) -> Result<Row> {
        let mut pairs = Vec::new();
        for round in 1..=plan.rounds {
            let ours = worked(measure(ours)).with_context(|| format!("{what}: netdozen"))?;
            let peer = worked(measure(peer)).with_context(|| format!("{what}: the peer"))?;
            eprintln!(
                "{what}, round {round} of {}: {} against {} a second",
                plan.rounds,
                number(ours.rate()),
                number(peer.rate()),
            );
            pairs.push((ours, peer));
        }
        Ok(Row {
            what: what.to_owned(),
            wanted,
            memory: None,
            cpu: None,
            pairs,
        })
    }

    /// The same, with a wish for the most memory that ours has at once, in bytes.
    pub(super) fn within(self, bytes: u64) -> Row {
        let memory = Some(bytes as f64 / f64::from(1 << 20));
        Row { memory, ..self }
    }

    /// The same, with a wish for the processor time for each, ours divided by the peer's.
    pub(super) fn with_cpu_within(self, ratio: f64) -> Row {
        let cpu = Some(ratio);
        Row { cpu, ..self }
    }
}

/// A measurement in which nothing got done has no rate, and its first failure is the better answer.
fn worked(sample: Result<Sample>) -> Result<Sample> {
    let sample = sample?;
    let Tally {
        done,
        first_failure,
        ..
    } = &sample.tally;
    let reason = first_failure.as_deref().unwrap_or("no reason known");
    ensure!(*done > 0, "nothing got done: {reason}");
    Ok(sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(done: u64) -> Sample {
        Sample {
            tally: Tally::of(done),
            wall: Duration::from_secs(1),
            ..Sample::default()
        }
    }

    #[test]
    fn nothing_done_is_an_error_that_says_what_failed() {
        let mut nothing = sample(0);
        nothing
            .tally
            .count(Err(anyhow::anyhow!("refused").context("cannot connect")));
        let error = worked(Ok(nothing)).err().unwrap().to_string();
        assert_eq!(error, "nothing got done: cannot connect: refused");
    }
}
