//! The chats: a room on a server, a room on the network, and a talk of two.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::PoisonError;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use harness::Stream;
use socket2::{Domain, Protocol, Socket, Type};

use super::super::PATIENCE;
use super::super::standing::Standing;
use super::super::talk::{Talk, again_and_again, waits};
use super::{client, run};

/// The group that the room on the network has, on loopback alone.
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 77, 77, 78);

/// How long a message to the room is waited for before it is said again.
const AGAIN: Duration = Duration::from_secs(1);

/// What a member says first.
pub(in crate::soak) const JOIN: &[u8] = b"Rose\nall:hello\n";

/// Joins, writes to oneself, and hears it.
pub(in crate::soak) fn group(standing: &Standing<'_>, number: u64) -> Result<()> {
    let mut talk = Talk::with(standing.address())?;
    let nick = format!("honest-{number}");
    let message = format!("{nick}:message {number}");
    talk.say(format!("{nick}\n{message}\n"))?;
    talk.line_with(&message).map(drop)
}

pub(in crate::soak) fn group_client(standing: &Standing<'_>, number: u64) -> Result<()> {
    let nick = format!("client-{number}");
    let message = format!("{nick}:message {number}");
    let client = client(standing, "group-chat-client").arg(standing.address().to_string());
    let output = run(client.args(["--nick", &nick]).stdin(format!("{message}\n")))?;
    let found = output
        .stdout_lines()
        .iter()
        .any(|line| line.ends_with(&message));
    ensure!(found, "expected {message:?} of {output}");
    Ok(())
}

/// One long talk: what is said is printed there, and what is typed there is heard.
pub(in crate::soak) fn pair(standing: &Standing<'_>, number: u64) -> Result<()> {
    let mut talk = standing
        .conversation
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let talk = match &mut *talk {
        Some(talk) => talk,
        none => none.insert(Talk::with(standing.address())?),
    };
    talk.go_on();
    let said = format!("said {number}");
    talk.say(format!("{said}\n"))?;
    let is_said = |line: &str| line == said;
    standing
        .server
        .wait_for_line(Stream::Stdout, is_said, PATIENCE)?;
    standing.server.write_stdin(format!("typed {number}\n"))?;
    talk.hear(format!("typed {number}\n"))
}

/// Says something to the room until the member has printed it, and hears what the member says. Datagrams
/// get lost where somebody sends more than can be read.
pub(in crate::soak) fn room(standing: &Standing<'_>, number: u64) -> Result<()> {
    let room = SocketAddr::from((GROUP, standing.address().port()));
    let hearing = hear(room).with_context(|| format!("cannot hear {room}"))?;
    let speaking = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    speaking.set_multicast_if_v4(&Ipv4Addr::LOCALHOST)?;
    let said = format!("said {number}");
    again_and_again(|| {
        speaking.send_to(said.as_bytes(), &room.into())?;
        let is_said = |line: &str| line.ends_with(&format!(": {said}"));
        let heard = standing
            .server
            .wait_for_line(Stream::Stdout, is_said, AGAIN);
        Ok(heard.ok())
    })?;
    let typed = format!("Soak: typed {number}");
    again_and_again(|| {
        standing.server.write_stdin(format!("typed {number}\n"))?;
        hear_text(&hearing, typed.as_bytes())
    })
}

pub(in crate::soak) fn room_client(standing: &Standing<'_>, number: u64) -> Result<()> {
    let said = format!("hello {number}");
    let room = format!("{GROUP}:{}", standing.address().port());
    again_and_again(|| {
        let args = [
            "--multicast",
            &room,
            "--bind",
            "127.0.0.1:0",
            "--name",
            "Rose",
        ];
        run(client(standing, "udp-chat")
            .args(args)
            .stdin(format!("{said}\n")))?;
        let is_said = |line: &str| line.ends_with(&format!("Rose: {said}"));
        let heard = standing
            .server
            .wait_for_line(Stream::Stdout, is_said, AGAIN);
        Ok(heard.ok().map(drop))
    })
}

/// Whether this machine has rooms on loopback.
pub(in crate::soak) fn has_rooms() -> Result<()> {
    let try_it = || {
        let hearing = hear((GROUP, 0).into())?;
        let speaking = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        speaking.set_multicast_if_v4(&Ipv4Addr::LOCALHOST)?;
        let room = SocketAddr::from((GROUP, hearing.local_addr()?.port()));
        speaking.send_to(b"x", &room.into())?;
        hearing.set_read_timeout(Some(AGAIN))?;
        hearing.recv(&mut [0]).map(drop)
    };
    try_it().context("no multicast on loopback here")
}

/// A socket that hears what is said to the room, and nothing that is said to the member alone.
fn hear(room: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.join_multicast_v4(&GROUP, &Ipv4Addr::LOCALHOST)?;
    socket.bind(&room.into())?;
    Ok(socket.into())
}

/// Waits for this text in the room; `None` when it does not come.
fn hear_text(hearing: &UdpSocket, expected: &[u8]) -> Result<Option<()>> {
    let mut heard = [0; 65_536];
    hearing.set_read_timeout(Some(AGAIN))?;
    loop {
        match hearing.recv(&mut heard) {
            Ok(length) if &heard[..length] == expected => return Ok(Some(())),
            // Somebody else's.
            Ok(_) => {}
            Err(error) if waits(error.kind()) => return Ok(None),
            Err(error) => return Err(error).context("cannot hear the room"),
        }
    }
}
