//! Base64 that arrives in pieces, cut anywhere.
//!
//! Four characters are three bytes. So a piece is decoded up to its last whole group of four, and
//! what is left of it waits for the next piece.

use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurposeConfig, PAD};
use base64::{DecodeError, DecodeSliceError, Engine};

use crate::engine::{Fastest, fastest};

/// Characters in a group.
const GROUP: usize = 4;

/// Why a text is not base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Base64Error {
    /// Not one of the 64, or `=` where none can be.
    #[error("bad base64: character {at} cannot be there")]
    Symbol {
        /// Which one, counted from 1.
        at: u64,
    },
    /// The number of characters is not a multiple of four.
    #[error("bad base64: it ends within a group of four")]
    Unfinished,
}

/// Decodes a text.
pub struct Decoder {
    engine: Fastest,
    /// The beginning of a group that was cut.
    rest: [u8; GROUP],
    rest_length: usize,
    /// `=` has come, with which a text ends.
    padded: bool,
    /// How many characters were decoded.
    done: u64,
}

impl Default for Decoder {
    fn default() -> Self {
        let config: GeneralPurposeConfig =
            PAD.with_decode_padding_mode(DecodePaddingMode::RequireCanonical);
        Decoder {
            engine: fastest(config),
            rest: [0; GROUP],
            rest_length: 0,
            padded: false,
            done: 0,
        }
    }
}

impl Decoder {
    /// How many bytes of room a piece of so many characters needs.
    pub const fn room(length: usize) -> usize {
        (length / GROUP + 1) * 3
    }

    /// Decodes the next piece into `bytes`, which has [`Self::room`] for it, and returns how many
    /// bytes there are now.
    ///
    /// # Errors
    /// [`Base64Error::Symbol`]
    pub fn decode(&mut self, mut text: &[u8], bytes: &mut [u8]) -> Result<usize, Base64Error> {
        let mut length = 0;
        if self.rest_length > 0 {
            let missing = text.len().min(GROUP - self.rest_length);
            let (head, tail) = text.split_at(missing);
            self.rest[self.rest_length..][..missing].copy_from_slice(head);
            self.rest_length += missing;
            text = tail;
            if self.rest_length < GROUP {
                return Ok(0);
            }
            self.rest_length = 0;
            length = self.groups(&self.rest.clone(), bytes)?;
        }
        let (groups, rest) = text.split_at(text.len() / GROUP * GROUP);
        length += self.groups(groups, &mut bytes[length..])?;
        self.rest[..rest.len()].copy_from_slice(rest);
        self.rest_length = rest.len();
        if self.padded && !rest.is_empty() {
            return Err(self.bad_symbol(0));
        }
        Ok(length)
    }

    /// Decodes whole groups.
    fn groups(&mut self, text: &[u8], bytes: &mut [u8]) -> Result<usize, Base64Error> {
        if text.is_empty() {
            return Ok(0);
        }
        if self.padded {
            return Err(self.bad_symbol(0));
        }
        let decoded = self.engine.decode_slice(text, bytes);
        let length = decoded.map_err(|error| match error {
            DecodeSliceError::DecodeError(
                DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol { offset: at, .. },
            ) => self.bad_symbol(at),
            // All that remains is padding that is wrong, and that stands at the end.
            _ => self.bad_symbol(text.len() - 1),
        })?;
        self.padded = text.ends_with(b"=");
        self.done += text.len() as u64;
        Ok(length)
    }

    /// The text has ended.
    ///
    /// # Errors
    /// [`Base64Error::Unfinished`]
    pub fn end(&self) -> Result<(), Base64Error> {
        match self.rest_length {
            0 => Ok(()),
            _ => Err(Base64Error::Unfinished),
        }
    }

    fn bad_symbol(&self, offset: usize) -> Base64Error {
        let at = self.done + offset as u64 + 1;
        Base64Error::Symbol { at }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Decodes a text that arrives in these pieces.
    fn decode(pieces: &[&[u8]]) -> Result<Vec<u8>, Base64Error> {
        let mut decoder = Decoder::default();
        let mut decoded = Vec::new();
        for piece in pieces {
            let mut bytes = vec![0; Decoder::room(piece.len())];
            let length = decoder.decode(piece, &mut bytes)?;
            decoded.extend_from_slice(&bytes[..length]);
        }
        decoder.end()?;
        Ok(decoded)
    }

    #[test]
    fn decodes_the_examples_of_rfc_4648() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(decode(&[text.as_bytes()]).unwrap(), bytes.as_bytes());
        }
    }

    #[test]
    fn tells_which_character_is_wrong() {
        let symbol = |at| Err(Base64Error::Symbol { at });
        assert_eq!(decode(&[b"Zm9v!m9v"]), symbol(5));
        assert_eq!(decode(&[b"Zm9vZm", b"9\n"]), symbol(8));
        assert_eq!(decode(&[b"Zg==", b"Zg=="]), symbol(5));
        assert_eq!(decode(&[b"Zg==Z"]), symbol(5));
        assert_eq!(decode(&[b"Zm9vZ"]), Err(Base64Error::Unfinished));
        assert_eq!(decode(&[b"Zg"]), Err(Base64Error::Unfinished));
        for text in ["Zg=", "Z===", "====", "Zh==", "=Zm9", "Zg==Zg=="] {
            assert!(decode(&[text.as_bytes()]).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
            spoilt in prop::option::weighted(0.3, (any::<prop::sample::Index>(), any::<u8>())),
        ) {
            let mut text = base64::engine::general_purpose::STANDARD.encode(&bytes).into_bytes();
            if let Some((at, byte)) = spoilt && !text.is_empty() {
                let at = at.index(text.len());
                text[at] = byte;
            }
            let whole = decode(&[&text]);
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            let cut = decode(&pieces);
            if whole.is_ok() || spoilt.is_none() {
                prop_assert_eq!(&cut, &whole);
            } else {
                // Where there are two mistakes, which one is found may depend on the cut.
                prop_assert!(cut.is_err());
            }
            if spoilt.is_none() {
                prop_assert_eq!(whole, Ok(bytes));
            }
        }
    }
}
