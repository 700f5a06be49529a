//! JSON that arrives in pieces, cut anywhere: which values it holds that we know, and, as it
//! comes, the text of the one that is too large to keep.
//!
//! It reads objects, one after the other, with white space between them or none. Their keys come
//! in any order; of those it does not know, the values are read past. All of it is in the hands of
//! a stranger, so everything that is kept or read past has a limit; only the text of `filedata`
//! has none here, because it is handed out and not kept.

mod error;
mod words;

use std::str;

use memchr::memchr2;

use crate::unescape::{Piece, Unescape};
pub use error::JsonError;
use words::{digest, in_ascii, is_number, is_word};

/// How deep values may be nested, the object itself included.
const MAX_DEPTH: usize = 32;

/// The longest key, name or number, in bytes.
const MAX_TEXT: usize = 1 << 10;

/// So many bytes may belong to an object besides the text of `filedata`, white space before it
/// included.
const MAX_OTHER: usize = 64 << 10;

/// What was found in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// An object begins.
    Begin,
    /// `filename`
    Name(String),
    /// `size`, in bytes.
    Size(u64),
    /// `sha256`
    Sha256([u8; 32]),
    /// The next part of `filedata`, without escapes. It is not known to be base64.
    Data(&'a [u8]),
    /// The end of `filedata`.
    DataEnd,
    /// The object is complete.
    End,
}

/// The keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Key {
    Filename,
    Filedata,
    Size,
    Sha256,
    #[default]
    Other,
}

/// The keys whose values we want, by their names.
const KNOWN: [(&str, Key); 4] = [
    ("filename", Key::Filename),
    ("filedata", Key::Filedata),
    ("size", Key::Size),
    ("sha256", Key::Sha256),
];

/// What comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// An object, or the end of the stream.
    #[default]
    Between,
    /// In an object: a key, or its end if it is to be empty.
    FirstKey,
    /// In an object, after a comma.
    Key,
    /// The rest of a key.
    InKey,
    /// The colon behind a key.
    Colon,
    /// In an array: a value, or its end if it is to be empty.
    FirstValue,
    /// A value.
    Value,
    /// The rest of a string.
    InString,
    /// The rest of a number, or of true, false or null.
    InWord,
    /// A comma, or the end of the object or array.
    After,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Object,
    Array,
}

/// Reads the objects.
#[derive(Debug, Default)]
pub struct Reader {
    state: State,
    /// The objects and arrays that are open, the innermost last.
    open: Vec<Container>,
    /// Whose value is being read.
    key: Key,
    /// Which of the [`KNOWN`] keys this object has had.
    seen: [bool; KNOWN.len()],
    /// The string being read.
    unescape: Unescape,
    /// What is kept of the key, string or word being read.
    text: Vec<u8>,
    /// Bytes besides the picture.
    other: usize,
}

impl Reader {
    /// Whether all objects that began have ended.
    #[cfg(test)]
    fn is_between(&self) -> bool {
        self.state == State::Between
    }

