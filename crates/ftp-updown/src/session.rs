//! A session with a server: what can be asked of it, in the words of its user.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::ValueEnum;
use common::budget::Budget;
use common::connect::connect;
use common::printable::printable;
use common::secret::Secret;
use common::tls::TlsStream;
use rustls::ClientConfig;

use crate::control::{Control, Refused};
use crate::data::{Manner, Opening};
use crate::interrupt::{Interrupt, Which};
use crate::login::Login;
use crate::reply::Reply;
use crate::site::Site;
use crate::wire::{Wire, WireError};

/// As many bytes as are left unread of an upload's connection when its tickets are collected.
const MAX_TICKETS: usize = 16 << 10;

/// How long to wait for those.
const TICKETS_TIME: Duration = Duration::from_millis(500);

/// Whether the connections are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tls {
    /// Everything in the clear, the password too
    None,
    /// TLS begins with AUTH TLS, before anybody has logged in (RFC 4217); a server without it is an error
    Explicit,
    /// TLS from the first byte, usually on port 990
    Implicit,
}

/// What a connection needs to know beforehand.
#[derive(Debug)]
pub struct Settings {
    /// Whether to encrypt.
    pub tls: Tls,
    /// Whom to trust, and how to encrypt.
    pub config: ClientConfig,
    /// Let the server connect to us.
    pub active: bool,
    /// For every step.
    pub timeout: Duration,
}

/// How the bytes of a file are meant (RFC 959, section 3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// As they are.
    Image,
    /// Lines of text.
    Ascii,
}

/// A connection to a server, logged in or about to be.
#[derive(Debug)]
pub struct Session {
    control: Control,
    host: String,
    /// With what to encrypt data connections; they remember each other, so that each goes on from
    /// an earlier handshake.
    tls: Option<Arc<ClientConfig>>,
    manner: Manner,
    timeout: Duration,
    /// What a session begins with.
    transfer_type: Type,
    utf8: bool,
    interrupt: Interrupt,
}

/// A file or a listing on its way.
#[derive(Debug)]
pub struct Data {
    /// Where the bytes are.
    pub wire: Wire,
    /// The server has said already that all is done.
    done: bool,
}

/// The server has not gone on where it was asked to.
#[derive(Debug, thiserror::Error)]
#[error("the server does not go on where an earlier run ended")]
pub struct NotResumed;

impl Session {
    /// Connects, logs in, and goes into the folder of the URL. Only then is Ctrl-C listened to
    /// (`interrupt`): before, there is nothing that it could leave half done.
    ///
    /// # Errors
    /// See [`Self::open`] and [`Self::login`]; or there is no such folder.
    pub fn start(
        site: &Site,
        settings: Settings,
        login: &Login,
        interrupt: impl FnOnce() -> anyhow::Result<Interrupt>,
    ) -> anyhow::Result<Self> {
        let mut session = Self::open(site, settings)?;
        if !session.is_encrypted() && !session.is_local() && !login.is_anonymous {
            tracing::warn!("the password goes over the line in the clear (see --tls)");
        }
        session.login(&login.user, login.password.as_ref())?;
        if let Some(folder) = &site.folder {
            let entered = session.enter(folder);
            entered.with_context(|| format!("cannot go into the folder {}", printable(folder)))?;
        }
        session.ends_with(interrupt()?)?;
        Ok(session)
    }

    /// Connects, encrypts if that is wanted, and waits for the greeting.
    ///
    /// # Errors
    /// Nobody listens, no FTP is spoken, TLS is wanted and cannot be had.
    pub fn open(site: &Site, settings: Settings) -> anyhow::Result<Self> {
        let timeout = settings.timeout;
        let address = site.address(settings.tls == Tls::Implicit);
        let socket = Arc::new(connect(&address, &Budget::new(timeout))?);
        tracing::debug!("connected to {}", socket.peer());
        let wire = Wire::plain(socket, timeout)?;
        let mut session = Session {
            control: Control::new(wire, timeout),
            host: site.host.clone(),
            tls: (settings.tls != Tls::None).then(|| Arc::new(settings.config)),
            manner: match settings.active {
                true => Manner::Active,
                false => Manner::Passive,
            },
            timeout,
            transfer_type: Type::Ascii,
            utf8: false,
            interrupt: Interrupt::default(),
        };
        let task = || format!("cannot talk to {address}");
        if settings.tls == Tls::Implicit {
            session.encrypt_control()?;
        }
        session.greet().with_context(task)?;
        if settings.tls == Tls::Explicit {
            session.ask_for_tls().with_context(task)?;
        }
        if session.tls.is_some() {
            session.protect_data().with_context(task)?;
        }
        Ok(session)
    }

    /// Only 220 is a greeting. A 230 would say that somebody is logged in already, and skip what has
    /// to come before, TLS above all (CVE-2021-22946).
    fn greet(&mut self) -> anyhow::Result<()> {
        let mut greeting = self.control.reply()?;
        if greeting.code == 120 {
            // Not yet, but soon.
            greeting = self.control.reply()?;
        }
        match greeting.code {
            220 => Ok(()),
            _ => bail!(Refused(greeting)),
        }
    }

