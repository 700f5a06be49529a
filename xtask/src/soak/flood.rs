//! A flood: as many clients at once as a server may have, and some more.

use std::time::Duration;

use super::hostile::connect;
use super::spell::Spell;
use super::standing::{Standing, Tally};
use super::{CAP, LOOK};

/// So many more than fit: they wait in the backlog, before honest clients.
const MORE: usize = 8;

/// How long the server is given to let in as many as it may.
const FILLING: Duration = Duration::from_secs(10);

/// How long it is kept full. An honest client that comes meanwhile waits so long.
const HOLD: Duration = Duration::from_secs(2);

/// Between one flood and the next.
const PAUSE: Duration = Duration::from_secs(6);

/// One flood after the other until the spell is over.
pub(super) fn flood(standing: &Standing<'_>, spell: Spell) {
    while !spell.is_over() {
        spell.pause(PAUSE / 3);
        let crowd: Vec<_> = (0..CAP + MORE)
            .map_while(|_| (!spell.is_over()).then(|| connect(standing.address())))
            .flatten()
            .collect();
        Tally::add(&standing.tally.hostile, crowd.len() as u64);
        let filling = Spell::of(FILLING.min(spell.left()));
        while !filling.is_over() && !is_full(standing) {
            filling.pause(LOOK);
        }
        if is_full(standing) {
            Tally::add(&standing.tally.full, 1);
        }
        spell.pause(HOLD);
        drop(crowd);
        spell.pause(PAUSE);
    }
}

/// Whether it has let in as many as it may. Where the system does not tell, nobody knows.
fn is_full(standing: &Standing<'_>) -> bool {
    let held = standing.before.zip(standing.figures());
    held.is_some_and(|(before, now)| {
        now.files >= before.files + CAP * standing.row.files_of_a_connection
    })
}
