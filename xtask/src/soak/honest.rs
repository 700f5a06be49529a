//! Honest clients: they do the real exchange with a server, again and again, and check every answer.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::spell::Spell;
use super::standing::{Standing, Tally};
use crate::interrupt;

/// Between one exchange and the next.
const PAUSE: Duration = Duration::from_millis(25);

/// Between one run of the real client and the next: to start a process costs more than an exchange.
const PAUSE_OF_CLIENTS: Duration = Duration::from_secs(4);

/// Exchanges one after the other until the spell is over. The first that goes wrong is the last.
pub(super) fn exchange(standing: &Standing<'_>, spell: Spell) {
    let tally = &standing.tally;
    let mut since = Instant::now();
    while !spell.is_over() && tally.wrong().is_none() {
        let number = tally.exchanges.load(Ordering::Relaxed) + 1;
        let outcome = (standing.row.exchange)(standing, number);
        if interrupt::happened() {
            return;
        }
        let waited = since.elapsed().as_millis() as u64;
        tally.longest.fetch_max(waited, Ordering::Relaxed);
        match outcome {
            Ok(()) => Tally::add(&tally.exchanges, 1),
            Err(error) => tally.is_wrong(format!("exchange {number}: {error:#}")),
        }
        since = Instant::now();
        spell.pause(PAUSE);
    }
}

/// Runs the real client from time to time until the spell is over.
pub(super) fn run_client(standing: &Standing<'_>, spell: Spell) {
    let (tally, Some(client)) = (&standing.tally, standing.row.client) else {
        return;
    };
    while !spell.is_over() && tally.wrong().is_none() {
        let number = tally.runs.load(Ordering::Relaxed) + 1;
        let outcome = client(standing, number);
        if interrupt::happened() {
            return;
        }
        match outcome {
            Ok(()) => Tally::add(&tally.runs, 1),
            Err(error) => tally.is_wrong(format!("run {number} of the client: {error:#}")),
        }
        spell.pause(PAUSE_OF_CLIENTS);
    }
}
