//! The server's process: the room on its event loop, and the operator's console beside it.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread;

use anyhow::Context;
use common::event_loop::EventLoop;
use common::listen::Listener;
use common::server::Limits;
use common::shutdown::Shutdown;
use mio::Waker;

use crate::room::{Room, Rules};

/// The longest line of the operator, in bytes.
const MAX_LINE: u64 = 16 << 10;

/// Runs the room until the shutdown is requested, by a signal or by the operator. Of each client,
/// `max_queue` bytes may wait to be read.
///
/// # Errors
/// The system cannot wait for connections.
pub fn serve(
    listener: Listener,
    limits: Limits,
    max_queue: usize,
    rules: Rules,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let event_loop = EventLoop::new(listener, limits, max_queue, shutdown)?;
    let (typed, console) = mpsc::channel();
    let waker = event_loop.waker();
    // Nobody waits for this thread: a read from stdin cannot be called off.
    thread::Builder::new()
        .name("console".into())
        .spawn(move || read_console(&typed, &waker))
        .context("cannot start the console")?;
    event_loop.run(&mut Room::new(rules, console, shutdown.clone()))
}

/// Hands every line of stdin to the room. The end of stdin ends only this.
fn read_console(typed: &Sender<String>, waker: &Arc<Waker>) {
    let mut stdin = io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        match stdin.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line).into_owned();
        if typed.send(text).is_err() || waker.wake().is_err() {
            return;
        }
    }
}
