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
use crate::data::Manner;
use crate::interrupt::{Interrupt, Which};
use crate::login::Login;
use crate::site::Site;
use crate::wire::Wire;

mod requests;
mod transfer;

pub use transfer::{Data, NotResumed};

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
        let is_secret = login.password.is_some() && !login.is_anonymous;
        if is_secret && !session.is_encrypted() && !session.is_local() {
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
        socket.keep_alive()?;
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
}
