//! https, against a server with a certificate of the test's own authority.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use harness::{Launch, temp_dir};
use rcgen::{Certificate, CertificateParams, date_time_ymd};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use super::site::{Answer, Site, read_request};
use super::{Visit, page_fetch};
use crate::certificates::{Authority, as_openssl_makes_it, named, self_signed, speaking};

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
const ANSWER_BY_CLOSE: &str = "HTTP/1.1 200 OK\r\n\r\nhi";

/// An authority, and a folder with its certificate.
struct Trusted {
    authority: Authority,
    folder: TempDir,
}

impl Trusted {
    fn new() -> Trusted {
        let authority = Authority::new();
        let folder = temp_dir();
        fs::write(folder.path().join("ca.pem"), &authority.pem).unwrap();
        Trusted { authority, folder }
    }

    /// What a server needs that is called `name`.
    fn certify(&self, name: &str) -> ServerConfig {
        self.authority.certify(name)
    }

    /// A fetch of `https://HOST:PORT/` that trusts this authority and no other.
    fn fetch(&self, host: &str, server: SocketAddr) -> Launch {
        page_fetch()
            .arg(format!("https://{host}:{}/", server.port()))
            .arg("--ca-file")
            .arg(self.folder.path().join("ca.pem"))
    }
}

/// Fetches from a server that signed its own certificate, trusting what `trusted` makes of that.
fn fetch_from_its_own(params: CertificateParams, trusted: impl Fn(Certificate) -> String) -> Visit {
    let (certificate, config) = self_signed(params);
    let server = serve(config, ANSWER, End::Notified);
    let folder = temp_dir();
    let file = folder.path().join("server.pem");
    fs::write(&file, trusted(certificate)).unwrap();
    let url = format!("https://{server}/");
    Visit::by(page_fetch().arg(url).arg("--ca-file").arg(file))
}

/// How a server's answer ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// As TLS wants it.
    Notified,
    /// As anybody on the way could end it.
    Cut,
}

/// Answers one request.
fn serve(config: ServerConfig, answer: &str, end: End) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = answer.to_owned();
    thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let session = ServerConnection::new(Arc::new(config)).unwrap();
        let mut tls = StreamOwned::new(session, socket);
        // A client that does not trust us goes away here.
        if read_request(&mut tls).is_empty() {
            return;
        }
        tls.write_all(answer.as_bytes()).unwrap();
        if end == End::Notified {
            tls.conn.send_close_notify();
        }
        tls.flush().unwrap();
        finish(tls.sock);
    });
    address
}

/// An orderly end of the TCP stream.
fn finish(mut socket: TcpStream) {
    let _ = socket.shutdown(std::net::Shutdown::Write);
    let _ = socket.read_to_end(&mut Vec::new());
}

#[track_caller]
fn assert_refused(visit: &Visit, message: &str) {
    let stderr = visit.output.assert_code(1).stderr_lines();
    assert_eq!(stderr.last().unwrap(), &format!("page-fetch: {message}"));
    assert_eq!(visit.files(), [""; 0]);
}

#[test]
fn a_page_by_number_and_by_name() {
    let trusted = Trusted::new();
    let server = serve(trusted.certify("127.0.0.1"), ANSWER, End::Notified);
    Visit::by(trusted.fetch("127.0.0.1", server)).assert_saved(b"hi");

    let server = serve(trusted.certify("localhost"), ANSWER_BY_CLOSE, End::Notified);
    let visit = Visit::by(trusted.fetch("localhost", server));
    visit.output.assert_success();
    assert_eq!(visit.files(), ["localhost.html"]);
    assert_eq!(visit.ending(), "2 bytes, ended by the server's close");
}

#[test]
fn tls_1_2_is_spoken_too() {
    let trusted = Trusted::new();
    let config = trusted.certify("127.0.0.1");
    let old = speaking(&[&rustls::version::TLS12], &config);
    let server = serve(old, ANSWER, End::Notified);
    Visit::by(trusted.fetch("127.0.0.1", server)).assert_saved(b"hi");
}

#[test]
fn a_certificate_for_another_name() {
    let trusted = Trusted::new();
    let server = serve(trusted.certify("other.example"), ANSWER, End::Notified);
    assert_refused(
        &Visit::by(trusted.fetch("127.0.0.1", server)),
        "cannot open TLS with 127.0.0.1: its certificate is for another name",
    );
}

#[test]
fn a_certificate_of_an_authority_that_is_not_trusted() {
    let message = "cannot open TLS with 127.0.0.1: its certificate was not issued by anyone we trust \
                   (see --ca-file)";
    let (one, other) = (Trusted::new(), Trusted::new());
    let server = serve(one.certify("127.0.0.1"), ANSWER, End::Notified);
    assert_refused(&Visit::by(other.fetch("127.0.0.1", server)), message);

    let server = serve(one.certify("127.0.0.1"), ANSWER, End::Notified);
    assert_refused(
        &Visit::by(page_fetch().arg(format!("https://{server}/"))),
        message,
    );
}

#[test]
fn a_certificate_that_has_expired() {
    let trusted = Trusted::new();
    let mut params = named("127.0.0.1");
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(2002, 1, 1);
    let server = serve(trusted.authority.sign(params), ANSWER, End::Notified);
    assert_refused(
        &Visit::by(trusted.fetch("127.0.0.1", server)),
        "cannot open TLS with 127.0.0.1: its certificate has expired",
    );
}

