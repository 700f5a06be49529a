//! The conversation with each client: bytes in, requests one after the other, answers out.
//!
//! There is a service for each loop, with its own kept files, so that no thread waits for another.

mod answering;

use std::sync::Arc;
use std::time::Instant;

use common::event_loop::{self, Connections, Goodbye, Id};

use crate::access_log::AccessLog;
use crate::body::Body;
use crate::clock::Clock;
use crate::folder::Folder;
use crate::kept::{Files, Ready};
use crate::request::{self, Fields, Parsed};
use crate::status::{Refusal, Status};
use crate::{MAX_WAITING, MAX_WAITING_PIECES, REQUEST_TIME};
use answering::hello;

/// The fields of a request that was not read.
const UNREAD: Fields<'_> = Fields::NONE;

/// What is served.
#[derive(Debug)]
pub enum Site {
    /// The tutorial's answer.
    Hello,
    /// A folder.
    Folder(Folder),
}

/// Serves a site.
#[derive(Debug)]
pub struct Service {
    site: Arc<Site>,
    hello: Ready,
    files: Files,
    clock: Clock,
    log: Option<AccessLog>,
}

/// A client.
#[derive(Debug)]
pub struct Visitor {
    peer: String,
    /// What has arrived of the next request.
    pending: Vec<u8>,
    /// A request of which the body is still to come.
    upload: Option<Upload>,
    /// Headers and bodies that have arrived as a whole.
    arrived: u64,
    has_alarm: bool,
    /// Too much waits to be sent; the next request has to wait too.
    is_full: bool,
}

#[derive(Debug)]
struct Upload {
    header: Box<[u8]>,
    body: Body,
}

/// What became of bytes that arrived.
enum Step {
    /// So many were understood.
    Took(usize),
    /// More are needed, or they have to wait.
    Waits,
    /// Nothing more is heard from this client.
    Ends,
}

type All = Connections<Visitor>;

impl Service {
    /// A service that keeps so many bytes of files.
    pub fn new(site: Arc<Site>, cache_size: usize, log: Option<AccessLog>) -> Self {
        let clock = Clock::default();
        Service {
            site,
            hello: Ready::new(&hello(), &clock),
            files: Files::new(cache_size),
            clock,
            log,
        }
    }

