//! The client of the group chat.
//!
//! - [`mod@line`]: what a typed line means
//! - [`page`]: how what the server says is shown: to a person, to a script, as JSON
//! - [`chat`]: the conversation: who is heard, what waits, when it is over; of events from `event`
//! - `typing`, `link`: the threads that make them: of typed lines, and of one connection to the server
//! - `talk`: what the server has taken, once we are in
//! - `frame`: requests as frames, and frames as JSON
//! - `amount`: how much may be on its way, and how much may wait
//! - `json_line`: a JSON text on one line that no terminal obeys

pub mod chat;
pub mod line;
pub mod page;

mod amount;
mod event;
mod frame;
mod json_line;
mod link;
mod talk;
mod typing;

/// What stands before the line that is typed, on a terminal.
pub const PROMPT: &str = "> ";
