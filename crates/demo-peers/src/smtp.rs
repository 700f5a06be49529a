//! A mail server that delivers nothing: it keeps each message as an `.eml` file, byte for byte as it
//! was meant, and says no where it is told to. RFC 5321, with STARTTLS (RFC 3207), AUTH (RFC 4954),
//! SIZE (RFC 1870), 8BITMIME and SMTPUTF8.
//!
//! - [`args`]: the flags
//! - [`session`]: the conversation
//! - [`command`]: what a client says
//! - [`wire`]: lines, plain or encrypted
//! - [`message`]: where a message ends, and where it is kept
//! - [`certificate`]: an authority of its own, made anew at each start

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use common::received::Receiving;
use common::secret::Secret;
use common::stream::Stream;
use rustls::ServerConfig;

pub mod args;
pub mod certificate;
pub mod command;
pub mod message;
pub mod session;
pub mod wire;

use args::{Mechanism, Refusal, SmtpArgs, Tls};
use session::Session;
use wire::Wire;

/// Where a password may be.
const PASSWORD_VARIABLE: &str = "DEMO_PEERS_PASSWORD";

/// The server.
pub struct Smtp {
    folder: PathBuf,
    /// The number of the next message.
    next: AtomicU64,
    /// Who may log in; then nobody else may send.
    user: Option<(String, Secret)>,
    mechanisms: Vec<Mechanism>,
    tls: Tls,
    certificate: Option<Arc<ServerConfig>>,
    refusals: Vec<Refusal>,
    max_size: u64,
}

impl Smtp {
    /// A server as the flags want it. If it is to encrypt, its certificate is made here.
    ///
    /// # Errors
    /// The password is missing, nothing can be kept in the folder, or the authority's certificate
    /// cannot be written.
    pub fn new(args: SmtpArgs) -> anyhow::Result<Self> {
        // Better now than at the first message; the folder is made when that comes.
        drop(Receiving::begin(&args.output)?);
        let user = match args.user {
            None => None,
            Some(user) => {
                let password = args.password.read_for(&user, PASSWORD_VARIABLE)?;
                Some((user, password))
            }
        };
        let certificate = match args.tls {
            Tls::None => None,
            Tls::Starttls | Tls::Implicit => {
                Some(certificate::make(args.write_ca.as_deref(), &args.host)?)
            }
        };
        Ok(Smtp {
            folder: args.output,
            next: AtomicU64::new(1),
            user,
            mechanisms: args.auth,
            tls: args.tls,
            certificate,
            refusals: args.refuse,
            max_size: args.max_size,
        })
    }

    /// Has one conversation.
    ///
    /// # Errors
    /// It breaks off, or cannot go on.
    pub fn answer(&self, stream: &Stream) -> anyhow::Result<()> {
        let mut wire = Wire::new(stream);
        if let (Tls::Implicit, Some(config)) = (self.tls, &self.certificate) {
            wire.start_tls(Arc::clone(config))?;
        }
        let talked = Session::new(self, &mut wire).talk();
        wire.close();
        talked
    }

    /// The code to say no with at this place, if there is one.
    fn refusal(&self, what: &str) -> Option<u16> {
        let mut refusals = self.refusals.iter();
        let found = refusals.find(|refusal| refusal.what.eq_ignore_ascii_case(what));
        found.map(|refusal| refusal.code)
    }
}
