//! The picture exercise: a server that sends pictures to everyone who connects, as JSON with the
//! bytes in base64, and the client that saves them.
//!
//! On the wire, one object a picture, and the end of the stream after the last:
//!
//! ```json
//! {"filename":"131.jpg","size":48213,"sha256":"9f86…","filedata":"/9j/4AAQ…"}
//! ```
//!
//! The tutorials' objects have only `filename` and `filedata`; our client takes both kinds, and
//! the tutorials' client takes ours. The order of the keys means nothing in JSON; ours come so
//! that a client can refuse a picture before its bytes.
//!
//! | question | module |
//! |---|---|
//! | what does the server send | [`prepared`] |
//! | which keys and values are in what arrives, and where are the picture's bytes | [`json`], [`unescape`] (no I/O) |
//! | which bytes does base64 text mean | [`base64_text`] (no I/O) |
//! | when is a picture good, and where does it go | [`album`] |
//! | how do the bytes get from the connection to there | [`client`] |
//! | what is seen of it on a terminal | [`progress`], [`view`] |
//! | which flags do both programs take | [`args`] |

pub mod album;
pub mod args;
pub mod base64_text;
pub mod client;
mod engine;
pub mod json;
pub mod prepared;
pub mod progress;
pub mod unescape;
pub mod view;

/// Where the tutorials' server listens.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:5566";
