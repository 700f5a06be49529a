//! The picture exercise: many downloads at once. The tutorial's program starts a thread for every
//! picture of a listing, takes whatever name the listing gives it, and saves whatever comes.
//!
//! HTTP is `ureq`'s. What is ours, in the order in which a file comes:
//!
//! - [`link`]: the URL, and the name of the file
//! - [`listing`]: URLs out of [`json`]
//! - [`plan`]: who is called what, settled beforehand
//! - [`crew`]: many at once
//! - [`download`]: one file, with as many tries as it takes
//! - [`web`]: requests, redirects, one pool of connections; [`addresses`]: which addresses a host
//!   has, and which of them a stranger may point us at; [`transport`]: TLS, and breaks told from ends
//! - [`answer`]: what a header means for a file
//! - [`arriving`]: the file while it comes; [`origin`]: of what an unfinished file is a part
//! - [`pauses`]: between two tries; [`failure`]: is there hope?
//! - [`picture`]: is it one?
//! - [`report`]: what is told
//! - [`args`]: the flags

pub mod addresses;
pub mod answer;
pub mod args;
pub mod arriving;
pub mod crew;
pub mod download;
pub mod failure;
pub mod json;
pub mod link;
pub mod listing;
pub mod origin;
pub mod pauses;
pub mod picture;
pub mod plan;
pub mod report;
pub mod transport;
pub mod web;
