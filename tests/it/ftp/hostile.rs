//! Servers that lie about where a data connection goes, and strangers that come in their place.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};

use socket2::{Domain, Socket, Type};

use super::host::Host;
use crate::told::error_of;

#[test]
fn the_address_in_a_pasv_reply_is_not_used() {
    let mut host = Host::serving(|line| {
        line.answer("TYPE I", "200 ok\r\n");
        line.answer("SIZE a", "213 5\r\n");
        line.answer("EPSV", "500 what?\r\n");
        assert_eq!(line.hear(), "PASV");
        let [high, low] = line.listen().to_be_bytes();
        line.say(format!("227 at (10,99,99,99,{high},{low})\r\n"));
        line.answer("RETR a", "150 here\r\n");
        line.data().write_all(b"Hello").unwrap();
        line.say("226 done\r\n");
        // It is not asked again what it does not know.
        line.answer("SIZE b", "213 0\r\n");
        assert_eq!(line.hear(), "PASV");
        let [high, low] = line.listen().to_be_bytes();
        line.say(format!("227 =127,0,0,1,{high},{low}\r\n"));
        line.answer("RETR b", "150 here\r\n");
        line.data();
        line.say("226 done\r\n");
        line.part();
    });
    let got = host.ftp().args(["-v", "get", "a", "b"]).run();
    got.assert_success();
    let told = got.stderr_text();
    assert!(
        told.contains(
            "PASV said 10.99.99.99, the server is at 127.0.0.1: it seems to be behind NAT"
        ),
        "{got}"
    );
    host.finish();
}

/// It said a port where nobody is: some boxes on the way take EPSV for PASV.
#[test]
fn a_port_of_epsv_where_nobody_is_leads_to_pasv() {
    let mut host = Host::serving(|line| {
        line.answer("TYPE I", "200 ok\r\n");
        line.answer("SIZE a", "213 5\r\n");
        line.answer("EPSV", "229 at (|||1|)\r\n");
        assert_eq!(line.hear(), "PASV");
        let [high, low] = line.listen().to_be_bytes();
        line.say(format!("227 at (127,0,0,1,{high},{low})\r\n"));
        line.answer("RETR a", "150 here\r\n");
        line.data().write_all(b"Hello").unwrap();
        line.say("226 done\r\n");
        line.part();
    });
    host.ftp().args(["get", "a"]).run().assert_success();
    host.finish();
}

#[test]
fn nonsense_about_a_port_is_told() {
    for (epsv, pasv, why) in [
        (
            "229 at (|||0|)",
            "",
            "its answer to EPSV names no port: 229 at (|||0|)",
        ),
        (
            "229 at (|||99999|)",
            "",
            "its answer to EPSV names no port: 229 at (|||99999|)",
        ),
        (
            "229 somewhere",
            "",
            "its answer to EPSV names no port: 229 somewhere",
        ),
        (
            "500 what?",
            "227 at (127,0,0,1,4)",
            "its answer to PASV names no address: 227 at (127,0,0,1,4)",
        ),
        (
            "502 no",
            "227 (127,0,0,1,256,1)",
            "its answer to PASV names no address: 227 (127,0,0,1,256,1)",
        ),
        (
            "502 no",
            "227 (127,0,0,1,0,0)",
            "its answer to PASV names no address: 227 (127,0,0,1,0,0)",
        ),
        ("502 no", "425 no", "the server said 425 no"),
        ("425 no more ports", "", "the server said 425 no more ports"),
    ] {
        let mut host = Host::serving(move |line| {
            line.answer("EPSV", &format!("{epsv}\r\n"));
            if !pasv.is_empty() {
                line.answer("PASV", &format!("{pasv}\r\n"));
            }
            line.part();
        });
        let output = host.ftp().arg("names").run();
        assert_eq!(
            error_of("ftp-updown", &output, 1),
            format!("cannot list the folder: {why}")
        );
        host.finish();
    }
}

