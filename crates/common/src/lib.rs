//! What more than one program of the workspace needs: addresses and sockets, framing, the server
//! loop, logging, and the one way a program ends.
//!
//! | question | module |
//! |---|---|
//! | what does `HOST:PORT` or `unix:/path` mean | [`address`] |
//! | how is a connection made, within one time budget | [`connect`], [`budget`] |
//! | how is a connection encrypted, and whom do we trust | `tls` (a feature) |
//! | how is a socket bound and announced | [`listen`], [`udp`] |
//! | where does one message end and the next begin | [`framing`] (no I/O), [`incoming`] (from a blocking stream) |
//! | who accepts, how many, and what happens on Ctrl-C | [`accept`], [`server`], [`shutdown`] |
//! | how does one thread serve thousands | [`event_loop`] (of [`nonblocking`] streams) |
//! | under what name, and how, is a file from a peer saved | [`received`] |
//! | how does one see how far a transfer is | `progress` (a feature) |
//! | how long is it before another try | [`pauses`] |
//! | where does a password come from, and who sees it | [`secret`] |
//! | how is text from a stranger shown | [`printable`], [`screen`] |
//! | who sits at the program, and how do lines and messages share the screen | `terminal` (a feature) |
//! | what does a program log, print and return | [`log`], [`exit`] |
//! | which flags do all programs share | [`args`] |
//!
//! What a protocol says (what a time server answers, how a chat addresses a person) stays in the
//! program that speaks it.

pub mod accept;
pub mod address;
pub mod args;
pub mod budget;
pub mod connect;
pub mod event_loop;
pub mod exit;
pub mod framing;
pub mod incoming;
pub mod listen;
pub mod log;
pub mod nonblocking;
pub mod pauses;
pub mod printable;
#[cfg(unix)]
mod processors;
#[cfg(feature = "progress")]
pub mod progress;
pub mod received;
pub mod screen;
pub mod secret;
pub mod server;
pub mod shutdown;
pub mod stream;
#[cfg(feature = "terminal")]
pub mod terminal;
#[cfg(feature = "tls")]
pub mod tls;
pub mod udp;
