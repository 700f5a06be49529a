//! The envelope: from whom, and to whom. What the server goes by; it never reads the header.

use lettre::Address;

use crate::mailbox::{Mailbox, is_international};

/// From whom, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Where a report goes if the mail cannot be delivered.
    pub from: Address,
    /// Everybody who gets it, each once.
    pub to: Vec<Address>,
}

impl Envelope {
    /// For all of these; whoever is there twice gets it once.
    pub fn new<'a>(from: &Mailbox, to: impl IntoIterator<Item = &'a Mailbox>) -> Self {
        let mut all = Vec::new();
        for mailbox in to {
            if !all.contains(&mailbox.address) {
                all.push(mailbox.address.clone());
            }
        }
        let from = from.address.clone();
        Envelope { from, to: all }
    }

    /// Whether the server has to know SMTPUTF8 (RFC 6531).
    pub fn is_international(&self) -> bool {
        is_international(&self.from) || self.to.iter().any(is_international)
    }
}
