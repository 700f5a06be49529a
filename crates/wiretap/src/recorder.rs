//! From those who relay to the tape and the screen: a queue, and a thread at its end.
//!
//! The queue is bounded. If the disk or the terminal is slower than the line, the line waits; no
//! event is lost, and memory does not grow.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context;
use common::exit::print;
use common::shutdown::Shutdown;

use crate::event::{Event, Side, What};
use crate::steps::Steps;
use crate::tape::write::Tape;
use crate::view::View;

/// Events that may wait. One holds at most what one read takes, so that is 16 MiB.
const QUEUE: usize = 256;

/// Takes events from any thread; clones share one queue.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Option<Arc<Queue>>);

#[derive(Debug)]
struct Queue {
    started: Instant,
    /// Behind a lock, so that the order of the times is that of the events.
    sender: Mutex<Option<SyncSender<Event>>>,
}

/// The thread at the end of the queue.
#[derive(Debug)]
pub struct Recording {
    recorder: Recorder,
    thread: Option<JoinHandle<anyhow::Result<()>>>,
}

impl Recording {
    /// Begins to write to `tape` and to show in `view`, whichever there are. What cannot be written
    /// any more ends the program: `shutdown` is requested, and [`Self::finish`] says why.
    ///
    /// # Errors
    /// The system has no room for a thread.
    pub fn start(
        tape: Option<Tape>,
        view: Option<Box<dyn View>>,
        shutdown: &Shutdown,
    ) -> anyhow::Result<Self> {
        if tape.is_none() && view.is_none() {
            let recorder = Recorder::default();
            return Ok(Recording {
                recorder,
                thread: None,
            });
        }
        let (sender, events) = mpsc::sync_channel(QUEUE);
        let started = Instant::now();
        let queue = Queue {
            started,
            sender: Mutex::new(Some(sender)),
        };
        let shutdown = shutdown.clone();
        let work = move || {
            let written = Writer::new(tape, view, started).run(&events);
            // From here on nothing takes events; whoever sends one is told by the closed channel.
            drop(events);
            if written.is_err() {
                shutdown.request();
            }
            written
        };
        let thread = thread::Builder::new().name("recorder".into()).spawn(work);
        Ok(Recording {
            recorder: Recorder(Some(Arc::new(queue))),
            thread: Some(thread.context("cannot start the recorder")?),
        })
    }

    /// Where events are to be sent.
    pub fn recorder(&self) -> Recorder {
        self.recorder.clone()
    }

    /// Writes and shows what is in the queue, and ends.
    ///
    /// # Errors
    /// The tape could not be written, or stdout was closed.
    pub fn finish(self) -> anyhow::Result<()> {
        if let Some(queue) = &self.recorder.0 {
            let mut sender = queue.sender.lock().unwrap_or_else(PoisonError::into_inner);
            *sender = None;
        }
        match self.thread.map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(written)) => written,
            Some(Err(_)) => anyhow::bail!("the recorder has failed"),
        }
    }
}

impl Recorder {
    /// Whether anybody wants to know.
    pub fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Records what one side did, now. Waits while the queue is full.
    pub fn record(&self, connection: u64, side: Side, what: What) {
        let Some(queue) = &self.0 else {
            return;
        };
        let sender = queue.sender.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = &*sender {
            let time = queue.started.elapsed();
            // It fails when the recorder has ended, and that it says itself.
            let _ = sender.send(Event {
                time,
                connection,
                side,
                what,
            });
        }
    }
}

struct Writer {
    tape: Option<Tape>,
    view: Option<(Box<dyn View>, Steps)>,
    started: Instant,
    shown: String,
}

impl Writer {
    fn new(tape: Option<Tape>, view: Option<Box<dyn View>>, started: Instant) -> Self {
        let view = view.map(|view| {
            let steps = Steps::new(view.wish());
            (view, steps)
        });
        Writer {
            tape,
            view,
            started,
            shown: String::new(),
        }
    }

    fn run(mut self, events: &Receiver<Event>) -> anyhow::Result<()> {
        if let Some((view, _)) = &mut self.view {
            view.begin(&mut self.shown);
        }
        self.show()?;
        loop {
            let event = match self.next(events)? {
                Next::Event(event) => event,
                Next::Pause => continue,
                Next::End => break,
            };
            if let Some(tape) = &mut self.tape {
                tape.write(&event)?;
            }
            if let Some((_, steps)) = &mut self.view {
                steps.take(&event);
            }
            self.show()?;
        }
        if let Some((view, steps)) = &mut self.view {
            steps.end();
            while let Some(step) = steps.next_step() {
                view.step(&step, &mut self.shown);
            }
            view.end(&mut self.shown);
        }
        // The tape first: it is to be whole even if nobody reads our stdout.
        if let Some(tape) = &mut self.tape {
            tape.flush()?;
        }
        self.show()
    }

    /// Waits for an event, or for the end of a pause after which a message is complete.
    fn next(&mut self, events: &Receiver<Event>) -> anyhow::Result<Next> {
        if let Ok(event) = events.try_recv() {
            return Ok(Next::Event(event));
        }
        // Before a rest everything is where others can see it.
        if let Some(tape) = &mut self.tape {
            tape.flush()?;
        }
        let pause = self.view.as_ref().and_then(|(_, steps)| steps.next_pause());
        let Some(pause) = pause else {
            return Ok(events.recv().map_or(Next::End, Next::Event));
        };
        let patience = pause.saturating_sub(self.started.elapsed());
        match events.recv_timeout(patience + Duration::from_millis(1)) {
            Ok(event) => Ok(Next::Event(event)),
            Err(RecvTimeoutError::Disconnected) => Ok(Next::End),
            Err(RecvTimeoutError::Timeout) => {
                if let Some((_, steps)) = &mut self.view {
                    steps.end_pauses(self.started.elapsed());
                }
                self.show()?;
                Ok(Next::Pause)
            }
        }
    }

    fn show(&mut self) -> anyhow::Result<()> {
        if let Some((view, steps)) = &mut self.view {
            while let Some(step) = steps.next_step() {
                view.step(&step, &mut self.shown);
            }
        }
        if !self.shown.is_empty() {
            print(self.shown.as_bytes())?;
            self.shown.clear();
        }
        Ok(())
    }
}

enum Next {
    Event(Event),
    Pause,
    End,
}
