//! From nothing to a server that will take mail: connect, greeting, EHLO, TLS, AUTH.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::ValueEnum;
use common::address::Address;
use common::budget::Budget;
use common::connect::connect;
use common::exit::{Temporary, one_line};
use common::printable::printable;
use rustls::ClientConfig;

use crate::connection::{Connection, Failure};
use crate::login::{Login, Mechanism};
use crate::reply::Reply;

/// When the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tls {
    /// It begins in the clear, and goes on encrypted before anything is said (RFC 3207)
    Starttls,
    /// From the first byte (RFC 8314)
    Implicit,
    /// Never
    None,
}

impl Tls {
    /// The port where servers expect that.
    pub fn default_port(self) -> u16 {
        match self {
            Tls::Starttls => 587,
            Tls::Implicit => 465,
            Tls::None => 25,
        }
    }
}

/// The server, and how it is spoken to.
#[derive(Debug)]
pub struct Server {
    /// Where it is.
    pub address: Address,
    /// When TLS begins.
    pub tls: Tls,
    /// Whom we trust.
    pub trust: Arc<ClientConfig>,
    /// As whom to log in.
    pub login: Option<Login>,
    /// For connecting, for the handshake, and for each reply.
    pub timeout: Duration,
}

/// What a server can do, by its answer to EHLO.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// Whether TLS can begin.
    pub starttls: bool,
    /// How to log in.
    pub mechanisms: Vec<String>,
    /// Whether it wants to know the size beforehand, and the largest it takes (RFC 1870).
    pub size: Option<Option<u64>>,
    /// Whether addresses may be in any language (RFC 6531).
    pub smtputf8: bool,
}

impl Server {
    /// Opens a session that mail can be sent in.
    ///
    /// # Errors
    /// There is no server, it is not to be trusted, or it does not want us. [`Temporary`] is in it if
    /// it may be otherwise later.
    pub fn open(&self) -> anyhow::Result<(Connection, Offers)> {
        let server = &self.address;
        let socket =
            connect(server, &Budget::new(self.timeout)).map_err(|error| for_now(&error))?;
        tracing::debug!("connected to {}", socket.peer());
        let connection = Connection::new(socket, self.timeout);
        let mut connection = connection.with_context(|| format!("cannot talk to {server}"))?;
        if self.tls == Tls::Implicit {
            self.encrypt(&mut connection)?;
        }
        let greeting = match connection.read_reply(self.timeout) {
            Ok(greeting) if !greeting.is_yes() => Err(Failure::No(greeting)),
            heard => heard,
        };
        greeting.or_else(|why| failed(format!("cannot get a greeting from {server}"), why))?;
        let mut offers = self.say_hello(&mut connection)?;
        if self.tls == Tls::Starttls {
            if !offers.starttls {
                connection.quit();
                bail!(
                    "cannot encrypt the connection to {server}: it does not offer STARTTLS (see \
                     --tls; somebody on the way may have taken the offer out)"
                );
            }
            let agreed = connection.command("STARTTLS");
            agreed.or_else(|why| failed(format!("cannot say STARTTLS to {server}"), why))?;
            self.encrypt(&mut connection)?;
            // What was said before could be anybody's.
            offers = self.say_hello(&mut connection)?;
        }
        if let Some(login) = &self.login {
            self.log_in(login, &mut connection, &offers)?;
        }
        Ok((connection, offers))
    }

    fn encrypt(&self, connection: &mut Connection) -> anyhow::Result<()> {
        let host = match &self.address {
            Address::Inet { host, .. } => host,
            // Its certificate could be for no name; the flags do not allow it.
            Address::Unix(_) => "localhost",
        };
        let started = connection.start_tls(host, Arc::clone(&self.trust));
        let task = || format!("cannot encrypt the connection to {}", self.address);
        started.or_else(|why| failed(task(), why))
    }

    fn say_hello(&self, connection: &mut Connection) -> anyhow::Result<Offers> {
        let hello = connection.command(&format!("EHLO {}", connection.own_name()));
        let hello =
            hello.or_else(|why| failed(format!("cannot say EHLO to {}", self.address), why));
        Ok(Offers::of(&hello?))
    }

    fn log_in(
        &self,
        login: &Login,
        connection: &mut Connection,
        offers: &Offers,
    ) -> anyhow::Result<()> {
        let task = format!("cannot log in at {}", self.address);
        if !connection.is_encrypted() && !connection.is_local() {
            bail!("{task}: without TLS, everybody on the way could read the password (see --tls)");
        }
        let Some(how) = Mechanism::best(&offers.mechanisms) else {
            let others = match offers.mechanisms.join(" ") {
                none if none.is_empty() => "nor any other way".to_owned(),
                some => format!("but {}", printable(&some)),
            };
            bail!("{task}: it offers neither PLAIN nor LOGIN, {others}");
        };
        let logged_in = login.log_in(connection, how);
        logged_in.or_else(|why| failed(task, why))
    }
}

impl Offers {
    fn of(reply: &Reply) -> Self {
        let mut offers = Offers::default();
        // The first line is the server's name.
        for line in reply.lines.iter().skip(1) {
            let mut words = line.split([' ', '\t', '=']).filter(|word| !word.is_empty());
            let keyword = words.next().unwrap_or_default().to_ascii_uppercase();
            match keyword.as_str() {
                "STARTTLS" => offers.starttls = true,
                "SMTPUTF8" => offers.smtputf8 = true,
                // `AUTH=LOGIN` is how it was written before there was an RFC about it.
                "AUTH" => offers.mechanisms.extend(words.map(str::to_owned)),
                "SIZE" => {
                    let limit = words.next().and_then(|word| word.parse().ok());
                    offers.size = Some(limit.filter(|&limit| limit > 0));
                }
                _ => {}
            }
        }
        offers
    }
}

/// The error of a step: what could not be done, and why; with the mark of a failure that may pass.
///
/// # Errors
/// Always.
pub fn failed<T>(task: String, failure: Failure) -> anyhow::Result<T> {
    let temporary = failure.is_temporary();
    let error = anyhow::Error::new(failure).context(task);
    Err(if temporary { for_now(&error) } else { error })
}

/// The same error, as one that may pass.
pub fn for_now(error: &anyhow::Error) -> anyhow::Error {
    Temporary(one_line(error)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_read_whatever_their_case() {
        let reply = |lines: &[&str]| {
            let lines = lines.iter().map(|&line| line.to_owned()).collect();
            Offers::of(&Reply { code: 250, lines })
        };
        let offers = reply(&[
            "STARTTLS is my name",
            "size 1000",
            "Auth PLAIN  LOGIN",
            "AUTH=LOGIN PLAIN",
            "SMTPUTF8",
            "",
            "X-EVERYTHING STARTTLS",
        ]);
        assert!(!offers.starttls && offers.smtputf8);
        assert_eq!(offers.size, Some(Some(1000)));
        assert_eq!(offers.mechanisms, ["PLAIN", "LOGIN", "LOGIN", "PLAIN"]);
        assert!(reply(&["x", "starttls"]).starttls);
        for (line, size) in [
            ("SIZE", None),
            ("SIZE 0", None),
            ("SIZE -1", None),
            ("SIZE x", None),
        ] {
            assert_eq!(reply(&["x", line]).size, Some(size), "{line}");
        }
        assert_eq!(reply(&["x"]), Offers::default());
    }
}
