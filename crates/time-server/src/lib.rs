//! The time exercise: a server that tells everyone who connects what time it is and closes, and
//! its client. It is the daytime protocol (RFC 867) on the tutorial's port, with a choice of
//! format, over TCP and UDP.
//!
//! - [`clock`]: the time as text
//! - [`server`]: over TCP
//! - [`datagram_server`]: over UDP
//! - [`client`]: asking, either way
//! - [`args`]: the flags of both programs

pub mod args;
pub mod client;
pub mod clock;
pub mod datagram_server;
pub mod server;

/// Where the tutorial's server listens.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:6789";

/// The longest answer, in bytes. The tutorial's client reads 1,024 at most; ours takes a long
/// format too.
pub const MAX_ANSWER: usize = 8 << 10;
