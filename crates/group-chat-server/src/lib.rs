//! The group chat: one server for people with `nc`, with the tutorials' programs and with our
//! own client, all in one room.
//!
//! - [`protocol`]: what our own client and the server say to each other
//! - [`client`], [`client_args`]: our own client, and its flags

pub mod args;
pub mod charset;
pub mod client;
pub mod client_args;
pub mod nickname;
pub mod person;
pub mod protocol;
pub mod room;
pub mod said;
pub mod server;

/// Where the tutorial's server listens.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:8888";
