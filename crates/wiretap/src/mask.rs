//! Passwords on the line, found as they pass: a view shows stars in their place.
//!
//! What is masked, however it is cut into pieces:
//! - what follows `PASS` and `ACCT` at the beginning of a client's line (FTP, POP3);
//! - what a client sends after `AUTH METHOD` until the server has decided (SMTP);
//! - the values of the header fields `Authorization` and `Proxy-Authorization` (HTTP);
//! - the value of a field whose name ends with `password` or `passwd`: in a form, a URL, JSON;
//! - what a client answers to a prompt that ends with `password:`.
//!
//! Where it cannot be known, rather too much is masked than too little. A secret that is called
//! something else, or encoded, is not found; and the tape holds everything as it was.

use crate::event::Side;

/// So much of a line's beginning is looked at; the longest to be known is `proxy-authorization:`.
const HEAD: usize = 24;

/// Finds the secrets of one connection.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    client: Scanner,
    server: Scanner,
    /// Whether the server's first word was `220`; not known before it has said one.
    greets_with_220: Option<bool>,
    /// The client has begun to prove who it is, and the server has not decided.
    authenticating: bool,
}

/// What is known of one direction between one byte and the next.
#[derive(Clone, Debug, Default)]
struct Scanner {
    /// The beginning of the current line, in small letters.
    head: Vec<u8>,
    /// How long the line is so far.
    length: usize,
    /// A secret header field ended with the line before, and goes on if this one begins with white
    /// space (RFC 9112, section 5.2).
    may_be_folded: bool,
    /// How many letters of `password` have just gone by.
    letters: usize,
    hidden: Hidden,
}

/// What is secret of what comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Hidden {
    #[default]
    Nothing,
    /// The name of a secret field has gone by, perhaps with a quote behind it.
    Named { quoted: bool },
    /// And then the line ended: in a form of several parts the value is the line behind the next
    /// empty one.
    Part,
    /// That line.
    NextLine,
    /// The sign between a name and its value has gone by.
    Before { sign: u8 },
    /// A value that ends where another field begins.
    Value,
    /// A value in quotes, and whether a backslash has just gone by.
    Quoted { quote: u8, escaped: bool },
    /// Everything to the end of the line.
    Line,
}

impl Mask {
    /// Puts a star in the place of each secret byte of what `side` has sent.
    pub fn hide(&mut self, side: Side, bytes: &mut [u8]) {
        let mut at = 0;
        while at < bytes.len() {
            at += self.scanner(side).pass_over(&bytes[at..]);
            if let Some(byte) = bytes.get_mut(at) {
                self.hide_one(side, byte);
                at += 1;
            }
        }
    }

    fn hide_one(&mut self, side: Side, byte: &mut u8) {
        if *byte == b'\n' {
            return self.end_line(side);
        }
        if self.scanner(side).length == 0 {
            self.begin_line(side, *byte);
        }
        let scanner = self.scanner(side);
        let secret = scanner.step(*byte);
        scanner.remember(*byte);
        if scanner.hidden != Hidden::Line {
            self.look_at_head(side);
        }
        if secret {
            *byte = b'*';
        }
    }

    fn scanner(&mut self, side: Side) -> &mut Scanner {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    fn begin_line(&mut self, side: Side, byte: u8) {
        let by_client = side == Side::Client;
        let asked = by_client && self.server.hidden == Hidden::Before { sign: b':' };
        if asked {
            self.server.hidden = Hidden::Nothing;
        }
        let proving = by_client && self.authenticating;
        let scanner = self.scanner(side);
        scanner.may_be_folded &= matches!(byte, b' ' | b'\t');
        if asked || proving || scanner.may_be_folded || scanner.hidden == Hidden::NextLine {
            scanner.hidden = Hidden::Line;
        }
    }

    /// Whether what stands at the beginning of the line makes the rest of it secret.
    fn look_at_head(&mut self, side: Side) {
        let by_client = side == Side::Client;
        let may_be_mail = self.greets_with_220 != Some(false);
        let scanner = self.scanner(side);
        if scanner.length > HEAD {
            return;
        }
        match scanner.head.as_slice() {
            b"pass " | b"acct " if by_client => scanner.hidden = Hidden::Line,
            b"authorization:" | b"proxy-authorization:" => {
                scanner.hidden = Hidden::Line;
                scanner.may_be_folded = true;
            }
            head if by_client && may_be_mail => {
                // Of `AUTH PLAIN …` it is the rest of the line, of `AUTH LOGIN` the lines that follow.
                let Some(method) = head.strip_prefix(b"auth ") else {
                    return;
                };
                if method.len() > 1 && method.ends_with(b" ") {
                    scanner.hidden = Hidden::Line;
                }
                self.authenticating = true;
            }
            b"220" if !by_client => _ = self.greets_with_220.get_or_insert(true),
            head if !by_client && !b"220".starts_with(head) => {
                self.greets_with_220.get_or_insert(false);
            }
            _ => {}
        }
    }

    fn end_line(&mut self, side: Side) {
        let head = self.scanner(side).end_line();
        if side == Side::Server {
            if decides(&head) {
                self.authenticating = false;
            }
            // A form has no end of its own; that it is answered is its end.
            if head.starts_with(b"http/1.") && self.client.hidden == Hidden::Value {
                self.client.hidden = Hidden::Nothing;
            }
        }
    }
}

/// Whether a server's line ends an attempt to prove who one is. `334` asks on, and `250` may be a
/// late answer to what came before.
fn decides(line: &[u8]) -> bool {
    let is_code = line.len() >= 3 && line[..3].iter().all(u8::is_ascii_digit);
    is_code && line[0] != b'3' && !line.starts_with(b"250")
}

impl Scanner {
    /// Takes the bytes at the beginning of `bytes` that cannot mean anything, and says how many they
    /// are: behind the head of a line, only a `p` begins something. Most of what passes is such, and
    /// to take it byte by byte would cost more than to relay it.
    fn pass_over(&mut self, bytes: &[u8]) -> usize {
        let waits = matches!(self.hidden, Hidden::Nothing | Hidden::Part);
        if self.length <= HEAD || self.letters > 0 || !waits {
            return 0;
        }
        let passed = memchr::memchr3(b'p', b'P', b'\n', bytes).unwrap_or(bytes.len());
        self.length += passed;
        passed
    }

