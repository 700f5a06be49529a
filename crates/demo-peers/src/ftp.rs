//! An FTP server with one folder, which may be read and written: libunftp, behind our own door.
//!
//! The library runs on tokio, in a thread for each connection that `common` has accepted, so that this
//! server says where it listens, and ends, as every other does.

use std::fs;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use common::printable::printable_path;
use common::stream::Stream;
use libunftp::options::ActivePassiveMode;
use libunftp::{Server, ServerBuilder};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use unftp_core::auth::DefaultUser;
use unftp_sbe_fs::Filesystem;

use args::{FtpArgs, Tls};
use certificate::Certificate;
use doorman::Doorman;

pub mod args;
mod certificate;
mod doorman;

/// Where the password is, if it is in the environment.
const VARIABLE: &str = "DEMO_PEERS_PASSWORD";

/// What the library says first.
const GREETING: &str = "demo-peers";

/// The stack of a session's thread. The library's futures are large.
const STACK: usize = 4 << 20;

/// As long as the library waits where it is to wait for ever: a century.
const NEVER: u64 = 100 * 365 * 86_400;

/// The folder, and who may do something with it. Clones share it.
#[derive(Clone)]
pub struct Site(Arc<Inner>);

/// What a session needs.
struct Inner {
    folder: PathBuf,
    doorman: Arc<Doorman>,
    certificate: Option<Certificate>,
    idle_timeout: u64,
}

impl Site {
    /// What the flags say.
    ///
    /// # Errors
    /// The folder cannot be made, the password cannot be read.
    pub fn new(args: &FtpArgs) -> anyhow::Result<Self> {
        let folder = &args.folder;
        let shown = printable_path(folder);
        fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {shown}"))?;
        let folder = fs::canonicalize(folder)?;
        let doorman = match &args.user {
            Some(user) => Doorman::For(user.clone(), args.password.read_for(user, VARIABLE)?),
            None => Doorman::Everybody,
        };
        let certificate = match args.tls {
            Tls::None => None,
            Tls::Explicit => Some(Certificate::make(args.write_ca.as_deref())?),
        };
        Ok(Site(Arc::new(Inner {
            folder,
            doorman: Arc::new(doorman),
            certificate,
            idle_timeout: whole_seconds(args.at.server.idle_timeout),
        })))
    }

    /// Serves one client to its end.
    ///
    /// # Errors
    /// It has no address, or the folder is gone.
    pub fn answer(&self, stream: &Stream) -> anyhow::Result<()> {
        let socket = match stream {
            Stream::Tcp(socket, _) => socket.try_clone()?,
            #[cfg(unix)]
            Stream::Unix(_) => {
                anyhow::bail!("FTP needs addresses, which a unix socket does not have")
            }
        };
        let site = Arc::clone(&self.0);
        let session = thread::Builder::new()
            .name("session".into())
            .stack_size(STACK);
        let session = session.spawn(move || site.run(socket))?;
        let ended = session.join().unwrap_or_else(|panic| resume_unwind(panic));
        stream.set_nonblocking(false)?;
        ended
    }
}

impl Inner {
    /// After its reply to `AUTH TLS` the library goes on reading commands until it has told itself to
    /// change to TLS, and takes the first bytes of a quick client's handshake for one of them. In a
    /// runtime of one thread, which looks at sockets only when nothing else is left to do, it hears
    /// itself first.
    fn run(&self, socket: std::net::TcpStream) -> anyhow::Result<()> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .event_interval(u32::MAX)
            .build()?;
        let server = self.server()?;
        socket.set_nonblocking(true)?;
        runtime.block_on(async {
            let socket = TcpStream::from_std(socket)?;
            server.service(socket).await?;
            Ok(())
        })
    }

    /// The library wants a server for each connection that one has accepted oneself.
    fn server(&self) -> anyhow::Result<Server<Filesystem, DefaultUser>> {
        let root: &Path = &self.folder;
        // Opened here once, so that it can be said if it is gone.
        Filesystem::new(root)?;
        let root = root.to_owned();
        let storage = Box::new(move || {
            Filesystem::new(&root).unwrap_or_else(|error| {
                panic!("the folder {} is gone: {error}", printable_path(&root))
            })
        });
        let doorman = Arc::clone(&self.doorman);
        let mut builder = ServerBuilder::with_authenticator(storage, doorman)
            .greeting(GREETING)
            .active_passive_mode(ActivePassiveMode::ActiveAndPassive)
            .idle_session_timeout(self.idle_timeout);
        if let Some(certificate) = &self.certificate {
            builder = builder.ftps(certificate.chain(), certificate.key());
        }
        Ok(builder.build()?)
    }
}

/// The library counts whole seconds, and to it 0 is none at all.
fn whole_seconds(time: Duration) -> u64 {
    match time {
        Duration::ZERO => NEVER,
        time => time.as_secs_f64().ceil() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_rounded_up_and_0_is_never() {
        for (time, seconds) in [(0, NEVER), (1, 1), (1000, 1), (1001, 2)] {
            assert_eq!(whole_seconds(Duration::from_millis(time)), seconds);
        }
    }
}
