//! What a loop asks of a server.

use super::connection::Id;
use super::connections::Connections;

/// What a server does with its connections.
pub trait Service {
    /// What it keeps for each connection.
    type Client;

    /// Somebody connected from `peer`; nothing has arrived yet.
    fn connected(
        &mut self,
        id: Id,
        peer: String,
        all: &mut Connections<Self::Client>,
    ) -> Self::Client;

    /// Called right after the client of [`Self::connected`] has its place among the others.
    fn entered(&mut self, _id: Id, _all: &mut Connections<Self::Client>) {}

    /// Bytes arrived.
    fn received(&mut self, id: Id, bytes: &[u8], all: &mut Connections<Self::Client>);

    /// The peer has closed its side: nothing more will arrive. The connection is closed when this
    /// returns and what is queued has been sent.
    fn ended(&mut self, id: Id, all: &mut Connections<Self::Client>);

    /// The time set by [`Connections::set_alarm`] has come.
    fn alarm(&mut self, id: Id, all: &mut Connections<Self::Client>);

    /// The connection is no more, and why, if that was not in good order.
    fn gone(
        &mut self,
        id: Id,
        client: Self::Client,
        why: Option<&str>,
        all: &mut Connections<Self::Client>,
    );

    /// Another thread has woken the loop.
    fn woken(&mut self, _all: &mut Connections<Self::Client>) {}

    /// All that was queued has been sent; asked for by [`Connections::tell_when_sent`].
    fn sent(&mut self, _id: Id, _all: &mut Connections<Self::Client>) {}

    /// A turn begins: something has arrived, or time has passed. One look at a clock is enough for
    /// all that is done until [`Self::turn_ends`].
    fn turn_begins(&mut self) {}

    /// All that there was to do has been done, and the loop will wait.
    fn turn_ends(&mut self) {}
}
