//! The socket that the clients send to.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use anyhow::Context;
use common::address::Address;
use common::budget::Budget;
use common::exit::print_line;
use common::listen::first_that_works;
use common::udp;

/// A listening UDP socket.
#[derive(Debug)]
pub struct Datagrams {
    pub(super) socket: UdpSocket,
    address: SocketAddr,
}

impl Datagrams {
    /// Binds the first address of `at` that can be bound.
    ///
    /// # Errors
    /// It is a Unix socket, its name is unknown, or the address cannot be bound.
    pub fn bind(at: &Address) -> anyhow::Result<Self> {
        /// How long the look-up of a name may take.
        const LOOK_UP: Duration = Duration::from_secs(10);
        let task = || format!("cannot listen on udp {at}");
        let addresses = udp::look_up(at, &Budget::new(LOOK_UP))?;
        let socket = first_that_works(&addresses, UdpSocket::bind).with_context(task)?;
        socket.set_nonblocking(true).with_context(task)?;
        let address = socket.local_addr().with_context(task)?;
        Ok(Datagrams { socket, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Prints `listening on udp ADDRESS` on stdout.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub fn announce(&self) -> anyhow::Result<()> {
        print_line(&format!("listening on udp {}", self.address))
    }
}
