//! The group chat: its server, and its client.

mod client;
mod server;
