//! `bench img`: img-server against a bare loop in C and against the tutorials' design in Python, and
//! img-client against Python.
//!
//! - **the server**: [`CLIENTS`] clients at once, each of which takes a picture of 5 MB again and
//!   again. The loop in C, in a thread for each of them, sends the very bytes that our server has
//!   prepared, with no care for anything else: a server cannot do much better.
//! - **the client**: a picture of 200 MB, from our server for either side, and with it the peak
//!   memory. It starts with an empty folder every time, and what it saved is compared.

use std::fs;
use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use harness::{Launch, Server, noise};

use super::peer::{self, Stopwatch};
use super::rounds::{Plan, Row, Sample, Tally};
use super::table::Table;
use super::transfer::whole_runs;

/// How many clients take pictures at once.
const CLIENTS: usize = 8;

/// The picture that the server sends, in bytes.
const SMALL: usize = 5_000_000;

/// The picture that the client receives, in bytes.
const LARGE: usize = 200_000_000;

/// How many times as fast as the loop in C the server should be.
const WANTED_OF_SERVER: f64 = 0.9;

/// How many times as fast as Python the server should be; nobody has asked for more than that it
/// is not slower.
const WANTED_OF_PYTHON: f64 = 1.0;

/// How many times as fast as Python the client should be.
const WANTED_OF_CLIENT: f64 = 2.5;

/// The most memory that the client should need.
const MEMORY: u64 = LARGE as u64 * 3 / 2 + (8 << 20);

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the benchmark.
pub(super) fn bench(plan: &Plan) -> Result<Vec<Table>> {
    let folder = harness::temp_dir();
    Ok(vec![
        against_c(plan, folder.path())?,
        against_python(plan, folder.path())?,
        the_client(plan, folder.path())?,
    ])
}

/// Starts our server with a picture of this size.
fn our_server(folder: &Path, size: usize) -> Result<Server> {
    let picture = folder.join(format!("{size}.jpg"));
    if !picture.exists() {
        fs::write(&picture, noise(size, 0)).context("cannot write a picture")?;
    }
    let server = Launch::command(peer::our_program("img-server")?);
    peer::start(server.arg(picture).args(["--listen", "127.0.0.1:0"]))
}

fn against_c(plan: &Plan, folder: &Path) -> Result<Table> {
    let title = format!("img-server, a picture of 5 MB to {CLIENTS} clients at once");
    let mut table = Table::new(&title, "pictures", "bare loops in C");
    let Some(bare_loop) = peer::compile_c("img_limit", include_str!("peers/img_limit.c"))? else {
        table.leave_out("the limit", "there is no C compiler (cc)");
        return Ok(table);
    };
    let ours = our_server(folder, SMALL)?;
    let text = folder.join("prepared");
    let length = {
        let mut prepared = Vec::new();
        connect(ours.socket_addr())?.read_to_end(&mut prepared)?;
        fs::write(&text, &prepared).context("cannot write what is to be sent")?;
        prepared.len()
    };
    let bare_loop = peer::start(Launch::command(bare_loop).arg(&text))?;
    let servers = [&ours, &bare_loop];
    let measure = |server: &Server| take(server, length..=length, plan.each);
    table.push(Row::measure(
        plan,
        "the limit",
        WANTED_OF_SERVER,
        servers,
        measure,
    )?);
    Ok(table)
}

fn against_python(plan: &Plan, folder: &Path) -> Result<Table> {
    let title = format!("img-server, a picture of 5 MB to {CLIENTS} clients at once");
    let mut table = Table::new(&title, "pictures", "the tutorials' in Python");
    let Some(python) = peer::python("img_server", include_str!("peers/img_server.py"))? else {
        table.leave_out("the tutorials'", "there is no python3");
        return Ok(table);
    };
    let ours = our_server(folder, SMALL)?;
    let python = peer::start(python.arg(folder.join(format!("{SMALL}.jpg"))))?;
    // Python's objects have two keys less.
    let text = SMALL / 3 * 4;
    let measure = |server: &Server| take(server, text..=text + 300, plan.each);
    table.push(Row::measure(
        plan,
        "the tutorials'",
        WANTED_OF_PYTHON,
        [&ours, &python],
        measure,
    )?);
    Ok(table)
}

/// Lets [`CLIENTS`] clients take the picture again and again for `time`; so much text should come
/// each time.
fn take(server: &Server, length: RangeInclusive<usize>, time: Duration) -> Result<Sample> {
    let address = server.socket_addr();
    let watch = Stopwatch::start(server);
    let one_client = || {
        let mut tally = Tally::default();
        let mut buffer = vec![0; 256 << 10];
        while watch.elapsed() < time {
            tally.count(take_one(address, &length, &mut buffer));
        }
        tally
    };
    let tally = Tally::of_clients(CLIENTS, one_client);
    Ok(watch.stop(tally))
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let client = TcpStream::connect(address).context("cannot connect")?;
    client.set_read_timeout(Some(PATIENCE))?;
    Ok(client)
}

/// Reads to the end, and checks the length: to compare the bytes too would cost the clients more
/// than to receive them.
fn take_one(address: SocketAddr, wanted: &RangeInclusive<usize>, buffer: &mut [u8]) -> Result<()> {
    let mut client = connect(address)?;
    let mut length = 0;
    loop {
        match client.read(buffer).context("cannot receive")? {
            0 => break,
            count => length += count,
        }
    }
    ensure!(wanted.contains(&length), "received {length} bytes");
    Ok(())
}

fn the_client(plan: &Plan, folder: &Path) -> Result<Table> {
    let mut table = Table::new("img-client, a picture of 200 MB", "pictures", "Python");
    let python = || peer::python("img_client", include_str!("peers/img_client.py"));
    if python()?.is_none() {
        table.leave_out("a picture", "there is no python3");
        return Ok(table);
    }
    let server = our_server(folder, LARGE)?;
    let img_client = peer::our_program("img-client")?;
    let ours = || {
        let client = Launch::command(&img_client);
        Ok(client.args([server.address(), "--max-size", "1GiB", "-o"]))
    };
    let python = || Ok(python()?.context("python3 has gone")?.arg(server.address()));
    let sent = noise(LARGE, 0);
    let clients: [Client; 2] = [&ours, &python];
    let measure = |client: &Client| receive(*client, &sent, plan.each);
    let row = Row::measure(
        plan,
        "a picture",
        WANTED_OF_CLIENT,
        clients.each_ref(),
        measure,
    )?;
    table.push(row.within(MEMORY));
    Ok(table)
}

/// A client, all but its last argument, the folder to save to.
type Client<'a> = &'a dyn Fn() -> Result<Launch>;

/// Runs a client again and again for `time`, each time with an empty folder, and compares what it
/// saved. The clock runs for the client only.
fn receive(client: Client<'_>, sent: &[u8], time: Duration) -> Result<Sample> {
    whole_runs(time, || {
        let folder = harness::temp_dir();
        let used = peer::run(client()?.arg(folder.path()), PATIENCE)?;
        let saved = fs::read(folder.path().join(format!("{LARGE}.jpg")));
        ensure!(
            saved.is_ok_and(|saved| saved == sent),
            "it saved something else"
        );
        Ok((used, 1))
    })
}
