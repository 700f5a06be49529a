//! The end of a connection, and of the conversation.
//!
//! What a broken connection leaves unconfirmed is neither sent again (it may have arrived, and would be
//! said twice) nor forgotten: it is counted and told.

use std::net::Shutdown as Direction;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use anyhow::bail;
use common::exit::one_line;
use common::incoming::IncomingError;
use common::pauses::pause_after;
use common::shutdown::GRACE;

use super::super::event::{End, Event, News};
use super::super::talk::Talk;
use super::{Chat, Link, STRANGER};

/// A connection that lasts for so long was a good one: the pauses begin again.
const STEADY: Duration = Duration::from_secs(10);

impl Chat {
    /// The connection is over, for whatever reason; or could not be made.
    pub(super) fn over(&mut self, why: anyhow::Error) -> anyhow::Result<()> {
        let link = std::mem::replace(&mut self.link, Link::Away(Instant::now()));
        // News of it that are still under way are no news any more.
        self.number += 1;
        if let Link::Joining(stream, _) | Link::In(Talk { stream, .. }) = &link {
            let _ = stream.shutdown(Direction::Both);
        }
        if let Link::In(talk) = &link {
            let lines = talk.unconfirmed();
            self.lost += lines;
            if lines > 0 {
                let last = counted(lines, "the last line", "the last # lines");
                self.page.status(&format!("{last} may not have arrived"))?;
            }
            if talk.since.elapsed() >= STEADY {
                self.failures = 0;
            }
        }
        // What we connect to says itself that and to whom.
        let why = match link {
            Link::Connecting | Link::Away(_) => why,
            Link::Joining(..) => match why.downcast_ref() {
                // What it sent is no frame.
                Some(IncomingError::Frame(_)) => why.context(STRANGER).context(self.joining()),
                _ => why.context(self.joining()),
            },
            Link::In(_) if self.plan.reconnect => why.context("connection lost"),
            Link::In(_) => why.context(format!("cannot go on talking to {}", self.plan.server)),
        };
        if self.shutdown.is_requested() {
            // We were about to leave.
            return Ok(());
        }
        if !self.plan.reconnect || self.nicknames.is_none() {
            return Err(why);
        }
        self.failures = self.failures.saturating_add(1);
        let pause = pause_after(self.failures);
        self.link = Link::Away(Instant::now() + pause);
        let (why, pause) = (one_line(&why), pause.as_secs_f64());
        self.page
            .status(&format!("{why}; trying again in {pause:.1} s"))
    }

    /// What could not be done when we are not let in.
    pub(super) fn joining(&self) -> String {
        format!("cannot join {} as {}", self.plan.server, self.plan.nick)
    }

    /// Says that we have finished, and shows what still comes until the server closes too, for at
    /// most [`GRACE`]. A socket that was simply closed could take with it what the server has not
    /// read yet.
    pub(super) fn hang_up(&mut self, events: &Receiver<Event>) -> anyhow::Result<()> {
        let Link::In(talk) = &self.link else {
            return Ok(());
        };
        if talk.stream.shutdown(Direction::Write).is_err() {
            return Ok(());
        }
        let end = Instant::now() + GRACE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match events.recv_timeout(left) {
                Ok(Event::Link(number, News::Over(_))) if number == self.number => return Ok(()),
                Ok(Event::Link(number, News::Frame(frame))) if number == self.number => {
                    self.hear(&frame)?;
                }
                Ok(_) if !left.is_zero() => {}
                _ => return Ok(()),
            }
        }
    }

    /// Whether all went well, at the end.
    pub(super) fn verdict(self) -> anyhow::Result<()> {
        let unsent = self.unsent + self.waiting.len();
        let lost = self.lost;
        if self.shutdown.is_requested() {
            if unsent > 0 {
                let lines = counted(unsent, "one line was", "# lines were");
                self.page.status(&format!("{lines} not sent"))?;
            }
            return Ok(());
        }
        match self.end {
            Some(End::Failed(error)) => Err(error),
            _ if unsent > 0 => bail!(
                "{} not sent",
                counted(unsent, "one line was", "# lines were")
            ),
            _ if lost > 0 => bail!(
                "{} not have arrived",
                counted(lost, "one line may", "# lines may")
            ),
            _ => Ok(()),
        }
    }
}

/// The words for one or for many; `#` stands for the number.
fn counted(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => one.to_owned(),
        _ => many.replace('#', &number.to_string()),
    }
}
