//! What the server and our own client say to each other: JSON objects, each in a frame with its
//! length in 4 bytes before it ([`common::framing::Framing::Length`]).
//!
//! The first byte of a framed stream is 0, because no frame is as long as 16 MiB; no text begins
//! with it. By that the server knows our client from a person with `nc`.

use serde::{Deserialize, Serialize};

/// The longest frame that the server sends, in bytes: a message of the longest kind, written in
/// JSON escapes of six bytes for each, and what is around it.
pub const MAX_FRAME: usize = 1 << 20;

/// The name that means everyone.
pub const EVERYONE: &str = "all";

/// The name that the operator's notices come from.
pub const OPERATOR: &str = "server";

/// From the client. Fields that are not known are ignored.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Request {
    /// Comes in under a nickname; the first thing said. Under `--open` it is ignored.
    Join {
        /// 1 to 32 characters.
        nick: String,
    },
    /// Says something.
    Say {
        /// A nickname, or [`EVERYONE`].
        #[serde(default = "everyone")]
        to: String,
        /// What is said.
        text: String,
    },
    /// Asks who is there.
    Who {},
    /// Asks whether the server is there.
    Ping {},
}

/// From the server.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Reply {
    /// You are in.
    Welcome {
        /// Your nickname (under `--open`: your address).
        nick: String,
        /// How many are online, you among them.
        online: usize,
    },
    /// Somebody said something.
    Message {
        /// Who said it.
        from: String,
        /// To whom: you by your nickname, or [`EVERYONE`].
        to: String,
        /// What was said.
        text: String,
        /// When it reached the server: RFC 3339, UTC.
        time: String,
    },
    /// The operator, or the server itself: joins and leaves.
    Notice {
        /// What it says.
        text: String,
    },
    /// Something you asked for was not done.
    Error {
        /// Which kind of reason.
        code: ErrorCode,
        /// The reason, in English.
        text: String,
    },
    /// Who is there.
    People {
        /// Their nicknames, in no promised order.
        nicks: Vec<String>,
    },
    /// The server is there.
    Pong {},
}

/// Why something was not done.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Somebody else has that nickname.
    NickTaken,
    /// That is no nickname.
    NickInvalid,
    /// The person you write to is not there.
    NotOnline,
    /// Over the server's limit for a message.
    TooLong,
    /// More messages a second than the server takes; what was sent is not lost.
    SlowDown,
    /// Not understood.
    BadMessage,
    /// A kind that a newer server knows and we do not; never sent.
    #[serde(other)]
    Other,
}

fn everyone() -> String {
    EVERYONE.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_what_the_contract_says() {
        for (json, request) in [
            (
                r#"{"type":"join","nick":"Ann"}"#,
                Request::Join { nick: "Ann".into() },
            ),
            (
                r#"{"type":"say","text":"hi","colour":"red"}"#,
                Request::Say {
                    to: "all".into(),
                    text: "hi".into(),
                },
            ),
            (r#"{"type":"who"}"#, Request::Who {}),
            (r#"{"type":"ping","n":1}"#, Request::Ping {}),
        ] {
            assert_eq!(serde_json::from_str::<Request>(json).unwrap(), request);
        }
        assert!(serde_json::from_str::<Request>(r#"{"type":"shout"}"#).is_err());
    }

    #[test]
    fn replies_are_what_the_contract_says() {
        let reply = Reply::Error {
            code: ErrorCode::NickTaken,
            text: "taken".into(),
        };
        let json = r#"{"type":"error","code":"nick_taken","text":"taken"}"#;
        assert_eq!(serde_json::to_string(&reply).unwrap(), json);
        assert_eq!(
            serde_json::to_string(&Reply::Pong {}).unwrap(),
            r#"{"type":"pong"}"#
        );
    }
}
