//! All clients at once, honest and hostile.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::thread;
use std::time::Duration;

use super::hostile::Foe;
use super::progress::Progress;
use super::spell::Spell;
use super::standing::{Standing, Tally};
use super::{flood, honest};
use harness::Noise;

/// How often the progress is shown.
const SHOWN_EVERY: Duration = Duration::from_millis(500);

/// The clients, spell after spell.
pub(super) struct Load {
    seed: u64,
    spells: u64,
    /// How many hostile ones of each kind there were.
    came: BTreeMap<&'static str, u64>,
}

impl Load {
    /// Nobody so far. What hostile clients do comes from the seed.
    pub(super) fn new(seed: u64) -> Load {
        Load {
            seed,
            spells: 0,
            came: BTreeMap::new(),
        }
    }

    /// Lets all clients come for so long, to all servers.
    pub(super) fn bear_on(
        &mut self,
        standings: &[Standing<'_>],
        length: Duration,
        progress: &Progress,
    ) {
        self.spells += 1;
        let spell = Spell::of(length);
        thread::scope(|scope| {
            let mut foes = Vec::new();
            for (place, standing) in standings.iter().enumerate() {
                scope.spawn(move || honest::exchange(standing, spell));
                scope.spawn(move || honest::run_client(standing, spell));
                if standing.row.files_of_a_connection > 0 {
                    scope.spawn(move || flood::flood(standing, spell));
                }
                for (which, kind) in standing.row.foes.iter().enumerate() {
                    let mut foe = Foe {
                        address: standing.address(),
                        opening: standing.row.opening,
                        noise: Noise::new(self.seed_of(place, which)),
                        spell,
                    };
                    foes.push(scope.spawn(move || {
                        let count = kind.come(&mut foe);
                        Tally::add(&standing.tally.hostile, count);
                        (kind.name, count)
                    }));
                }
            }
            while !spell.is_over() {
                let exchanges = standings.iter().map(|standing| &standing.tally.exchanges);
                let exchanges: u64 = exchanges.map(Tally::get).sum();
                let left = spell.left().as_secs();
                progress.show(&format!("{left} s left, {exchanges} honest exchanges"));
                spell.pause(SHOWN_EVERY);
            }
            for foe in foes {
                let (name, count) = foe.join().unwrap_or_else(|panic| resume_unwind(panic));
                *self.came.entry(name).or_default() += count;
            }
        });
    }

    /// Each kind at each server has a seed of its own in each spell.
    fn seed_of(&self, place: usize, which: usize) -> u64 {
        let own = self.spells << 32 | (place as u64) << 16 | which as u64;
        self.seed.wrapping_add(own)
    }

    /// How many hostile clients there were, of each kind.
    pub(super) fn came(&self) -> String {
        let came = self.came.iter();
        let came: Vec<_> = came
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        came.join(", ")
    }
}
