//! Answers that are kept in memory, and no more of them than allowed.

use std::collections::HashMap;

/// Answers by their paths as they are sent, so that a path is looked up without being decoded.
///
/// There are two generations. What is used moves into the young one; when that is half of what is
/// allowed, it becomes the old one, and the old one goes. So what was not used for long is
/// forgotten, and nothing has to be sorted or counted for it.
#[derive(Debug)]
pub struct Cache<V> {
    young: Generation<V>,
    old: Generation<V>,
    /// How many bytes one generation may have.
    room: usize,
}

#[derive(Debug)]
struct Generation<V> {
    entries: HashMap<Box<[u8]>, (V, usize)>,
    bytes: usize,
}

impl<V> Default for Generation<V> {
    fn default() -> Self {
        Generation {
            entries: HashMap::new(),
            bytes: 0,
        }
    }
}

/// What an entry takes beside its bytes, roughly.
const OVERHEAD: usize = 512;

impl<V> Cache<V> {
    /// A cache for so many bytes.
    pub fn new(bytes: usize) -> Self {
        Cache {
            young: Generation::default(),
            old: Generation::default(),
            room: bytes / 2,
        }
    }

    /// What is kept for a path.
    pub fn get(&mut self, path: &[u8]) -> Option<&mut V> {
        // Asked twice, because a borrow that is returned from one branch lasts through the other.
        if !self.young.entries.contains_key(path) {
            let (path, (value, size)) = self.old.entries.remove_entry(path)?;
            self.old.bytes -= size;
            self.keep(path, value, size);
        }
        self.young.entries.get_mut(path).map(|(value, _)| value)
    }

    /// Keeps a value of so many bytes, unless it is too large for that.
    pub fn insert(&mut self, path: &[u8], value: V, bytes: usize) {
        self.remove(path);
        self.keep(path.into(), value, path.len() + bytes + OVERHEAD);
    }

    fn keep(&mut self, path: Box<[u8]>, value: V, size: usize) {
        if size > self.room {
            return;
        }
        if self.young.bytes + size > self.room {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.bytes += size;
        self.young.entries.insert(path, (value, size));
    }

    /// Forgets a path.
    pub fn remove(&mut self, path: &[u8]) {
        for generation in [&mut self.young, &mut self.old] {
            if let Some((_, size)) = generation.entries.remove(path) {
                generation.bytes -= size;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_what_is_not_goes() {
        let mut cache = Cache::new(20 * (OVERHEAD + 10));
        cache.insert(b"/used", "used", 5);
        cache.insert(b"/unused", "unused", 5);
        for n in 0..100 {
            cache.insert(format!("/{n}").as_bytes(), "other", 5);
            assert_eq!(cache.get(b"/used"), Some(&mut "used"));
            assert!(cache.young.bytes + cache.old.bytes <= 2 * cache.room);
        }
        assert_eq!(cache.get(b"/unused"), None);
        cache.remove(b"/used");
        assert_eq!(cache.get(b"/used"), None);
    }

    #[test]
    fn a_cache_without_room_keeps_nothing() {
        let mut cache = Cache::new(0);
        cache.insert(b"/", "", 0);
        assert_eq!(cache.get(b"/"), None);
    }
}
