//! The time over UDP: a datagram for a datagram.

use std::net::SocketAddr;

use anyhow::Context;
use common::exit::cause;
use common::shutdown::Shutdown;
use common::udp::DatagramServer;

use crate::clock::Clock;

/// Ports of the small services that answer anything: echo, daytime, quote of the day, character
/// generator, time. A datagram with such a source port is forged, to make two servers answer each
/// other for ever. So is one from our own port, where the other server may be one like this, or
/// this one itself.
const SMALL_SERVICES: [u16; 5] = [7, 13, 17, 19, 37];

/// What the client says does not matter; a longer datagram is cut to this. Windows makes an error of
/// that, and does not say whom to answer: there is room for the longest.
const ROOM: usize = if cfg!(windows) { 65_536 } else { 512 };

/// Answers every datagram with the time, until `shutdown` is requested.
///
/// # Errors
/// The system cannot wait for datagrams any more.
pub fn serve(socket: DatagramServer, clock: &Clock, shutdown: &Shutdown) -> anyhow::Result<()> {
    let mut buffer = vec![0; ROOM];
    let own_port = socket
        .address()
        .context("cannot wait for datagrams")?
        .port();
    socket.serve(shutdown, &mut buffer, |socket, peer, _| {
        if !may_answer(peer, own_port) {
            tracing::debug!("left a datagram from {peer} unanswered: that port answers back");
            return;
        }
        match socket.send_to(clock.now().as_bytes(), peer) {
            Ok(_) => tracing::debug!("answered {peer}"),
            Err(error) => tracing::info!("cannot answer {peer}: {}", cause(&error)),
        }
    })
}

fn may_answer(peer: SocketAddr, own_port: u16) -> bool {
    // Nothing can be sent to port 0.
    ![0, own_port].contains(&peer.port()) && !SMALL_SERVICES.contains(&peer.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_small_services_unanswered() {
        for port in [0, 7, 13, 17, 19, 37, 6789] {
            let peer = ([127, 0, 0, 1], port).into();
            assert!(!may_answer(peer, 6789), "{port}");
        }
        for port in [1, 53, 6788, 65535] {
            let peer = ([127, 0, 0, 1], port).into();
            assert!(may_answer(peer, 6789), "{port}");
        }
    }
}
