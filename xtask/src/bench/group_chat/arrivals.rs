//! When a message has reached everybody.

/// Which messages have arrived at all listeners: of any message it is known how many listeners have
/// heard no more than that.
pub(super) struct Arrivals {
    /// So many messages have arrived at all.
    pub(super) at_all: u64,
    /// How many listeners have heard so many messages, modulo the length of this.
    listeners: Vec<usize>,
}

impl Arrivals {
    /// Nobody has heard anything. At most `ahead` messages are on their way.
    pub(super) fn new(listeners: usize, ahead: usize) -> Arrivals {
        let mut all = vec![0; ahead + 1];
        all[0] = listeners;
        Arrivals {
            at_all: 0,
            listeners: all,
        }
    }

    fn at(&mut self, heard: u64) -> &mut usize {
        let place = heard % self.listeners.len() as u64;
        &mut self.listeners[place as usize]
    }

    /// A listener that had heard so many messages has now heard so many.
    pub(super) fn count(&mut self, before: u64, now: u64) {
        *self.at(before) -= 1;
        *self.at(now) += 1;
    }

    /// Takes one more message that has arrived at all.
    pub(super) fn next(&mut self) -> bool {
        let first = self.at_all;
        // Nobody is ahead of a window, so that somebody is here or further on.
        let arrived = *self.at(first) == 0;
        self.at_all += u64::from(arrived);
        arrived
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_arrived_when_the_last_listener_has_it() {
        let mut arrivals = Arrivals::new(3, 4);
        let mut taken = |listener: (u64, u64)| {
            arrivals.count(listener.0, listener.1);
            std::iter::from_fn(|| arrivals.next().then_some(())).count()
        };
        assert_eq!(taken((0, 4)), 0);
        assert_eq!(taken((0, 2)), 0);
        assert_eq!(taken((0, 1)), 1);
        assert_eq!(taken((1, 4)), 1);
        assert_eq!(taken((2, 4)), 2);
        assert_eq!(taken((4, 6)), 0);
    }
}
