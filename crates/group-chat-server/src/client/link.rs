//! One connection to the server, from the look-up of its name to its end, in a thread of its own:
//! neither connecting nor reading can be called off, and the conversation must not wait for them.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use common::address::Address;
use common::budget::Budget;
use common::connect::connect;
use common::framing::Framing;
use common::incoming::Incoming;

use super::event::{Event, News};
use crate::protocol::MAX_FRAME;

/// The server has closed its side, in good order.
#[derive(Debug, thiserror::Error)]
#[error("the server closed")]
struct Closed;

/// Begins to connect. All news of it carry `number`, so that those of a connection that was
/// given up are told from those of the next.
///
/// # Errors
/// The system has no thread left.
pub(super) fn open(
    server: &Address,
    timeout: Duration,
    number: u64,
    happened: SyncSender<Event>,
) -> anyhow::Result<()> {
    let server = server.clone();
    thread::Builder::new()
        .name("incoming".into())
        .spawn(move || {
            let tell = |news| happened.send(Event::Link(number, news)).is_ok();
            let Err(error) = follow(&server, timeout, &tell);
            tell(News::Over(error));
        })
        .context("cannot start a thread")?;
    Ok(())
}

/// Connects and tells of every frame. It ends with an error in any case; if only because nobody
/// hears it any more.
fn follow(
    server: &Address,
    timeout: Duration,
    tell: &impl Fn(News) -> bool,
) -> anyhow::Result<std::convert::Infallible> {
    let stream = Arc::new(connect(server, &Budget::new(timeout))?);
    stream.set_write_timeout(Some(timeout))?;
    tell(News::Connected(Arc::clone(&stream)));
    // How long silence may last is the conversation's business: it knows what was asked.
    let mut incoming = Incoming::new(&stream, Framing::Length, MAX_FRAME, None)?;
    while let Some(frame) = incoming.next_message()? {
        if !tell(News::Frame(frame.bytes.to_vec())) {
            break;
        }
    }
    Err(Closed.into())
}
