//! The client of the group chat.
//!
//! - [`mod@line`]: what a typed line means
//! - [`page`]: how what the server says is shown: to a person, to a script, as JSON
//! - [`chat`]: the conversation: who is heard, what waits, when it is over
//! - `link`: one connection to the server, read by a thread of its own
//! - `amount`: how much may be on its way, and how much may wait
//! - `pauses`: how long to wait before coming back
//! - `json_line`: a JSON text on one line that no terminal obeys

pub mod chat;
pub mod line;
pub mod page;

mod amount;
mod json_line;
mod link;
mod pauses;

/// What stands before the line that is typed, on a terminal.
pub const PROMPT: &str = "> ";
