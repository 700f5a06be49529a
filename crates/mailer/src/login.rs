//! Logging in: AUTH PLAIN (RFC 4616), and AUTH LOGIN, which is older and in no RFC, and which some
//! servers still want. Both send the password as it is, base64 being no secret; so it is TLS that
//! keeps it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::secret::Secret;

use crate::connection::{Connection, Failure};
use crate::reply::Reply;

/// The longest command line (RFC 5321, section 4.5.3.1.4); what is longer goes on a line of its own.
const MAX_COMMAND: usize = 510;

/// Who logs in.
#[derive(Clone, Debug)]
pub struct Login {
    user: String,
    password: Secret,
}

/// How to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// User and password at once.
    Plain,
    /// One after the other.
    Login,
}

impl Mechanism {
    /// The best one of those that a server offers.
    pub fn best(offered: &[String]) -> Option<Self> {
        let has = |name: &str| offered.iter().any(|have| have.eq_ignore_ascii_case(name));
        match () {
            () if has("PLAIN") => Some(Mechanism::Plain),
            () if has("LOGIN") => Some(Mechanism::Login),
            () => None,
        }
    }
}

impl Login {
    /// As this user, with this password. Neither has a NUL in it, which is what parts the two on the
    /// way: the flag takes none, and no [`Secret`] that is read has one.
    pub fn new(user: &str, password: Secret) -> Self {
        let user = user.to_owned();
        Login { user, password }
    }

    /// Logs in. Neither the password nor a form of it is ever in the transcript, or in an error,
    /// whatever the server repeats.
    ///
    /// # Errors
    /// The server says no, or there is no reply.
    pub fn log_in(&self, connection: &mut Connection, how: Mechanism) -> Result<(), Failure> {
        let password = self.password.reveal();
        let both = STANDARD.encode(format!("\0{}\0{password}", self.user));
        let encoded = STANDARD.encode(password);
        for secret in [both.as_str(), &encoded, password] {
            connection.keep_secret(Secret::new(secret));
        }
        let reply = match how {
            Mechanism::Plain if "AUTH PLAIN ".len() + both.len() <= MAX_COMMAND => {
                connection.exchange(&format!("AUTH PLAIN {both}"), "AUTH PLAIN ****")?
            }
            Mechanism::Plain => {
                go_on(connection.exchange("AUTH PLAIN", "AUTH PLAIN")?)?;
                connection.exchange(&both, "****")?
            }
            Mechanism::Login => {
                let user = STANDARD.encode(&self.user);
                go_on(connection.exchange("AUTH LOGIN", "AUTH LOGIN")?)?;
                go_on(connection.exchange(&user, &user)?)?;
                connection.exchange(&encoded, "****")?
            }
        };
        match reply.code / 100 {
            2 => Ok(()),
            4 | 5 => Err(Failure::No(reply)),
            _ => Err(Failure::Odd(reply)),
        }
    }
}

/// The server asks for what comes next. How it asks differs from one to the other.
fn go_on(reply: Reply) -> Result<(), Failure> {
    match reply.code {
        334 => Ok(()),
        400.. => Err(Failure::No(reply)),
        _ => Err(Failure::Odd(reply)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_is_preferred() {
        for (offered, best) in [
            ("LOGIN PLAIN", Some(Mechanism::Plain)),
            ("CRAM-MD5 login", Some(Mechanism::Login)),
            ("XOAUTH2", None),
            ("", None),
        ] {
            let offered: Vec<_> = offered.split(' ').map(str::to_owned).collect();
            assert_eq!(Mechanism::best(&offered), best);
        }
    }
}
