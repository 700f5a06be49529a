//! The hello exercise: a server that welcomes everyone, says hello to every name it is sent, and
//! closes at a word; and its client. Four other servers of the tutorials are the same with other
//! words, so they are settings here.
//!
//! - [`reply`]: the answer to a name
//! - [`server`]: one connection, from the greeting to the exit word
//! - [`client`]: the other side, one name at a time or all at once
//! - [`args`]: the flags of both programs

pub mod args;
pub mod client;
pub mod reply;
pub mod server;

/// Where the tutorial's server listens.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:9999";

/// The word that ends a connection.
pub const DEFAULT_EXIT_WORD: &str = "exit";
