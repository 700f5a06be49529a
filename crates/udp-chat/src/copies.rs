//! One message that reaches us twice, because its sender and we are on two networks together.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::ear::Datagram;

/// For so long a message is remembered, to know its copies. They come within a few milliseconds of
/// each other; the longer it is, the likelier two people who say the same from the same port on
/// different hosts are taken for one.
const MEMORY: Duration = Duration::from_millis(100);

/// So many messages are.
const REMEMBERED: usize = 1024;

/// The messages of the last moment, to know the copies that come by another network.
#[derive(Debug, Default)]
pub(crate) struct Copies(VecDeque<Remembered>);

#[derive(Debug)]
struct Remembered {
    at: Instant,
    port: u16,
    digest: u64,
    /// The addresses from which it has come so far.
    from: Vec<IpAddr>,
}

impl Copies {
    /// A copy has the same text and source port as a message before it, and another address. The
    /// same text from the same address is said again.
    pub(crate) fn is_first(&mut self, datagram: &Datagram, now: Instant) -> bool {
        let mut hasher = DefaultHasher::new();
        datagram.bytes.hash(&mut hasher);
        let (digest, port, ip) = (hasher.finish(), datagram.from.port(), datagram.from.ip());
        while self.0.len() >= REMEMBERED || self.0.front().is_some_and(|old| now - old.at > MEMORY)
        {
            self.0.pop_front();
        }
        let mut same = self
            .0
            .iter_mut()
            .filter(|old| (old.port, old.digest) == (port, digest));
        if let Some(copied) = same.find(|old| !old.from.contains(&ip)) {
            copied.from.push(ip);
            return false;
        }
        self.0.push_back(Remembered {
            at: now,
            port,
            digest,
            from: vec![ip],
        });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(from: &str, text: &str) -> Datagram {
        Datagram {
            from: from.parse().unwrap(),
            bytes: text.as_bytes().to_vec(),
            cut: false,
        }
    }

    #[test]
    fn a_copy_by_another_network_is_known_and_a_repetition_is_none() {
        let mut copies = Copies::default();
        let now = Instant::now();
        let mut is_first = |from, text| copies.is_first(&datagram(from, text), now);
        assert!(is_first("192.0.2.1:5000", "ok"));
        assert!(!is_first("198.51.100.1:5000", "ok"));
        assert!(is_first("192.0.2.1:5000", "ok"), "said again");
        assert!(!is_first("198.51.100.1:5000", "ok"));
        assert!(is_first("192.0.2.1:5001", "ok"), "somebody else");
        assert!(is_first("198.51.100.1:5000", "no"));
    }

    #[test]
    fn who_says_the_same_a_moment_later_is_somebody_else() {
        let mut copies = Copies::default();
        let now = Instant::now();
        let later = now + Duration::from_millis(150);
        assert!(copies.is_first(&datagram("192.0.2.1:5000", "ok"), now));
        assert!(copies.is_first(&datagram("198.51.100.1:5000", "ok"), later));
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut copies = Copies::default();
        let now = Instant::now();
        for number in 0..2 * REMEMBERED {
            assert!(copies.is_first(&datagram("192.0.2.1:5000", &number.to_string()), now));
        }
        assert!(copies.0.len() <= REMEMBERED);
    }
}
