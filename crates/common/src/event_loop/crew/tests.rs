use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::*;
use crate::address::Address;
use crate::event_loop::{Connections, Id};
use crate::listen::Listener;
use crate::server::Limits;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers each byte with itself and the number of the thread that does.
struct Echo;

impl Service for Echo {
    type Client = ();

    fn connected(&mut self, _id: Id, _peer: String, _all: &mut Connections<()>) {}

    fn received(&mut self, id: Id, bytes: &[u8], all: &mut Connections<()>) {
        let this = thread::current();
        let thread = this.name().and_then(|name| name.bytes().last());
        for &byte in bytes {
            let answer: Arc<[u8]> = [byte, thread.unwrap_or(b'?')].into();
            all.send(id, &answer);
        }
    }

    fn ended(&mut self, _id: Id, _all: &mut Connections<()>) {}

    fn alarm(&mut self, _id: Id, _all: &mut Connections<()>) {}

    fn gone(&mut self, _id: Id, (): (), _why: Option<&str>, _all: &mut Connections<()>) {}
}

/// Runs four loops while `talk` talks to them at this address.
fn with_crew(policy: Policy, talk: impl FnOnce(&str)) {
    let at: Address = "127.0.0.1:0".parse().unwrap();
    let shutdown = Shutdown::default();
    let limits = Limits {
        max_connections: 1000,
        idle_timeout: None,
    };
    let listeners = Listener::bind_several(&at, 4).unwrap();
    let address = listeners[0].address().to_owned();
    let loops = listeners.into_iter().map(|listener| {
        let event_loop = EventLoop::new(listener, limits, 1 << 20, &shutdown);
        (event_loop.unwrap(), Echo)
    });
    let loops = loops.collect();
    thread::scope(|scope| {
        let crew = scope.spawn(|| run_by(policy, loops, &shutdown));
        talk(&address);
        shutdown.request();
        crew.join().unwrap().unwrap();
    });
}

fn connect(address: &str) -> TcpStream {
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// Says it, and returns the thread that answered.
fn say(mut socket: &TcpStream, byte: u8) -> u8 {
    socket.write_all(&[byte]).unwrap();
    let mut answer = [0; 2];
    socket.read_exact(&mut answer).unwrap();
    assert_eq!(answer[0], byte);
    answer[1]
}

#[test]
fn light_work_is_done_by_one_thread() {
    with_crew(POLICY, |address| {
        for _ in 0..20 {
            let socket = connect(address);
            assert_eq!(say(&socket, b'x'), b'0');
        }
    });
}

/// There is always too much to do, and always somebody of use.
const EAGER: Policy = Policy {
    window: Duration::from_millis(1),
    full: 0,
    light: 0,
    overload: Duration::ZERO,
    idle: 0.0,
    starved: 2.0,
};

#[test]
fn hard_work_is_done_by_all_threads() {
    with_crew(EAGER, |address| {
        // Enough for every loop to have some.
        let sockets: Vec<_> = (0..64).map(|_| connect(address)).collect();
        let begin = Instant::now();
        let mut threads = BTreeSet::new();
        while threads.len() < 4 {
            threads.extend(sockets.iter().map(|socket| say(socket, b'x')));
            assert!(begin.elapsed() < PATIENCE, "only {threads:?}");
        }
    });
}

/// Threads that give their loops away, and back, as often as they can: nothing is lost on the way.
#[test]
fn loops_may_move_at_any_time() {
    let restless = Policy {
        light: u32::MAX,
        ..EAGER
    };
    with_crew(restless, |address| {
        let sockets: Vec<_> = (0..64).map(|_| connect(address)).collect();
        let mut threads = BTreeSet::new();
        for round in 0..300_u32 {
            for mut socket in &sockets {
                socket.write_all(&round.to_be_bytes()).unwrap();
            }
            for mut socket in &sockets {
                let mut answer = [0; 8];
                socket.read_exact(&mut answer).unwrap();
                let said = [0, 2, 4, 6].map(|at| answer[at]);
                assert_eq!(said, round.to_be_bytes());
                threads.insert(answer[1]);
            }
            assert_eq!(say(&connect(address), b'x') >> 4, b'0' >> 4);
        }
        assert!(threads.len() > 1, "only {threads:?}");
    });
}
