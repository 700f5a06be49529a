//! The programs that a benchmark measures: ours, built in release, and its peers, compiled or
//! interpreted.
//!
//! Peers print `listening on ADDRESS` as our servers do, so the harness starts either kind, and
//! stops it whatever happens. What is here is what only a benchmark asks for: a C compiler, Python,
//! the processor time that a process has used, and to hold a process for a while.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use harness::{Launch, Process, Profile, Server, Stream};

use super::rounds::{Sample, Tally};
use crate::servers;

/// One of our programs, built in release. (What the harness starts by name is built as cargo builds by
/// default, and several times slower.)
pub(super) fn our_program(name: &str) -> Result<PathBuf> {
    harness::build(Profile::Release)?
        .remove(name)
        .with_context(|| format!("the workspace has no program {name}"))
}

/// Starts one of our servers, built in release, on a free port.
pub(super) fn our_server(name: &str) -> Result<Server> {
    let program = our_program(name)?;
    start(Launch::command(program).args(["--listen", "127.0.0.1:0"]))
}

/// Starts a server that is to be measured. Its log goes to our stderr, where nobody can overlook
/// that a server spends its time complaining.
pub(super) fn start(server: Launch) -> Result<Server> {
    Ok(server.show(Stream::Stderr).try_serve()?)
}

/// Compiles a peer from its source in C, and returns the executable. None without a C compiler.
pub(super) fn compile_c(name: &str, source: &str) -> Result<Option<PathBuf>> {
    if !is_there("cc") {
        return Ok(None);
    }
    let executable = folder()?.join(name);
    let compiler = Launch::command("cc")
        .args(["-O2", "-Wall", "-pthread", "-x", "c", "-o"])
        .arg(&executable)
        .arg("-")
        .stdin(source)
        .try_run()?;
    ensure!(compiler.success(), "cannot compile {name}.c: {compiler}");
    Ok(Some(executable))
}

/// What runs a peer written in Python. None without `python3`.
pub(super) fn python(name: &str, source: &str) -> Result<Option<Launch>> {
    if !is_there("python3") {
        return Ok(None);
    }
    let script = folder()?.join(name).with_extension("py");
    fs::write(&script, source).with_context(|| format!("cannot write {}", script.display()))?;
    Ok(Some(Launch::command("python3").arg(script)))
}

/// Starts a peer that cannot be asked for a free port, nor says when it listens. It complains where ours
/// do.
pub(super) fn start_on_port(program: impl Fn(u16) -> Launch) -> Result<(Process, SocketAddr)> {
    servers::start_on_port(|port| Ok(program(port).show(Stream::Stderr)))
}

/// Whether a tool is installed and works.
pub(super) fn is_there(tool: &str) -> bool {
    Launch::command(tool)
        .arg("--version")
        .try_run()
        .is_ok_and(|output| output.success())
}

/// The folder for peers, created when needed.
pub(super) fn folder() -> Result<PathBuf> {
    let path = harness::workspace_root().join("target").join("bench");
    fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
    Ok(path)
}

/// Measures time: the wall's, and the processors' for a program, for us, who are its clients, and for
/// all others.
pub(super) struct Stopwatch<'a> {
    process: &'a Process,
    /// The clients are our children, not ourselves.
    by_children: bool,
    begin: Instant,
    before: CpuTimes,
}

impl Stopwatch<'_> {
    /// Starts the watch.
    pub(super) fn start(process: &Process) -> Stopwatch<'_> {
        Stopwatch {
            process,
            by_children: false,
            before: CpuTimes::read(process, false),
            begin: Instant::now(),
        }
    }

    /// Starts the watch for clients that are programs, which have to end before it is stopped.
    pub(super) fn start_for_children(process: &Process) -> Stopwatch<'_> {
        Stopwatch {
            process,
            by_children: true,
            before: CpuTimes::read(process, true),
            begin: Instant::now(),
        }
    }

    /// The time on the wall since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.begin.elapsed()
    }

    /// Stops the watch; `tally` is what was done since the start.
    pub(super) fn stop(self, tally: Tally) -> Sample {
        let wall = self.begin.elapsed();
        let after = CpuTimes::read(self.process, self.by_children);
        let since = |time: fn(&CpuTimes) -> Option<Duration>| {
            let used = time(&after)?.checked_sub(time(&self.before)?)?;
            // Less than one of the clock's steps is not known to be anything.
            (!used.is_zero()).then_some(used)
        };
        let (cpu, clients_cpu) = (since(|times| times.program), since(|times| times.clients));
        let others = since(|times| times.everybody).map(|everybody| {
            let ours = cpu.unwrap_or_default() + clients_cpu.unwrap_or_default();
            everybody.saturating_sub(ours).as_secs_f64() / wall.as_secs_f64()
        });
        Sample {
            tally,
            wall,
            cpu,
            clients_cpu,
            others,
            ..Sample::default()
        }
    }
}

/// The processor time that was used until now, in user and kernel mode. None where there is no
/// `/proc`.
struct CpuTimes {
    program: Option<Duration>,
    clients: Option<Duration>,
    /// Everybody together; and what the host of a virtual machine gave to others, which comes to the
    /// same for us.
    everybody: Option<Duration>,
}

impl CpuTimes {
    fn read(program: &Process, by_children: bool) -> CpuTimes {
        let us = std::process::id();
        let clients = if by_children {
            times(us).map(|[_, ended]| ended)
        } else {
            of_process(us)
        };
        CpuTimes {
            program: of_family(program.id()),
            clients,
            everybody: of_everybody(),
        }
    }
}

/// Time in the unit of these files, USER_HZ: a part of Linux's interface, and 100 a second wherever
/// we run.
fn ticks(count: u64) -> Duration {
    Duration::from_millis(10 * count)
}

