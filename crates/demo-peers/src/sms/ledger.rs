//! What has been sent to whom, and what is left.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::form::Refusal;

/// To one number goes at most one message in so long.
const GAP: Duration = Duration::from_secs(1);

/// The ids of the real gateway have as many digits.
const FIRST_ID: u128 = 16_842_079_209_571_524_017;

/// The books of the gateway. It runs for less than a day, so all that was sent was sent today.
#[derive(Debug)]
pub(super) struct Ledger {
    daily_limit: u32,
    books: Mutex<Books>,
}

#[derive(Debug)]
struct Books {
    left: u32,
    next_id: u128,
    /// How many a number has got, and when the last.
    got: HashMap<String, (u32, Instant)>,
}

impl Ledger {
    /// An account with so many messages.
    pub(super) fn new(balance: u32, daily_limit: u32) -> Ledger {
        let books = Books {
            left: balance,
            next_id: FIRST_ID,
            got: HashMap::new(),
        };
        Ledger {
            daily_limit,
            books: Mutex::new(books),
        }
    }

    /// How many messages are left.
    pub(super) fn left(&self) -> u32 {
        self.books().left
    }

    /// Books a message of so many parts; its id.
    pub(super) fn enter(&self, mobile: &str, parts: u32) -> Result<String, Refusal> {
        let now = Instant::now();
        let mut books = self.books();
        let (got, last) = match books.got.get(mobile) {
            Some((got, last)) => (*got, Some(*last)),
            None => (0, None),
        };
        if got >= self.daily_limit {
            return Err((4082, "超出同一手机号一天之内的短信条数限制"));
        }
        if last.is_some_and(|last| now.duration_since(last) < GAP) {
            return Err((4080, "同一手机号码同一秒钟之内发送频率不能超过1条"));
        }
        books.left = books
            .left
            .checked_sub(parts)
            .ok_or((4051, "剩余条数不足"))?;
        books.got.insert(mobile.to_owned(), (got + 1, now));
        books.next_id += 1;
        Ok((books.next_id - 1).to_string())
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_books_say_when_it_is_enough() {
        let ledger = Ledger::new(3, 1);
        assert_eq!(ledger.enter("1", 2).unwrap(), FIRST_ID.to_string());
        assert_eq!(ledger.enter("1", 1).unwrap_err().0, 4082);
        assert_eq!(ledger.enter("2", 2).unwrap_err().0, 4051);
        assert_eq!(ledger.enter("2", 1).unwrap(), (FIRST_ID + 1).to_string());
        assert_eq!(ledger.left(), 0);
        let patient = Ledger::new(3, 2);
        patient.enter("1", 1).unwrap();
        assert_eq!(patient.enter("1", 1).unwrap_err().0, 4080);
    }
}
