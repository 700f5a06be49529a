//! `tcp-chat`: two of it, and each as the other side of the tutorials' programs.

mod ends;
#[cfg(target_os = "linux")]
mod lossy;
mod peers;
mod talk;
#[cfg(unix)]
mod terminal;
mod usage;

use harness::{Process, Server};

use crate::talkers::{going, waiting};

/// One that listens and one that connects to it.
#[track_caller]
fn couple(args: &[&str]) -> (Server, Process) {
    let listening = waiting("tcp-chat", &[&["listen", "127.0.0.1:0"], args].concat());
    let connected = going(
        "tcp-chat",
        &[&["connect", listening.address()], args].concat(),
    );
    (listening, connected)
}
