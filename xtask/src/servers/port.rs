//! A port for a server that cannot be asked for a free one.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use harness::{Launch, Process};

/// Starts a server that cannot be asked for a free port, nor says when it listens. The port is picked
/// beforehand, so that somebody else may be faster; then the next one is tried.
///
/// # Errors
/// When it ends, or takes no connection, on three ports.
pub(crate) fn start_on_port(
    program: impl Fn(u16) -> Result<Launch>,
) -> Result<(Process, SocketAddr)> {
    let mut tried = 0;
    loop {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let process = program(address.port())?.try_spawn()?;
        tried += 1;
        match listens(&process, address) {
            Err(error) if tried == 3 => return Err(error),
            Err(_) => {}
            Ok(()) => return Ok((process, address)),
        }
    }
}

/// Waits until a program takes connections.
fn listens(process: &Process, address: SocketAddr) -> Result<()> {
    const LOOK: Duration = Duration::from_millis(20);
    let begin = Instant::now();
    while TcpStream::connect(address).is_err() {
        // It is not to end; this is the pause between two looks.
        if let Ok(output) = process.wait(LOOK) {
            bail!("it has ended: {output}");
        }
        ensure!(
            begin.elapsed() < harness::LIMIT,
            "{} does not listen on {address}",
            process.command()
        );
    }
    Ok(())
}
