//! `group-chat-client`, with a stand-in for the server: a few socket calls that speak frames.

mod ends;
mod json;
mod pace;
mod reconnect;
mod talk;
#[cfg(unix)]
mod terminal;
mod usage;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};

use harness::{LIMIT, Launch, Process, wait_until};
use serde_json::{Value, json};
use socket2::{Domain, SockRef, Socket, Type};

const PROGRAM: &str = "group-chat-client";

/// A server that does what the test says, and nothing else.
struct StandIn {
    listener: TcpListener,
    address: String,
    place: Socket,
}

impl StandIn {
    fn start() -> StandIn {
        // Sharing is allowed only once it has a port, so that it is given one of its own.
        let place = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        place
            .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
            .unwrap();
        share(&place);
        StandIn::at(place)
    }

    /// One at the place where another has been.
    fn at(place: Socket) -> StandIn {
        let address = place.local_addr().unwrap().as_socket().unwrap();
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        share(&listener);
        listener.bind(&address.into()).unwrap();
        listener.listen(16).unwrap();
        listener.set_nonblocking(true).unwrap();
        StandIn {
            listener: listener.into(),
            address: address.to_string(),
            place,
        }
    }

    /// Ends it and its connection. What is left keeps the port for the next one: a socket that
    /// is bound and does not listen, so that whoever connects is refused and nobody else gets it.
    fn stop(self, wire: Wire) -> Socket {
        // A child that another test is just starting holds a copy of every socket until it runs
        // its program, so that dropping ours alone would not end the listening at once.
        let _ = SockRef::from(&self.listener).shutdown(Shutdown::Both);
        drop(self.listener);
        wire.close();
        self.place
    }

    /// The next client that connects.
    #[track_caller]
    fn accept(&self) -> Wire {
        wait_until("a client", || match self.listener.accept() {
            Ok((socket, _)) => Some(Wire::over(socket)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            Err(error) => panic!("{error}"),
        })
    }

    /// The next client that connects, once it has joined.
    #[track_caller]
    fn accept_in(&self) -> Wire {
        let mut wire = self.accept();
        let join = wire.next();
        assert_eq!(join["type"], "join", "{join}");
        wire.say(json!({"type": "welcome", "nick": join["nick"], "online": 3}));
        wire
    }

    /// A client of this server, with its input open.
    #[track_caller]
    fn client(&self, args: &[&str]) -> Process {
        self.launch(args).stdin_pipe().spawn()
    }

    fn launch(&self, args: &[&str]) -> Launch {
        let always = [&self.address, "--nick", "Ann"];
        harness::client(PROGRAM).args(always).args(args)
    }

    /// A client that is in, and the server's end of its connection.
    #[track_caller]
    fn joined(&self, args: &[&str]) -> (Process, Wire) {
        let client = self.client(args);
        (client, self.accept_in())
    }
}

/// Lets a socket share its address with another that allows it too.
fn share(socket: &Socket) {
    socket.set_reuse_address(true).unwrap();
    // BSD and macOS ask for this one; Linux is content with the other.
    #[cfg(all(unix, not(target_os = "linux")))]
    socket.set_reuse_port(true).unwrap();
}

/// The server's end of a connection.
struct Wire {
    socket: TcpStream,
}

impl Wire {
    fn over(socket: TcpStream) -> Wire {
        socket.set_nonblocking(false).unwrap();
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        socket.set_write_timeout(Some(LIMIT)).unwrap();
        socket.set_nodelay(true).unwrap();
        Wire { socket }
    }

    /// The next frame, whatever it is.
    #[track_caller]
    fn next(&mut self) -> Value {
        match self.next_or_end() {
            Some(value) => value,
            None => panic!("the stream has ended"),
        }
    }

    /// The next frame, or `None` at the end of the stream.
    #[track_caller]
    fn next_or_end(&mut self) -> Option<Value> {
        let mut length = [0; 4];
        match self.socket.read(&mut length[..1]).unwrap() {
            0 => return None,
            _ => self.socket.read_exact(&mut length[1..]).unwrap(),
        }
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        self.socket.read_exact(&mut frame).unwrap();
        Some(serde_json::from_slice(&frame).unwrap())
    }

    /// The next frame that is no ping; pings on the way to it are answered.
    #[track_caller]
    fn hear(&mut self) -> Value {
        loop {
            let value = self.next();
            if value["type"] != "ping" {
                return value;
            }
            self.say(json!({"type": "pong"}));
        }
    }

    /// Checks that the next frame (but pings) says this.
    #[track_caller]
    fn hears(&mut self, to: &str, text: &str) {
        let wanted = json!({"type": "say", "to": to, "text": text});
        assert_eq!(self.hear(), wanted);
    }

    /// Answers pings until the client has said that it is done; nothing else may come.
    #[track_caller]
    fn hears_the_end(&mut self) {
        while let Some(value) = self.next_or_end() {
            assert_eq!(value, json!({"type": "ping"}));
            self.say(json!({"type": "pong"}));
        }
    }

    #[track_caller]
    fn say(&mut self, value: Value) {
        self.say_raw(value.to_string());
    }

    /// Sends a frame of these bytes.
    #[track_caller]
    fn say_raw(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        let length = u32::try_from(bytes.len()).unwrap();
        let frame = [&length.to_be_bytes(), bytes].concat();
        self.socket.write_all(&frame).unwrap();
    }

    /// Has Bob say something to everyone.
    #[track_caller]
    fn bob_says(&mut self, text: &str) {
        self.say(message("Bob", "all", text));
    }

    fn close(self) {
        self.socket.shutdown(Shutdown::Both).unwrap();
    }
}

fn message(from: &str, to: &str, text: &str) -> Value {
    json!({
        "type": "message", "from": from, "to": to, "text": text,
        "time": "2020-02-29T08:15:30Z",
    })
}