/// What a process has used, over all its threads.
///
/// It does not hold what the kernel does on its own account. Over loopback that is little: a segment
/// is received on the time of the process that sends it.
fn of_process(process: u32) -> Option<Duration> {
    times(process).map(|[own, _]| own)
}

/// The same with its children, if it has any: some servers have a process for each processor.
fn of_family(process: u32) -> Option<Duration> {
    let own = of_process(process)?;
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let children = children.unwrap_or_default();
    let children = children.split_ascii_whitespace();
    let children = children.filter_map(|child| of_process(child.parse().ok()?));
    Some(own + children.sum::<Duration>())
}

/// What a process has used itself, and what its children had that have ended.
fn times(process: u32) -> Option<[Duration; 2]> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is the program's name in parentheses, which may itself hold spaces and
    // parentheses; behind the last of them the fields are plain. User time is the 14th, kernel time
    // the 15th, and the 16th and 17th are those of children.
    let (_, from_third) = stat.rsplit_once(')')?;
    let fields = from_third.split_ascii_whitespace().skip(14 - 3);
    let fields: Vec<u64> = fields.map_while(|field| field.parse().ok()).collect();
    let &[user, kernel, ended_user, ended_kernel, ..] = fields.as_slice() else {
        return None;
    };
    Some([ticks(user + kernel), ticks(ended_user + ended_kernel)])
}

/// What a program that runs to its end used of the machine, as far as the system tells while it runs:
/// who asks afterwards finds nothing any more.
#[derive(Default)]
pub(super) struct Used {
    /// From its start to its end.
    pub wall: Duration,
    /// The processor time.
    pub cpu: Option<Duration>,
    /// The most memory that it had at once, in bytes.
    pub peak: Option<u64>,
}

/// Runs a program to its end, for `limit` at most, and looks at it every few milliseconds. What it used
/// in the last of them is not in the figures; its memory had most likely reached its peak before.
///
/// # Errors
/// When it does not end in time, or not well.
pub(super) fn run(program: Launch, limit: Duration) -> Result<Used> {
    const LOOK: Duration = Duration::from_millis(5);
    let begin = Instant::now();
    let process = program.try_spawn()?;
    let mut used = Used::default();
    loop {
        used.cpu = of_process(process.id()).or(used.cpu);
        used.peak = peak_of_process(process.id()).or(used.peak);
        match process.wait(LOOK) {
            Ok(output) => {
                ensure!(output.success(), "{output}");
                used.wall = output.elapsed;
                return Ok(used);
            }
            Err(failure) if begin.elapsed() > limit => return Err(failure.into()),
            Err(_) => {}
        }
    }
}

/// The most memory that a process has had, in bytes.
fn peak_of_process(process: u32) -> Option<u64> {
    size_of_process(process, "VmHWM:")
}

/// The memory that a process has now, in bytes.
pub(super) fn memory(process: &Process) -> Option<u64> {
    size_of_process(process.id(), "VmRSS:")
}

fn size_of_process(process: u32, which: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(which))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// What was used by everybody together.
fn of_everybody() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    // `cpu`, then the time in user mode, user mode with low priority, kernel mode, idle, idle while a
    // disk works, in interrupts, in soft interrupts, and stolen by the host.
    let fields: Vec<u64> = stat
        .lines()
        .next()?
        .split_ascii_whitespace()
        .skip(1)
        .map_while(|field| field.parse().ok())
        .collect();
    let &[user, low, kernel, _, _, interrupts, soft, stolen, ..] = fields.as_slice() else {
        return None;
    };
    Some(ticks(user + low + kernel + interrupts + soft + stolen))
}

/// Holds a process: returns when it stands still. Its sockets go on without it; the kernel
/// completes handshakes for as long as there is room in the backlog.
///
/// # Errors
/// When the process has ended.
#[cfg(unix)]
pub(super) fn hold(process: &Process) -> Result<()> {
    use rustix::process::{Signal, WaitId, WaitIdOptions, kill_process, waitid};

    let pid = pid(process)?;
    kill_process(pid, Signal::STOP).context("cannot hold it")?;
    // A signal is only a request; this returns when it has been followed, or the process has ended.
    // NOWAIT leaves the news to the harness, whose task it is to reap the process.
    let options = WaitIdOptions::STOPPED | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    let status = waitid(WaitId::Pid(pid), options).context("cannot wait until it stands still")?;
    ensure!(
        status.is_some_and(|status| status.stopped()),
        "it has ended by itself"
    );
    Ok(())
}

/// Lets a process that is held go on.
#[cfg(unix)]
pub(super) fn let_go(process: &Process) -> Result<()> {
    use rustix::process::{Signal, kill_process};

    kill_process(pid(process)?, Signal::CONT).context("cannot let it go on")
}

#[cfg(unix)]
fn pid(process: &Process) -> Result<rustix::process::Pid> {
    let id = i32::try_from(process.id()).ok();
    id.and_then(rustix::process::Pid::from_raw)
        .context("not a process number")
}

/// Windows cannot hold a process.
#[cfg(not(unix))]
pub(super) fn hold(_process: &Process) -> Result<()> {
    anyhow::bail!("this system cannot hold a process")
}

/// Windows cannot hold a process.
#[cfg(not(unix))]
pub(super) fn let_go(_process: &Process) -> Result<()> {
    anyhow::bail!("this system cannot hold a process")
}

/// How many connections this system keeps in a backlog at most, however many a server asks for.
pub(super) fn longest_backlog() -> usize {
    /// What the BSDs and macOS have, and Linux had for long.
    const USUAL: usize = 128;
    fs::read_to_string("/proc/sys/net/core/somaxconn")
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(USUAL)
}
