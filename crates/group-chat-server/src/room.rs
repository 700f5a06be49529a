//! The room: who is in it, and who hears what.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use chrono::{SecondsFormat, Utc};
use common::event_loop::{Connections, Id, Service};
use common::exit::print_line;
use common::framing::PAUSE;
use common::printable::printable;
use common::shutdown::Shutdown;

use crate::nickname;
use crate::person::{Manners, Person, Sent};
use crate::protocol::{EVERYONE, ErrorCode, Reply, Request};
use crate::said::{Kind, Name, Parcel, Said};

/// After so many refused nicknames the connection is closed.
const MAX_REFUSED: u8 = 3;

/// What leaves an open room.
const QUIT: &str = "quit";

/// What the tutorial's server says when somebody is not there: "the other side is offline and
/// cannot receive messages".
const OFFLINE: &str = "对方已离线,不能接收消息";

/// How the room is run.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How people are talked to.
    pub manners: Manners,
    /// How many messages those who join are told.
    pub history: usize,
    /// Joins and leaves are told while fewer are in the room.
    pub announce_below: usize,
}

/// The room.
pub struct Room {
    rules: Rules,
    /// By [`nickname::key`] (in an open room, by address).
    names: HashMap<String, Id>,
    /// Those in the room.
    members: Vec<Id>,
    history: VecDeque<Said>,
    console: Receiver<String>,
    shutdown: Shutdown,
}

type All = Connections<Person>;

impl Room {
    /// An empty room. `console` brings the operator's lines.
    pub fn new(rules: Rules, console: Receiver<String>, shutdown: Shutdown) -> Self {
        Room {
            rules,
            names: HashMap::new(),
            members: Vec::new(),
            history: VecDeque::new(),
            console,
            shutdown,
        }
    }

    fn open(&self) -> bool {
        self.rules.manners.open
    }

    /// Handles all that somebody has sent, as fast as it may talk.
    fn hear(&mut self, id: Id, all: &mut All) {
        loop {
            let Some(person) = all.client(id) else { return };
            match person.next_sent() {
                None => break,
                Some(Sent::Text(text)) => self.heard(id, text, all),
                Some(Sent::TooLong) => self.too_long(id, all),
                Some(Sent::TooFast(wait)) => {
                    let rate = self.rules.manners.rate;
                    let text =
                        format!("at most {rate} messages a second are taken; yours will wait");
                    if person.tell_of_rate() {
                        let told = person.error(ErrorCode::SlowDown, &text, text.clone());
                        all.send(id, &told);
                    }
                    // What has arrived waits here, what has not waits in its peer: TCP sees to it.
                    all.pause(id);
                    return all.set_alarm(id, Some(Instant::now() + wait));
                }
            }
        }
        let Some(person) = all.client(id) else { return };
        let alarm = person.pause_at();
        all.resume(id);
        all.set_alarm(id, alarm);
    }

    fn heard(&mut self, id: Id, text: String, all: &mut All) {
        let Some(person) = all.client(id) else { return };
        tracing::trace!("{} sent {}", person.peer, printable(&text));
        if person.is_framed() {
            match serde_json::from_str(&text) {
                Ok(request) => self.asked(id, request, all),
                Err(error) => {
                    let why = format!("not understood: {error}");
                    self.complain(id, ErrorCode::BadMessage, &why, all);
                }
            }
        } else if self.open() {
            match text.as_str() {
                QUIT => all.close(id),
                _ => self.say(id, EVERYONE, text, all),
            }
        } else if person.name.is_none() {
            self.join(id, &text, all);
        } else {
            let (to, text) = address(&text);
            self.say(id, to, text.to_owned(), all);
        }
    }

    fn asked(&mut self, id: Id, request: Request, all: &mut All) {
        let Some(person) = all.client(id) else { return };
        let joined = person.name.is_some();
        match request {
            Request::Ping {} => all.send(id, &Kind::frame(&Reply::Pong {})),
            Request::Join { .. } if joined && !self.open() => {
                self.complain(id, ErrorCode::BadMessage, "you are in already", all);
            }
            Request::Join { nick } => self.join(id, &nick, all),
            _ if !joined => self.complain(id, ErrorCode::BadMessage, "join first", all),
            Request::Say { to, text } => self.say(id, &to, text, all),
            Request::Who {} => {
                let nicks = self.nicknames(all);
                all.send(id, &Kind::frame(&Reply::People { nicks }));
            }
        }
    }

