//! The servers: ours, and those that it is compared with.

use std::net::SocketAddr;
use std::ops::Deref;

use anyhow::Result;
use harness::{Launch, Process, Server};

use super::dialect::Dialect;
use crate::bench::peer;

/// A server in which everybody hears what anybody says.
pub(super) struct Room {
    pub(super) process: Running,
    pub(super) address: SocketAddr,
    pub(super) dialect: Dialect,
}

/// What stops a server when it is dropped.
pub(super) enum Running {
    Ours(Server),
    Peer(Process),
}

impl Deref for Running {
    type Target = Process;

    fn deref(&self) -> &Process {
        match self {
            Running::Ours(server) => server.process(),
            Running::Peer(process) => process,
        }
    }
}

impl Room {
    /// Our server, without the limits and the courtesies that the others do not have either.
    pub(super) fn ours() -> Result<Room> {
        let program = Launch::command(peer::our_program("group-chat-server")?);
        let server = peer::start(program.args([
            "--listen",
            "127.0.0.1:0",
            "--rate",
            "0",
            "--announce-below",
            "0",
        ]))?;
        Ok(Room {
            address: server.socket_addr(),
            process: Running::Ours(server),
            dialect: Dialect::Ours,
        })
    }

    /// Redis, which is to save nothing and to cut nobody off. None where it is not installed.
    pub(super) fn redis() -> Result<Option<Room>> {
        const SETTINGS: &str = "--bind 127.0.0.1 --save '' --appendonly no --loglevel warning \
            --client-output-buffer-limit 'pubsub 0 0 0' --port";
        if !peer::is_there("redis-server") {
            return Ok(None);
        }
        let folder = peer::folder()?;
        let settings = shell_words::split(SETTINGS)?;
        Room::peer(Dialect::Redis, |port| {
            let redis = Launch::command("redis-server").dir(&folder);
            redis.args(&settings).arg(port.to_string())
        })
    }

    /// `ncat`. None where it is not installed.
    pub(super) fn ncat() -> Result<Option<Room>> {
        const SETTINGS: &str = "--listen --chat --max-conns 1000 127.0.0.1";
        if !peer::is_there("ncat") {
            return Ok(None);
        }
        Room::peer(Dialect::Ncat, |port| {
            let settings = SETTINGS.split_ascii_whitespace();
            Launch::command("ncat").args(settings).arg(port.to_string())
        })
    }

    fn peer(dialect: Dialect, program: impl Fn(u16) -> Launch) -> Result<Option<Room>> {
        let (process, address) = peer::start_on_port(program)?;
        Ok(Some(Room {
            process: Running::Peer(process),
            address,
            dialect,
        }))
    }
}
