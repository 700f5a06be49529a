//! Handing a message over: MAIL, RCPT for each recipient, DATA, and the message.
//!
//! There is one moment that counts. Up to the line with the dot, a server that has not seen it must
//! forget everything, and one may try again; once it has answered yes, the mail is its own affair.
//! Between the two, if the connection breaks, nobody knows; to send again may be to send twice.

use std::time::Duration;

use anyhow::bail;
use common::args::shown_size;
use lettre::Address;

use crate::connection::{Connection, Failure};
use crate::dots::{END, as_data};
use crate::envelope::Envelope;
use crate::reply::Reply;
use crate::session::{Offers, failed};

/// How many times as long as for other replies we wait for that to the message itself. Servers look
/// for viruses first, and to give up here is to know nothing (RFC 5321 says ten minutes).
pub const PATIENCE_AT_THE_END: u32 = 10;

/// What became of the message for one recipient.
#[derive(Debug)]
pub enum Fate {
    /// The server will have it delivered.
    Accepted,
    /// The server does not want it for this one.
    Refused(Reply),
    /// It was not sent, for a reason that is not this recipient's.
    NotSent,
    /// It was sent, and nothing was answered.
    Unknown,
}

/// What became of the message.
#[derive(Debug)]
pub struct Delivery {
    /// For each recipient, in the envelope's order.
    pub fates: Vec<(Address, Fate)>,
    /// For all of them.
    pub outcome: Outcome,
}

/// What became of the message for those who were not refused.
#[derive(Debug)]
pub enum Outcome {
    /// The server has taken it.
    Taken(Reply),
    /// There was nobody left to send it to.
    NobodyLeft,
    /// It was not handed over: what was said last, and what came of it.
    NotSent(String, Failure),
    /// It was sent, and nothing was answered.
    Unknown(Failure),
}

/// Hands a message over. Recipients that are refused do not keep it from the others.
///
/// # Errors
/// It does not come to recipients: the message is too large, an address is in a language that the
/// server does not know, or the sender is refused.
pub fn deliver(
    connection: &mut Connection,
    offers: &Offers,
    envelope: &Envelope,
    message: &[u8],
    timeout: Duration,
) -> anyhow::Result<Delivery> {
    let mail = mail_command(offers, envelope, message.len() as u64)?;
    if let Err(failure) = connection.command(&mail) {
        return failed(format!("cannot send from {}", envelope.from), failure);
    }
    let mut fates = Vec::new();
    for address in &envelope.to {
        match connection.command(&format!("RCPT TO:<{address}>")) {
            Ok(_) => fates.push((address.clone(), Fate::Accepted)),
            Err(Failure::No(reply)) if reply.code != 421 => {
                fates.push((address.clone(), Fate::Refused(reply)));
            }
            Err(failure) => {
                let said = format!("RCPT TO:<{address}>");
                let rest = envelope.to[fates.len()..].iter().cloned();
                fates.extend(rest.map(|address| (address, Fate::NotSent)));
                return Ok(end(fates, Outcome::NotSent(said, failure)));
            }
        }
    }
    let accepted = |(_, fate): &(Address, Fate)| matches!(fate, Fate::Accepted);
    let outcome = match fates.iter().any(accepted) {
        true => send(connection, message, timeout),
        false => Outcome::NobodyLeft,
    };
    Ok(end(fates, outcome))
}

/// Who was accepted, shares the fate of the message.
fn end(mut fates: Vec<(Address, Fate)>, outcome: Outcome) -> Delivery {
    for (_, fate) in &mut fates {
        if matches!(fate, Fate::Accepted) {
            match outcome {
                Outcome::Taken(_) | Outcome::NobodyLeft => {}
                Outcome::NotSent(..) => *fate = Fate::NotSent,
                Outcome::Unknown(_) => *fate = Fate::Unknown,
            }
        }
    }
    Delivery { fates, outcome }
}

fn mail_command(offers: &Offers, envelope: &Envelope, size: u64) -> anyhow::Result<String> {
    let mut command = format!("MAIL FROM:<{}>", envelope.from);
    match offers.size {
        Some(Some(most)) if size > most => bail!(
            "cannot send the message: it has {}, and the server takes at most {}",
            shown_size(size),
            shown_size(most)
        ),
        Some(_) => command += &format!(" SIZE={size}"),
        None => {}
    }
    if envelope.is_international() {
        if !offers.smtputf8 {
            bail!("cannot send the message: the server takes ASCII addresses only (no SMTPUTF8)");
        }
        command += " BODY=8BITMIME SMTPUTF8";
    }
    Ok(command)
}

/// DATA, the message, the dot.
fn send(connection: &mut Connection, message: &[u8], timeout: Duration) -> Outcome {
    let begun = match connection.exchange("DATA", "DATA") {
        Ok(reply) if reply.code == 354 => Ok(()),
        Ok(reply) if reply.code >= 400 => Err(Failure::No(reply)),
        Ok(reply) => Err(Failure::Odd(reply)),
        Err(failure) => Err(failure),
    };
    if let Err(failure) = begun {
        return Outcome::NotSent("DATA".to_owned(), failure);
    }
    let data = as_data(message);
    tracing::trace!(
        "C: the message, {} bytes, and a line with a dot",
        data.len()
    );
    if let Err(failure) = connection.write(&data) {
        let failure = reason_or(connection, failure);
        return Outcome::NotSent("a part of the message".to_owned(), failure);
    }
    // From here on the server may have it.
    let answer = connection
        .write(END)
        .and_then(|()| connection.read_reply(timeout.saturating_mul(PATIENCE_AT_THE_END)));
    match answer {
        Ok(reply) if reply.is_yes() => Outcome::Taken(reply),
        Ok(reply) if reply.code >= 400 => {
            Outcome::NotSent("the message".to_owned(), Failure::No(reply))
        }
        Ok(reply) => Outcome::Unknown(Failure::Odd(reply)),
        Err(failure) => Outcome::Unknown(failure),
    }
}

/// A server that closes in the middle of a message has often said why.
fn reason_or(connection: &mut Connection, failure: Failure) -> Failure {
    const AT_ONCE: Duration = Duration::from_millis(100);
    match connection.read_reply(AT_ONCE) {
        Ok(reply) if reply.code >= 400 => Failure::No(reply),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(from: &str, to: &str) -> Envelope {
        Envelope::new(&from.parse().unwrap(), &[to.parse().unwrap()])
    }

    #[test]
    fn mail_says_what_the_server_can_use() {
        let ascii = envelope("a@b", "c@d");
        let plain = Offers::default();
        let command = |offers, envelope, size| mail_command(offers, envelope, size);
        assert_eq!(command(&plain, &ascii, 9).unwrap(), "MAIL FROM:<a@b>");
        let sized = Offers {
            size: Some(Some(10)),
            smtputf8: true,
            ..Offers::default()
        };
        assert_eq!(
            command(&sized, &ascii, 10).unwrap(),
            "MAIL FROM:<a@b> SIZE=10"
        );
        assert_eq!(
            command(&sized, &ascii, 11).unwrap_err().to_string(),
            "cannot send the message: it has 11 bytes, and the server takes at most 10 bytes"
        );
        let chinese = envelope("a@b", "用户@d");
        assert_eq!(
            command(&sized, &chinese, 1).unwrap(),
            "MAIL FROM:<a@b> SIZE=1 BODY=8BITMIME SMTPUTF8"
        );
        assert!(command(&plain, &chinese, 1).is_err());
    }
}
