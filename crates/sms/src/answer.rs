//! What the gateway answers: JSON, which is asked for, or XML, which it sends unless it is asked
//! (and which some of its relatives send anyway).
//!
//! The same three values are in both, and nothing is told from the media type: what begins with a
//! brace is JSON, what begins with a bracket is XML. Any other page, such as that of a proxy, is
//! no answer, even with numbers in it.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::value::RawValue;

use crate::request::Request;

/// The longest body of an answer, in bytes.
pub const MAX_ANSWER: usize = 64 << 10;

/// The longest id of a message, in characters.
const MAX_ID: usize = 64;

/// What the gateway calls its answers. JSON made of XML may be wrapped in one more object of
/// that name.
const WRAPPERS: [&str; 2] = ["SubmitResult", "GetNumResult"];

/// An answer of the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The number; [`crate::code`] knows what it means.
    pub code: u32,
    /// What the gateway says to it, in Chinese. Text from a stranger.
    pub message: String,
    /// The id of the message. A text, because it is larger than most numbers can be.
    pub id: Option<String>,
    /// How many messages are left.
    pub left: Option<String>,
}

/// Why what came is no answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Nothing came.
    #[error("it is empty")]
    Empty,
    /// Bytes that are not UTF-8.
    #[error("it is no text")]
    NotText,
    /// Neither of the two.
    #[error("it is neither JSON nor XML of this gateway")]
    Foreign,
    /// It began well.
    #[error("it is malformed or cut short")]
    Malformed,
    /// No code in it, or one that is no number.
    #[error("it has no code")]
    NoCode,
}

type Values = BTreeMap<String, String>;

impl Answer {
    /// Understands the body of an answer.
    ///
    /// # Errors
    /// See [`AnswerError`].
    pub fn read(body: &[u8]) -> Result<Self, AnswerError> {
        let text = std::str::from_utf8(body).map_err(|_| AnswerError::NotText)?;
        let text = text.trim_start_matches('\u{feff}').trim();
        let mut values = match text.as_bytes().first() {
            None => return Err(AnswerError::Empty),
            Some(b'{') => from_json(text)?,
            Some(b'<') => from_xml(text)?,
            Some(_) => return Err(AnswerError::Foreign),
        };
        let code = values.get("code").and_then(|code| code.trim().parse().ok());
        Ok(Answer {
            code: code.ok_or(AnswerError::NoCode)?,
            message: values.remove("msg").unwrap_or_default(),
            id: values.remove("smsid").filter(|id| is_id(id)),
            left: values.remove("num").filter(|number| is_number(number)),
        })
    }

    /// The id under which the message was accepted, or what is left. `None` if that is missing: an
    /// answer that says yes and does not say to what is none.
    pub fn result(&self, request: &Request) -> Option<&str> {
        match request {
            Request::Submit(_) => self.id.as_deref(),
            Request::Balance => self.left.as_deref(),
        }
    }
}

/// `0` stands where there is no message, and some servers write `null`.
fn is_id(id: &str) -> bool {
    let sound = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let says_something = |c: char| matches!(c, '1'..='9');
    id.len() <= MAX_ID && id.chars().all(sound) && id.contains(says_something)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.len() <= MAX_ID && digits.bytes().all(|b| b.is_ascii_digit())
}

/// A number is taken as the digits that stand there, so that no long one is rounded.
fn from_json(text: &str) -> Result<Values, AnswerError> {
    let object = |text| serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(text);
    let mut values = object(text).map_err(|_| AnswerError::Malformed)?;
    if let Some(inner) = WRAPPERS.iter().find_map(|name| values.remove(*name)) {
        values = object(inner.get()).map_err(|_| AnswerError::Malformed)?;
    }
    let plain = |(name, raw): (String, Box<RawValue>)| match raw.get().as_bytes().first()? {
        b'"' => Some((name, serde_json::from_str(raw.get()).ok()?)),
        b'-' | b'0'..=b'9' => Some((name, raw.get().to_owned())),
        _ => None,
    };
    Ok(values.into_iter().filter_map(plain).collect())
}

/// The texts of the elements right below the outermost one. Entities that a document defines by
/// itself are not known here, so none can grow.
fn from_xml(text: &str) -> Result<Values, AnswerError> {
    let mut reader = Reader::from_str(text);
    let mut values = Values::new();
    // The names of the elements that we are inside of.
    let mut within: Vec<String> = Vec::new();
    let mut complete = false;
    loop {
        let piece = match reader.read_event().map_err(|_| AnswerError::Malformed)? {
            Event::Eof if complete => return Ok(values),
            Event::Eof => return Err(AnswerError::Malformed),
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                if within.is_empty() && !WRAPPERS.contains(&name.as_str()) {
                    return Err(AnswerError::Foreign);
                }
                // Two codes are none.
                if within.len() == 1 && values.insert(name.clone(), String::new()).is_some() {
                    return Err(AnswerError::Malformed);
                }
                within.push(name);
                continue;
            }
            Event::End(_) => {
                within.pop();
                complete = within.is_empty();
                continue;
            }
            Event::Text(text) => text.xml10_content().into_owned(),
            Event::CData(text) => text.xml10_content().into_owned(),
            Event::GeneralRef(name) => entity(&name).ok_or(AnswerError::Malformed)?,
            _ => continue,
        };
        if let [_, name] = within.as_slice() {
            values.entry(name.clone()).or_default().push_str(&piece);
        }
    }
}