    fn complain(&self, id: Id, code: ErrorCode, why: &str, all: &mut All) {
        if let Some(person) = all.client(id) {
            let told = person.error(code, why, why.to_owned());
            all.send(id, &told);
        }
    }

    fn too_long(&mut self, id: Id, all: &mut All) {
        let most = self.rules.manners.max_message;
        let why = format!("a message has at most {most} bytes; yours was thrown away");
        self.complain(id, ErrorCode::TooLong, &why, all);
        // In a frame it was announced, so it was meant; and all of it is still to come.
        if all.client(id).is_some_and(|person| person.is_framed()) {
            all.close(id);
        }
    }

    /// Lets somebody in under a nickname, or says why not.
    fn join(&mut self, id: Id, nick: &str, all: &mut All) {
        if self.open() {
            return self.welcome(id, all);
        }
        let refusal = match nickname::check(nick) {
            Err(why) => Some((ErrorCode::NickInvalid, why.to_string())),
            Ok(()) if self.names.contains_key(&nickname::key(nick)) => {
                Some((ErrorCode::NickTaken, "that nickname is taken".to_owned()))
            }
            Ok(()) => None,
        };
        let Some((code, why)) = refusal else {
            self.enter(id, nick.into(), all);
            return self.welcome(id, all);
        };
        self.complain(id, code, &why, all);
        let Some(person) = all.client(id) else { return };
        person.refused += 1;
        if person.refused >= MAX_REFUSED {
            all.close(id);
        }
    }

    /// Puts somebody into the room.
    fn enter(&mut self, id: Id, name: Name, all: &mut All) {
        let Some(person) = all.client(id) else { return };
        person.name = Some(Rc::clone(&name));
        tracing::debug!("{} is {}", person.peer, printable(name.as_bytes()));
        self.members.push(id);
        self.names.insert(nickname::key(&name), id);
    }

    /// Tells somebody who is new what there is to know, and the others of the new one.
    fn welcome(&mut self, id: Id, all: &mut All) {
        let Some(person) = all.client(id) else { return };
        let (kind, Some(name)) = (person.kind(), person.name.clone()) else {
            return;
        };
        if kind == Kind::Framed {
            let online = self.members.len();
            let nick = name.to_string();
            all.send(id, &Kind::frame(&Reply::Welcome { nick, online }));
        }
        if !self.open() {
            for said in &self.history {
                all.send(id, Parcel::new(said).bytes(kind));
            }
            self.announce(id, format!("{name} has joined"), all);
        }
    }

    fn announce(&mut self, about: Id, text: String, all: &mut All) {
        if self.members.len() < self.rules.announce_below {
            self.tell(&Said::Notice(text), |id| id != about, all);
        }
    }

    /// Carries what somebody said to those it is for.
    fn say(&mut self, from: Id, to: &str, text: String, all: &mut All) {
        let Some(person) = all.client(from) else {
            return;
        };
        let Some(name) = person.name.clone() else {
            return;
        };
        let to_all = to.is_empty() || to.eq_ignore_ascii_case(EVERYONE);
        let said = |to: &str| Said::Message {
            from: name,
            to: to.into(),
            text,
            time: Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
        };
        if to_all {
            let said = said(EVERYONE);
            let open = self.open();
            self.tell(&said, |id| open || id != from, all);
            if self.rules.history > 0 {
                self.history.truncate(self.rules.history);
                if self.history.len() == self.rules.history {
                    self.history.pop_front();
                }
                self.history.push_back(said);
            }
            return;
        }
        let Some(&there) = self.names.get(&nickname::key(to)) else {
            let english = format!("{to} is not online");
            let told = person.error(ErrorCode::NotOnline, OFFLINE, english);
            return all.send(from, &told);
        };
        let Some(to) = all.client(there) else { return };
        let (kind, to) = (to.kind(), to.name.clone().unwrap_or_default());
        all.send(there, Parcel::new(&said(&to)).bytes(kind));
    }

