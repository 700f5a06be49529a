//! `time-server` over TCP: everybody gets the time and an orderly end, whatever they send.

use harness::{Launch, Server, client};

use super::PYTHON;
use crate::told::{assert_shape, log_of};
use crate::wire::{Peer, has_ipv6, skip};

/// A server that has nothing to do with the one under test, to compare with.
fn date() -> String {
    let date = Launch::command("date")
        .args(["-u", "+%Y-%m-%d %H:%M:%S"])
        .run();
    date.assert_success().stdout_text().trim_end().to_owned()
}

fn expect_time(peer: &mut Peer) {
    let time = peer.receive(PYTHON.len());
    assert_shape(&String::from_utf8(time).expect("a time is text"), PYTHON);
    peer.expect_end();
}

#[test]
fn the_tutorials_client_gets_26_bytes_and_then_the_end() {
    let server = Server::start("time-server", &[]);
    let mut tutorial = Peer::connect(&server);
    let time = tutorial.recv();
    assert_eq!(time.len(), 26);
    assert_shape(&String::from_utf8(time).unwrap(), PYTHON);
    tutorial.expect_end();
}

#[test]
fn our_client_prints_the_same_and_a_newline() {
    let server = Server::start("time-server", &[]);
    let output = client("time-client").arg(server.address()).run();
    output.assert_success();
    let line = output.stdout_text();
    assert_shape(line.strip_suffix('\n').unwrap(), PYTHON);
    assert_eq!(output.stderr_text(), "");
}

#[cfg(unix)]
#[test]
fn the_time_is_the_time_now() {
    let server = Server::start("time-server", &["--utc"]);
    let before = date();
    let time = Peer::connect(&server).rest();
    let after = date();
    let second = String::from_utf8_lossy(&time[..before.len()]).into_owned();
    assert!(
        before <= second && second <= after,
        "{before} <= {second} <= {after}"
    );
}

#[test]
fn ipv6_works_like_ipv4() {
    if !has_ipv6() {
        return;
    }
    let server = Server::start("time-server", &["--listen", "[::1]:0"]);
    assert!(
        server.address().starts_with("[::1]:"),
        "{}",
        server.address()
    );
    expect_time(&mut Peer::connect(&server));
    let output = client("time-client").arg(server.address()).run();
    assert_shape(output.assert_success().stdout_text().trim_end(), PYTHON);
}

/// `localhost` usually means `::1` and `127.0.0.1`, and the server listens at one of them only.
#[test]
fn a_name_is_tried_at_each_of_its_addresses() {
    use std::net::ToSocketAddrs;
    if let Err(error) = "localhost:0".to_socket_addrs() {
        return skip(&format!("localhost has no address here ({error})"));
    }
    let mut listen = vec!["127.0.0.1:0"];
    if has_ipv6() {
        listen.push("[::1]:0");
    }
    for listen in listen {
        let at_localhost = |address: &str| {
            address
                .parse()
                .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        };
        let server = Server::start("time-server", &["--listen", listen]);
        let (host, port) = server.address().rsplit_once(':').unwrap();
        assert!(at_localhost(host.trim_matches(['[', ']'])));
        let known = format!("localhost:{port}").to_socket_addrs().unwrap();
        if !known.into_iter().any(|known| known == server.socket_addr()) {
            skip(&format!("localhost is not {host} here"));
            continue;
        }
        let output = client("time-client").arg(format!("localhost:{port}")).run();
        assert_shape(output.assert_success().stdout_text().trim_end(), PYTHON);
    }
}

#[test]
fn a_client_that_sends_first_gets_the_time_and_no_reset() {
    let server = Server::start("time-server", &[]);
    let mut talker = Peer::connect(&server);
    talker.send(vec![b'x'; 32 << 10]);
    expect_time(&mut talker);
    expect_time(&mut Peer::connect(&server));
    talker.assert_not_reset();
}

#[test]
fn a_client_that_sends_afterwards_is_not_reset() {
    let server = Server::start("time-server", &[]);
    let mut talker = Peer::connect(&server);
    expect_time(&mut talker);
    expect_time(&mut Peer::connect(&server));
    talker.assert_not_reset();
}

/// The time was sent before anything was read, so a client that sends more than anybody would
/// read has lost nothing but its own words.
#[cfg(target_os = "linux")]
#[test]
fn a_client_that_sends_a_megabyte_gets_the_time() {
    use std::io::Write;
    let server = Server::start("time-server", &[]);
    let mut talker = Peer::connect(&server);
    // It may be cut off on the way.
    let _ = talker.socket.write_all(&vec![b'x'; 1 << 20]);
    expect_time(&mut talker);
    expect_time(&mut Peer::connect(&server));
}

/// What never ends is cut off: the loop would go on for ever otherwise.
#[test]
fn a_client_that_never_stops_sending_is_cut_off() {
    use std::io::Write;
    let server = Server::start("time-server", &[]);
    let mut talker = Peer::connect(&server);
    let chunk = vec![b'x'; 64 << 10];
    let limit = std::time::Instant::now() + harness::LIMIT;
    while talker.socket.write_all(&chunk).is_ok() {
        assert!(std::time::Instant::now() < limit, "it is still being read");
    }
    expect_time(&mut Peer::connect(&server));
}

#[test]
fn clients_that_never_read_or_close_hold_up_nobody() {
    let server = Server::start("time-server", &[]);
    let mut idle: Vec<Peer> = (0..100).map(|_| Peer::connect(&server)).collect();
    expect_time(&mut Peer::connect(&server));
    idle.iter_mut().for_each(expect_time);
}

#[test]
fn more_idle_clients_than_the_cap_all_get_the_time() {
    let server = Server::start("time-server", &["--max-connections", "2"]);
    let mut idle: Vec<Peer> = (0..20).map(|_| Peer::connect(&server)).collect();
    expect_time(&mut Peer::connect(&server));
    idle.iter_mut().for_each(expect_time);
}

#[test]
fn clients_that_come_and_go_are_all_served() {
    let server = Server::start("time-server", &[]);
    for _ in 0..500 {
        expect_time(&mut Peer::connect(&server));
    }
    assert_eq!(log_of(server), [""; 0]);
}