    fn ask_for_tls(&mut self) -> anyhow::Result<()> {
        let reply = self.control.ask("AUTH", "TLS")?;
        if reply.code != 234 {
            return Err(Refused(reply))
                .context("it does not open TLS, and nothing was sent without");
        }
        self.encrypt_control()
    }

    fn encrypt_control(&mut self) -> anyhow::Result<()> {
        let wire = self.control.take_wire()?;
        let wire = self.encrypted(wire)?;
        self.control.put_wire(wire);
        Ok(())
    }

    fn encrypted(&self, wire: Wire) -> anyhow::Result<Wire> {
        let Some(config) = &self.tls else {
            return Ok(wire);
        };
        let socket = Arc::clone(wire.socket());
        let budget = Budget::new(self.timeout);
        let tls = TlsStream::connect(socket, &self.host, Arc::clone(config), &budget)?;
        let kind = if tls.is_resumed() { "resumed" } else { "new" };
        tracing::trace!("TLS: a {kind} session");
        Ok(wire.encrypted(tls)?)
    }

    /// Data connections are encrypted as well, or there is no deal.
    fn protect_data(&mut self) -> anyhow::Result<()> {
        for (command, argument) in [("PBSZ", "0"), ("PROT", "P")] {
            let reply = self.control.ask(command, argument)?;
            if !reply.is_success() {
                return Err(Refused(reply)).context("it does not encrypt data connections");
            }
        }
        Ok(())
    }

    /// Logs in.
    ///
    /// # Errors
    /// The server does not want us, or wants a password and there is none.
    pub fn login(&mut self, user: &str, password: Option<&Secret>) -> anyhow::Result<()> {
        self.log_in(user, password)
            .with_context(|| format!("cannot log in as {}", printable(user)))
    }

    fn log_in(&mut self, user: &str, password: Option<&Secret>) -> anyhow::Result<()> {
        if let Some(password) = password {
            self.control.mask(password);
        }
        let mut reply = self.control.ask("USER", user)?;
        if reply.code == 331 {
            let Some(password) = password else {
                bail!("it wants a password (see FTP_PASSWORD, --password-file or ~/.netrc)");
            };
            reply = self.control.ask_secretly("PASS", password)?;
        }
        match reply.code {
            230 | 202 => Ok(()),
            332 => bail!("it wants an account besides, which nobody has any more"),
            _ => bail!(Refused(reply)),
        }
    }

    /// Has both connections shut down at Ctrl-C from now on.
    ///
    /// # Errors
    /// The connection is gone.
    pub fn ends_with(&mut self, interrupt: Interrupt) -> anyhow::Result<()> {
        interrupt.ends(Which::Control, self.control.wire()?.socket());
        self.interrupt = interrupt;
        Ok(())
    }

