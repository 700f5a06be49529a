//! The chat exercise over TCP: two people, one connection, both directions at once. (The
//! tutorials' programs take turns: each waits for the other's message before it asks for the
//! next line. They work as the other side of this one.)
//!
//! - [`host`]: waiting for the one who comes
//! - [`chat`]: the conversation, from the first line to the end of both sides
//! - [`args`]: the flags

pub mod args;
pub mod chat;
pub mod host;

/// Where the tutorial's server listens.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:12345";
