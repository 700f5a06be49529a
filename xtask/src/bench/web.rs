//! `bench web`: mini-web serving files, against nginx, lighttpd and darkhttpd, and against a loop in C
//! that receives and sends and does nothing else.
//!
//! All serve the same folder, with as many threads or processes as there are processors, and with
//! what is known to make them fast: sendfile, open files kept, connections kept without limit, no log.
//! The clients are `wrk`'s, on the same machine, which takes about as much of it as a server does. So
//! the rates of two good servers look alike, and on a machine with other work they say little; the
//! figure to trust is the processor time of the server for each request.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result, ensure};
use harness::{Launch, Process, Server};

use super::peer::{self, Stopwatch};
use super::rounds::{Plan, Row, Sample, Tally};
use super::table::Table;

/// How much of the loop's processor time mini-web may use for a small file: what parsing and looking
/// up may cost.
const OF_THE_LOOP: f64 = 1.15;

/// One way to use a server.
#[derive(Clone, Copy)]
struct Work {
    what: &'static str,
    file: &'static str,
    size: u64,
    connections: usize,
    /// A new connection for each request.
    closes: bool,
}

const SMALL: u64 = 1024;

const WORKS: [Work; 5] = [
    Work {
        what: "1 KB, 64 connections",
        file: "small.html",
        size: SMALL,
        connections: 64,
        closes: false,
    },
    Work {
        what: "1 KB, 1,000 connections",
        file: "small.html",
        size: SMALL,
        connections: 1000,
        closes: false,
    },
    Work {
        what: "1 KB, a connection for each",
        file: "small.html",
        size: SMALL,
        connections: 64,
        closes: true,
    },
    Work {
        what: "1 MB",
        file: "middle.bin",
        size: 1_000_000,
        connections: 16,
        closes: false,
    },
    Work {
        what: "100 MB",
        file: "large.bin",
        size: 100_000_000,
        connections: 4,
        closes: false,
    },
];

/// A server that is measured.
struct Subject<'a> {
    process: &'a Process,
    address: SocketAddr,
}

/// A way to start another's server at a port, given a folder for its own files.
type Start = fn(program: &Path, own: &Path, site: &Path, port: u16) -> Result<Launch>;

const PEERS: [(&str, Start); 3] = [
    ("nginx", nginx),
    ("lighttpd", lighttpd),
    ("darkhttpd", darkhttpd),
];

/// Runs the benchmark.
pub(super) fn bench(plan: &Plan) -> Result<Vec<Table>> {
    let Some(wrk) = found("wrk") else {
        let mut table = Table::new("mini-web", "requests", "others");
        table.leave_out("all", "there is no wrk");
        return Ok(vec![table]);
    };
    let folder = harness::temp_dir();
    // Some servers read it as another user.
    open_to_all(folder.path())?;
    let site = folder.path().join("site");
    fs::create_dir(&site)?;
    for Work { file, size, .. } in WORKS {
        let size = usize::try_from(size)?;
        fs::write(site.join(file), text(size)).context("cannot write a file to serve")?;
    }
    let ours = Launch::command(peer::our_program("mini-web")?).arg(&site);
    let ours = peer::start(ours.args(["--listen", "127.0.0.1:0"]))?;
    let mut tables = vec![against_c(plan, &wrk, &ours)?];
    for (name, start) in PEERS {
        let own = folder.path().join(name);
        fs::create_dir(&own)?;
        let mut table = Table::new("mini-web", "requests", name);
        match found(name) {
            None => table.leave_out("all", &format!("there is no {name}")),
            Some(program) => {
                against(plan, &wrk, &ours, &mut table, |port| {
                    start(&program, &own, &site, port)
                })?;
            }
        }
        tables.push(table);
    }
    Ok(tables)
}

