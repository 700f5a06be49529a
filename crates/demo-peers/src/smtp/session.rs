//! The conversation: which command is in order, and what is answered.

use std::sync::Arc;

use common::exit::one_line;
use common::printable::{printable, printable_path};
use common::received::Receiving;

use super::Smtp;
use super::args::{Mechanism, Tls};
use super::command::{Command, decoded, plain};
use super::message::{Taken, take};
use super::wire::Wire;

/// The most recipients of a message.
pub const MAX_RECIPIENTS: usize = 1000;

/// One conversation.
pub struct Session<'a, 'w, 's> {
    smtp: &'a Smtp,
    wire: &'w mut Wire<'s>,
    said_hello: bool,
    logged_in: bool,
    mail: Option<Mail>,
}

/// An envelope that is being filled.
#[derive(Default)]
struct Mail {
    from: String,
    to: Vec<String>,
}

/// Whether there is more to say.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    End,
}

impl<'a, 'w, 's> Session<'a, 'w, 's> {
    /// A conversation over this connection.
    pub fn new(smtp: &'a Smtp, wire: &'w mut Wire<'s>) -> Self {
        Session {
            smtp,
            wire,
            said_hello: false,
            logged_in: false,
            mail: None,
        }
    }

    /// Has it, to its end.
    ///
    /// # Errors
    /// The client breaks off.
    pub fn talk(mut self) -> anyhow::Result<()> {
        if let Some(code) = self.smtp.refusal("connect") {
            return self.say(&format!("{code} Not today")).map(drop);
        }
        self.say("220 demo-peers ESMTP")?;
        while let Some(line) = self.wire.read_line()? {
            tracing::trace!("C: {}", shown(&line));
            if self.obey(Command::read(&line))? == Next::End {
                break;
            }
        }
        Ok(())
    }

    fn obey(&mut self, command: Command) -> anyhow::Result<Next> {
        match command {
            Command::Hello(extended) => self.hello(extended),
            Command::StartTls => self.start_tls(),
            Command::Auth(how, first) => self.log_in(&how, first),
            Command::Mail(from, size) => self.mail(from, size),
            Command::Rcpt(to) => self.rcpt(to),
            Command::Data => self.data(),
            Command::Reset => {
                self.mail = None;
                self.say("250 2.0.0 Forgotten")
            }
            Command::Noop => self.say("250 2.0.0 Fine"),
            Command::Verify => self.say("252 2.5.0 Send, and you will see"),
            Command::Quit => {
                self.say("221 2.0.0 Bye")?;
                Ok(Next::End)
            }
            Command::Unknown => self.say("502 5.5.1 What is that?"),
            Command::Malformed => self.say("501 5.5.4 That is not how it goes"),
        }
    }

    fn hello(&mut self, extended: bool) -> anyhow::Result<Next> {
        if let Some(code) = self.smtp.refusal("hello") {
            return self.refuse(code);
        }
        self.said_hello = true;
        self.mail = None;
        if !extended {
            return self.say("250 demo-peers");
        }
        let mut lines = vec![
            "demo-peers".to_owned(),
            format!("SIZE {}", self.smtp.max_size),
            "8BITMIME".to_owned(),
            "SMTPUTF8".to_owned(),
        ];
        if self.smtp.tls == Tls::Starttls && !self.wire.is_encrypted() {
            lines.push("STARTTLS".to_owned());
        }
        if self.one_may_log_in() {
            let mechanisms = self.smtp.mechanisms.iter().map(|how| match how {
                Mechanism::Plain => " PLAIN",
                Mechanism::Login => " LOGIN",
            });
            lines.push(format!("AUTH{}", mechanisms.collect::<String>()));
        }
        let last = lines.pop().unwrap_or_default();
        let before: String = lines.iter().map(|line| format!("250-{line}\r\n")).collect();
        self.say(&format!("{before}250 {last}"))
    }

    /// Not before it is encrypted, where it can be.
    fn one_may_log_in(&self) -> bool {
        self.smtp.tls == Tls::None || self.wire.is_encrypted()
    }

    fn start_tls(&mut self) -> anyhow::Result<Next> {
        let config = match &self.smtp.certificate {
            Some(config) if !self.wire.is_encrypted() => Arc::clone(config),
            _ => return self.say("502 5.5.1 Not here"),
        };
        self.say("220 2.0.0 Go ahead")?;
        self.wire.start_tls(config)?;
        // Whatever was said in the clear could have been anybody's.
        self.said_hello = false;
        self.mail = None;
        Ok(Next::GoOn)
    }

