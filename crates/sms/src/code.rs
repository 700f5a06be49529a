//! The gateway's numbers: what each means, and whether trying again helps.
//!
//! From the vendor's page and from public clients, which agree. The numbers above 4074 and those
//! about dynamic passwords are missing in older tables.

/// The message, or the question, was accepted.
pub const ACCEPTED: u32 = 2;

/// More than one message a second to one number.
pub const TOO_FAST: u32 = 4080;

/// The time that a dynamic password was made of is too far from the gateway's.
pub const EXPIRED: u32 = 40501;

/// Whether trying again helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// After a second.
    Soon,
    /// After some hours, at the earliest.
    Tomorrow,
    /// Once something about the request has changed.
    Changed,
    /// Once something about the account has changed.
    Mended,
    /// The gateway does not say.
    Perhaps,
}

impl Again {
    /// In words, as the end of a sentence.
    pub fn advice(self) -> &'static str {
        match self {
            Again::Soon => "trying again in a second helps",
            Again::Tomorrow => "trying again helps tomorrow at the earliest",
            Again::Changed => "trying again does not help until the request is another",
            Again::Mended => "trying again does not help until the account is in order",
            Again::Perhaps => "trying again may help or not",
        }
    }
}

/// What a number means, and whether trying again helps; `None` for one that we do not know.
pub fn meaning(code: u32) -> Option<(&'static str, Again)> {
    use Again::{Changed, Mended, Perhaps, Soon, Tomorrow};
    Some(match code {
        0 => ("it failed", Perhaps),
        ACCEPTED => ("accepted", Changed),
        400 => ("this IP address is not allowed", Mended),
        401 => ("the account is missing", Changed),
        402 => ("the password is missing", Changed),
        403 => ("the mobile number is missing", Changed),
        4030 => ("the mobile number is on the blacklist", Changed),
        404 => ("the text is missing", Changed),
        405 => ("the account or its key is wrong", Changed),
        4050 => ("the account is frozen", Mended),
        EXPIRED => (
            "the dynamic password has expired (is this clock right?)",
            Changed,
        ),
        40502 => ("the dynamic password is wrong", Changed),
        4051 => ("no messages are left on the account", Mended),
        4052 => (
            "this IP address is not the one that the account has registered",
            Mended,
        ),
        406 => ("the mobile number is malformed", Changed),
        407 => ("there are banned words in the text", Changed),
        4070 => ("the signature is malformed", Mended),
        4071 => ("the account has no approved template", Mended),
        4072 => ("the text does not match an approved template", Changed),
        40722 => ("the value of a variable is too long", Changed),
        4073 => ("the text is too long", Changed),
        4074 => ("there is an emoji in the text", Changed),
        4075 => ("the signature is not approved", Mended),
        408 => (
            "too much was sent: the number is blacklisted, or the account frozen",
            Mended,
        ),
        TOO_FAST => ("more than one message a second to this number", Soon),
        4082 => ("the number has had its messages for today", Tomorrow),
        4085 => (
            "the number has had its verification codes for today",
            Tomorrow,
        ),
        4086 => ("too many messages to this number in a short time", Tomorrow),
        _ => return None,
    })
}
