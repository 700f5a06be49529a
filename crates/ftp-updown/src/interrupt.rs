//! Ctrl-C: what waits for a server has to stop waiting.

use std::net;
use std::sync::{Arc, Mutex, PoisonError};

use common::shutdown::Shutdown;
use common::stream::Stream;

/// The connections that are shut down when the end is asked for; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    shutdown: Shutdown,
    /// The control connection and one data connection.
    sockets: Arc<Mutex<[Option<Arc<Stream>>; 2]>>,
}

/// Which of the two connections.
#[derive(Clone, Copy, Debug)]
pub enum Which {
    /// Commands and replies.
    Control,
    /// Files and listings.
    Data,
}

/// What was waited for did not come because the user wanted no more of it.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

impl Interrupt {
    /// Listens for SIGINT and SIGTERM from now on. Before anything is transferred there is nothing
    /// to be said, and the signal may end the program as it ends any other.
    ///
    /// # Errors
    /// The handler cannot be installed.
    pub fn on_signals() -> anyhow::Result<Self> {
        let interrupt = Interrupt {
            shutdown: Shutdown::on_signals()?,
            sockets: Arc::default(),
        };
        let sockets = Arc::clone(&interrupt.sockets);
        interrupt.shutdown.calls_back(move || {
            let sockets = sockets.lock().unwrap_or_else(PoisonError::into_inner);
            for socket in sockets.iter().flatten() {
                // Fails where the server has gone, and then nobody waits for it.
                let _ = socket.shutdown(net::Shutdown::Both);
            }
        });
        Ok(interrupt)
    }

    /// Has this connection shut down when the end is asked for.
    pub fn ends(&self, which: Which, socket: &Arc<Stream>) {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        sockets[which as usize] = Some(Arc::clone(socket));
        if self.is_requested() {
            let _ = socket.shutdown(net::Shutdown::Both);
        }
    }

    /// Forgets the data connection: as long as somebody holds a socket it is not closed.
    pub fn forget_data(&self) {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        sockets[Which::Data as usize] = None;
    }

    /// Whether the end was asked for.
    pub fn is_requested(&self) -> bool {
        self.shutdown.is_requested()
    }
}
