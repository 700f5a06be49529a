//! Waiting for the one who comes.

use anyhow::Context;
use common::accept::{Acceptor, Turn};
use common::listen::Listener;
use common::shutdown::Shutdown;
use common::stream::Stream;

/// The first connection that comes; `None` when `shutdown` is requested before. The listening
/// socket is closed with it, so that whoever comes second is refused instead of left waiting.
///
/// # Errors
/// The system cannot wait for connections, or the new one is of no use.
pub fn first_guest(listener: Listener, shutdown: &Shutdown) -> anyhow::Result<Option<Stream>> {
    let task = "cannot wait for a connection";
    let mut acceptor = Acceptor::new(listener, shutdown).context(task)?;
    loop {
        match acceptor.next(true, None).context(task)? {
            Turn::Connection(stream) => {
                stream.set_nonblocking(false).context(task)?;
                stream.send_at_once().context(task)?;
                return Ok(Some(stream));
            }
            Turn::Woken => {}
            Turn::Shutdown => return Ok(None),
        }
    }
}