fn entity(reference: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    if let Some(c) = reference.resolve_char_ref().ok()? {
        return Some(c.to_string());
    }
    let known = match reference.as_ref() {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    };
    Some(known.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<(u32, String, Option<String>), AnswerError> {
        let answer = Answer::read(body.as_bytes())?;
        Ok((answer.code, answer.message, answer.id))
    }

    #[test]
    fn json_and_xml_say_the_same() {
        let id = "16842079209571524017";
        let expected = (2, "提交成功".to_owned(), Some(id.to_owned()));
        for body in [
            format!(r#"{{"code":2,"msg":"提交成功","smsid":"{id}"}}"#),
            format!(r#"{{"code":"2","msg":"\u63d0\u4ea4成功","smsid":{id}}}"#),
            format!(r#" {{"SubmitResult": {{"smsid":"{id}","code":"2","msg":"提交成功"}}}}"#),
            format!(
                "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<SubmitResult \
                 xmlns=\"http://106.ihuyi.com/\">\n<code>2</code>\n<msg>提交&#25104;功</msg>\n\
                 <smsid>{id}</smsid>\n</SubmitResult>\n"
            ),
            format!(
                "<a:SubmitResult xmlns:a=\"x\"><a:code> 2 </a:code><a:msg><![CDATA[提交成功]]>\
                 </a:msg><a:smsid>{id}</a:smsid></a:SubmitResult>"
            ),
        ] {
            assert_eq!(read(&body).as_ref(), Ok(&expected), "{body}");
        }
    }

    #[test]
    fn a_long_number_is_not_rounded() {
        let body = r#"{"code":2,"msg":"","smsid":123456789012345678901234567890}"#;
        assert_eq!(
            read(body).unwrap().2.unwrap(),
            "123456789012345678901234567890"
        );
    }

    #[test]
    fn an_id_that_says_nothing_is_none() {
        for id in [
            r#""0""#,
            "0",
            r#""""#,
            "null",
            r#"" ""#,
            r#""a b""#,
            "[1]",
            r#""null""#,
        ] {
            let body = format!(r#"{{"code":2,"msg":"提交成功","smsid":{id}}}"#);
            assert_eq!(read(&body).unwrap().2, None, "{id}");
        }
        assert_eq!(read(r#"{"code":2}"#).unwrap().2, None);
    }

    #[test]
    fn the_balance() {
        for body in [
            r#"{"code":2,"msg":"查询成功","num":20023}"#,
            r#"{"GetNumResult":{"code":2,"msg":"查询成功","num":"20023"}}"#,
            r#"<GetNumResult xmlns="http://106.ihuyi.com/"><code>2</code><msg>查询成功</msg><num>20023</num></GetNumResult>"#,
        ] {
            let answer = Answer::read(body.as_bytes()).unwrap();
            assert_eq!(answer.result(&Request::Balance), Some("20023"));
        }
    }

    #[test]
    fn entities_are_understood_and_do_not_grow() {
        let xml =
            |msg: &str| format!("<SubmitResult><code>0</code><msg>{msg}</msg></SubmitResult>");
        assert_eq!(read(&xml("&lt;a&gt; &amp; &#x41;")).unwrap().1, "<a> & A");
        let bomb = format!("<!DOCTYPE x [<!ENTITY a \"aaaa\">]>{}", xml("&a;"));
        assert_eq!(read(&bomb), Err(AnswerError::Malformed));
    }

    #[test]
    fn whatever_else_comes_is_no_answer() {
        for (body, why) in [
            ("", AnswerError::Empty),
            (" \n", AnswerError::Empty),
            ("2", AnswerError::Foreign),
            ("[2]", AnswerError::Foreign),
            ("OK", AnswerError::Foreign),
            (
                "<html><code>2</code><smsid>1</smsid></html>",
                AnswerError::Foreign,
            ),
            (
                "<SubmitResult><code>2</code><smsid>1",
                AnswerError::Malformed,
            ),
            (
                "<SubmitResult><code>2</SubmitResult>",
                AnswerError::Malformed,
            ),
            (r#"{"code":2,"smsid":"1""#, AnswerError::Malformed),
            (
                "<SubmitResult><code>2</code><code>0</code></SubmitResult>",
                AnswerError::Malformed,
            ),
            (r#"{"code":2}x"#, AnswerError::Malformed),
            ("{}", AnswerError::NoCode),
            (r#"{"code":2.5,"smsid":"1"}"#, AnswerError::NoCode),
            (r#"{"code":-2,"smsid":"1"}"#, AnswerError::NoCode),
            (r#"{"code":null,"smsid":"1"}"#, AnswerError::NoCode),
            (
                "<SubmitResult><x><code>2</code></x></SubmitResult>",
                AnswerError::NoCode,
            ),
        ] {
            assert_eq!(read(body), Err(why), "{body}");
        }
        assert_eq!(Answer::read(b"{\xff}"), Err(AnswerError::NotText));
    }
}