    /// Reads on in `input`, from which it takes what it has read, until there is something to
    /// tell. `None` when all of `input` is taken and more is needed.
    ///
    /// # Errors
    /// See [`JsonError`]. There is no going on after one.
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Event<'a>>, JsonError> {
        loop {
            if self.is_in_plain_data() {
                // The bulk: hundreds of kilobytes without a quote or an escape.
                let length = memchr2(b'"', b'\\', input).unwrap_or(input.len());
                if length > 0 {
                    let (text, rest) = input.split_at(length);
                    *input = rest;
                    return Ok(Some(Event::Data(text)));
                }
            }
            let Some((&byte, rest)) = input.split_first() else {
                return Ok(None);
            };
            if self.state == State::InWord && !is_word(byte) {
                // Only what follows a number tells that it has ended.
                if let Some(event) = self.end_word()? {
                    return Ok(Some(event));
                }
                continue;
            }
            *input = rest;
            if let Some(event) = self.take(byte)? {
                return Ok(Some(event));
            }
        }
    }

    fn is_in_data(&self) -> bool {
        self.state == State::InString && self.key == Key::Filedata
    }

    fn is_in_plain_data(&self) -> bool {
        self.is_in_data() && self.unescape.is_plain()
    }

    /// One byte, in whatever state.
    fn take(&mut self, byte: u8) -> Result<Option<Event<'static>>, JsonError> {
        if !self.is_in_data() {
            self.other += 1;
            if self.other > MAX_OTHER {
                return Err(JsonError::TooMuch);
            }
        }
        match self.state {
            State::InKey => return self.in_key(byte),
            State::InString => return self.in_string(byte),
            State::InWord => return self.keep(byte).map(|()| None),
            _ if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') => return Ok(None),
            _ => {}
        }
        let unexpected = |wanted| {
            Err(JsonError::Unexpected {
                found: byte,
                wanted,
            })
        };
        match (self.state, byte) {
            (State::Between, b'{') => {
                self.seen = Default::default();
                self.enter(Container::Object)?;
                Ok(Some(Event::Begin))
            }
            (State::Between, _) => unexpected("an object"),
            (State::FirstKey | State::Key, b'"') => self.begin_text(State::InKey),
            (State::FirstKey, b'}') | (State::FirstValue, b']') => self.leave(),
            (State::FirstKey | State::Key, _) => unexpected("a key"),
            (State::Colon, b':') => {
                self.state = State::Value;
                Ok(None)
            }
            (State::Colon, _) => unexpected("a colon"),
            (State::After, b',') => {
                self.state = match self.open.last() {
                    Some(Container::Array) => State::Value,
                    _ => State::Key,
                };
                Ok(None)
            }
            (State::After, b'}') if self.open.last() == Some(&Container::Object) => self.leave(),
            (State::After, b']') if self.open.last() == Some(&Container::Array) => self.leave(),
            (State::After, _) => unexpected("a comma or an end"),
            _ => self.begin_value(byte),
        }
    }

    fn enter(&mut self, container: Container) -> Result<(), JsonError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(JsonError::TooDeep);
        }
        self.open.push(container);
        self.state = match container {
            Container::Object => State::FirstKey,
            Container::Array => State::FirstValue,
        };
        Ok(())
    }

    /// An object or an array ends.
    fn leave(&mut self) -> Result<Option<Event<'static>>, JsonError> {
        self.open.pop();
        if self.open.is_empty() {
            self.state = State::Between;
            self.other = 0;
            return Ok(Some(Event::End));
        }
        self.state = State::After;
        Ok(None)
    }

    fn begin_text(&mut self, state: State) -> Result<Option<Event<'static>>, JsonError> {
        self.unescape = Unescape::default();
        self.text.clear();
        self.state = state;
        Ok(None)
    }

    fn begin_value(&mut self, byte: u8) -> Result<Option<Event<'static>>, JsonError> {
        let wrong_type = |key, wanted| Err(JsonError::WrongType { key, wanted });
        match (self.key, byte) {
            (Key::Filename, b'"') | (Key::Filedata, b'"') | (Key::Sha256, b'"') => {}
            (Key::Size, b'0'..=b'9') | (Key::Other, _) => {}
            (Key::Filename, _) => return wrong_type("filename", "a string"),
            (Key::Filedata, _) => return wrong_type("filedata", "a string"),
            (Key::Sha256, _) => return wrong_type("sha256", DIGEST),
            (Key::Size, _) => return wrong_type("size", SIZE),
        }
        match byte {
            b'"' => self.begin_text(State::InString),
            b'{' => self.enter(Container::Object).map(|()| None),
            b'[' => self.enter(Container::Array).map(|()| None),
            _ if is_word(byte) => {
                self.begin_text(State::InWord)?;
                self.keep(byte).map(|()| None)
            }
            _ => Err(JsonError::Unexpected {
                found: byte,
                wanted: "a value",
            }),
        }
    }

    fn keep(&mut self, byte: u8) -> Result<(), JsonError> {
        self.keep_all(&[byte])
    }

    fn keep_all(&mut self, bytes: &[u8]) -> Result<(), JsonError> {
        if self.text.len() + bytes.len() > MAX_TEXT {
            return Err(JsonError::TooLong);
        }
        self.text.extend_from_slice(bytes);
        Ok(())
    }

    /// Keeps the next byte of a string; true at its end.
    fn keep_unescaped(&mut self, byte: u8) -> Result<bool, JsonError> {
        match self.unescape.next(byte)? {
            Piece::Byte(byte) => self.keep(byte)?,
            Piece::Char(c) => self.keep_all(c.encode_utf8(&mut [0; 4]).as_bytes())?,
            Piece::Unfinished => {}
            Piece::End => return Ok(true),
        }
        Ok(false)
    }

    fn in_key(&mut self, byte: u8) -> Result<Option<Event<'static>>, JsonError> {
        if !self.keep_unescaped(byte)? {
            return Ok(None);
        }
        self.state = State::Colon;
        self.key = Key::Other;
        // The keys of objects inside the object are others, whatever they are called.
        let known = KNOWN.iter().enumerate();
        for (number, (name, key)) in known.filter(|_| self.open.len() == 1) {
            if name.as_bytes() == self.text {
                if self.seen[number] {
                    return Err(JsonError::Twice(name));
                }
                self.seen[number] = true;
                self.key = *key;
            }
        }
        Ok(None)
    }

    fn in_string(&mut self, byte: u8) -> Result<Option<Event<'static>>, JsonError> {
        match self.key {
            Key::Filedata => match self.unescape.next(byte)? {
                Piece::Char(c) => Ok(Some(Event::Data(in_ascii(c)))),
                Piece::End => {
                    self.state = State::After;
                    Ok(Some(Event::DataEnd))
                }
                Piece::Byte(_) | Piece::Unfinished => Ok(None),
            },
            Key::Other => {
                if self.unescape.next(byte)? == Piece::End {
                    self.state = State::After;
                }
                Ok(None)
            }
            Key::Filename | Key::Sha256 | Key::Size => {
                if self.keep_unescaped(byte)? {
                    return self.end_string();
                }
                Ok(None)
            }
        }
    }

    fn end_string(&mut self) -> Result<Option<Event<'static>>, JsonError> {
        self.state = State::After;
        let text = str::from_utf8(&self.text).map_err(|_| JsonError::NotUtf8)?;
        if self.key == Key::Filename {
            return Ok(Some(Event::Name(text.to_owned())));
        }
        let digest = digest(text).ok_or(JsonError::WrongType {
            key: "sha256",
            wanted: DIGEST,
        })?;
        Ok(Some(Event::Sha256(digest)))
    }

    fn end_word(&mut self) -> Result<Option<Event<'static>>, JsonError> {
        self.state = State::After;
        let word = str::from_utf8(&self.text).map_err(|_| JsonError::NotUtf8)?;
        if !matches!(word, "true" | "false" | "null") && !is_number(word) {
            return Err(JsonError::BadWord);
        }
        if self.key != Key::Size {
            return Ok(None);
        }
        let size = word.parse().map_err(|_| JsonError::WrongType {
            key: "size",
            wanted: SIZE,
        })?;
        Ok(Some(Event::Size(size)))
    }
}

const SIZE: &str = "a whole number of bytes";
const DIGEST: &str = "a digest of 64 hexadecimal digits";

#[cfg(test)]
mod tests;
