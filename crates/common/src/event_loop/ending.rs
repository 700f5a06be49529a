//! How connections end: those that are silent for too long, those whose end was decided in a turn, and
//! all of them when the server ends.

use std::time::{Duration, Instant};

use mio::{Events, Token};

use super::connection::{Id, State};
use super::connections::{Connections, LINGER};
use super::{EventLoop, Service};

impl<C> EventLoop<C> {
    /// Begins the end of every connection. Those who came before it was asked for are let in and heard
    /// once more: left in the backlog, they would be reset.
    pub(super) fn close_all(
        &mut self,
        events: &mut Events,
        service: &mut impl Service<Client = C>,
    ) -> anyhow::Result<()> {
        self.may_accept = true;
        self.accept(service);
        self.turn(events, service, Some(Duration::ZERO), None)?;
        for at in 0..self.all.slots.len() {
            if let Some(id) = self.all.id_of(Token(at)) {
                self.all.close(id);
            }
        }
        self.settle(service);
        Ok(())
    }

    /// Looks for those who are silent for too long.
    pub(super) fn look(&mut self, now: Instant) {
        for at in 0..self.all.slots.len() {
            let Some(id) = self.all.id_of(Token(at)) else {
                continue;
            };
            let idle_timeout = self.all.limits.idle_timeout;
            let Some(connection) = self.all.get(id) else {
                continue;
            };
            let silent = now.saturating_duration_since(connection.last_heard);
            match (connection.state, idle_timeout) {
                (State::Lingering(until) | State::Closing(until), _) if until <= now => {
                    self.all.ending.push((id, None))
                }
                (State::Open, Some(most))
                    if silent >= most && (connection.waits_for_room || !connection.paused) =>
                {
                    self.all
                        .cut(id, format!("nothing came for {} s", most.as_secs_f64()));
                }
                _ => {}
            }
        }
    }

    /// Sends what was queued in this turn, and buries the dead. What the service says about them
    /// is sent too.
    pub(super) fn settle(&mut self, service: &mut impl Service<Client = C>) {
        let idle = |all: &Connections<C>| {
            all.unsent.is_empty() && all.ending.is_empty() && all.told.is_empty()
        };
        while !idle(&self.all) {
            for id in std::mem::take(&mut self.all.unsent) {
                self.all.flush(id);
            }
            for id in std::mem::take(&mut self.all.told) {
                service.sent(id, &mut self.all);
            }
            for (id, why) in std::mem::take(&mut self.all.ending) {
                self.bury(id, why, service);
            }
        }
    }

    /// Takes a connection that ends one step further: its client is told at once; its socket is
    /// closed when its last words are out and it has closed too, or has had its time.
    fn bury(&mut self, id: Id, why: Option<String>, service: &mut impl Service<Client = C>) {
        let Some(connection) = self.all.get(id) else {
            return;
        };
        if let Some(client) = connection.client.take() {
            service.gone(id, client, why.as_deref(), &mut self.all);
        }
        let now = Instant::now();
        let Some(connection) = self.all.get(id) else {
            return;
        };
        let over = match connection.state {
            _ if why.is_some() => true,
            State::Over => true,
            State::Lingering(until) => connection.peer_closed || until <= now,
            State::Closing(until) if connection.waits_for_room || connection.is_unsent => {
                until <= now
            }
            State::Closing(_) | State::Open => {
                connection.state = State::Lingering(now + LINGER);
                connection.stream.close_our_side().is_err() || connection.peer_closed
            }
        };
        if over {
            self.all.remove(id);
        }
    }
}
