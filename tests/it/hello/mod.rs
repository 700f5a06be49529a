//! The hello exercise: `hello-server`, `hello-client`, and what the tutorials' programs would say
//! to either.

mod at_once;
mod client;
mod crowd;
mod framings;
mod limits;
mod server;
mod settings;

use std::io::{Read, Write};

use harness::Server;

use crate::wire::Peer;

/// A server with the default settings, and these.
#[track_caller]
fn start(args: &[&str]) -> Server {
    Server::start("hello-server", args)
}

impl<S: Read + Write> Peer<S> {
    /// One name as a line, and the answer.
    #[track_caller]
    pub(crate) fn say_hello(&mut self, name: &str) {
        self.send(format!("{name}\n"));
        self.expect(format!("Hello, {name}!\n"));
    }
}

/// Connects, and takes the greeting.
#[track_caller]
pub(crate) fn welcomed(server: &Server) -> Peer {
    let mut peer = Peer::connect(server);
    peer.expect("Welcome!");
    peer
}
