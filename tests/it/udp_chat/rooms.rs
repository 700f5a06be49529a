//! Rooms, on loopback alone: `--bind 127.0.0.1:0` keeps the tests off the network of whoever runs
//! them. What several interfaces change is tried between namespaces.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use harness::{LIMIT, Server, Stream};
use socket2::{Domain, Protocol, Socket, Type};

use crate::talkers::{hears, type_line, waiting};

const GROUP: &str = "239.77.77.77";

/// A member of the room at `place`, called `name`.
fn member(room: &[&str], name: &str) -> Server {
    let args = [room, &["--bind", "127.0.0.1:0", "--name", name, "-v"]].concat();
    waiting("udp-chat", &args)
}

/// Whether this machine does multicast on loopback; if not, says so.
fn multicast_works() -> bool {
    let try_it = || {
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        let group: Ipv4Addr = GROUP.parse().unwrap();
        socket.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST)?;
        let sender = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        sender.set_multicast_if_v4(&Ipv4Addr::LOCALHOST)?;
        let port = socket.local_addr()?.port();
        sender.send_to(b"x", &SocketAddr::from((group, port)).into())?;
        socket.set_read_timeout(Some(LIMIT))?;
        socket.recv(&mut [0]).map(drop)
    };
    let tried = try_it();
    if let Err(error) = &tried {
        crate::talkers::skipped(&format!("no multicast on loopback here: {error}"));
    }
    tried.is_ok()
}

/// Everybody hears everybody else once, and nobody themselves.
fn talk_among(members: &[(&str, Server)]) {
    for (name, member) in members {
        type_line(member, &format!("it is {name}"));
        for (_, other) in members.iter().filter(|(other, _)| other != name) {
            let wanted = format!(": {name}: it is {name}");
            other
                .wait_for_line(Stream::Stdout, |line| line.ends_with(&wanted), LIMIT)
                .unwrap();
        }
    }
    for (name, member) in members {
        let mut heard: Vec<String> = member.lines(Stream::Stdout)[1..].to_vec();
        heard.sort_by_key(|line| line.split(": ").nth(2).map(str::to_owned));
        let heard: Vec<_> = heard
            .iter()
            .filter_map(|line| line.split(": ").nth(1))
            .collect();
        let others: Vec<_> = members
            .iter()
            .map(|(name, _)| *name)
            .filter(|other| other != name)
            .collect();
        assert_eq!(heard, others, "what {name} has heard");
    }
}

#[test]
fn three_in_a_multicast_room_hear_each_other_once_and_not_themselves() {
    if !multicast_works() {
        return;
    }
    let first = member(&["--multicast", &format!("{GROUP}:0")], "Ann");
    let port = first.socket_addr().port();
    assert_eq!(first.address(), format!("0.0.0.0:{port}"));
    let room = format!("{GROUP}:{port}");
    let second = member(&["--multicast", &room], "Bob");
    let third = member(&["--multicast", &room], "Cid");
    talk_among(&[("Ann", first), ("Bob", second), ("Cid", third)]);
}

#[cfg(target_os = "linux")]
#[test]
fn three_in_a_broadcast_room_hear_each_other_once_and_not_themselves() {
    let first = member(&["--broadcast", "0"], "Ann");
    let port = first.socket_addr().port().to_string();
    let second = member(&["--broadcast", &port], "Bob");
    let third = member(&["--broadcast", &port], "Cid");
    talk_among(&[("Ann", first), ("Bob", second), ("Cid", third)]);
}

/// The port to speak from is one's own, and the room's is everybody's.
#[test]
fn a_room_can_be_bound_to_by_its_own_port() {
    if !multicast_works() {
        return;
    }
    let mut kinds = vec![("--multicast", format!("{GROUP}:"))];
    if cfg!(target_os = "linux") {
        kinds.push(("--broadcast", String::new()));
    }
    for (kind, group) in kinds {
        let first = member(&[kind, &format!("{group}0")], "Ann");
        let port = first.socket_addr().port();
        let room = format!("{group}{port}");
        let by_its_port = |name| {
            let bind = format!("127.0.0.1:{port}");
            let args = [kind, &room, "--bind", &bind, "--name", name];
            waiting("udp-chat", &args)
        };
        let (second, third) = (by_its_port("Bob"), by_its_port("Cid"));
        talk_among(&[("Ann", first), ("Bob", second), ("Cid", third)]);
    }
}

/// Any other program in the group, byte for byte.
#[test]
fn a_program_of_others_in_the_room() {
    if !multicast_works() {
        return;
    }
    let chat = member(&["--multicast", &format!("{GROUP}:0")], "Ann");
    let port = chat.socket_addr().port();
    let group: Ipv4Addr = GROUP.parse().unwrap();
    let other = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP)).unwrap();
    other.set_reuse_address(true).unwrap();
    other
        .bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)).into())
        .unwrap();
    other
        .join_multicast_v4(&group, &Ipv4Addr::LOCALHOST)
        .unwrap();
    other.set_multicast_if_v4(&Ipv4Addr::LOCALHOST).unwrap();
    other.set_read_timeout(Some(LIMIT)).unwrap();
    let other = UdpSocket::from(other);

    type_line(&chat, "hi");
    let mut buffer = [0; 100];
    let (length, from) = other.recv_from(&mut buffer).unwrap();
    assert_eq!(&buffer[..length], b"Ann: hi");

    other.send_to(b"to all\x1b[2J", (group, port)).unwrap();
    hears(&chat, &format!(r"127.0.0.1:{port}: to all\x1b[2J"));
    other.send_to(b"to Ann alone", from).unwrap();
    hears(&chat, &format!("127.0.0.1:{port}: to Ann alone"));
}

#[test]
fn a_room_ends_with_its_input_whoever_is_in_it() {
    if !multicast_works() {
        return;
    }
    let chat = member(&["--multicast", &format!("{GROUP}:0")], "Ann");
    type_line(&chat, "is anybody here?");
    chat.close_stdin();
    chat.wait(LIMIT).unwrap().assert_success();
}
