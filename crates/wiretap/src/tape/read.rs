//! A tape from anybody: read line by line, each within limits.

use std::io::{BufRead, Read};
use std::time::Duration;

use super::{Header, Line, VERSION};
use crate::event::Event;

/// The longest line. Our own have 90 KiB at most, but another relay may read more at once.
pub const MAX_LINE: u64 = 16 << 20;

/// The latest time on a tape: ten years after its start.
pub const MAX_TIME: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Why a tape cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// It is not a tape at all.
    #[error("its first line is not that of a tape")]
    NotATape,
    /// A later program wrote it.
    #[error("it is of version {0}, and this program knows only version {VERSION}")]
    Version(u64),
    /// A line cannot be understood.
    #[error("line {0}: {1}")]
    Line(u64, String),
    /// A line would not fit into memory.
    #[error("line {0} is longer than {limit} MiB", limit = MAX_LINE >> 20)]
    TooLong(u64),
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Reads a tape's events one after the other.
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    /// The number of the line that was read last.
    line: u64,
    buffer: Vec<u8>,
    cut: bool,
}

impl<R: BufRead> Reader<R> {
    /// Reads the first line.
    ///
    /// # Errors
    /// It is not that of a tape.
    pub fn open(from: R) -> Result<(Header, Self), TapeError> {
        let mut reader = Reader {
            from,
            line: 0,
            buffer: Vec::new(),
            cut: false,
        };
        if !reader.next_line()? {
            return Err(TapeError::NotATape);
        }
        /// What every version has.
        #[derive(serde::Deserialize)]
        struct Mark {
            wiretap: u64,
        }
        let mark: Mark = serde_json::from_slice(&reader.buffer).map_err(|_| TapeError::NotATape)?;
        if mark.wiretap != VERSION {
            return Err(TapeError::Version(mark.wiretap));
        }
        let header = reader.parse()?;
        Ok((header, reader))
    }

    /// The next event; `None` at the end. A last line that was cut short, because whoever wrote it
    /// was, is the end too ([`Self::was_cut`]).
    ///
    /// # Errors
    /// See [`TapeError`].
    pub fn next_event(&mut self) -> Result<Option<Event>, TapeError> {
        loop {
            if !self.next_line()? {
                return Ok(None);
            }
            if self.buffer.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let whole = self.buffer.ends_with(b"\n");
            let line: Line = match self.parse() {
                Err(_) if !whole => {
                    self.cut = true;
                    return Ok(None);
                }
                line => line?,
            };
            let event = Event::try_from(line);
            return match event {
                Ok(event) => Ok(Some(event)),
                Err(why) => Err(TapeError::Line(self.line, why.to_owned())),
            };
        }
    }

    /// Whether the tape ended in the middle of a line.
    pub fn was_cut(&self) -> bool {
        self.cut
    }

    fn next_line(&mut self) -> Result<bool, TapeError> {
        self.buffer.clear();
        self.line += 1;
        let mut limited = (&mut self.from).take(MAX_LINE + 1);
        let length = limited.read_until(b'\n', &mut self.buffer)?;
        if length as u64 > MAX_LINE {
            return Err(TapeError::TooLong(self.line));
        }
        Ok(length > 0)
    }

    fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, TapeError> {
        serde_json::from_slice(&self.buffer).map_err(|error| {
            // The crate counts lines too, from the line that it was given.
            let text = error.to_string();
            let why = text.split(" at line ").next().unwrap_or(&text);
            TapeError::Line(self.line, why.to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Side, What};
    use proptest::prelude::*;

    const HEADER: &str = r#"{"wiretap":1,"started":"2026-11-26T12:00:00+08:00","listen":"127.0.0.1:1","to":"127.0.0.1:2"}"#;

    fn read(tape: &str) -> Result<Vec<Event>, TapeError> {
        let (_, mut reader) = Reader::open(tape.as_bytes())?;
        let mut events = Vec::new();
        while let Some(event) = reader.next_event()? {
            events.push(event);
        }
        Ok(events)
    }

    #[test]
    fn reads_every_kind_of_event_and_skips_what_it_does_not_know() {
        let tape = format!(
            "{HEADER}\n\
             {{\"time\":0.5,\"conn\":1,\"side\":\"client\",\"event\":\"open\",\"new\":[1]}}\n\n\
             {{\"time\":1,\"conn\":1,\"side\":\"server\",\"event\":\"data\",\"bytes\":\"aGk=\"}}\n\
             {{\"time\":1,\"conn\":1,\"side\":\"client\",\"event\":\"half_close\"}}\n\
             {{\"time\":1,\"conn\":1,\"side\":\"server\",\"event\":\"close\"}}\n\
             {{\"time\":1,\"conn\":2,\"side\":\"server\",\"event\":\"reset\"}}\n\
             {{\"time\":1,\"conn\":3,\"side\":\"client\",\"event\":\"datagram\",\"bytes\":\"\",\"dropped\":true}}\n"
        );
        let events = read(&tape).unwrap();
        let whats: Vec<_> = events.iter().map(|event| event.what.clone()).collect();
        let hi: std::sync::Arc<[u8]> = b"hi".as_slice().into();
        let nothing: std::sync::Arc<[u8]> = b"".as_slice().into();
        assert_eq!(
            whats,
            [
                What::Open,
                What::Data(hi),
                What::HalfClose,
                What::Close,
                What::Reset,
                What::Datagram {
                    bytes: nothing,
                    dropped: true
                },
            ]
        );
        assert_eq!(events[0].time, Duration::from_millis(500));
        assert_eq!((events[1].connection, events[1].side), (1, Side::Server));
    }

    #[test]
    fn what_is_no_tape_is_refused_with_the_reason() {
        for (tape, why) in [
            ("", "its first line is not that of a tape"),
            ("hello\n", "its first line is not that of a tape"),
            ("[[[[", "its first line is not that of a tape"),
            (
                r#"{"wiretap":2}"#,
                "it is of version 2, and this program knows only version 1",
            ),
            (r#"{"wiretap":1}"#, "line 1: missing field `started`"),
        ] {
            assert_eq!(read(tape).unwrap_err().to_string(), why, "{tape}");
        }
        for (line, why) in [
            ("{}", "missing field `time`"),
            (
                r#"{"time":-1,"conn":1,"side":"client","event":"open"}"#,
                "the time is not a number of seconds since the start",
            ),
            (
                r#"{"time":1e300,"conn":1,"side":"client","event":"open"}"#,
                "the time is not a number of seconds since the start",
            ),
            (
                r#"{"time":1,"conn":1,"side":"client","event":"data"}"#,
                "the bytes are missing",
            ),
            (
                r#"{"time":1,"conn":1,"side":"client","event":"data","bytes":"%"}"#,
                "the bytes are not base64",
            ),
        ] {
            let error = read(&format!("{HEADER}\n{line}\n")).unwrap_err();
            assert_eq!(error.to_string(), format!("line 2: {why}"));
        }
    }

    #[test]
    fn a_line_cut_short_is_the_end_and_is_told() {
        let tape = format!("{HEADER}\n{{\"time\":0.5,\"co");
        let (_, mut reader) = Reader::open(tape.as_bytes()).unwrap();
        assert!(reader.next_event().unwrap().is_none());
        assert!(reader.was_cut());
    }

    #[test]
    fn an_endless_line_is_refused_before_it_fills_the_memory() {
        let endless = std::io::BufReader::new(std::io::repeat(b'x'));
        assert!(matches!(Reader::open(endless), Err(TapeError::TooLong(1))));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes: Vec<u8>, micros in 0u64..1 << 40, connection: u64, which in 0..6) {
            let bytes: std::sync::Arc<[u8]> = bytes.into();
            let what = match which {
                0 => What::Open,
                1 => What::Data(bytes),
                2 => What::HalfClose,
                3 => What::Close,
                4 => What::Reset,
                _ => What::Datagram { bytes, dropped: micros % 2 == 0 },
            };
            let side = Side::BOTH[(micros % 2) as usize];
            let event = Event { time: Duration::from_micros(micros), connection, side, what };
            let mut line = Vec::new();
            super::super::write_line(&event, &mut line).unwrap();
            let line = String::from_utf8(line).unwrap();
            prop_assert_eq!(read(&format!("{HEADER}\n{line}\n")).unwrap(), [event]);
        }
    }
}
