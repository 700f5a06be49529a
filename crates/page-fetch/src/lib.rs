//! The page exercise: fetch a web page the way the tutorial does, by writing the request into a
//! socket and splitting the answer at its first empty line; and then what the tutorial leaves out,
//! which is to know where the page ends.
//!
//! There is no HTTP library below this, because to see HTTP is the point. In the order in which
//! a page is fetched:
//!
//! - [`page_url`]: the URL: which host, which port, what to ask for
//! - [`connection`]: plain or encrypted, and never waiting for ever
//! - [`request`]: what is sent
//! - [`header`]: the answer's header, and where it ends
//! - [`framing`]: which rule ends the body
//! - [`body`]: the body by that rule, without I/O
//! - [`save`]: where the body goes
//! - [`show`]: what else is printed; [`progress`]: the bar
//! - [`fetch`]: all of it, and the way from one URL to the next
//! - [`args`]: the flags
//!
//! HTTP/1.1 is RFC 9112 (what stands on the wire) and RFC 9110 (what it means).

pub mod args;
pub mod body;
pub mod connection;
pub mod fetch;
pub mod framing;
pub mod header;
pub mod page_url;
pub mod progress;
pub mod request;
pub mod save;
pub mod show;