    fn remember(&mut self, byte: u8) {
        self.length += 1;
        if self.length <= HEAD {
            self.head.push(byte.to_ascii_lowercase());
        }
    }

    /// Returns the line's beginning.
    fn end_line(&mut self) -> Vec<u8> {
        let is_empty = matches!(self.head.as_slice(), b"" | b"\r");
        self.hidden = match self.hidden {
            Hidden::Named { quoted: true } => Hidden::Part,
            Hidden::Part if is_empty => Hidden::NextLine,
            Hidden::Part => Hidden::Part,
            // JSON may go on in the next line.
            before @ Hidden::Before { sign: b':' } => before,
            _ => Hidden::Nothing,
        };
        self.letters = 0;
        self.length = 0;
        std::mem::take(&mut self.head)
    }

    /// Takes a byte, and says whether it is secret.
    fn step(&mut self, byte: u8) -> bool {
        match self.hidden {
            Hidden::Nothing | Hidden::Part | Hidden::NextLine => {
                if self.is_name(byte) {
                    self.hidden = Hidden::Named { quoted: false };
                }
                false
            }
            Hidden::Named { quoted } => {
                match byte {
                    b'=' | b':' => self.hidden = Hidden::Before { sign: byte },
                    b'"' | b'\'' if !quoted => self.hidden = Hidden::Named { quoted: true },
                    // `user[password]=`, also encoded.
                    b' ' | b'\t' | b'\r' | b']' | b'%' | b'5' | b'D' | b'd' => {}
                    _ => {
                        self.hidden = Hidden::Nothing;
                        return self.step(byte);
                    }
                }
                false
            }
            Hidden::Before { sign } => {
                self.hidden = match byte {
                    b' ' | b'\t' | b'\r' => return false,
                    b'"' | b'\'' => {
                        self.hidden = Hidden::Quoted {
                            quote: byte,
                            escaped: false,
                        };
                        return false;
                    }
                    _ if sign == b'=' => Hidden::Value,
                    _ => Hidden::Line,
                };
                self.step(byte)
            }
            Hidden::Value => {
                let ends = matches!(
                    byte,
                    b'&' | b';' | b' ' | b'\t' | b'\r' | b'"' | b'\'' | b'<' | b'>'
                );
                if ends {
                    self.hidden = Hidden::Nothing;
                }
                !ends
            }
            Hidden::Quoted { quote, escaped } => {
                if byte == quote && !escaped {
                    self.hidden = Hidden::Nothing;
                    return false;
                }
                let escaped = byte == b'\\' && !escaped;
                self.hidden = Hidden::Quoted { quote, escaped };
                true
            }
            Hidden::Line => byte != b'\r',
        }
    }

    /// Whether the byte is the last letter of `password` or `passwd`.
    fn is_name(&mut self, byte: u8) -> bool {
        const NAME: &[u8] = b"password";
        /// After `passw`, where the short one parts from the long one.
        const PARTING: usize = 5;
        let letter = byte.to_ascii_lowercase();
        let is_short = self.letters == PARTING && letter == b'd';
        self.letters = match letter {
            letter if letter == NAME[self.letters] => self.letters + 1,
            b'p' => 1,
            _ => 0,
        };
        let is_long = self.letters == NAME.len();
        if is_long || is_short {
            self.letters = 0;
        }
        is_long || is_short
    }
}

#[cfg(test)]
mod tests;
