//! What can happen in a conversation, and what is due when nothing does.

use std::sync::Arc;

use common::stream::Stream;

use super::line::Errand;

/// What can happen.
#[derive(Debug)]
pub(super) enum Event {
    /// Something for the server was typed.
    Errand(Errand),
    /// No more lines will come.
    Ended(End),
    /// News of the connection with that number.
    Link(u64, News),
    /// A signal asks for the end.
    Shutdown,
}

/// Why no more lines will come.
#[derive(Debug)]
pub(super) enum End {
    /// There are none.
    Input,
    /// `/quit`.
    Quit,
    /// One could not be read.
    Failed(anyhow::Error),
}

/// What is heard of a connection.
#[derive(Debug)]
pub(super) enum News {
    /// It is made.
    Connected(Arc<Stream>),
    /// A frame has come, without its length.
    Frame(Vec<u8>),
    /// It could not be made, or it has broken, or the server has closed it. The last news.
    Over(anyhow::Error),
}

/// What is to be done when the time has come and nothing has happened.
#[derive(Clone, Copy, Debug)]
pub(super) enum Due {
    /// Connect.
    Dial,
    /// Take the connection for lost: this has not come.
    GiveUp(&'static str),
    /// Ask the server whether it is there, and has taken what was said.
    Ping,
}
