//! A server that plays a prepared answer for each connection, byte for byte, and keeps the requests.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use harness::LIMIT;

/// What a site says to one client, and how it ends.
pub(super) struct Answer {
    parts: Vec<Vec<u8>>,
    /// What comes after the parts, when the test says so.
    held_back: Option<(Receiver<()>, Vec<u8>)>,
    end: End,
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    /// An orderly end of the stream.
    Close,
    /// Silence, until the client has gone.
    Silence,
    /// A reset, as a crash makes it.
    Reset,
}

impl Answer {
    /// All of `bytes` at once.
    pub(super) fn new(bytes: impl AsRef<[u8]>) -> Answer {
        Answer {
            parts: vec![bytes.as_ref().to_owned()],
            held_back: None,
            end: End::Close,
        }
    }

    /// So many bytes in a write.
    pub(super) fn in_parts_of(self, size: usize) -> Answer {
        let bytes = self.parts.concat();
        let parts = bytes.chunks(size).map(<[u8]>::to_vec).collect();
        Answer { parts, ..self }
    }

    /// And then these, once the sender that is returned has been used.
    pub(super) fn then_when_told(self, bytes: &str) -> (Answer, Sender<()>) {
        let (tell, told) = channel();
        let held_back = Some((told, bytes.into()));
        (Answer { held_back, ..self }, tell)
    }

    /// Falls silent instead of closing.
    pub(super) fn then_silence(self) -> Answer {
        let end = End::Silence;
        Answer { end, ..self }
    }

    /// Resets the connection instead of closing it.
    pub(super) fn then_reset(self) -> Answer {
        let end = End::Reset;
        Answer { end, ..self }
    }
}

/// A site that is up. Its thread ends with its last answer.
pub(super) struct Site {
    address: SocketAddr,
    requests: Receiver<Vec<u8>>,
}

impl Site {
    /// One answer for each connection, in this order.
    pub(super) fn playing(answers: impl IntoIterator<Item = Answer>) -> Site {
        Site::at("127.0.0.1:0", answers).expect("a port of the loopback address is free")
    }

    /// This one answer, all at once.
    pub(super) fn saying(bytes: impl AsRef<[u8]>) -> Site {
        Site::playing([Answer::new(bytes)])
    }

    /// The same at another address, if the system has it.
    pub(super) fn at(
        address: &str,
        answers: impl IntoIterator<Item = Answer>,
    ) -> std::io::Result<Site> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let (seen, requests) = channel();
        let answers: Vec<_> = answers.into_iter().collect();
        thread::spawn(move || {
            for answer in answers {
                let Ok((socket, _)) = listener.accept() else {
                    return;
                };
                // Whoever is no longer interested in requests has dropped the site.
                let _ = seen.send(play(&socket, &answer));
            }
        });
        Ok(Site { address, requests })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next request, as it came.
    pub(super) fn request(&self) -> String {
        let request = self.requests.recv_timeout(LIMIT);
        String::from_utf8(request.expect("a request comes")).expect("a request is ASCII")
    }
}

/// Reads a request and plays the answer to it. The client may well go before its end.
fn play(mut socket: &TcpStream, answer: &Answer) -> Vec<u8> {
    let _ = socket.set_nodelay(true);
    let request = read_request(&mut socket);
    for part in &answer.parts {
        if socket.write_all(part).is_err() {
            break;
        }
    }
    if let Some((told, rest)) = &answer.held_back {
        let _ = told.recv_timeout(LIMIT);
        let _ = socket.write_all(rest);
    }
    let socket = socket2::SockRef::from(socket);
    match answer.end {
        End::Close => {
            // The request has been read, so this is no reset.
            let _ = socket.shutdown(std::net::Shutdown::Both);
        }
        End::Silence => {
            let _ = (&*socket).read(&mut [0]);
        }
        End::Reset => {
            let _ = socket.set_linger(Some(std::time::Duration::ZERO));
        }
    }
    request
}

/// Reads up to the empty line.
pub(super) fn read_request(from: &mut impl Read) -> Vec<u8> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && from.read(&mut byte).is_ok_and(|length| length == 1) {
        request.push(byte[0]);
    }
    request
}