fn against_c(plan: &Plan, wrk: &Path, ours: &Server) -> Result<Table> {
    let mut table = Table::new("mini-web", "requests", "bare loop in C");
    let Some(bare_loop) = peer::compile_c("web_limit", include_str!("peers/web_limit.c"))? else {
        table.leave_out("all", "there is no C compiler (cc)");
        return Ok(table);
    };
    let threads = processors().to_string();
    let body = SMALL.to_string();
    let args = [&threads, &body].map(String::as_str);
    let keeping = peer::start(Launch::command(&bare_loop).args(args))?;
    let closing = peer::start(Launch::command(&bare_loop).args(args).arg("close"))?;
    for work in WORKS.iter().filter(|work| work.size == SMALL) {
        let bare_loop = if work.closes { &closing } else { &keeping };
        let subjects = [subject(ours), subject(bare_loop)];
        let measure = |subject: &Subject<'_>| measure(plan, wrk, work, subject);
        let wanted = 1.0 / OF_THE_LOOP;
        let row = Row::measure(plan, work.what, wanted, subjects.each_ref(), measure)?;
        table.push(row.with_cpu_within(OF_THE_LOOP));
    }
    Ok(table)
}

fn against(
    plan: &Plan,
    wrk: &Path,
    ours: &Server,
    table: &mut Table,
    start: impl Fn(u16) -> Result<Launch>,
) -> Result<()> {
    // Its files are written first: what can fail is to fail here.
    drop(start(0)?);
    let launch = |port| start(port).unwrap_or_else(|_| Launch::command("false"));
    let (process, address) = peer::start_on_port(launch)?;
    let theirs = Subject {
        process: &process,
        address,
    };
    for work in &WORKS {
        let measure = |subject: &Subject<'_>| measure(plan, wrk, work, subject);
        let subjects = [&subject(ours), &theirs];
        let row = Row::measure(plan, work.what, 1.0, subjects, measure)?;
        table.push(row.with_cpu_within(1.0));
    }
    Ok(())
}

fn subject(server: &Server) -> Subject<'_> {
    Subject {
        process: server,
        address: server.socket_addr(),
    }
}

/// Has `wrk` ask for a file again and again.
fn measure(plan: &Plan, wrk: &Path, work: &Work, subject: &Subject<'_>) -> Result<Sample> {
    let threads = processors().min(work.connections);
    // wrk takes whole seconds.
    let seconds = plan.each.as_secs().max(1);
    let mut launch = Launch::command(wrk).args([
        format!("-t{threads}"),
        format!("-c{}", work.connections),
        format!("-d{seconds}s"),
    ]);
    if work.closes {
        launch = launch.args(["-H", "Connection: close"]);
    }
    let url = format!("http://{}/{}", subject.address, work.file);
    let watch = Stopwatch::start_for_children(subject.process);
    let output = launch
        .arg(url)
        .limit(plan.each + harness::LIMIT)
        .try_run()?;
    ensure!(output.success(), "{output}");
    let told = Told::read(&output.stdout_text()).with_context(|| format!("{output}"))?;
    // What had not come to its end when time was up has been sent all the same.
    let done = told.requests.max(told.bytes / work.size);
    let mut tally = Tally::of(done);
    for failure in told.failures {
        tally.count(Err(anyhow::anyhow!(failure)));
    }
    Ok(Sample {
        bytes: Some(told.bytes),
        ..watch.stop(tally)
    })
}

/// What `wrk` says in the end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    requests: u64,
    bytes: u64,
    failures: Vec<String>,
}

impl Told {
    fn read(text: &str) -> Option<Told> {
        let mut told = None;
        let mut failures = Vec::new();
        for line in text.lines().map(str::trim) {
            if let Some((requests, rest)) = line.split_once(" requests in ") {
                let read = rest.split_once(", ")?.1.strip_suffix(" read")?;
                told = Some((requests.parse().ok()?, size(read)?));
            }
            if line.starts_with("Socket errors:") || line.starts_with("Non-2xx") {
                failures.push(line.to_owned());
            }
        }
        let (requests, bytes) = told?;
        Some(Told {
            requests,
            bytes,
            failures,
        })
    }
}

/// `1.25GB`, in units of 1024.
fn size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| c != '.' && !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let power = ["B", "KB", "MB", "GB", "TB"]
        .iter()
        .position(|known| *known == unit)?;
    let number: f64 = number.parse().ok()?;
    Some((number * 1024_f64.powi(i32::try_from(power).ok()?)) as u64)
}