/// Where we are told to wait for the server, only the server is let in.
#[cfg(target_os = "linux")]
#[test]
fn a_stranger_is_not_let_in_for_the_server() {
    let mut host = Host::serving(|line| {
        let port = line.hear();
        let numbers: Vec<u8> = port
            .strip_prefix("PORT 127,0,0,1,")
            .unwrap()
            .split(',')
            .map(|n| n.parse().unwrap())
            .collect();
        let port = SocketAddr::from(([127, 0, 0, 1], u16::from_be_bytes([numbers[0], numbers[1]])));
        line.say("200 ok\r\n");
        assert_eq!(line.hear(), "NLST");

        let stranger = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        stranger
            .bind(&SocketAddr::from(([127, 0, 0, 2], 0)).into())
            .unwrap();
        stranger.connect(&port.into()).unwrap();
        let _ = TcpStream::from(stranger).write_all(b"a lie\r\n");
        let mut server = TcpStream::connect(port).unwrap();
        line.say("150 here\r\n");
        server.write_all(b"a truth\r\n").unwrap();
        drop(server);
        line.say("226 done\r\n");
        line.part();
    });
    let output = host.ftp().args(["--active", "names"]).run();
    output.assert_success();
    assert_eq!(output.stdout_text(), "a truth\n");
    assert!(
        output
            .stderr_text()
            .contains("connected in the server's place"),
        "{output}"
    );
    host.finish();
}

#[test]
fn a_server_that_never_connects_is_not_waited_for_for_ever() {
    let mut host = Host::serving(|line| {
        assert!(line.hear().starts_with("PORT "));
        line.say("200 ok\r\n");
        line.answer("NLST", "150 here\r\n");
        line.say("425 cannot reach you\r\n");
        line.part();
    });
    let output = host
        .ftp()
        .args(["--active", "--timeout", "0.3", "names"])
        .run();
    let line = error_of("ftp-updown", &output, 1);
    let why = "cannot list the folder: no data connection: the server said 425 cannot reach you";
    assert_eq!(line, why);
    host.finish();
}

/// Ctrl-C does not wait until there is a connection: one that the server never makes, or one that
/// something on the way swallows.
#[cfg(target_os = "linux")]
#[test]
fn a_data_connection_that_does_not_come_can_be_interrupted() {
    let interrupt = |host: &mut Host, flags: &[&str], last: &str| {
        let patience = 2 * harness::LIMIT;
        let patience = patience.as_secs().to_string();
        let names = host.ftp().args(["-vv", "--timeout", &patience]).args(flags);
        let names = names.arg("names").spawn();
        let begun = |line: &str| line.contains(last);
        names
            .wait_for_line(harness::Stream::Stderr, begun, harness::LIMIT)
            .unwrap();
        let output = names.interrupt_and_wait(harness::LIMIT).unwrap();
        let line = output.stderr_lines().pop();
        let why = "ftp-updown: cannot list the folder: interrupted";
        assert_eq!(line.as_deref(), Some(why), "{output}");
        output.assert_code(1);
        host.finish();
    };
    let mut host = Host::serving(|line| {
        assert!(line.hear().starts_with("PORT "));
        line.say("200 ok\r\n");
        line.answer("NLST", "150 here\r\n");
        line.wait_for_end(harness::LIMIT);
    });
    interrupt(&mut host, &["--active"], "< 150 here");

    let mut host = Host::serving(|line| {
        assert_eq!(line.hear(), "EPSV");
        let (_full, address) = crate::wire::full_port();
        let port = address.port();
        line.say(format!("229 at (|||{port}|)\r\n"));
        line.wait_for_end(harness::LIMIT);
    });
    interrupt(&mut host, &[], "< 229 at");
}

#[test]
fn active_mode_refused_is_told() {
    let mut host = Host::serving(|line| {
        assert!(line.hear().starts_with("PORT "));
        line.say("500 I never call\r\n");
        line.part();
    });
    let output = host.ftp().args(["--active", "names"]).run();
    let line = error_of("ftp-updown", &output, 1);
    let why = "cannot list the folder: no active data connection: the server said 500 I never call";
    assert_eq!(line, why);
    host.finish();
}

/// `PORT` has room for an address of IPv4 only (RFC 2428).
#[test]
fn active_mode_over_ipv6() {
    let listed = Host::at("[::1]:0", |mut line| {
        line.log_in();
        let heard = line.hear();
        let port = heard
            .strip_prefix("EPRT |2|::1|")
            .and_then(|rest| rest.strip_suffix('|'));
        let port: u16 = port.expect("an address of IPv6").parse().unwrap();
        line.say("200 ok\r\n");
        line.answer("NLST", "150 here\r\n");
        TcpStream::connect(("::1", port))
            .unwrap()
            .write_all(b"a\r\n")
            .unwrap();
        line.say("226 done\r\n");
        line.part();
    });
    let Ok(mut host) = listed else {
        eprintln!("left out: there is no IPv6 here");
        return;
    };
    let output = host.ftp().args(["--active", "names"]).run();
    output.assert_success();
    assert_eq!(output.stdout_text(), "a\n");
    host.finish();
}
