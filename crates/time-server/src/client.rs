//! Asking a server for the time.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::net::UdpSocket;
use std::time::Duration;

use anyhow::{Context, bail};
use common::address::Address;
use common::budget::Budget;
use common::connect::connect;
use common::stream::timed_out;
use common::udp;

use crate::MAX_ANSWER;

/// A datagram may be lost, the question or the answer; so the question is repeated this often.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Connects, and returns what the server says until it closes. `timeout` is for the connection,
/// and then for each silence.
///
/// # Errors
/// No connection, no answer in time, an empty one, or one of more than [`MAX_ANSWER`] bytes.
pub fn ask(server: &Address, timeout: Duration) -> anyhow::Result<Vec<u8>> {
    let stream = connect(server, &Budget::new(timeout))?;
    tracing::debug!("connected to {}", stream.peer());
    let task = || format!("cannot read the time from {server}");
    stream.set_read_timeout(Some(timeout))?;
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        match (&stream).read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => answer.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if timed_out(&error) => {
                return Err(Budget::new(timeout).exceeded()).with_context(task);
            }
            Err(error) => return Err(error).with_context(task),
        }
        if answer.len() > MAX_ANSWER {
            bail!("{}: the answer is longer than {MAX_ANSWER} bytes", task());
        }
    }
    if answer.is_empty() {
        bail!("{}: the server closed without a word", task());
    }
    Ok(answer)
}

/// Sends an empty datagram, and returns the one that comes back.
///
/// # Errors
/// Nobody listens there (an ICMP error said so), or no answer in time.
pub fn ask_by_datagram(server: &Address, timeout: Duration) -> anyhow::Result<Vec<u8>> {
    let task = || format!("cannot get the time from udp {server}");
    let budget = Budget::new(timeout);
    let mut sockets: VecDeque<UdpSocket> = udp::connect(server, &budget)?.into();
    let mut refused = None;
    let mut buffer = [0; MAX_ANSWER];
    // Each address in turn, and from the start again: nothing but an answer tells that a
    // datagram arrived.
    while let Some(socket) = sockets.pop_front() {
        let left = budget.left().ok_or_else(|| budget.exceeded());
        let left = left.with_context(task)?;
        socket.set_read_timeout(Some(left.min(ASK_AGAIN)))?;
        match socket.send(&[]).and_then(|_| socket.recv(&mut buffer)) {
            Ok(0) => bail!("{}: the answer is empty", task()),
            Ok(length) => return Ok(buffer[..length].to_vec()),
            Err(error) if timed_out(&error) => sockets.push_back(socket),
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or_else(|| budget.exceeded())).with_context(task)
}
