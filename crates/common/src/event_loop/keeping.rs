//! What the loop does with its connections: keeps them under their numbers, and sends what is queued.

use std::io;

use mio::{Interest, Token};

use super::connection::{Connection, Goodbye, Id, Slot, State};
use super::connections::Connections;
use super::places::Place;
use super::queue::{Queue, Sent};
use crate::exit::cause;
use crate::nonblocking::NonBlocking;

impl<C> Connections<C> {
    pub(super) fn get(&mut self, id: Id) -> Option<&mut Connection<C>> {
        let slot = self.slots.get_mut(id.slot)?;
        let fits = slot.round == id.round;
        slot.connection.as_mut().filter(|_| fits)
    }

    pub(super) fn id_of(&self, token: Token) -> Option<Id> {
        let slot = self.slots.get(token.0)?;
        slot.connection.as_ref()?;
        let Token(at) = token;
        Some(Id {
            slot: at,
            round: slot.round,
        })
    }

    pub(super) fn enter(&mut self, mut stream: NonBlocking, place: Place) -> io::Result<Id> {
        let at = match self.free.pop() {
            Some(at) => at,
            None => {
                self.slots.push(Slot {
                    round: 0,
                    connection: None,
                });
                self.slots.len() - 1
            }
        };
        if let Err(error) = self
            .registry
            .register(stream.source(), Token(at), Interest::READABLE)
        {
            self.free.push(at);
            return Err(error);
        }
        let slot = &mut self.slots[at];
        slot.round += 1;
        slot.connection = Some(Connection {
            stream,
            _place: place,
            client: None,
            queue: Queue::default(),
            state: State::Open,
            paused: false,
            missed: false,
            is_unsent: false,
            tells: false,
            goodbye: None,
            waits_for_room: false,
            asks_for_room: false,
            hung_up: false,
            peer_closed: false,
            alarm: None,
            last_heard: self.now,
        });
        self.open += 1;
        Ok(Id {
            slot: at,
            round: slot.round,
        })
    }

    pub(super) fn remove(&mut self, id: Id) -> Option<C> {
        self.set_alarm(id, None);
        self.get(id)?;
        #[cfg_attr(unix, allow(unused_mut, reason = "see below"))]
        let mut connection = self.slots[id.slot].connection.take()?;
        self.free.push(id.slot);
        // On Unix, closing the socket takes it out of the poll too.
        #[cfg(not(unix))]
        let _ = self.registry.deregister(connection.stream.source());
        connection.client
    }

    /// Sends what is queued, and asks to be told of room only where some of it is left.
    pub(super) fn flush(&mut self, id: Id) {
        let now = self.now;
        let Some(connection) = self.get(id) else {
            return;
        };
        connection.is_unsent = false;
        let was_waiting = connection.waits_for_room;
        let sent = match connection.queue.send(&mut connection.stream) {
            Ok(sent) => sent,
            Err(error) => return self.cut(id, cause(&error)),
        };
        connection.waits_for_room = sent == Sent::NoRoom;
        let asked = connection.asks_for_room;
        let asks = match sent {
            Sent::NoRoom => true,
            Sent::ItsShare => asked,
            Sent::All => false,
        };
        connection.asks_for_room = asks;
        // Whoever takes what we send is not silent.
        if was_waiting || sent == Sent::ItsShare {
            connection.last_heard = now;
        }
        match sent {
            Sent::NoRoom => {}
            Sent::ItsShare => {
                connection.is_unsent = true;
                self.later.push(id);
            }
            Sent::All if matches!(connection.state, State::Closing(_)) => {
                return self.ending.push((id, None));
            }
            Sent::All => match connection.goodbye {
                Some(Goodbye::Gentle) => return self.close(id),
                Some(Goodbye::AtOnce) => return self.is_over(id),
                None if connection.tells => {
                    connection.tells = false;
                    self.told.push(id);
                }
                None => {}
            },
        }
        if asked != asks {
            self.ask(id);
        }
    }

    /// Ends a connection to which all has been sent, without waiting for its peer.
    fn is_over(&mut self, id: Id) {
        let Some(connection) = self.get(id) else {
            return;
        };
        let before = std::mem::replace(&mut connection.state, State::Over);
        if before == State::Open {
            self.open -= 1;
        }
        self.ending.push((id, None));
    }

    /// Tells the poll what we wait for.
    fn ask(&mut self, id: Id) {
        let Some(slot) = self.slots.get_mut(id.slot) else {
            return;
        };
        let Some(connection) = &mut slot.connection else {
            return;
        };
        let interest = match connection.asks_for_room {
            true => Interest::READABLE | Interest::WRITABLE,
            false => Interest::READABLE,
        };
        let source = connection.stream.source();
        if let Err(error) = self.registry.reregister(source, Token(id.slot), interest) {
            self.cut(id, cause(&error));
        }
    }
}
