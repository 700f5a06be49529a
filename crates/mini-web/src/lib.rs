//! `mini-web`: a web server for a folder of files.
//!
//! | question | module |
//! |---|---|
//! | what did the client ask for, and may it be asked so | [`request`], [`body`] |
//! | which file does a path mean | [`target`], [`root`] |
//! | what is answered | [`folder`], [`source`], with [`conditions`], [`ranges`], [`encoding`], [`listing`] |
//! | how does an answer look on the wire | [`answer`], [`status`] |
//! | what is kept in memory, and what time is it | [`kept`], [`cache`], [`clock`] |
//! | who asked for what | [`access_log`] |
//! | in which order all of that happens | [`service`], [`server`] |
//!
//! Sockets, queues and threads are `common::event_loop`'s.

use std::time::Duration;

pub mod access_log;
pub mod answer;
pub mod args;
pub mod body;
pub mod cache;
pub mod clock;
pub mod conditions;
pub mod encoding;
pub mod folder;
pub mod kept;
pub mod listing;
pub mod ranges;
pub mod request;
pub mod root;
pub mod server;
pub mod service;
pub mod source;
pub mod status;
pub mod target;

/// Where it listens unless told otherwise: the tutorial's port.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:8080";

/// The longest line of a request's header, in bytes.
pub const MAX_LINE: usize = 8 << 10;

/// The most fields of a request's header.
pub const MAX_FIELDS: usize = 100;

/// The longest header of a request, in bytes.
pub const MAX_HEADER: usize = 64 << 10;

/// How long a request may take to arrive, from its first byte to the end of its header, and once
/// more for its body.
pub const REQUEST_TIME: Duration = Duration::from_secs(10);

/// The longest body of a request, in bytes. It is read and thrown away.
pub const MAX_BODY: u64 = 1 << 20;

/// The most ranges of one request; with more it is answered as if there were none.
pub const MAX_RANGES: usize = 32;

/// The most entries of a folder that are listed.
pub const MAX_LISTED: usize = 10_000;

/// The largest file that is kept in memory, in bytes. Copying a larger one costs more than having
/// the kernel send it.
pub const MAX_KEPT: u64 = 32 << 10;

/// How many bytes of answers may wait for one client before its next request is looked at.
pub const MAX_WAITING: usize = 256 << 10;

/// The same in pieces: a file that is sent by the kernel has no bytes here, but it is open.
pub const MAX_WAITING_PIECES: usize = 64;