#[test]
fn a_certificate_that_is_in_the_file_itself() {
    let visit = fetch_from_its_own(as_openssl_makes_it("127.0.0.1"), |its| its.pem());
    visit.assert_saved(b"hi");
    fetch_from_its_own(named("127.0.0.1"), |its| its.pem()).assert_saved(b"hi");
}

/// To be in the file makes up for nothing else.
#[test]
fn a_certificate_that_is_in_the_file_is_checked_all_the_same() {
    assert_refused(
        &fetch_from_its_own(as_openssl_makes_it("other.example"), |its| its.pem()),
        "cannot open TLS with 127.0.0.1: its certificate is for another name",
    );
    let mut old = as_openssl_makes_it("127.0.0.1");
    old.not_before = date_time_ymd(2001, 1, 1);
    old.not_after = date_time_ymd(2002, 1, 1);
    assert_refused(
        &fetch_from_its_own(old, |its| its.pem()),
        "cannot open TLS with 127.0.0.1: its certificate has expired",
    );
    // One that looks the same, of another key.
    let another = |_| self_signed(as_openssl_makes_it("127.0.0.1")).0.pem();
    assert_refused(
        &fetch_from_its_own(as_openssl_makes_it("127.0.0.1"), another),
        "cannot open TLS with 127.0.0.1: its certificate is one for an authority, not for a server \
         (openssl makes such ones unless it is told basicConstraints=CA:FALSE)",
    );
}

#[test]
fn a_certificate_for_an_authority() {
    let trusted = Trusted::new();
    let server = serve(
        trusted.authority.sign(as_openssl_makes_it("127.0.0.1")),
        ANSWER,
        End::Notified,
    );
    assert_refused(
        &Visit::by(trusted.fetch("127.0.0.1", server)),
        "cannot open TLS with 127.0.0.1: its certificate is one for an authority, not for a server \
         (openssl makes such ones unless it is told basicConstraints=CA:FALSE)",
    );
}

/// Whoever can cut a wire can end a TCP stream, and so could cut a page short.
#[test]
fn a_close_that_tls_does_not_know_of_is_not_the_end_of_a_body() {
    let trusted = Trusted::new();
    let fetch = |answer: &str| {
        let server = serve(trusted.certify("127.0.0.1"), answer, End::Cut);
        (Visit::by(trusted.fetch("127.0.0.1", server)), server)
    };
    for (answer, part) in [
        (ANSWER_BY_CLOSE, "body"),
        (&ANSWER[..ANSWER.len() - 1], "body"),
        ("HTTP/1.1", "header"),
    ] {
        let (visit, server) = fetch(answer);
        assert_refused(
            &visit,
            &format!(
                "cannot read the {part} of https://{server}/: the connection was cut: it ended \
                 without the word that TLS ends with"
            ),
        );
    }
    // A length says that it is complete, whatever the end looks like.
    fetch(ANSWER).0.assert_saved(b"hi");
}

#[test]
fn a_server_that_speaks_no_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        socket
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        finish(socket);
    });
    assert_refused(
        &Visit::by(page_fetch().arg(url)),
        "cannot open TLS with 127.0.0.1: it does not speak TLS",
    );
}

#[test]
fn a_redirect_from_https_leads_to_https_only() {
    let trusted = Trusted::new();
    let redirect =
        |to: &str| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");

    let plain = Site::playing([Answer::new(ANSWER)]);
    let server = serve(
        trusted.certify("127.0.0.1"),
        &redirect(&plain.url("/")),
        End::Notified,
    );
    assert_refused(
        &Visit::by(trusted.fetch("127.0.0.1", server).arg("--follow")),
        &format!(
            "cannot follow https://{server}/ to {}: that is a step back from https to http",
            plain.url("/")
        ),
    );

    let server = serve(trusted.certify("127.0.0.1"), ANSWER, End::Notified);
    let site = Site::saying(redirect(&format!("https://{server}/")));
    let launch = page_fetch()
        .arg(site.url("/"))
        .arg("--follow")
        .arg("--ca-file");
    Visit::by(launch.arg(trusted.folder.path().join("ca.pem"))).assert_saved(b"hi");
}

#[test]
fn a_file_without_certificates_is_said() {
    let folder = temp_dir();
    fs::write(folder.path().join("empty.pem"), "hello").unwrap();
    let begin = "-----BEGIN CERTIFICATE-----";
    let end = "-----END CERTIFICATE-----";
    for (name, text) in [
        ("cut.pem", format!("{begin}\nAAAA\n")),
        ("junk.pem", format!("{begin}\nAAAA\n{end}\n")),
        ("letters.pem", format!("{begin}\n!!!!\n{end}\n")),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    for (name, why) in [
        (
            "cut.pem",
            "it is not a sound PEM file: an END line is missing",
        ),
        ("junk.pem", "what certificate 1 holds is no certificate"),
        (
            "letters.pem",
            "it is not a sound PEM file: what a BEGIN line is followed by is not base64",
        ),
        (
            "empty.pem",
            "there is none (a PEM file has BEGIN CERTIFICATE in it)",
        ),
        ("missing.pem", "no such file or directory"),
    ] {
        let path = folder.path().join(name);
        let visit = Visit::by(
            page_fetch()
                .args(["https://127.0.0.1:1/", "--ca-file"])
                .arg(&path),
        );
        let path = path.display();
        assert_refused(
            &visit,
            &format!("cannot use the certificates in {path}: {why}"),
        );
    }
}
