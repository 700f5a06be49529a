//! One request, answered: by what is kept, by what is made anew, or by a refusal.

use common::event_loop::{Goodbye, Id};

use super::{All, Service, Site, Step};
use crate::access_log::Visit;
use crate::answer::{Answer, Connection, Content, Piece};
use crate::clock::Clock;
use crate::folder::Sought;
use crate::kept::Ready;
use crate::request::{Fields, Method, Request};
use crate::status::Refusal;
use crate::target;

/// What the tutorial's server answers to everybody.
const HELLO: &[u8] = b"<h1>Hello World!</h1>";

impl Service {
    /// Answers a request, with the header that it was read from; `is_last` if nothing has come behind
    /// it.
    pub(super) fn answer(
        &mut self,
        id: Id,
        request: &Request<'_>,
        header: &[u8],
        is_last: bool,
        all: &mut All,
    ) -> Step {
        let connection = match (request.keep_alive, request.is_1_1) {
            (false, _) => Connection::Close,
            (true, true) => Connection::Stays,
            (true, false) => Connection::KeepAlive,
        };
        let (status, length) = match self.ready(request) {
            Some((ready, clock)) => {
                all.send(id, &ready.now(connection, clock));
                (200, ready.length())
            }
            None => {
                let answer = match self.compose(request) {
                    Ok(answer) => answer,
                    Err(refusal) => {
                        return self.refuse(id, header, &request.fields, refusal, all);
                    }
                };
                let seen = (answer.status.0, answer.length());
                self.send(id, answer, request.method, connection, all);
                match request.method {
                    Method::Head => (seen.0, 0),
                    _ => seen,
                }
            }
        };
        if self.log.is_some() {
            self.note(id, header, status, length, &request.fields, all);
        }
        if let Some(visitor) = all.client(id) {
            visitor.arrived += 1;
        }
        if connection == Connection::Close {
            // The client has said that it will send no more.
            let goodbye = match is_last {
                true => Goodbye::AtOnce,
                false => Goodbye::Gentle,
            };
            all.finish(id, goodbye);
            return Step::Ends;
        }
        Step::Took(header.len())
    }

    /// The answer, if it need only be sent.
    fn ready(&mut self, request: &Request<'_>) -> Option<(&mut Ready, &Clock)> {
        if request.method != Method::Get || request.fields.are_conditional() {
            return None;
        }
        let ready = match &*self.site {
            Site::Hello => {
                target::decode(request.target).ok()?;
                &mut self.hello
            }
            Site::Folder(folder) => {
                let accepted = request.fields.accept_encoding;
                self.files
                    .get(request.target, accepted, folder, &self.clock)?
            }
        };
        Some((ready, &self.clock))
    }

    /// The answer, made anew. A target that cannot be meant well is an error.
    fn compose(&mut self, request: &Request<'_>) -> Result<Answer, Refusal> {
        if request.method == Method::Other {
            let refusal = Refusal::new(405, "only GET and HEAD are done here");
            return Ok(Answer::refusing(refusal).with("Allow", "GET, HEAD"));
        }
        let target = target::decode(request.target)?;
        let Site::Folder(folder) = &*self.site else {
            return Ok(hello());
        };
        let sought = match folder.seek(&target) {
            Ok(sought) => sought,
            Err(refusal) => return Ok(Answer::refusing(refusal)),
        };
        if let Sought::File(source) = &sought
            && request.method == Method::Get
            && !request.fields.are_conditional()
        {
            self.files.keep(request.target, source, &self.clock);
        }
        Ok(folder.answer(sought, &request.fields, request.method == Method::Get))
    }

    fn send(&self, id: Id, answer: Answer, method: Method, connection: Connection, all: &mut All) {
        let mut header = answer.header(connection, &self.clock);
        match answer.body {
            Content::Bytes(bytes) if method != Method::Head => {
                header.extend_from_slice(&bytes);
                all.send(id, &header.into());
            }
            Content::Pieces(pieces) if method != Method::Head => {
                all.send(id, &header.into());
                for piece in pieces {
                    match piece {
                        Piece::Bytes(bytes) => all.send(id, &bytes.into()),
                        Piece::File { file, at, length } => all.send_file(id, &file, at, length),
                    }
                }
            }
            _ => all.send(id, &header.into()),
        }
    }

    /// Says no, and that is the end: where the next request would begin is not known.
    pub(super) fn refuse(
        &mut self,
        id: Id,
        request: &[u8],
        fields: &Fields<'_>,
        refusal: Refusal,
        all: &mut All,
    ) -> Step {
        let answer = Answer::refusing(refusal);
        if self.log.is_some() {
            let (status, length) = (answer.status.0, answer.length());
            self.note(id, request, status, length, fields, all);
        }
        self.send(id, answer, Method::Get, Connection::Close, all);
        all.finish(id, Goodbye::Gentle);
        Step::Ends
    }

    fn note(
        &mut self,
        id: Id,
        header: &[u8],
        status: u16,
        length: u64,
        fields: &Fields<'_>,
        all: &mut All,
    ) {
        let (Some(log), Some(visitor)) = (&mut self.log, all.client(id)) else {
            return;
        };
        let line_end = memchr::memchr2(b'\r', b'\n', header);
        let visit = Visit {
            peer: &visitor.peer,
            request: &header[..line_end.unwrap_or(header.len())],
            status,
            length,
            referer: fields.referer,
            user_agent: fields.user_agent,
        };
        log.note(&visit, &self.clock);
    }
}

/// The tutorial's answer.
pub(super) fn hello() -> Answer {
    Answer::new(200, Content::Bytes(HELLO.to_vec()))
        .with("Content-Type", "text/html; charset=utf-8")
}
