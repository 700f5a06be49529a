//! What is told: each recipient's fate on stdout, what went wrong on stderr, and the exit code.

use std::io::{self, IsTerminal};

use common::address::Address;
use common::exit::{print, print_line, stdout_was_closed};
use common::printable::printable;
use lettre::Address as MailAddress;

use crate::connection::Failure;
use crate::delivery::{Delivery, Fate, Outcome};
use crate::envelope::Envelope;
use crate::reply::Reply;
use crate::session::for_now;

/// Prints a line for each recipient: `a@b: accepted: 250 …`, `c@d: refused: 550 …`.
///
/// # Errors
/// Somebody did not get it. [`common::exit::Temporary`] is in it if all of them may later.
pub fn report(server: &Address, delivery: &Delivery) -> anyhow::Result<()> {
    for (address, fate) in &delivery.fates {
        let shown = printable(&address.to_string()).to_string();
        let told = match (fate, &delivery.outcome) {
            (Fate::Accepted, Outcome::Taken(answer)) => format!("{shown}: accepted: {answer}"),
            (Fate::Accepted, _) => format!("{shown}: accepted"),
            (Fate::Refused(reply), _) => format!("{shown}: refused: {reply}"),
            (Fate::NotSent, _) => format!("{shown}: not sent"),
            (Fate::Unknown, _) => format!("{shown}: unknown"),
        };
        match print_line(&told) {
            // The exit code still tells.
            Err(error) if stdout_was_closed(&error) => break,
            printed => printed?,
        }
    }
    let Some((error, temporary)) = judge(server, delivery) else {
        return Ok(());
    };
    Err(if temporary { for_now(&error) } else { error })
}

/// What is wrong, and whether it may pass: only if every refusal may.
fn judge(server: &Address, delivery: &Delivery) -> Option<(anyhow::Error, bool)> {
    let refused: Vec<_> = delivery.fates.iter().filter_map(refusal).collect();
    let may_pass = refused.iter().all(|(_, reply)| reply.is_temporary());
    match &delivery.outcome {
        Outcome::Taken(_) | Outcome::NobodyLeft => {
            let (first, reply) = refused.first()?;
            let (number, all) = (refused.len(), delivery.fates.len());
            let whom = match (number, all) {
                (1, 1) => String::new(),
                (number, all) if number == all => format!("any of {all} recipients; the first, "),
                (1, all) => format!("1 of {all} recipients, "),
                (number, all) => format!("{number} of {all} recipients; the first, "),
            };
            let first = printable(&first.to_string()).to_string();
            let error = anyhow::anyhow!("cannot send to {whom}{first}: the server says {reply}");
            Some((error, may_pass))
        }
        Outcome::NotSent(said, failure) => {
            let error =
                anyhow::anyhow!("cannot hand the message to {server}: after {said}, {failure}");
            Some((error, may_pass && failure.is_temporary()))
        }
        Outcome::Unknown(failure) => Some((unknown(server, failure), false)),
    }
}

fn refusal((address, fate): &(MailAddress, Fate)) -> Option<(&MailAddress, &Reply)> {
    match fate {
        Fate::Refused(reply) => Some((address, reply)),
        _ => None,
    }
}

fn unknown(server: &Address, failure: &Failure) -> anyhow::Error {
    anyhow::anyhow!(
        "whether {server} has taken the message is unknown; it was sent, and then: {failure}"
    )
}

/// Writes the envelope, an empty line, and the message as it would be sent. On a terminal, what a
/// terminal would obey is escaped.
///
/// # Errors
/// Stdout cannot be written to.
pub fn dry_run(envelope: &Envelope, message: &[u8]) -> anyhow::Result<()> {
    let mut head = format!("MAIL FROM:<{}>\n", envelope.from);
    for address in &envelope.to {
        head += &format!("RCPT TO:<{address}>\n");
    }
    head.push('\n');
    print(head.as_bytes())?;
    if !io::stdout().is_terminal() {
        return print(message);
    }
    for line in String::from_utf8_lossy(message).lines() {
        print_line(&printable(line).to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16) -> Reply {
        let lines = vec!["x".to_owned()];
        Reply { code, lines }
    }

    /// The message and whether it is temporary, with these refused among so many.
    fn judged(refused: &[u16], all: usize, outcome: Outcome) -> Option<(String, bool)> {
        let fate = |number: usize| match refused.get(number) {
            Some(&code) => Fate::Refused(reply(code)),
            None => Fate::Accepted,
        };
        let fates = (0..all)
            .map(|number| (format!("{number}@b").parse().unwrap(), fate(number)))
            .collect();
        let found = judge(&"s:25".parse().unwrap(), &Delivery { fates, outcome })?;
        Some((found.0.to_string(), found.1))
    }

    #[test]
    fn the_code_is_that_of_the_worst_refusal() {
        let taken = || Outcome::Taken(reply(250));
        assert_eq!(judged(&[], 2, taken()), None);
        for (refused, all, temporary, whom) in [
            (&[450][..], 1, true, "0@b: the server says 450 x"),
            (
                &[450, 451],
                2,
                true,
                "any of 2 recipients; the first, 0@b: the server says 450 x",
            ),
            (
                &[550, 451],
                3,
                false,
                "2 of 3 recipients; the first, 0@b: the server says 550 x",
            ),
            (
                &[451, 550],
                3,
                false,
                "2 of 3 recipients; the first, 0@b: the server says 451 x",
            ),
            (
                &[452],
                3,
                true,
                "1 of 3 recipients, 0@b: the server says 452 x",
            ),
        ] {
            let outcome = if refused.len() == all {
                Outcome::NobodyLeft
            } else {
                taken()
            };
            let expected = Some((format!("cannot send to {whom}"), temporary));
            assert_eq!(judged(refused, all, outcome), expected);
        }
        let closed = |refused| {
            judged(refused, 3, Outcome::NotSent("DATA".into(), Failure::Closed))
                .unwrap()
                .1
        };
        assert!(closed(&[]) && closed(&[450]) && !closed(&[550]));
        let unknown = judged(&[], 1, Outcome::Unknown(Failure::Closed)).unwrap();
        assert!(
            !unknown.1 && unknown.0.contains("is unknown"),
            "{unknown:?}"
        );
    }
}
