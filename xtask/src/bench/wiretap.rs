//! `bench wiretap`: how much of a line's speed is left behind the relay, against a bare copy by
//! socat.
//!
//! One client sends as fast as it can through the relay to a server that throws everything away; both
//! are threads of this process. What is counted is what has arrived.
//!
//! - **it only relays**: `--show none`, the same work that socat does;
//! - **it records**: with a tape, which is half as much again to write as what passes. The ladder is
//!   drawn too, as it is when nothing else is asked for.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use harness::{Launch, Process, Server};

use super::peer::{self, Stopwatch};
use super::rounds::{Plan, Row, Sample, Tally};
use super::table::Table;

/// The ratio that is wanted of the relay. It looks at everything that passes; socat does not.
const WANTED: f64 = 0.5;

/// How much passes in one measurement with a tape: it stays on the disk until the end.
const TAPED: u64 = 64 << 20;

/// How much the client sends at once.
const PIECE: usize = 256 << 10;

const PATIENCE: Duration = Duration::from_secs(30);

/// A relay that is measured.
struct Relay<'a> {
    process: &'a Process,
    address: SocketAddr,
}

/// Runs the benchmark.
pub(super) fn bench(plan: &Plan) -> Result<Vec<Table>> {
    let mut table = Table::new("wiretap, one connection, one direction", "MiB", "socat");
    let (sink, arrived) = sink()?;
    let socat = Launch::command("socat").arg("-V").try_run();
    if !socat.is_ok_and(|output| output.success()) {
        for what in ["it only relays", "it records"] {
            table.leave_out(what, "there is no socat");
        }
        return Ok(vec![table]);
    }
    let (process, address) = peer::start_on_port(|port| {
        let listen = format!("TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork");
        Launch::command("socat").args([listen, format!("TCP:{sink}")])
    })?;
    // To see whether it listens, a connection was made that nothing came through.
    arrived
        .recv_timeout(PATIENCE)
        .context("socat relays nothing")?;
    let process = &process;
    let socat = Relay { process, address };

    let folder = harness::temp_dir();
    let (bare, taped) = (
        our_relay(sink, None)?,
        our_relay(sink, Some(folder.path()))?,
    );
    let [bare, taped] = [&bare, &taped].map(|server| Relay {
        process: server.process(),
        address: server.socket_addr(),
    });
    let for_some_time = |relay: &Relay| pump(relay, &arrived, u64::MAX, plan.each);
    let so_much = |relay: &Relay| pump(relay, &arrived, TAPED, PATIENCE);
    table.push(Row::measure(
        plan,
        "it only relays",
        WANTED,
        [&bare, &socat],
        for_some_time,
    )?);
    table.push(Row::measure(
        plan,
        "it records",
        WANTED,
        [&taped, &socat],
        so_much,
    )?);
    Ok(vec![table])
}

/// Our relay to `sink`, with a tape in this folder or without.
fn our_relay(sink: SocketAddr, folder: Option<&Path>) -> Result<Server> {
    let launch = Launch::command(peer::our_program("wiretap")?).args(["--to", &sink.to_string()]);
    let launch = match folder {
        Some(folder) => launch.arg("--tape").arg(folder.join("bench.tape")),
        None => launch.args(["--show", "none"]),
    };
    Ok(launch.args(["--listen", "127.0.0.1:0"]).try_serve()?)
}

/// A server that throws everything away, and says of each connection how much it was.
fn sink() -> Result<(SocketAddr, Receiver<u64>)> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen")?;
    let address = listener.local_addr()?;
    let (sender, arrived) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let sender = sender.clone();
            thread::spawn(move || {
                let mut buffer = vec![0; PIECE];
                let mut count = 0;
                while let Ok(length @ 1..) = stream.read(&mut buffer) {
                    count += length as u64;
                }
                // It fails when the benchmark is over.
                let _ = sender.send(count);
            });
        }
    });
    Ok((address, arrived))
}

/// Sends through a relay, until so much has been sent or so much time has passed, and counts what
/// arrives.
fn pump(relay: &Relay, arrived: &Receiver<u64>, most: u64, time: Duration) -> Result<Sample> {
    let mut stream = TcpStream::connect(relay.address).context("cannot connect")?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let piece = vec![b'x'; PIECE];
    let watch = Stopwatch::start(relay.process);
    let end = Instant::now() + time;
    let mut sent = 0;
    while sent < most && Instant::now() < end {
        stream.write_all(&piece).context("cannot send")?;
        sent += PIECE as u64;
    }
    stream.shutdown(Shutdown::Write)?;
    let count = arrived
        .recv_timeout(PATIENCE)
        .context("it did not arrive")?;
    anyhow::ensure!(count == sent, "{count} bytes have arrived of {sent}");
    Ok(watch.stop(Tally::of(count >> 20)))
}
