//! An FTP server that says what a test wants it to say, byte for byte, and hears what it is told.
//!
//! A test plays one conversation, from the server's side; it runs in a thread, and what goes wrong in
//! it is told by [`Host::finish`].

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use harness::{LIMIT, Launch, names, temp_dir};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use super::{PASSWORD, ftp_updown};

/// A connection, in the clear or not.
pub(super) trait Stream: Read + Write + Send {}
impl<S: Read + Write + Send> Stream for S {}

/// The server, while its one conversation is played.
pub(super) struct Host {
    address: SocketAddr,
    played: Option<JoinHandle<()>>,
    folder: TempDir,
}

impl Host {
    /// Plays this conversation with the first client that connects.
    pub(super) fn playing(play: impl FnOnce(Line) + Send + 'static) -> Host {
        Host::at("127.0.0.1:0", play).expect("a port of the loopback address is free")
    }

    /// The same at another address, if the system has it.
    pub(super) fn at(address: &str, play: impl FnOnce(Line) + Send + 'static) -> io::Result<Host> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let played = thread::spawn(move || {
            let (socket, _) = listener.accept().unwrap();
            play(Line::over(socket));
        });
        let folder = temp_dir();
        Ok(Host {
            address,
            played: Some(played),
            folder,
        })
    }

    /// The same, after somebody has logged in.
    pub(super) fn serving(play: impl FnOnce(&mut Line) + Send + 'static) -> Host {
        Host::playing(move |mut line| {
            line.log_in();
            play(&mut line);
        })
    }

    /// `ftp-updown` as a user of this server, in a folder that [`Self::files`] looks into.
    pub(super) fn ftp(&self) -> Launch {
        let ftp = ftp_updown().dir(&self.folder).env("FTP_PASSWORD", PASSWORD);
        ftp.arg(format!("ftp://michael@{}", self.address))
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn folder(&self) -> &TempDir {
        &self.folder
    }

    /// What the client has left in its folder.
    pub(super) fn files(&self) -> Vec<String> {
        names(self.folder.path())
    }

    /// Waits for the end of the conversation, which has to be the one that was to be played.
    #[track_caller]
    pub(super) fn finish(&mut self) {
        if let Some(played) = self.played.take() {
            played
                .join()
                .expect("the conversation is played to its end");
        }
    }
}

/// The server's end of the control connection, and what belongs to it.
pub(super) struct Line {
    control: Box<dyn Stream>,
    /// To set its options.
    socket: TcpStream,
    data: Option<TcpListener>,
}

impl Line {
    fn over(socket: TcpStream) -> Line {
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        socket.set_write_timeout(Some(LIMIT)).unwrap();
        socket.set_nodelay(true).unwrap();
        Line {
            control: Box::new(socket.try_clone().unwrap()),
            socket,
            data: None,
        }
    }

    /// Sends these bytes and nothing else.
    pub(super) fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_say(bytes).expect("the client listens");
    }

    /// The same to somebody who may have had enough.
    pub(super) fn try_say(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.control.write_all(bytes.as_ref())?;
        self.control.flush()
    }

    /// The next command; an empty text when the client has gone.
    pub(super) fn hear(&mut self) -> String {
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\r\n") {
            match self.control.read(&mut byte) {
                Ok(1) => line.push(byte[0]),
                _ => break,
            }
        }
        let text = String::from_utf8(line).expect("commands are UTF-8");
        text.trim_end_matches("\r\n").to_owned()
    }

    /// Checks that nothing more is said to us.
    pub(super) fn expect_end(&mut self) {
        assert_eq!(self.hear(), "");
    }

    /// Hears this command and gives this answer.
    #[track_caller]
    pub(super) fn answer(&mut self, command: &str, reply: &str) {
        assert_eq!(self.hear(), command);
        self.say(reply);
    }

    /// Several of them, and no more than that.
    #[track_caller]
    pub(super) fn answers(&mut self, exchange: &[(&str, &str)]) {
        for (command, reply) in exchange {
            self.answer(command, reply);
        }
    }

    /// Greets, and lets michael in.
    pub(super) fn log_in(&mut self) {
        self.say("220 ready\r\n");
        self.let_in();
    }

    pub(super) fn let_in(&mut self) {
        self.answer("USER michael", "331 who says so?\r\n");
        self.answer(&format!("PASS {PASSWORD}"), "230 come in\r\n");
    }

    /// Is asked for a port, and tells it.
    #[track_caller]
    pub(super) fn open_port(&mut self) {
        assert_eq!(self.hear(), "EPSV");
        let port = self.listen();
        self.say(format!("229 at (|||{port}|)\r\n"));
    }

    /// Listens for a data connection.
    pub(super) fn listen(&mut self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        self.data = Some(listener);
        port
    }

    /// The data connection that the client has made.
    pub(super) fn data(&mut self) -> TcpStream {
        let (socket, _) = self.data.take().expect("a port is open").accept().unwrap();
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        socket.set_write_timeout(Some(LIMIT)).unwrap();
        socket
    }

    /// Opens a port, and begins what is asked for: this command.
    pub(super) fn start(&mut self, command: &str) -> TcpStream {
        self.open_port();
        self.answer(command, "150 here\r\n");
        self.data()
    }

    /// The same for a file that comes under a working name, which is told too.
    pub(super) fn start_storing(&mut self) -> (String, TcpStream) {
        self.open_port();
        let stored = self.hear();
        let working = stored.strip_prefix("STOR ").expect("it stores").to_owned();
        self.say("150 here\r\n");
        (working, self.data())
    }

    /// Answers what is asked about a file before it is sent: the type, and its size.
    pub(super) fn tell_size(&mut self, name: &str, size: usize) {
        self.answer("TYPE I", "200 ok\r\n");
        self.answer(&format!("SIZE {name}"), &format!("213 {size}\r\n"));
    }

    /// Sends a file (or a listing) to the command that asks for it, and says that all is done.
    pub(super) fn send(&mut self, command: &str, bytes: impl AsRef<[u8]>) {
        self.start(command).write_all(bytes.as_ref()).unwrap();
        self.say("226 done\r\n");
    }

    /// Receives what is sent with this command, and says that all is done.
    pub(super) fn receive(&mut self, command: &str) -> Vec<u8> {
        let mut received = Vec::new();
        self.start(command).read_to_end(&mut received).unwrap();
        self.say("226 done\r\n");
        received
    }

    /// Says goodbye when it is asked to.
    pub(super) fn part(&mut self) {
        self.answer("QUIT", "221 bye\r\n");
        self.expect_end();
    }

    /// Begins TLS on the control connection.
    pub(super) fn encrypt(&mut self, config: &Arc<ServerConfig>) {
        let session = ServerConnection::new(Arc::clone(config)).unwrap();
        let socket = self.socket.try_clone().unwrap();
        self.control = Box::new(StreamOwned::new(session, socket));
    }

    /// Waits for the client to go, for at most so long.
    pub(super) fn wait_for_end(&mut self, limit: Duration) {
        self.socket.set_read_timeout(Some(limit)).unwrap();
        let _ = self.control.read(&mut [0; 1024]);
    }
}
