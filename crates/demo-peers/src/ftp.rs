//! An FTP server with one folder, which may be read and written: libunftp, behind our own door.
//!
//! The library runs on tokio; accepting is ours all the same, so that this server says where it
//! listens and ends as every other does.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use common::accept::{Acceptor, Turn};
use common::listen::Listener;
use common::printable::printable_path;
use common::shutdown::{GRACE, Shutdown};
use common::stream::Stream;
use libunftp::ServerBuilder;
use mio::Waker;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
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

/// Between two looks at whether the last session has ended.
const PAUSE: Duration = Duration::from_millis(10);

/// What a session needs.
struct Site {
    folder: PathBuf,
    doorman: Arc<Doorman>,
    certificate: Option<Certificate>,
    idle_timeout: u64,
}

/// Serves a folder until `shutdown` is requested.
///
/// # Errors
/// The folder cannot be made, the password cannot be read, there is no room for another server.
pub fn serve(args: FtpArgs, shutdown: &Shutdown) -> anyhow::Result<()> {
    let site = Arc::new(Site::new(&args)?);
    let listener = Listener::bind(&args.at.listen)?;
    let most = args.at.server.max_connections as usize;
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.context("cannot start the threads of the server")?;
    listener.announce()?;

    let task = "cannot wait for connections";
    let mut acceptor = Acceptor::new(listener, shutdown).context(task)?;
    let sessions = Arc::new(AtomicUsize::new(0));
    loop {
        let has_room = sessions.load(Ordering::SeqCst) < most;
        match acceptor.next(has_room, None).context(task)? {
            Turn::Connection(stream) => {
                let place = Place::enter(&sessions, acceptor.waker());
                if let Err(error) = begin(&runtime, &site, stream, place) {
                    tracing::warn!("cannot serve a client: {error:#}");
                }
            }
            Turn::Woken => {}
            Turn::Shutdown => break,
        }
    }
    drop(acceptor);
    // What is in flight may finish.
    let deadline = Instant::now() + GRACE;
    while sessions.load(Ordering::SeqCst) > 0 && Instant::now() < deadline {
        std::thread::sleep(PAUSE);
    }
    runtime.shutdown_background();
    Ok(())
}

impl Site {
    fn new(args: &FtpArgs) -> anyhow::Result<Self> {
        let folder = &args.folder;
        let shown = printable_path(folder);
        fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {shown}"))?;
        let folder = fs::canonicalize(folder)?;
        let password = args.password.read(VARIABLE)?;
        let doorman = match (&args.user, password) {
            (Some(user), Some(password)) => Doorman::For(user.clone(), password),
            (Some(_), None) => {
                bail!("a user needs a password ({VARIABLE} or --password-file)")
            }
            (None, _) => Doorman::Anonymous,
        };
        let certificate = match args.tls {
            Tls::None => None,
            Tls::Explicit => Some(Certificate::make(args.write_ca.as_deref())?),
        };
        Ok(Site {
            folder,
            doorman: Arc::new(doorman),
            certificate,
            idle_timeout: args.at.server.idle_timeout.as_secs(),
        })
    }

    /// The library wants a server for each connection that one has accepted oneself.
    fn server(
        &self,
    ) -> anyhow::Result<libunftp::Server<Filesystem, unftp_core::auth::DefaultUser>> {
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
            .active_passive_mode(libunftp::options::ActivePassiveMode::ActiveAndPassive)
            .idle_session_timeout(self.idle_timeout);
        if let Some(certificate) = &self.certificate {
            builder = builder.ftps(certificate.chain(), certificate.key());
        }
        Ok(builder.build()?)
    }
}

fn begin(runtime: &Runtime, site: &Site, stream: Stream, place: Place) -> anyhow::Result<()> {
    let Stream::Tcp(socket, peer) = stream else {
        bail!("FTP needs addresses, which a unix socket does not have");
    };
    socket.set_nodelay(true)?;
    let server = site.server()?;
    tracing::debug!("{peer} connected");
    let _inside = runtime.enter();
    let socket = TcpStream::from_std(socket)?;
    runtime.spawn(async move {
        match server.service(socket).await {
            Ok(()) => tracing::debug!("{peer} closed"),
            Err(error) => tracing::info!("dropped {peer}: {error}"),
        }
        drop(place);
    });
    Ok(())
}

/// One session's place among those that there may be; given back when this is dropped.
struct Place {
    sessions: Arc<AtomicUsize>,
    acceptor: Arc<Waker>,
}

impl Place {
    fn enter(sessions: &Arc<AtomicUsize>, acceptor: Arc<Waker>) -> Self {
        let sessions = Arc::clone(sessions);
        sessions.fetch_add(1, Ordering::SeqCst);
        Place { sessions, acceptor }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sessions.fetch_sub(1, Ordering::SeqCst);
        // There is room for the next one. Fails only where nobody waits any more.
        let _ = self.acceptor.wake();
    }
}
