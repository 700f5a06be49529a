//! A gateway that plays a prepared answer for each connection, and keeps the requests.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use harness::LIMIT;

/// How a gateway ends after what it had to say.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// An orderly end of the stream.
    Close,
    /// Silence, until the client has gone.
    Silence,
    /// A reset, as a crash makes it.
    Reset,
    /// A byte every 50 ms, for ever.
    Drip,
}

/// A gateway that is up. It takes any number of connections; the last answer is the one for all
/// that are left.
pub(super) struct Gateway {
    address: SocketAddr,
    requests: Receiver<String>,
}

impl Gateway {
    /// One answer for each connection, in this order.
    pub(super) fn playing(answers: impl IntoIterator<Item = (String, End)>) -> Gateway {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, requests) = channel();
        let answers: Vec<_> = answers.into_iter().collect();
        thread::spawn(move || {
            for number in 0.. {
                let Ok((socket, _)) = listener.accept() else {
                    return;
                };
                let (answer, end) = &answers[number.min(answers.len() - 1)];
                if seen.send(play(&socket, answer, *end)).is_err() {
                    return;
                }
            }
        });
        Gateway { address, requests }
    }

    /// This one answer.
    pub(super) fn saying(answer: impl Into<String>) -> Gateway {
        Gateway::playing([(answer.into(), End::Close)])
    }

    /// This, and then something that is no end.
    pub(super) fn ending(answer: impl Into<String>, end: End) -> Gateway {
        Gateway::playing([(answer.into(), end)])
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/webservice/sms.php", self.address)
    }

    /// The next request, as it came.
    pub(super) fn request(&self) -> String {
        self.requests.recv_timeout(LIMIT).expect("a request comes")
    }

    /// Checks that there was one request, and no more. The client has ended: whatever it sent has
    /// been sent.
    #[track_caller]
    pub(super) fn assert_asked_once(&self) {
        self.request();
        // What was sent before this comes before this.
        let mut last = TcpStream::connect(self.address).unwrap();
        last.write_all(b"LAST\r\n\r\n").unwrap();
        assert_eq!(self.request(), "LAST\r\n\r\n");
    }
}

/// Reads a request and plays the answer to it. The client may well go before its end.
fn play(mut socket: &TcpStream, answer: &str, end: End) -> String {
    let request = read_request(&mut socket);
    if !request.starts_with("LAST") {
        let _ = socket.write_all(answer.as_bytes());
        match end {
            End::Close => {
                let _ = socket.shutdown(Shutdown::Both);
            }
            End::Silence => {
                let _ = socket.read(&mut [0]);
            }
            End::Reset => {
                let _ = socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO));
            }
            End::Drip => {
                while socket.write_all(b"x").is_ok() {
                    thread::sleep(Duration::from_millis(50));
                }
            }
        }
    }
    request
}

/// Reads the header, and a body of the length that it says.
pub(super) fn read_request(from: &mut impl Read) -> String {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && from.read(&mut byte).is_ok_and(|length| length == 1) {
        request.push(byte[0]);
    }
    let header = String::from_utf8(request).expect("a request is ASCII");
    let fields = header.to_ascii_lowercase();
    let length = fields
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    let _ = from.read_exact(&mut body);
    header + &String::from_utf8(body).expect("a form is ASCII")
}
