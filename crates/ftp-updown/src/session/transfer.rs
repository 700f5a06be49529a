//! What needs a data connection: files and listings.

use std::time::Duration;

use anyhow::{Context, bail};
use common::budget::Budget;

use super::Session;
use crate::control::Refused;
use crate::data::Opening;
use crate::interrupt::Which;
use crate::wire::{Wire, WireError};

/// As many bytes as are left unread of an upload's connection when its tickets are collected.
const MAX_TICKETS: usize = 16 << 10;

/// How long to wait for those.
const TICKETS_TIME: Duration = Duration::from_millis(500);

/// A file or a listing on its way.
#[derive(Debug)]
pub struct Data {
    /// Where the bytes are; nowhere, if the server has said at once that all is done.
    wire: Option<Wire>,
}

impl Data {
    /// Reads what has come, or waits for it; 0 is the end.
    ///
    /// # Errors
    /// See [`WireError`].
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, WireError> {
        self.wire.as_mut().map_or(Ok(0), |wire| wire.read(buffer))
    }

    /// Where to send bytes.
    ///
    /// # Errors
    /// The server has said that all is done before there was any.
    pub fn sink(&mut self) -> anyhow::Result<&mut Wire> {
        let wire = self.wire.as_mut();
        wire.context("the server was done before it had anything")
    }
}

/// The server has not gone on where it was asked to.
#[derive(Debug, thiserror::Error)]
#[error("the server does not go on where an earlier run ended")]
pub struct NotResumed;

impl Session {
    /// Begins a transfer: `RETR name`, from the byte `from` on.
    ///
    /// # Errors
    /// The server refuses ([`Refused`]), and to begin in the middle ([`NotResumed`]); no data
    /// connection can be made; the connection broke.
    pub fn begin(&mut self, command: &str, name: &str, from: u64) -> anyhow::Result<Data> {
        let begun = self.try_to_begin(command, name, from);
        if !begun.as_ref().is_ok_and(|data| data.wire.is_some()) {
            self.interrupt.forget_data();
        }
        begun
    }

    fn try_to_begin(&mut self, command: &str, name: &str, from: u64) -> anyhow::Result<Data> {
        // Before `REST`, which has to stand right before the command that it is for (RFC 3659,
        // section 5.3).
        self.announce(name)?;
        let budget = Budget::new(self.timeout);
        let opening = Opening::agree(
            &mut self.control,
            &mut self.manner,
            &budget,
            &self.interrupt,
        )?;
        if from > 0 {
            let reply = self.control.ask("REST", &from.to_string())?;
            if !reply.is_intermediate() {
                tracing::debug!("the server begins nowhere but at the beginning: {reply}");
                bail!(NotResumed);
            }
        }
        let reply = self.control.ask(command, name)?;
        if reply.is_success() {
            return Ok(Data { wire: None });
        }
        if !reply.is_preliminary() {
            bail!(Refused(reply));
        }
        match self.take_up(opening) {
            Ok(wire) => Ok(Data { wire: Some(wire) }),
            Err(error) => {
                self.interrupt.forget_data();
                // The server has a word to say about it. It often knows better; and it must not be
                // taken for the answer to what is asked next.
                match self.control.reply() {
                    Ok(reply) if !reply.is_success() => {
                        Err(Refused(reply)).context("no data connection")
                    }
                    _ => Err(error),
                }
            }
        }
    }

    fn take_up(&mut self, opening: Opening) -> anyhow::Result<Wire> {
        let socket = opening.connected(&Budget::new(self.timeout), &self.interrupt)?;
        self.interrupt.ends(Which::Data, &socket);
        let wire = Wire::plain(socket, self.timeout)?;
        self.encrypted(wire).context("no data connection")
    }

    /// Ends a download: waits for the server's word that all is done.
    ///
    /// # Errors
    /// The server says that it is not ([`Refused`]), or the connection broke.
    pub fn finish(&mut self, data: Data) -> anyhow::Result<()> {
        self.interrupt.forget_data();
        let Some(mut wire) = data.wire else {
            return Ok(());
        };
        let _ = wire.end();
        drop(wire);
        self.confirm()
    }

    /// Ends an upload: says that this was all, and waits for the server's word that it has it.
    ///
    /// The socket stays open until then. To close it with the server's tickets unread would send a
    /// reset, which makes the other side throw away what it has not read yet.
    ///
    /// # Errors
    /// As [`Self::finish`].
    pub fn finish_upload(&mut self, mut data: Data) -> anyhow::Result<()> {
        let ended = data.sink()?.end();
        if let Err(error) = ended {
            return Err(self.give_up(data, error.into()));
        }
        let confirmed = self.confirm();
        if let Some(wire) = data.wire.as_mut().filter(|wire| wire.is_encrypted()) {
            collect_tickets(wire);
        }
        self.interrupt.forget_data();
        confirmed
    }

    fn confirm(&mut self) -> anyhow::Result<()> {
        let reply = self.control.reply()?;
        match reply.is_success() {
            true => Ok(()),
            false => bail!(Refused(reply)),
        }
    }

    /// Gives up a transfer that has failed by `error`, and listens to what the server says of it.
    /// Returns the better of the two reasons: where our side has seen no more than that the
    /// connection ended, the server knows why (a full disk, a quota).
    pub fn give_up(&mut self, data: Data, error: anyhow::Error) -> anyhow::Error {
        self.interrupt.forget_data();
        if data.wire.is_none() {
            return error;
        }
        drop(data);
        match self.control.reply() {
            Ok(reply) if error.is::<WireError>() && !reply.is_success() => Refused(reply).into(),
            _ => error,
        }
    }
}

/// Reads what the server has sent on a connection on which we only wrote: the tickets with which the
/// next connections go on from this one's handshake.
///
/// A server that speaks TLS 1.3 hands out a ticket or two on each connection, and a ticket is to be
/// used once (RFC 8446, appendix C.4). Who never reads them has used up those of the control
/// connection after two uploads, begins a new session with the third, and is turned away by servers
/// that want to see the same one everywhere (`require_ssl_reuse` of vsftpd).
fn collect_tickets(wire: &mut Wire) {
    let budget = Budget::new(TICKETS_TIME);
    let mut scrap = [0; 1024];
    let mut read = 0;
    while read < MAX_TICKETS {
        match wire.read_within(&mut scrap, &budget) {
            Ok(length) if length > 0 => read += length,
            // Whatever the reason: there are no more.
            _ => return,
        }
    }
}
