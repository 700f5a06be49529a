//! `wiretap`: a relay that shows, records and spoils what passes.
//!
//! ```text
//! relay ──events──▶ recorder ──▶ tape
//!                       └─▶ steps ──▶ view        tape ──▶ steps ──▶ view (`wiretap draw`)
//! ```
//!
//! - [`relay`]: between the two, byte for byte; the only part that touches sockets
//! - [`event`], [`tape`]: what was seen, and how it is kept
//! - [`recorder`]: the queue between those who relay and the tape and the screen
//! - [`steps`]: events put together to what is shown, with [`mask`]ed passwords and a [`meaning`]
//! - [`view`]: how it is shown
//! - [`draw`]: a tape as a view
//! - [`args`]: the flags

pub mod args;
pub mod draw;
pub mod event;
pub mod mask;
pub mod meaning;
pub mod recorder;
pub mod relay;
pub mod steps;
pub mod tape;
pub mod view;