fn nginx(program: &Path, own: &Path, site: &Path, port: u16) -> Result<Launch> {
    let (own_files, site) = (own.display(), site.display());
    let workers = processors();
    let user = if is_root() { "user root;" } else { "" };
    let scratch: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|what| format!("{what}_temp_path {own_files}/{what};"))
        .concat();
    let config = format!(
        "{user} worker_processes {workers}; daemon off; pid {own_files}/pid;\n\
         error_log stderr crit; worker_rlimit_nofile 20000;\n\
         events {{ worker_connections 15000; }}\n\
         http {{ access_log off; {scratch} types {{ text/html html; }}\n\
           sendfile on; tcp_nopush on; tcp_nodelay on;\n\
           keepalive_timeout 65; keepalive_requests 1000000000;\n\
           open_file_cache max=1000 inactive=60s; open_file_cache_valid 1s;\n\
           server {{ listen 127.0.0.1:{port} reuseport backlog=4096; root {site}; }} }}\n"
    );
    let path = own.join("nginx.conf");
    fs::write(&path, config).context("cannot write nginx.conf")?;
    let errors = ["-e", "stderr", "-p"];
    Ok(Launch::command(program)
        .args(errors)
        .arg(own)
        .arg("-c")
        .arg(path))
}

fn lighttpd(program: &Path, own: &Path, site: &Path, port: u16) -> Result<Launch> {
    let site = site.display();
    let workers = processors();
    let config = format!(
        "server.document-root = \"{site}\"\nserver.bind = \"127.0.0.1\"\nserver.port = {port}\n\
         server.max-worker = {workers}\nserver.max-fds = 20000\nserver.max-connections = 10000\n\
         server.listen-backlog = 4096\nserver.max-keep-alive-requests = 1000000000\n\
         server.network-backend = \"sendfile\"\nserver.event-handler = \"linux-sysepoll\"\n\
         server.errorlog = \"{}/errors\"\nmimetype.assign = (\".html\" => \"text/html\")\n",
        own.display()
    );
    let path = own.join("lighttpd.conf");
    fs::write(&path, config).context("cannot write lighttpd.conf")?;
    Ok(Launch::command(program).args(["-D", "-f"]).arg(path))
}

/// It has one thread, and nothing to be set.
fn darkhttpd(program: &Path, own: &Path, site: &Path, port: u16) -> Result<Launch> {
    let port = port.to_string();
    let log = own.join("log");
    let args = [
        "--addr",
        "127.0.0.1",
        "--port",
        port.as_str(),
        "--maxconn",
        "10000",
        "--log",
    ];
    Ok(Launch::command(program).arg(site).args(args).arg(log))
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Servers are often where only root's shell looks for programs.
fn found(tool: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(Into::into));
    folders
        .map(|folder| folder.join(tool))
        .find(|path| path.is_file())
}

/// Letters: a file that could be text.
fn text(length: usize) -> Vec<u8> {
    (0..length).map(|at| b'a' + (at % 26) as u8).collect()
}

#[cfg(unix)]
fn open_to_all(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).context("cannot open the folder")
}

#[cfg(not(unix))]
fn open_to_all(_folder: &Path) -> Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_wrk_says() {
        let text = "Running 2s test @ http://127.0.0.1:8080/\n  2 threads and 64 connections\n\
                    \x20 Thread Stats   Avg      Stdev     Max   +/- Stdev\n\
                    \x20 300123 requests in 2.00s, 1.50GB read\n\
                    \x20 Socket errors: connect 0, read 3, write 0, timeout 0\n\
                    Requests/sec: 150061.50\nTransfer/sec:      0.75GB\n";
        let told = Told::read(text).unwrap();
        assert_eq!((told.requests, told.bytes), (300_123, 1_610_612_736));
        assert_eq!(
            told.failures,
            ["Socket errors: connect 0, read 3, write 0, timeout 0"]
        );
        assert_eq!(Told::read("unable to connect"), None);
    }
}
