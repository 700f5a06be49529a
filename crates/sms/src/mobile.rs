//! The number of a mobile telephone, as the gateway wants it.

use std::fmt;
use std::str::FromStr;

/// A number: of mainland China (11 digits), or from abroad (country code and number).
///
/// The gateway wants the former bare; with +86 before it, it finds the format wrong (code 406).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mobile {
    digits: String,
    abroad: bool,
}

/// Why a text is no such number.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MobileError {
    /// Several numbers.
    #[error("one number a message: the gateway takes no lists")]
    Several,
    /// Neither of the two forms.
    #[error(
        "a mobile number of mainland China has 11 digits, like 13800138000; one abroad is +CODE NUMBER, like '+852 51234567'"
    )]
    Malformed,
}

/// What people put between the digits of a number.
const SEPARATORS: [char; 2] = [' ', '-'];

impl FromStr for Mobile {
    type Err = MobileError;

    fn from_str(text: &str) -> Result<Self, MobileError> {
        let text = text.trim();
        if text.contains([',', ';', '，', '、']) {
            return Err(MobileError::Several);
        }
        let digits = text.replace(SEPARATORS, "");
        let home = digits.strip_prefix("+86").unwrap_or(&digits);
        if is_of_mainland(home) {
            return Ok(Mobile {
                digits: home.to_owned(),
                abroad: false,
            });
        }
        // No two country codes begin alike, but to tell where one ends takes a list of them all.
        let abroad = text.strip_prefix('+').and_then(|text| text.split_once(' '));
        let (code, number) = abroad.ok_or(MobileError::Malformed)?;
        let number = number.replace(SEPARATORS, "");
        // E.164: a code has 1 to 3 digits, all together at most 15.
        let sound = is_number(code, 1..=3) && is_number(&number, 4..=15 - code.len());
        if !sound || code == "86" {
            return Err(MobileError::Malformed);
        }
        Ok(Mobile {
            digits: format!("{code} {number}"),
            abroad: true,
        })
    }
}

impl Mobile {
    /// Whether it is a number outside of mainland China.
    pub fn is_abroad(&self) -> bool {
        self.abroad
    }
}

/// As it is sent.
impl fmt::Display for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digits)
    }
}

fn is_of_mainland(digits: &str) -> bool {
    let digits_only = is_number(digits, 11..=11);
    digits_only && matches!(digits.as_bytes(), [b'1', b'3'..=b'9', ..])
}

fn is_number(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && !(text.starts_with('0') && text.len() < 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_sent_as_the_gateway_wants_it() {
        for (text, sent, abroad) in [
            ("13800138000", "13800138000", false),
            ("+86 138-0013-8000", "13800138000", false),
            (" 19900000000 ", "19900000000", false),
            ("+852 5123 4567", "852 51234567", true),
            ("+1 2025550123", "1 2025550123", true),
        ] {
            let mobile: Mobile = text.parse().unwrap();
            assert_eq!(
                (mobile.to_string().as_str(), mobile.is_abroad()),
                (sent, abroad)
            );
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for (text, why) in [
            ("", MobileError::Malformed),
            ("1380013800", MobileError::Malformed),
            ("138001380000", MobileError::Malformed),
            ("12345678901", MobileError::Malformed),
            ("23800138000", MobileError::Malformed),
            ("1380013800x", MobileError::Malformed),
            ("１３８００１３８０００", MobileError::Malformed),
            ("+85251234567", MobileError::Malformed),
            ("+86 12345", MobileError::Malformed),
            ("+0 51234567", MobileError::Malformed),
            ("+852 5123456789012345", MobileError::Malformed),
            ("13800138000&a=b", MobileError::Malformed),
            ("13800138000,13800138001", MobileError::Several),
            ("13800138000，13800138001", MobileError::Several),
        ] {
            assert_eq!(text.parse::<Mobile>(), Err(why), "{text}");
        }
    }
}