    /// Does what can be done with `bytes`, all that there are, and returns how many are left for
    /// later.
    fn work(&mut self, id: Id, bytes: &[u8], all: &mut All) -> usize {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.step(id, rest, all) {
                Step::Took(length) => rest = &rest[length..],
                Step::Waits => break,
                Step::Ends => return 0,
            }
        }
        rest.len()
    }

    fn step(&mut self, id: Id, bytes: &[u8], all: &mut All) -> Step {
        let Some(visitor) = all.client(id) else {
            return Step::Ends;
        };
        if visitor.upload.is_some() {
            return self.upload(id, bytes, all);
        }
        // Some clients end a body with an empty line that does not belong to it (RFC 9112, 2.2).
        if bytes.starts_with(b"\r\n") {
            return Step::Took(2);
        }
        let (waiting, pieces) = all.queued(id);
        if waiting > MAX_WAITING || pieces > MAX_WAITING_PIECES {
            all.pause(id);
            all.tell_when_sent(id);
            if let Some(visitor) = all.client(id) {
                visitor.is_full = true;
            }
            return Step::Waits;
        }
        match request::parse(bytes) {
            Parsed::Incomplete => Step::Waits,
            Parsed::Refused(refusal) => self.refuse(id, bytes, &UNREAD, refusal, all),
            Parsed::Complete(request, length) => {
                let (header, rest) = bytes.split_at(length);
                match Body::new(request.body) {
                    Err(refusal) => self.refuse(id, header, &request.fields, refusal, all),
                    Ok(body) if body.is_done() => {
                        self.answer(id, &request, header, rest.is_empty(), all)
                    }
                    Ok(body) => {
                        if request.expects_continue && rest.is_empty() {
                            let go_on = format!("HTTP/1.1 {}\r\n\r\n", Status(100));
                            all.send(id, &go_on.into_bytes().into());
                        }
                        let header = header.into();
                        if let Some(visitor) = all.client(id) {
                            visitor.arrived += 1;
                            visitor.upload = Some(Upload { header, body });
                        }
                        Step::Took(length)
                    }
                }
            }
        }
    }

    /// Throws a body away; when it ends, its request is answered.
    fn upload(&mut self, id: Id, bytes: &[u8], all: &mut All) -> Step {
        let Some(visitor) = all.client(id) else {
            return Step::Ends;
        };
        let Some(mut upload) = visitor.upload.take() else {
            return Step::Took(0);
        };
        let length = match upload.body.take(bytes) {
            Ok(length) => length,
            Err(refusal) => return self.refuse(id, &upload.header, &UNREAD, refusal, all),
        };
        if !upload.body.is_done() {
            visitor.upload = Some(upload);
            return Step::Took(length);
        }
        let Parsed::Complete(request, _) = request::parse(&upload.header) else {
            return Step::Ends;
        };
        let is_last = length == bytes.len();
        match self.answer(id, &request, &upload.header, is_last, all) {
            Step::Took(_) => Step::Took(length),
            other => other,
        }
    }

    /// Works on what has come, and keeps what is left.
    fn go_on(&mut self, id: Id, bytes: &[u8], mut pending: Vec<u8>, all: &mut All) {
        let arrived = all.client(id).map_or(0, |visitor| visitor.arrived);
        // What most clients send is a whole request, and is read where it is.
        let left = if pending.is_empty() {
            let left = self.work(id, bytes, all);
            pending.extend_from_slice(&bytes[bytes.len() - left..]);
            left
        } else {
            pending.extend_from_slice(bytes);
            let left = self.work(id, &pending, all);
            pending.drain(..pending.len() - left);
            left
        };
        let Some(visitor) = all.client(id) else {
            return;
        };
        // An idle connection holds no buffer.
        visitor.pending = if left == 0 { Vec::new() } else { pending };
        let is_begun = left > 0 || visitor.upload.is_some();
        let is_waited_for = is_begun && !visitor.is_full;
        let is_another = visitor.arrived != arrived;
        let had_alarm = std::mem::replace(&mut visitor.has_alarm, is_waited_for);
        if is_waited_for && (is_another || !had_alarm) {
            all.set_alarm(id, Some(Instant::now() + REQUEST_TIME));
        } else if had_alarm && !is_waited_for {
            all.set_alarm(id, None);
        }
    }
}

impl event_loop::Service for Service {
    type Client = Visitor;

    fn connected(&mut self, _id: Id, peer: String, _all: &mut All) -> Visitor {
        Visitor {
            peer,
            pending: Vec::new(),
            upload: None,
            arrived: 0,
            has_alarm: false,
            is_full: false,
        }
    }

    fn received(&mut self, id: Id, bytes: &[u8], all: &mut All) {
        let Some(visitor) = all.client(id) else {
            return;
        };
        let pending = std::mem::take(&mut visitor.pending);
        self.go_on(id, bytes, pending, all);
    }

    fn sent(&mut self, id: Id, all: &mut All) {
        let Some(visitor) = all.client(id) else {
            return;
        };
        visitor.is_full = false;
        let pending = std::mem::take(&mut visitor.pending);
        all.resume(id);
        self.go_on(id, &pending, Vec::new(), all);
    }

    fn ended(&mut self, id: Id, all: &mut All) {
        all.finish(id, Goodbye::AtOnce);
    }

    fn alarm(&mut self, id: Id, all: &mut All) {
        let Some(visitor) = all.client(id) else {
            return;
        };
        let pending = std::mem::take(&mut visitor.pending);
        let late = Refusal::new(408, "the request took too long to arrive");
        self.refuse(id, &pending, &UNREAD, late, all);
    }

    fn gone(&mut self, _id: Id, visitor: Visitor, why: Option<&str>, _all: &mut All) {
        let peer = visitor.peer;
        match why {
            Some(why) => tracing::debug!("dropped {peer}: {why}"),
            None => tracing::debug!("{peer} left"),
        }
    }

    fn turn_begins(&mut self) {
        self.clock.look();
    }

    fn turn_ends(&mut self) {
        if let Some(log) = &mut self.log {
            log.write();
        }
    }
}
