//! What std cannot ask of the system: signals other than kill, to one process or to a group, and to
//! wait for a child without reaping it.
//!
//! All of these name a process by its number. That the number is still the child's own is for the
//! caller to see to (`running.rs`).

use std::io;

#[cfg(unix)]
use rustix::process::{Pid, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

/// A request to end that a program can catch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, what Ctrl-C sends.
    Interrupt,
    /// SIGTERM, what `kill` and service managers send.
    Terminate,
}

#[cfg(unix)]
fn pid(id: u32) -> Pid {
    let id = i32::try_from(id).expect("a process number fits");
    Pid::from_raw(id).expect("a child's number is not 0")
}

/// Kills what there is of the process group `id`.
#[cfg(unix)]
pub(crate) fn kill_group(id: u32) {
    // That there is nobody left is the usual case.
    let _ = kill_process_group(pid(id), rustix::process::Signal::KILL);
}

/// Windows has no process groups of this kind.
#[cfg(not(unix))]
pub(crate) fn kill_group(_id: u32) {}

/// Sends `signal` to the process `id`.
#[cfg(unix)]
pub(crate) fn send(id: u32, signal: Signal) -> io::Result<()> {
    let signal = match signal {
        Signal::Interrupt => rustix::process::Signal::INT,
        Signal::Terminate => rustix::process::Signal::TERM,
    };
    Ok(kill_process(pid(id), signal)?)
}

/// Windows has no signals.
#[cfg(not(unix))]
pub(crate) fn send(_id: u32, _signal: Signal) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Returns once the child `id` has ended. It stays a zombie, and so keeps its number.
#[cfg(unix)]
pub(crate) fn wait_without_reaping(id: u32) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    let interrupted = |error| error == rustix::io::Errno::INTR;
    while waitid(WaitId::Pid(pid(id)), options).is_err_and(interrupted) {}
}
