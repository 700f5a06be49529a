//! The listing itself.

use serde_json::{Value, json};

use crate::http::Request;

/// The listing that is asked for.
pub(super) fn listing(request: &Request, names: Vec<String>) -> Value {
    let parameter = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(request.query().as_bytes());
        pairs
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    if let Some(code) = parameter("code").and_then(|code| code.parse::<i64>().ok()) {
        return json!({"code": code, "msg": "as you asked"});
    }
    let way = parameter("way").unwrap_or_else(|| "pictures".into());
    let names = match parameter("names").as_deref() {
        Some("hostile") => HOSTILE.map(str::to_owned).to_vec(),
        _ => names,
    };
    let number = parameter("num").and_then(|number| number.parse().ok());
    let host = request.field("host").unwrap_or_default();
    let item = |name: &String| {
        let url = match name.as_str() {
            // The documentation says that there are such items.
            "" => String::new(),
            name => format!("http://{host}/{way}/{name}"),
        };
        json!({"title": name, "picUrl": url})
    };
    let items: Vec<_> = names.iter().take(number.unwrap_or(10)).map(item).collect();
    match request.path() {
        "/meinv/index" => json!({"code": 200, "msg": "success", "result": {"list": items}}),
        _ => json!({"code": 200, "msg": "success", "newslist": items}),
    }
}

/// Names that nobody should make a file of as they are, encoded as in a URL; a good one at the end;
/// and an item without any.
const HOSTILE: [&str; 10] = [
    "..%2F..%2Fescaped.bmp",
    "..%5Cescaped-2.bmp",
    ".bashrc",
    "NUL.bmp",
    "a%3Astream.bmp",
    "clear%1B%5B2J.bmp",
    "gpj.%E2%80%AEpmb",
    "unfinished.part",
    "good.bmp",
    "",
];
