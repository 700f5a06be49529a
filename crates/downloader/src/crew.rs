//! Many downloads at once: a thread for each, and the next job for whoever is free.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use common::shutdown::Shutdown;

use crate::download::{Done, Download};
use crate::plan::Job;
use crate::report::failure_line;

/// How long those who download may take to put down what they hold, once the end was asked for.
/// Who is waiting for a name server or a connection then is left behind.
const GRACE: Duration = Duration::from_secs(1);

/// The stack of a thread. The buffers are not on it.
const STACK: usize = 256 << 10;

/// All buffers together, those of the library not counted, in bytes; and each at least and at most.
/// Large reads make few system calls; more than half a MiB does not fit into the processor's cache.
const ALL_BUFFERS: usize = 8 << 20;
const MIN_BUFFER: usize = 64 << 10;
const MAX_BUFFER: usize = 512 << 10;

/// How large the buffer is of each of so many.
pub fn buffer_size(workers: usize) -> usize {
    (ALL_BUFFERS / workers.max(1)).clamp(MIN_BUFFER, MAX_BUFFER)
}

/// Downloads everything, so many at once; or until the end is asked for.
///
/// # Errors
/// There are no threads to be had.
pub fn work(jobs: Vec<Job>, workers: usize, download: &Download) -> anyhow::Result<()> {
    let workers = workers.min(jobs.len());
    let jobs = Arc::new(jobs);
    let next = Arc::new(AtomicUsize::new(0));
    let (news, heard) = mpsc::channel();
    let wish = news.clone();
    // Whoever does not listen any more has heard enough.
    download
        .shutdown
        .calls_back(move || drop(wish.send(News::End)));
    for number in 1..=workers {
        let (jobs, next, news) = (Arc::clone(&jobs), Arc::clone(&next), news.clone());
        let download = download.clone();
        thread::Builder::new()
            .name(format!("download-{number}"))
            .stack_size(STACK)
            .spawn(move || {
                // Also if this thread panics.
                let _leaving = Leaving(news);
                let mut buffer = vec![0; buffer_size(workers)];
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if download.shutdown.is_requested() {
                        break;
                    }
                    one(job, &download, &mut buffer);
                }
            })
            .context("cannot start a thread")?;
    }
    wait(workers, &heard);
    Ok(())
}

/// Does something that waits for servers and leaves nothing behind; or not any longer than until the
/// end is asked for.
///
/// # Errors
/// The end was asked for, or there is no thread to be had.
pub fn interruptibly<T: Send + 'static>(
    shutdown: &Shutdown,
    task: impl FnOnce() -> T + Send + 'static,
) -> anyhow::Result<T> {
    let (news, heard) = mpsc::channel();
    let wish = news.clone();
    shutdown.calls_back(move || drop(wish.send(None)));
    thread::Builder::new()
        .name("download".into())
        .spawn(move || drop(news.send(Some(task()))))
        .context("cannot start a thread")?;
    match heard.recv() {
        Ok(Some(done)) if !shutdown.is_requested() => Ok(done),
        _ => bail!("interrupted"),
    }
}

/// What those who wait for the threads are told.
enum News {
    Left,
    End,
}

struct Leaving(mpsc::Sender<News>);

impl Drop for Leaving {
    fn drop(&mut self) {
        let _ = self.0.send(News::Left);
    }
}

fn wait(mut workers: usize, heard: &mpsc::Receiver<News>) {
    let mut deadline: Option<Instant> = None;
    while workers > 0 {
        let news = match deadline {
            None => heard.recv().map_err(drop),
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                heard.recv_timeout(left).map_err(drop)
            }
        };
        match news {
            Ok(News::Left) => workers -= 1,
            Ok(News::End) => deadline = Some(Instant::now() + GRACE),
            Err(()) => return,
        }
    }
}

fn one(job: &Job, download: &Download, buffer: &mut [u8]) {
    let report = &download.report;
    match download.run(job, buffer) {
        Ok(Done::Saved {
            path,
            size,
            promise_broken,
        }) => report.saved(&path, size, promise_broken),
        Ok(Done::Kept(path)) => report.kept(&path),
        // That is said once, and for all.
        Err(_) if download.shutdown.is_requested() => {}
        Err(failure) => {
            let line = match failure.is_local {
                true => failure.to_string(),
                false => failure_line(&job.errand.link, &failure),
            };
            report.failed(line, failure.is_passing());
        }
    }
}
