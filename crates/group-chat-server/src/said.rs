//! Something that was said in the room, and how each kind of client is told.

use std::net::SocketAddr;
use std::rc::Rc;

use common::event_loop::Shared;
use common::framing::{Ending, Framing};

use crate::charset::encode_gbk;
use crate::protocol::{OPERATOR, Reply};

/// A name: the nickname, or, in an open room, the address.
pub type Name = Rc<str>;

/// Something said.
#[derive(Clone, Debug)]
pub enum Said {
    /// By somebody in the room.
    Message {
        /// Who said it.
        from: Name,
        /// To whom: a name, or `all`.
        to: Name,
        /// What.
        text: String,
        /// When: RFC 3339, UTC.
        time: String,
    },
    /// By the operator or the server.
    Notice(String),
}

/// How a client is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JSON in frames.
    Framed,
    /// Lines, or texts that end with nothing.
    Text {
        /// Which of the two.
        ending: Ending,
        /// In GBK, not in UTF-8.
        gbk: bool,
    },
}

impl Kind {
    const COUNT: usize = 5;

    fn index(self) -> usize {
        match self {
            Kind::Framed => 0,
            Kind::Text { ending, gbk } => {
                1 + usize::from(ending == Ending::Newline) + 2 * usize::from(gbk)
            }
        }
    }

    /// A text as such a client is sent it; not for [`Kind::Framed`].
    pub fn text(self, text: &str) -> Shared {
        let Kind::Text { ending, gbk } = self else {
            return Shared::default();
        };
        let mut bytes = Vec::new();
        match gbk {
            true => Framing::Text.encode(&encode_gbk(text), ending, &mut bytes),
            false => Framing::Text.encode(text.as_bytes(), ending, &mut bytes),
        }
        bytes.into()
    }

    /// A reply to a framed client.
    pub fn frame(reply: &Reply) -> Shared {
        let json = serde_json::to_vec(reply).expect("strings and numbers become JSON");
        let mut bytes = Vec::with_capacity(json.len() + 4);
        Framing::Length.encode(&json, Ending::Nothing, &mut bytes);
        bytes.into()
    }
}

/// Something said, encoded at most once for each kind of client, whoever many they are.
pub struct Parcel<'a> {
    said: &'a Said,
    encoded: [Option<Shared>; Kind::COUNT],
}

impl<'a> Parcel<'a> {
    /// Nothing is encoded yet.
    pub fn new(said: &'a Said) -> Self {
        let encoded = Default::default();
        Parcel { said, encoded }
    }

    /// The bytes for one kind of client.
    pub fn bytes(&mut self, kind: Kind) -> &Shared {
        let said = self.said;
        self.encoded[kind.index()].get_or_insert_with(|| said.encode(kind))
    }
}

impl Said {
    fn encode(&self, kind: Kind) -> Shared {
        match (kind, self) {
            (Kind::Framed, Said::Notice(text)) => {
                Kind::frame(&Reply::Notice { text: text.clone() })
            }
            (
                Kind::Framed,
                Said::Message {
                    from,
                    to,
                    text,
                    time,
                },
            ) => Kind::frame(&Reply::Message {
                from: from.to_string(),
                to: to.to_string(),
                text: text.clone(),
                time: time.clone(),
            }),
            (kind, Said::Notice(text)) => kind.text(&format!("{OPERATOR}:{}", one_line(text))),
            (kind, Said::Message { from, text, .. }) => {
                kind.text(&format!("{}:{}", name_in_text(from), one_line(text)))
            }
        }
    }
}

/// One message is one line: with a newline in it, a message could look like two, and the second
/// like somebody else's. Nor should it act on the terminal that shows it.
fn one_line(text: &str) -> String {
    let harmless = |c: char| if c.is_control() && c != '\t' { ' ' } else { c };
    text.chars().map(harmless).collect()
}

/// A name as the tutorials' clients see it: in an open room, an address as Python prints it.
fn name_in_text(name: &str) -> String {
    match name.parse() {
        Ok(SocketAddr::V4(address)) => format!("('{}', {})", address.ip(), address.port()),
        Ok(SocketAddr::V6(address)) => format!(
            "('{}', {}, {}, {})",
            address.ip(),
            address.port(),
            address.flowinfo(),
            address.scope_id()
        ),
        Err(_) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(from: &str, text: &str) -> Said {
        Said::Message {
            from: from.into(),
            to: "all".into(),
            text: text.into(),
            time: "2026-11-21T08:15:30.123Z".into(),
        }
    }

    const LINES: Kind = Kind::Text {
        ending: Ending::Newline,
        gbk: false,
    };
    const TUTORIAL: Kind = Kind::Text {
        ending: Ending::Nothing,
        gbk: true,
    };

    #[test]
    fn each_kind_is_told_in_its_way() {
        let said = said("Ann", "你好");
        let mut parcel = Parcel::new(&said);
        assert_eq!(parcel.bytes(LINES)[..], *"Ann:你好\n".as_bytes());
        assert_eq!(parcel.bytes(TUTORIAL)[..], *b"Ann:\xc4\xe3\xba\xc3");
        let json = r#"{"type":"message","from":"Ann","to":"all","text":"你好","time":"2026-11-21T08:15:30.123Z"}"#;
        assert_eq!(parcel.bytes(Kind::Framed)[4..], *json.as_bytes());
    }

    #[test]
    fn it_is_encoded_once() {
        let said = said("Ann", "hi");
        let mut parcel = Parcel::new(&said);
        let first = std::sync::Arc::clone(parcel.bytes(LINES));
        assert!(std::sync::Arc::ptr_eq(&first, parcel.bytes(LINES)));
    }

    #[test]
    fn nobody_can_write_a_line_of_somebody_else() {
        let said = said("Ann", "hi\nBob:I am stupid\r\x1b[2J");
        let line = Parcel::new(&said).bytes(LINES).clone();
        assert_eq!(line[..], *b"Ann:hi Bob:I am stupid  [2J\n");
    }

    #[test]
    fn addresses_look_as_in_python() {
        assert_eq!(name_in_text("127.0.0.1:50001"), "('127.0.0.1', 50001)");
        assert_eq!(name_in_text("[::1]:50001"), "('::1', 50001, 0, 0)");
        assert_eq!(name_in_text("Ann"), "Ann");
    }
}
