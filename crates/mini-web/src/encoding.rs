//! Compressed siblings of a file, and who takes them. Nothing is compressed here: `app.js.br` and
//! `app.js.gz` are made once, when a site is built, and far better than there would be time for now.

/// How a file is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// Brotli.
    Brotli,
    /// gzip.
    Gzip,
}

impl Encoding {
    /// All of them; [`Self::index`] counts in this order.
    pub const ALL: [Encoding; 3] = [Encoding::Identity, Encoding::Brotli, Encoding::Gzip];

    /// Its place in [`Self::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// What is appended to the name of a file.
    pub fn suffix(self) -> &'static str {
        match self {
            Encoding::Identity => "",
            Encoding::Brotli => ".br",
            Encoding::Gzip => ".gz",
        }
    }

    /// What HTTP calls it.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Identity => "identity",
            Encoding::Brotli => "br",
            Encoding::Gzip => "gzip",
        }
    }
}

/// Chooses among the encodings that `there` says exist, after the value of `Accept-Encoding`. Without
/// one, or if nothing that is wanted exists, a file is sent as it is.
pub fn choose(accepted: Option<&[u8]>, there: impl Fn(Encoding) -> bool) -> Encoding {
    let Some(accepted) = accepted else {
        return Encoding::Identity;
    };
    // As it is goes only before what is wanted less.
    let plain = weight(accepted, Encoding::Identity).unwrap_or(0);
    let mut best = (Encoding::Identity, plain.max(1) - 1);
    for encoding in [Encoding::Brotli, Encoding::Gzip] {
        let weight = weight(accepted, encoding).unwrap_or(0);
        if weight > best.1 && weight >= plain && there(encoding) {
            best = (encoding, weight);
        }
    }
    best.0
}

/// How much an encoding is wanted, in thousandths; nothing if it is not named.
fn weight(accepted: &[u8], encoding: Encoding) -> Option<u16> {
    let mut any = None;
    for item in accepted.split(|&byte| byte == b',') {
        let mut words = item.split(|&byte| byte == b';');
        let name = words.next().unwrap_or_default().trim_ascii();
        let weight = words.next().map_or(1000, thousandths);
        if name.eq_ignore_ascii_case(encoding.name().as_bytes()) {
            return Some(weight);
        }
        // As it is needs no mention; `*` speaks of it only to forbid it, which we could not obey.
        if name == b"*" && encoding != Encoding::Identity {
            any = Some(weight);
        }
    }
    any
}

/// `q=0.5` in thousandths; 0 for what cannot be read.
fn thousandths(word: &[u8]) -> u16 {
    let value = std::str::from_utf8(word).ok().map(str::trim);
    let value = value.and_then(|word| {
        let (name, value) = word.split_once('=')?;
        name.eq_ignore_ascii_case("q").then_some(value)
    });
    let value = value.and_then(|value| value.parse::<f32>().ok());
    let value = value.filter(|value| (0.0..=1.0).contains(value));
    value.map_or(0, |value| (value * 1000.0) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_chooses() {
        use Encoding::{Brotli, Gzip, Identity};
        for (accepted, chosen) in [
            ("gzip, deflate, br, zstd", Brotli),
            ("gzip", Gzip),
            ("GZIP", Gzip),
            ("br;q=0.5, gzip", Gzip),
            ("br;q=0, gzip;q=0", Identity),
            ("*", Brotli),
            ("*;q=0.1, br;q=0", Gzip),
            ("identity, gzip;q=0.5", Identity),
            ("identity;q=0.5, gzip", Gzip),
            ("deflate", Identity),
            ("", Identity),
            ("br;q=x", Identity),
            ("br;q=2", Identity),
        ] {
            assert_eq!(
                choose(Some(accepted.as_bytes()), |_| true),
                chosen,
                "{accepted}"
            );
        }
        assert_eq!(choose(None, |_| true), Identity);
        assert_eq!(choose(Some(b"br, gzip"), |it| it == Gzip), Gzip);
        assert_eq!(choose(Some(b"br, gzip"), |_| false), Identity);
    }
}
