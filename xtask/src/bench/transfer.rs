//! Files that go from one folder to another, by whatever program: measured as whole runs of it.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use harness::{Launch, noise};

use super::peer::{self, Used};
use super::rounds::{Plan, Row, Sample, Tally};
use super::table::Table;
use crate::servers::Tool;

/// How many times as fast as a peer ours should be: it may take 1.25 times as long as the fastest.
const WANTED: f64 = 0.8;

/// The most memory that ours should need, in bytes: what is moved is not kept.
const MEMORY: u64 = 30_000_000;

/// How long one run may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What goes from one folder to another.
#[derive(Clone, Copy)]
pub(super) struct Load {
    /// How it is called in a table.
    pub what: &'static str,
    /// How many files there are, called `0.bin` and so on.
    pub files: usize,
    /// The size of each in bytes.
    pub size: u64,
}

impl Load {
    /// Many small files: what they cost is not their bytes.
    pub(super) const fn small(what: &'static str, files: usize) -> Load {
        let size = 20_000;
        Load { what, files, size }
    }

    /// One large file: what it costs is its bytes.
    pub(super) const LARGE: Load = Load {
        what: "a file of 1 GB",
        files: 1,
        size: 1_000_000_000,
    };

    /// The names of the files.
    pub(super) fn names(&self) -> impl Iterator<Item = String> + use<> {
        (0..self.files).map(|number| format!("{number}.bin"))
    }

    /// Writes the files.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let block = noise(self.size.min(10_000_000) as usize, 0);
        for name in self.names() {
            let mut file = File::create(folder.join(name)).context("cannot create a file")?;
            for _ in 0..self.size / block.len() as u64 {
                file.write_all(&block).context("cannot write a file")?;
            }
        }
        Ok(())
    }

    /// In what the work is counted: bytes where there are many, files where those are.
    pub(super) fn unit(&self) -> &'static str {
        match self.files {
            1 => "MB",
            _ => "files",
        }
    }

    fn done(&self) -> u64 {
        match self.files {
            1 => self.size / 1_000_000,
            files => files as u64,
        }
    }

    /// Checks that all has arrived: how many, and of what sizes.
    fn arrived(&self, folder: &Path) -> Result<()> {
        for name in self.names() {
            let found = fs::metadata(folder.join(&name)).map(|data| data.len());
            let arrived = found.as_ref().is_ok_and(|size| *size == self.size);
            ensure!(
                arrived,
                "expected {} bytes of {name}, found {found:?}",
                self.size
            );
        }
        let count = fs::read_dir(folder)
            .context("cannot read a folder")?
            .count();
        ensure!(
            count == self.files,
            "expected {} files, found {count}",
            self.files
        );
        Ok(())
    }
}

/// A program that moves a load.
pub(super) struct Mover<'a> {
    /// How it is called in a table.
    pub name: &'static str,
    /// What has to be installed for it, if it is not ours.
    pub tool: Option<&'static Tool>,
    /// The program, to be run; it is given the folder that it has to put the files into, or that they
    /// will be put into by a server.
    pub launch: &'a dyn Fn(&Path) -> Result<Launch>,
}

/// Compares ours with each of the peers. What arrives does so in `target`, which is emptied after each
/// run; without one, in a new folder each time.
pub(super) fn compare(
    plan: &Plan,
    title: &str,
    load: Load,
    ours: &Mover<'_>,
    peers: &[Mover<'_>],
    target: Option<&Path>,
) -> Result<Vec<Table>> {
    let table = |peer: &Mover<'_>| -> Result<Table> {
        let mut table = Table::new(title, load.unit(), peer.name);
        if peer.tool.is_some_and(|tool| tool.path().is_none()) {
            table.leave_out(load.what, &format!("there is no {}", peer.name));
            return Ok(table);
        }
        let measure = |mover: &Mover<'_>| again_and_again(mover, load, target, plan.each);
        let row = Row::measure(plan, load.what, WANTED, [ours, peer], measure)?;
        table.push(row.within(MEMORY));
        Ok(table)
    };
    peers.iter().map(table).collect()
}

/// Lets a program move the load again and again for `time`. The clock runs for the program only.
fn again_and_again(
    mover: &Mover<'_>,
    load: Load,
    target: Option<&Path>,
    time: Duration,
) -> Result<Sample> {
    whole_runs(time, || {
        let fresh = harness::temp_dir();
        let folder = target.unwrap_or(fresh.path());
        let used = peer::run((mover.launch)(folder)?, PATIENCE)?;
        load.arrived(folder)?;
        if target.is_some() {
            for name in load.names() {
                fs::remove_file(folder.join(name)).context("cannot remove a file")?;
            }
        }
        Ok((used, load.done()))
    })
}

/// Has a program run again and again for `time`, by `run`, which says how much got done. The clock runs
/// for the program only.
pub(super) fn whole_runs(
    time: Duration,
    mut run: impl FnMut() -> Result<(Used, u64)>,
) -> Result<Sample> {
    let begin = Instant::now();
    let mut sample = Sample {
        cpu: Some(Duration::ZERO),
        ..Sample::default()
    };
    while begin.elapsed() < time {
        let (used, done) = run()?;
        sample.tally.add(&Tally::of(done));
        sample.wall += used.wall;
        sample.cpu = sample.cpu.zip(used.cpu).map(|(sum, cpu)| sum + cpu);
        sample.peak = sample.peak.max(used.peak);
    }
    Ok(sample)
}
