//! Where the server waits for a data connection, as it says in its reply to `EPSV` or `PASV`.

use std::net::{IpAddr, Ipv4Addr};

/// The port in a reply to `EPSV`: `Entering Extended Passive Mode (|||6446|)` (RFC 2428). Any
/// character may stand for the bar. An address has no place there: it is the one we talk to anyway.
pub fn extended(text: &str) -> Option<u16> {
    let inner = text.rsplit_once('(')?.1.split_once(')')?.0;
    let mut chars = inner.chars();
    let bar = chars
        .next()
        .filter(|c| c.is_ascii_graphic() && !c.is_ascii_digit())?;
    let port = chars
        .as_str()
        .strip_prefix([bar])?
        .strip_prefix([bar])?
        .strip_suffix([bar])?;
    number(port).filter(|&port| port != 0)
}

/// The address and the port in a reply to `PASV`: `Entering Passive Mode (192,168,1,2,19,137)`. Not
/// every server writes the brackets, so the six numbers are looked for (RFC 1123, section 4.1.2.6).
pub fn classic(text: &str) -> Option<(IpAddr, u16)> {
    let stranger = |c: char| c != ',' && !c.is_ascii_digit();
    let mut words = text.split(stranger);
    words.find_map(|word| {
        let numbers: Option<Vec<u8>> = word.split(',').map(number::<u8>).collect();
        let [a, b, c, d, high, low] = numbers?[..] else {
            return None;
        };
        let port = u16::from_be_bytes([high, low]);
        (port != 0).then(|| (Ipv4Addr::new(a, b, c, d).into(), port))
    })
}

/// Digits alone: `parse` would take a sign as well.
fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_an_extended_reply() {
        assert_eq!(
            extended("Entering Extended Passive Mode (|||6446|)"),
            Some(6446)
        );
        assert_eq!(extended("ok (you) (!!!65535!)."), Some(65535));
        for nonsense in [
            "",
            "(|||)",
            "(|||0|)",
            "(|||65536|)",
            "(|||+1|)",
            "(||6446|)",
            "(|||6446)",
            "(1112111)",
            "(|1|10.0.0.1|6446|)",
            "|||6446|",
            "(|||6446|",
            ")(",
            "(你你你1你)",
        ] {
            assert_eq!(extended(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn reads_a_classic_reply() {
        let address = |last| IpAddr::from([192, 168, 1, last]);
        for (text, found) in [
            (
                "Entering Passive Mode (192,168,1,2,19,137).",
                (address(2), 5001),
            ),
            ("=192,168,1,3,0,21", (address(3), 21)),
            ("Mode 2 on 192,168,1,4,255,255", (address(4), 65535)),
        ] {
            assert_eq!(classic(text), Some(found), "{text}");
        }
        for nonsense in [
            "",
            "(192,168,1,2,19)",
            "(192,168,1,2,19,256)",
            "(1,2,3,4,5,6,7)",
            "(1,2,3,4,0,0)",
            "(1,2,3,,5,6)",
            "192.168.1.2:21",
        ] {
            assert_eq!(classic(nonsense), None, "{nonsense}");
        }
    }
}
