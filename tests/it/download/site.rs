//! A server that answers as a test says, request by request, and keeps what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use harness::{LIMIT, noise, wait_until};

/// An answer, and what becomes of the connection behind it.
pub(super) struct Answer {
    bytes: Vec<u8>,
    /// So many of the last bytes come when the test says so.
    held_back: Option<(usize, Arc<Mutex<Receiver<()>>>)>,
    end: End,
}

#[derive(Clone, Copy)]
enum End {
    /// It is kept for the next request.
    Keep,
    /// An orderly end of the stream.
    Close,
    /// Silence, until the client has gone.
    Silence,
    /// A reset, as a crash makes it.
    Reset,
}

impl Answer {
    /// These bytes, a header and a body.
    pub(super) fn raw(bytes: impl AsRef<[u8]>) -> Answer {
        let bytes = bytes.as_ref().to_owned();
        Answer {
            bytes,
            held_back: None,
            end: End::Keep,
        }
    }

    /// This status and these fields, with a body that has a length.
    pub(super) fn new(status: &str, fields: &str, body: impl AsRef<[u8]>) -> Answer {
        let body = body.as_ref();
        let length = body.len();
        let header = format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\n\r\n");
        Answer::raw([header.as_bytes(), body].concat())
    }

    /// 200.
    pub(super) fn ok(body: impl AsRef<[u8]>) -> Answer {
        Answer::new("200 OK", "", body)
    }

    /// Without the last so many bytes.
    pub(super) fn without(mut self, bytes: usize) -> Answer {
        self.bytes.truncate(self.bytes.len() - bytes);
        self
    }

    /// The last so many bytes come when the other end of this channel is used.
    pub(super) fn holding_back(self, bytes: usize, until: &Arc<Mutex<Receiver<()>>>) -> Answer {
        let held_back = Some((bytes, Arc::clone(until)));
        Answer { held_back, ..self }
    }

    pub(super) fn then_close(self) -> Answer {
        Answer {
            end: End::Close,
            ..self
        }
    }

    pub(super) fn then_silence(self) -> Answer {
        Answer {
            end: End::Silence,
            ..self
        }
    }

    pub(super) fn then_reset(self) -> Answer {
        Answer {
            end: End::Reset,
            ..self
        }
    }
}

/// A request: its first line and its fields.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) head: String,
}

impl Request {
    pub(super) fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (have, value) = line.split_once(':')?;
            have.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

type Answering = dyn Fn(&Request, usize) -> Answer + Send + Sync;

/// A server that is up. Its threads end with the test's process.
pub(super) struct Site {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicUsize>,
}

impl Site {
    /// Answers each request by `answer`, which is told how many there were before it.
    pub(super) fn answering(
        answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
    ) -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of loopback is free");
        let address = listener.local_addr().unwrap();
        let (seen, connections) = (Arc::<Mutex<Vec<Request>>>::default(), Arc::default());
        let site = Site {
            address,
            seen: Arc::clone(&seen),
            connections: Arc::clone(&connections),
        };
        let answer: Arc<Answering> = Arc::new(answer);
        thread::spawn(move || {
            for socket in listener.incoming() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                thread::spawn(move || serve(&socket.unwrap(), &*answer, &seen));
            }
        });
        site
    }

    /// One answer after the other, the last one for ever.
    pub(super) fn playing(answers: impl IntoIterator<Item = fn() -> Answer>) -> Site {
        let answers: Vec<_> = answers.into_iter().collect();
        Site::answering(move |_, number| answers[number.min(answers.len() - 1)]())
    }

    /// Serves these bytes as a server does that knows about ranges and entity tags; but the first
    /// answer ends in the middle, by silence.
    pub(super) fn pausing(body: Vec<u8>, tag: &'static str) -> Site {
        let half = body.len() / 2;
        let ranged = ranges(body, tag);
        Site::answering(move |request, number| match number {
            0 => ranged(request).without(half).then_silence(),
            _ => ranged(request),
        })
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it was asked so far.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until it was asked so often.
    #[track_caller]
    pub(super) fn await_requests(&self, count: usize) {
        let asked = || (self.requests().len() >= count).then_some(());
        wait_until("requests", asked);
    }

    /// How many connections were made to it.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Answers with the range that is asked for, if the condition holds.
pub(super) fn ranges(
    body: Vec<u8>,
    tag: &'static str,
) -> impl Fn(&Request) -> Answer + Send + Sync + 'static {
    move |request| {
        let size = body.len();
        let same = request.field("if-range").is_none_or(|wanted| wanted == tag);
        let from = request.field("range").filter(|_| same).map(|range| {
            let range = range.strip_prefix("bytes=").unwrap();
            range.strip_suffix('-').unwrap().parse::<usize>().unwrap()
        });
        match from {
            None => Answer::new("200 OK", &format!("ETag: {tag}\r\n"), &body),
            Some(from) if from >= size => {
                let fields = format!("Content-Range: bytes */{size}\r\n");
                Answer::new(
                    "416 Range Not Satisfiable",
                    &fields,
                    "a page about the range",
                )
            }
            Some(from) => {
                let last = size - 1;
                let fields =
                    format!("ETag: {tag}\r\nContent-Range: bytes {from}-{last}/{size}\r\n");
                Answer::new("206 Partial Content", &fields, &body[from..])
            }
        }
    }
}

/// A site that serves one file of so many bytes at any path, and those bytes.
pub(super) fn simple(length: usize) -> (Site, Vec<u8>) {
    let body = noise(length, 1);
    let sent = body.clone();
    (Site::answering(move |_, _| Answer::ok(&sent)), body)
}

fn serve(socket: &TcpStream, answer: &Answering, seen: &Mutex<Vec<Request>>) {
    let _ = socket.set_nodelay(true);
    let mut reader = BufReader::new(socket);
    while let Some(request) = read_request(&mut reader) {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        let answer = answer(&request, number);
        // The client may well go before the end.
        let sent = send(socket, &answer);
        let socket = socket2::SockRef::from(socket);
        match answer.end {
            End::Keep if sent.is_ok() => {}
            End::Silence if sent.is_ok() => drop((&*socket).read(&mut [0])),
            End::Reset => {
                // What is on its way has to arrive first: a reset overtakes it.
                thread::sleep(Duration::from_millis(50));
                let _ = socket.set_linger(Some(Duration::ZERO));
                return;
            }
            _ => {
                let _ = socket.shutdown(std::net::Shutdown::Both);
                return;
            }
        }
    }
}

fn send(mut socket: &TcpStream, answer: &Answer) -> std::io::Result<()> {
    let Some((held_back, until)) = &answer.held_back else {
        return socket.write_all(&answer.bytes);
    };
    let (first, rest) = answer.bytes.split_at(answer.bytes.len() - held_back);
    socket.write_all(first)?;
    let _ = until.lock().unwrap().recv_timeout(LIMIT);
    socket.write_all(rest)
}

pub(super) fn read_request(from: &mut impl BufRead) -> Option<Request> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if from.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(Request { head })
}
