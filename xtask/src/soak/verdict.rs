//! What is expected of a server that has been through a soak, and what was found.

use super::figures::Figures;

/// How much more memory a server may hold after a spell than after the one before, in bytes, if it grows
/// in every one of them but the first.
///
/// The first does not count: buffers grow to what is asked of them, and threads meet at their most. The
/// others are the same load again. What is not given back, the same load makes grow by the same amount each
/// time. What an allocator keeps, because something small and still in use stands behind it, grows once and
/// then finds its use; that may happen in any spell (to `wiretap` by up to 2 MiB, with its buffers of 64 KiB),
/// but not in all. In two minutes a leak of 1 KiB a connection is more than this in each spell.
pub(super) const GROWTH: u64 = 1 << 20;

/// What was found of one server.
#[derive(Default)]
pub(super) struct Found {
    /// It had ended before it was asked to.
    pub(super) ended: bool,
    /// The first thing that was wrong for an honest client.
    pub(super) wrong: Option<String>,
    /// What threads said when they panicked.
    pub(super) panics: Vec<String>,
    pub(super) exchanges: u64,
    /// How often it was full; `None` where it cannot be, or nobody can tell.
    pub(super) full: Option<u64>,
    /// What it held before there were clients.
    pub(super) before: Option<Figures>,
    /// What it held after each spell.
    pub(super) after: Vec<Figures>,
    /// What was not in order at its end.
    pub(super) stop: Option<String>,
}

impl Found {
    /// Everything that is not as expected, a line each.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.ended {
            faults.push("expected it alive to the end, found that it had ended".to_owned());
        }
        faults.extend(self.wrong.clone());
        for panic in &self.panics {
            faults.push(format!("expected no panic, found: {panic}"));
        }
        if self.exchanges == 0 && self.wrong.is_none() {
            faults.push("expected honest clients to be served, found none that was".to_owned());
        }
        if self.full == Some(0) {
            faults.push("expected floods to fill it, found it never full".to_owned());
        }
        faults.extend(self.kept());
        faults.extend(self.stop.clone().filter(|_| !self.ended));
        faults
    }

    /// What it has not given back.
    fn kept(&self) -> Vec<String> {
        let Some(before) = self.before else {
            return Vec::new();
        };
        let mut faults = Vec::new();
        for (spell, after) in (1..).zip(&self.after) {
            let mut compare = |what: &str, before: usize, after: usize| {
                if after > before {
                    faults.push(format!(
                        "expected {before} {what} as before there were clients, found {after} when those of \
                         spell {spell} had gone"
                    ));
                }
            };
            compare("open files", before.files, after.files);
            compare("threads", before.threads, after.threads);
        }
        let pairs = self.after.windows(2);
        let growths = pairs.map(|pair| pair[1].memory.saturating_sub(pair[0].memory));
        let growths: Vec<u64> = growths.collect();
        if !growths.is_empty() && growths.iter().all(|growth| *growth > GROWTH) {
            let growths: Vec<_> = growths
                .iter()
                .map(|growth| (growth >> 10).to_string())
                .collect();
            faults.push(format!(
                "expected its memory to grow by at most {} KiB in one of the spells after the first, found \
                 that it grew in each, by {} KiB",
                GROWTH >> 10,
                growths.join(" and ")
            ));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Figures = Figures {
        files: 9,
        threads: 2,
        memory: 1 << 20,
    };

    /// A server that has grown in the first spell, and not again.
    fn good() -> Found {
        let grown = Figures {
            memory: 9 << 20,
            ..IDLE
        };
        Found {
            exchanges: 1,
            full: Some(1),
            before: Some(IDLE),
            after: vec![grown; 3],
            ..Found::default()
        }
    }

    #[track_caller]
    fn assert_fault(spoil: impl FnOnce(&mut Found), expected: &str) {
        let mut found = good();
        spoil(&mut found);
        assert_eq!(found.faults(), [expected]);
    }

    #[test]
    fn a_server_in_order_has_no_faults() {
        assert_eq!(good().faults(), [""; 0]);
    }

    #[test]
    fn what_the_system_does_not_tell_is_no_fault() {
        let found = Found {
            full: None,
            before: None,
            after: Vec::new(),
            ..good()
        };
        assert_eq!(found.faults(), [""; 0]);
    }

    #[test]
    fn fewer_files_than_before_are_no_fault() {
        let mut found = good();
        found.after[2].files = 8;
        assert_eq!(found.faults(), [""; 0]);
    }

    #[test]
    fn an_end_is_a_fault_and_how_it_would_have_stopped_is_none() {
        let spoil = |found: &mut Found| {
            found.ended = true;
            found.stop = Some("exit code 1".to_owned());
        };
        assert_fault(
            spoil,
            "expected it alive to the end, found that it had ended",
        );
    }

    #[test]
    fn an_honest_client_that_is_not_served_is_a_fault() {
        let wrong = "exchange 7: expected a time, found \"\"";
        assert_fault(|found| found.wrong = Some(wrong.to_owned()), wrong);
        assert_fault(
            |found| found.exchanges = 0,
            "expected honest clients to be served, found none that was",
        );
    }

    #[test]
    fn a_panic_is_a_fault() {
        let panic = "thread 'client-3' panicked at src/server.rs:7:5:";
        assert_fault(
            |found| found.panics.push(panic.to_owned()),
            &format!("expected no panic, found: {panic}"),
        );
    }

    #[test]
    fn a_server_that_was_never_full_has_not_been_tried() {
        assert_fault(
            |found| found.full = Some(0),
            "expected floods to fill it, found it never full",
        );
    }

    #[test]
    fn files_and_threads_that_are_left_are_faults() {
        assert_fault(
            |found| found.after[1].files = 10,
            "expected 9 open files as before there were clients, found 10 when those of spell 2 had gone",
        );
        assert_fault(
            |found| found.after[2].threads = 3,
            "expected 2 threads as before there were clients, found 3 when those of spell 3 had gone",
        );
    }

    #[test]
    fn memory_that_grows_with_every_spell_is_a_fault() {
        let grow = |found: &mut Found| {
            found.after[1].memory += GROWTH + 1024;
            found.after[2].memory += 2 * GROWTH + 3072;
        };
        assert_fault(
            grow,
            "expected its memory to grow by at most 1024 KiB in one of the spells after the first, found \
             that it grew in each, by 1025 and 1026 KiB",
        );
    }

    #[test]
    fn memory_that_grows_once_is_none() {
        let mut found = good();
        found.after[2].memory += 9 * GROWTH;
        assert_eq!(found.faults(), [""; 0]);
        found.after[1].memory += 9 * GROWTH;
        assert_eq!(found.faults(), [""; 0]);
    }

    #[test]
    fn an_end_that_is_not_in_order_is_a_fault() {
        let stop = "expected exit code 0 after SIGTERM, found exit code 1";
        assert_fault(|found| found.stop = Some(stop.to_owned()), stop);
    }
}