    /// Whether Ctrl-C was pressed.
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.is_requested()
    }

    /// Whether anything more can be asked.
    pub fn is_alive(&self) -> bool {
        self.control.is_alive() && !self.is_interrupted()
    }

    /// Whether the connections are encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    /// Whether the server is on this very host, so that nobody listens on the way.
    pub fn is_local(&self) -> bool {
        let addresses = self.control.addresses();
        addresses.is_ok_and(|(_, peer)| peer.ip().to_canonical().is_loopback())
    }

    /// Ends the session.
    pub fn quit(mut self) {
        self.control.quit();
    }

    /// Asks for something that is done or refused.
    ///
    /// # Errors
    /// It is refused ([`Refused`]), or the connection broke.
    pub fn request(&mut self, command: &str, argument: &str) -> anyhow::Result<Reply> {
        let reply = self.ask(command, argument)?;
        match reply.is_success() {
            true => Ok(reply),
            false => bail!(Refused(reply)),
        }
    }

    fn ask(&mut self, command: &str, argument: &str) -> anyhow::Result<Reply> {
        if !self.utf8 && !argument.is_ascii() {
            // Some servers read names as something else until they are told (RFC 2640); the others
            // do not know the option, and need not.
            self.utf8 = true;
            self.control.ask("OPTS", "UTF8 ON")?;
        }
        self.control.ask(command, argument)
    }

    /// Goes into a folder.
    ///
    /// # Errors
    /// As [`Self::request`].
    pub fn enter(&mut self, folder: &str) -> anyhow::Result<()> {
        self.request("CWD", folder).map(drop)
    }

    /// Where we are.
    ///
    /// # Errors
    /// As [`Self::request`]; or the server names no place.
    pub fn place(&mut self) -> anyhow::Result<String> {
        let reply = self.request("PWD", "")?;
        quoted(&reply.text).with_context(|| format!("its answer to PWD names no place: {reply}"))
    }

    /// How many bytes a file has, in the type that is set; `None` if the server does not tell. That
    /// is no word about whether the file is there: many refuse it for reasons of their own.
    ///
    /// # Errors
    /// The connection broke.
    pub fn size(&mut self, name: &str) -> anyhow::Result<Option<u64>> {
        let reply = self.ask("SIZE", name)?;
        let size = reply.text.trim().parse().ok();
        Ok(size.filter(|_| reply.code == 213))
    }

    /// When a file was changed, as the server writes it (`20261126120000`, RFC 3659); `None` if it
    /// does not tell.
    ///
    /// # Errors
    /// The connection broke.
    pub fn modified(&mut self, name: &str) -> anyhow::Result<Option<String>> {
        let reply = self.ask("MDTM", name)?;
        let time = reply.text.trim();
        let is_time = time.len() >= 14
            && time
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.');
        Ok((reply.code == 213 && is_time).then(|| time.to_owned()))
    }

    /// Renames a file or a folder.
    ///
    /// # Errors
    /// As [`Self::request`].
    pub fn rename(&mut self, old: &str, new: &str) -> anyhow::Result<()> {
        let reply = self.ask("RNFR", old)?;
        if !reply.is_intermediate() {
            bail!(Refused(reply));
        }
        self.request("RNTO", new).map(drop)
    }

    /// Says how the bytes of what follows are meant; nothing is sent if they are meant so already.
    ///
    /// # Errors
    /// As [`Self::request`].
    pub fn set_type(&mut self, transfer_type: Type) -> anyhow::Result<()> {
        if self.transfer_type != transfer_type {
            let letter = match transfer_type {
                Type::Image => "I",
                Type::Ascii => "A",
            };
            self.request("TYPE", letter)?;
            self.transfer_type = transfer_type;
        }
        Ok(())
    }

    /// Begins a transfer: `RETR name`, from the byte `from` on.
    ///
    /// # Errors
    /// The server refuses ([`Refused`]), and to begin in the middle ([`NotResumed`]); no data
    /// connection can be made; the connection broke.
    pub fn begin(&mut self, command: &str, name: &str, from: u64) -> anyhow::Result<Data> {
        let budget = Budget::new(self.timeout);
        let opening = Opening::agree(&mut self.control, &mut self.manner, &budget)?;
        if from > 0 {
            // Right before the command that it is for (RFC 3659, section 5.3).
            let reply = self.control.ask("REST", &from.to_string())?;
            if !reply.is_intermediate() {
                tracing::debug!("the server begins nowhere but at the beginning: {reply}");
                bail!(NotResumed);
            }
        }
        let reply = self.ask(command, name)?;
        // Where nothing is to be sent, some servers say at once that all is done.
        let done = reply.is_success();
        if !done && !reply.is_preliminary() {
            bail!(Refused(reply));
        }
        let connected = opening.connected(&Budget::new(self.timeout));
        let wire = connected.and_then(|socket| {
            self.interrupt.ends(Which::Data, &socket);
            let wire = Wire::plain(socket, self.timeout)?;
            self.encrypted(wire).context("no data connection")
        });
        match wire {
            Ok(wire) => Ok(Data { wire, done }),
            Err(error) => {
                self.interrupt.forget_data();
                if done {
                    return Err(error);
                }
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

    /// Ends a transfer: waits for the server's word that all is done.
    ///
    /// # Errors
    /// The server says that it is not ([`Refused`]), or the connection broke.
    pub fn finish(&mut self, mut data: Data, sent: bool) -> anyhow::Result<()> {
        let mut result = Ok(());
        if !data.done {
            if !sent {
                self.close(&mut data);
            }
            let reply = self.control.reply()?;
            if !reply.is_success() {
                result = Err(Refused(reply).into());
            }
        }
        if sent && data.wire.is_encrypted() {
            collect_tickets(&mut data.wire);
        }
        self.close(&mut data);
        result
    }

    fn close(&mut self, data: &mut Data) {
        self.interrupt.forget_data();
        let _ = data.wire.end();
    }

    /// Gives a transfer up that has failed on our side or on its connection, and listens to what the
    /// server says of it.
    pub fn give_up(&mut self, data: Data) -> Option<Reply> {
        let done = data.done;
        self.interrupt.forget_data();
        drop(data);
        match done {
            true => None,
            false => self.control.reply().ok(),
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
            Ok(0)
            | Err(WireError::Cut | WireError::Silent(_) | WireError::Stuck(_) | WireError::Io(_)) =>
            {
                return;
            }
            Ok(length) => read += length,
        }
    }
}

/// What stands in quotes; a quote in it is doubled (RFC 959, appendix II).
fn quoted(text: &str) -> Option<String> {
    let mut place = String::new();
    let mut chars = text.split_once('"')?.1.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '"' && chars.next_if_eq(&'"').is_none() {
            return Some(place).filter(|place| !place.is_empty());
        }
        place.push(c);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_stands_in_quotes() {
        for (text, place) in [
            (r#""/pub" is the current directory"#, Some("/pub")),
            (r#"now "/a ""b"" c""#, Some(r#"/a "b" c"#)),
            (r#""/""""#, Some(r#"/""#)),
            (r#""""#, None),
            ("/pub", None),
            (r#""/pub"#, None),
        ] {
            assert_eq!(quoted(text).as_deref(), place, "{text}");
        }
    }
}