    fn log_in(&mut self, how: &str, first: Option<String>) -> anyhow::Result<Next> {
        let mechanism = match how {
            "PLAIN" => Mechanism::Plain,
            "LOGIN" => Mechanism::Login,
            _ => return self.say("504 5.5.4 How is that?"),
        };
        if !self.smtp.mechanisms.contains(&mechanism) {
            return self.say("504 5.5.4 Not that way");
        }
        if !self.one_may_log_in() {
            return self.say("538 5.7.11 Encrypt first");
        }
        let Some(first) = self.or_ask(
            first,
            if mechanism == Mechanism::Plain {
                ""
            } else {
                "VXNlcm5hbWU6"
            },
        )?
        else {
            return self.say("501 5.0.0 As you like");
        };
        let given = match mechanism {
            Mechanism::Plain => plain(&first),
            Mechanism::Login => match self.or_ask(None, "UGFzc3dvcmQ6")? {
                Some(second) => decoded(&first).and_then(|user| Ok((user, decoded(&second)?))),
                None => return self.say("501 5.0.0 As you like"),
            },
        };
        let Ok((user, password)) = given else {
            return self.say("501 5.5.2 That is not how it goes");
        };
        // Without a user everybody is let in: the tutorials' programs log in before they send.
        let expected = self.smtp.user.as_ref();
        if expected.is_none_or(|(name, secret)| *name == user && secret.reveal() == password) {
            self.logged_in = true;
            return self.say("235 2.7.0 Welcome");
        }
        self.say("535 5.7.8 Wrong user or password")
    }

    /// The next answer of the client; `None` if it would rather not.
    fn or_ask(&mut self, given: Option<String>, question: &str) -> anyhow::Result<Option<String>> {
        if given.is_some() {
            return Ok(given);
        }
        self.say(&format!("334 {question}"))?;
        let answer = self.wire.read_line()?;
        Ok(answer.filter(|answer| answer != "*"))
    }

    fn mail(&mut self, from: String, size: Option<u64>) -> anyhow::Result<Next> {
        if !self.said_hello {
            return self.say("503 5.5.1 Say EHLO first");
        }
        if self.smtp.user.is_some() && !self.logged_in {
            return self.say("530 5.7.0 Log in first");
        }
        if self.mail.is_some() {
            return self.say("503 5.5.1 One after the other");
        }
        if let Some(code) = self.smtp.refusal("mail") {
            return self.refuse(code);
        }
        if size.is_some_and(|size| size > self.smtp.max_size) {
            return self.say("552 5.3.4 That is too large");
        }
        let to = Vec::new();
        self.mail = Some(Mail { from, to });
        self.say("250 2.1.0 Fine")
    }

    fn rcpt(&mut self, to: String) -> anyhow::Result<Next> {
        let Some(mail) = &mut self.mail else {
            return self.say("503 5.5.1 From whom?");
        };
        if mail.to.len() == MAX_RECIPIENTS {
            return self.say("452 4.5.3 Too many recipients");
        }
        if let Some(code) = self.smtp.refusal(&to) {
            return self.refuse(code);
        }
        mail.to.push(to);
        self.say("250 2.1.5 Fine")
    }

    fn data(&mut self) -> anyhow::Result<Next> {
        let mail = match self.mail.take() {
            Some(mail) if !mail.to.is_empty() => mail,
            kept => {
                self.mail = kept;
                return self.say("503 5.5.1 To whom?");
            }
        };
        if let Some(code) = self.smtp.refusal("data") {
            return self.refuse(code);
        }
        let refused = self.smtp.refusal("message");
        let receiving = match refused {
            Some(_) => None,
            None => match Receiving::begin(&self.smtp.folder) {
                Ok(receiving) => Some(receiving),
                Err(error) => return self.cannot_keep(&error),
            },
        };
        self.say("354 End with a dot on a line of its own")?;
        match (
            take(self.wire, receiving, &self.smtp.next, self.smtp.max_size)?,
            refused,
        ) {
            (_, Some(code)) => self.refuse(code),
            (Ok(Taken::Kept(path, size)), None) => {
                tracing::info!(
                    "kept {} ({size} bytes) from <{}> to <{}>",
                    printable_path(&path),
                    printable(&mail.from),
                    printable(&mail.to.join(">, <"))
                );
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                self.say(&format!("250 2.0.0 Kept as {name}"))
            }
            (Ok(Taken::TooLarge | Taken::Dropped), None) => self.say("552 5.3.4 That is too large"),
            (Err(error), None) => self.cannot_keep(&error),
        }
    }

    fn cannot_keep(&mut self, error: &anyhow::Error) -> anyhow::Result<Next> {
        tracing::warn!("{}", one_line(error));
        self.say("451 4.3.0 It cannot be kept")
    }

    /// Says no. After 421 the connection is closed.
    fn refuse(&mut self, code: u16) -> anyhow::Result<Next> {
        self.say(&format!("{code} {}.0.0 As I was told to", code / 100))?;
        Ok(if code == 421 { Next::End } else { Next::GoOn })
    }

    fn say(&mut self, reply: &str) -> anyhow::Result<Next> {
        tracing::trace!("S: {}", printable(reply));
        self.wire.send(reply)?;
        Ok(Next::GoOn)
    }
}

/// A line as it may be shown: a password may be in it.
fn shown(line: &str) -> String {
    let verb = line.split_whitespace().next().unwrap_or_default();
    match verb.eq_ignore_ascii_case("AUTH") {
        true => "AUTH ****".to_owned(),
        false => printable(line).to_string(),
    }
}
