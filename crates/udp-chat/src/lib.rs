//! The chat exercise over UDP: one datagram is one message, and nothing is connected. Two talk to
//! each other, or a whole local network does.
//!
//! - [`pair`]: two, one of whom may not know the other yet
//! - [`room`]: everybody on the local network who uses the same group or port
//! - [`interfaces`]: this host's ways into its networks
//! - `copies`: one message that arrives by two of them
//! - [`ear`]: datagrams in
//! - [`voice`]: text out, as the bytes of a datagram
//! - [`charset`]: text and bytes
//! - [`chat`]: the conversation
//! - [`args`]: the flags

pub mod args;
pub mod charset;
pub mod chat;
mod copies;
pub mod ear;
pub mod interfaces;
pub mod pair;
pub mod room;
pub mod voice;

/// Where the tutorial's server waits.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:40000";

/// The most bytes that fit into a datagram: the 65,535 of an IPv4 packet less its header (20) and
/// UDP's (8). IPv6 would take 20 more, which no IPv4 host could answer with.
pub const MAX_DATAGRAM: usize = 65_507;

/// Lines that are kept while nobody is there to send them to.
pub const MAX_KEPT: usize = 100;
