//! `bench time`: connections a second of time-server, against a loop in C that accepts, writes and
//! closes.
//!
//! Opening a connection costs the client more than serving it costs such a server: the client makes
//! the socket and picks the port, and over loopback the kernel runs most of the handshake on the
//! client's time too. So on a machine with few processors, clients that go round as fast as they
//! can keep the server only half busy; both servers then look equally fast, because what is
//! measured is the clients. Hence two rows:
//!
//! - **a full backlog**: the server is held (SIGSTOP), the kernel completes handshakes without it
//!   until [`BACKLOG`] clients wait, then it is let go, and the clock runs until it has served the
//!   last. The clients do nothing meanwhile, so this is the speed of the server alone.
//! - **clients in a hurry**: [`THREADS`] threads connect, read to the end and connect again. This
//!   is what the server and its clients achieve together on one machine.
//!
//! On a busy machine, the figure to trust is the processor time for each connection.

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use harness::{Launch, Server};

use super::peer::{self, Stopwatch};
use super::rounds::{Plan, Row, Sample, Tally};
use super::table::Table;

/// How many clients wait when a server is let go. The more, the less it counts that a server takes
/// a moment to wake up; they have to fit into the backlog that it asked for, and into the number of
/// files that we may have open.
const BACKLOG: usize = 1000;

/// How many clients are in a hurry. One thread can wait for one answer only; with several, others go
/// on meanwhile, and the server finds the next client waiting. Beyond 16 the figures did not change.
const THREADS: usize = 16;

/// How many bytes the answer has, `2026-11-21 08:15:30.123456`.
const ANSWER_LENGTH: usize = 26;

/// How long a client waits before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the ratio should reach: what a safe server does beyond the three system calls (reading the
/// clock, formatting, watching for signals, surviving errors) may cost it a tenth.
const WANTED: f64 = 0.9;

/// One way of measuring a server for some time.
type Measurement = fn(&Server, Duration) -> Result<Sample>;

/// The rows: what each is called, and how it is measured.
const ROWS: [(&str, Measurement); 2] = [
    ("a full backlog", drain_backlog),
    ("16 clients in a hurry", hurry),
];

/// Runs the benchmark.
pub(super) fn bench(plan: &Plan) -> Result<Vec<Table>> {
    let mut table = Table::new("time-server", "connections", "bare loop in C");
    let Some(bare_loop) = peer::compile_c("time_limit", include_str!("peers/time_limit.c"))? else {
        for (what, _) in ROWS {
            table.leave_out(what, "there is no C compiler (cc)");
        }
        return Ok(vec![table]);
    };
    harness::open_file_limit();
    let ours = peer::our_server("time-server")?;
    let bare_loop = peer::start(Launch::command(bare_loop))?;
    for (what, measure) in ROWS {
        let servers = [&ours, &bare_loop];
        let measure = |server: &Server| measure(server, plan.each);
        table.push(Row::measure(plan, what, WANTED, servers, measure)?);
    }
    Ok(vec![table])
}

/// Fills the backlog of a server that is held, and measures how long it takes to serve all who
/// wait, again and again for `time`.
fn drain_backlog(server: &Server, time: Duration) -> Result<Sample> {
    let waiting = BACKLOG.min(peer::longest_backlog());
    let mut tally = Tally::default();
    let mut wall = Duration::ZERO;
    let watch = Stopwatch::start(server);
    while watch.elapsed() < time {
        peer::hold(server)?;
        let mut clients = (0..waiting)
            .map(|number| wait_in_line(server.socket_addr(), number))
            .collect::<Result<Vec<_>>>()?;

        let let_go = Instant::now();
        peer::let_go(server)?;
        // The kernel hands out connections in the order in which they came. When the last has been
        // served, all have been, and those need not be looked at while the clock runs.
        if let Some(last) = clients.pop() {
            tally.count(read_answer(last));
        }
        wall += let_go.elapsed();
        for client in clients {
            tally.count(read_answer(client));
        }
    }
    Ok(Sample {
        wall,
        // What clients do is done while the clock stands still.
        clients_cpu: None,
        ..watch.stop(tally)
    })
}

/// Connects to a server that is held, where `number` clients wait already.
fn wait_in_line(address: SocketAddr, number: usize) -> Result<TcpStream> {
    // When a backlog is full the kernel drops the client's SYN without a word, and the client can
    // only send it again, after a second and more. Nobody makes room here, so that would go on for
    // minutes.
    let client = TcpStream::connect_timeout(&address, PATIENCE).with_context(|| {
        format!("with {number} clients waiting (is the server's backlog so short?)")
    })?;
    client.set_read_timeout(Some(PATIENCE))?;
    Ok(client)
}

/// Lets [`THREADS`] clients connect as fast as they can for `time`.
fn hurry(server: &Server, time: Duration) -> Result<Sample> {
    let address = server.socket_addr();
    let watch = Stopwatch::start(server);
    let one_client = || {
        let mut tally = Tally::default();
        while watch.elapsed() < time {
            tally.count(connect(address).and_then(read_answer));
        }
        tally
    };
    let tally = Tally::of_clients(THREADS, one_client);
    Ok(watch.stop(tally))
}

/// Connects, with a time limit for reading.
fn connect(address: SocketAddr) -> Result<TcpStream> {
    let client = TcpStream::connect(address).context("cannot connect")?;
    client.set_read_timeout(Some(PATIENCE))?;
    Ok(client)
}

/// Reads the answer to its end, and checks its length.
fn read_answer(mut client: TcpStream) -> Result<()> {
    // Room for more than is right, so that too much is noticed.
    let mut answer = [0; 2 * ANSWER_LENGTH];
    let mut length = 0;
    loop {
        match client.read(&mut answer[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) => return Err(error).context("cannot read the answer"),
        }
    }
    ensure!(length == ANSWER_LENGTH, "an answer of {length} bytes");
    Ok(())
}