    /// Tells those in the room for whom `hears` is true.
    fn tell(&mut self, said: &Said, hears: impl Fn(Id) -> bool, all: &mut All) {
        let mut parcel = Parcel::new(said);
        for &id in self.members.iter().filter(|&&id| hears(id)) {
            let Some(person) = all.client(id) else {
                continue;
            };
            if person.is_settled() {
                let kind = person.kind();
                all.send(id, parcel.bytes(kind));
            } else {
                person.held.push(said.clone());
            }
        }
    }

    fn nicknames(&self, all: &mut All) -> Vec<String> {
        let name = |&id| Some(all.client(id)?.name.as_ref()?.to_string());
        self.members.iter().filter_map(name).collect()
    }

    /// Does what the operator typed.
    fn command(&mut self, line: &str, all: &mut All) {
        match line.trim() {
            "" => {}
            "quit" => self.shutdown.request(),
            "who" => {
                let mut names = self.nicknames(all);
                names.sort();
                names.insert(0, format!("{} online", self.members.len()));
                for name in names {
                    if let Err(error) = print_line(&printable(&name).to_string()) {
                        tracing::debug!("nobody reads the console: {error}");
                    }
                }
            }
            notice => self.tell(&Said::Notice(notice.to_owned()), |_| true, all),
        }
    }
}

/// Whom a text is for, and what it says: `TO:TEXT`. What has white space before the colon is just
/// text with a colon in it, for everyone.
fn address(text: &str) -> (&str, &str) {
    match text.split_once(':') {
        Some((to, rest)) if !to.contains(char::is_whitespace) => (to, rest),
        _ => (EVERYONE, text),
    }
}

impl Service for Room {
    type Client = Person;

    fn connected(&mut self, _id: Id, peer: String, _all: &mut All) -> Person {
        Person::new(peer, self.rules.manners)
    }

    fn entered(&mut self, id: Id, all: &mut All) {
        if !self.open() {
            return;
        }
        let Some(person) = all.client(id) else { return };
        let name = Name::from(person.peer.as_str());
        person.held.extend(self.history.iter().cloned());
        self.enter(id, name, all);
        // Whoever has said nothing by then is a text client that only listens.
        all.set_alarm(id, Some(Instant::now() + PAUSE));
    }

    fn received(&mut self, id: Id, bytes: &[u8], all: &mut All) {
        let Some(person) = all.client(id) else { return };
        let was_settled = person.is_settled();
        person.feed(bytes);
        if !was_settled {
            self.release(id, all);
        }
        self.hear(id, all);
    }

    fn ended(&mut self, id: Id, all: &mut All) {
        let Some(person) = all.client(id) else { return };
        person.end();
        self.hear(id, all);
    }

    fn alarm(&mut self, id: Id, all: &mut All) {
        let Some(person) = all.client(id) else { return };
        if person.is_settled() {
            person.pause();
        } else {
            person.settle(false);
            self.release(id, all);
        }
        self.hear(id, all);
    }

    fn gone(&mut self, id: Id, person: Person, why: Option<&str>, all: &mut All) {
        let Person { peer, name, .. } = person;
        let nick = name.as_deref().map(|name| format!(" {}", printable(name)));
        let nick = nick.unwrap_or_default();
        match why {
            Some(why) => tracing::info!("dropped {peer}{nick}: {why}"),
            None => tracing::debug!("{peer}{nick} left"),
        }
        let Some(name) = name else { return };
        self.names.remove(&nickname::key(&name));
        self.members.retain(|&member| member != id);
        if !self.open() && self.members.len() < self.rules.announce_below {
            let left = Said::Notice(format!("{name} has left"));
            self.tell(&left, |_| true, all);
        }
    }

    fn woken(&mut self, all: &mut All) {
        while let Ok(line) = self.console.try_recv() {
            self.command(&line, all);
        }
    }
}

impl Room {
    /// Tells somebody what was held back until it was known how.
    fn release(&mut self, id: Id, all: &mut All) {
        let Some(person) = all.client(id) else { return };
        let (kind, held) = (person.kind(), std::mem::take(&mut person.held));
        for said in held {
            all.send(id, Parcel::new(&said).bytes(kind));
        }
    }
}
