//! A listing of pictures, as tianapi.com and others like it answer: JSON with a code, a message and
//! items, in one of two shapes.

use std::io::{self, Read};

use common::printable::printable;

use crate::failure::{Failure, Hope};
use crate::json::Json;
use crate::plan::MAX_LIST;

/// Where the items are: the old host has them here, the new one there.
const PLACES: [&str; 2] = ["/newslist", "/result/list"];

/// Where a single item may be instead of a list.
const SINGLE: &str = "/result";

/// The code of an answer that went well.
const SUCCESS: i64 = 200;

/// What is to be taken from a listing.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where the items are, if not at the usual places; a JSON pointer.
    pub items: Option<String>,
    /// Which field of an item is its URL.
    pub field: String,
}

/// The URLs of a listing.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// In their order.
    pub urls: Vec<String>,
    /// How many items had none.
    pub without: usize,
}

/// Reads a listing.
///
/// # Errors
/// It does not come (`broke` says why), is too long, is no listing, or tells of an error.
pub fn read(
    body: impl Read,
    wanted: &Wanted,
    broke: impl FnOnce(io::Error) -> Failure,
) -> Result<Found, Failure> {
    let mut text = Vec::new();
    body.take(MAX_LIST + 1)
        .read_to_end(&mut text)
        .map_err(broke)?;
    if text.len() as u64 > MAX_LIST {
        return Err(Failure::lasting("the listing is longer than 16 MiB"));
    }
    let listing = Json::read(&text).map_err(|error| {
        let error = error.to_string();
        Failure::lasting(format!("the listing is no JSON: {}", printable(&error)))
    })?;
    succeeded(listing)?;
    let items = items(listing, wanted)?;
    let url = |item: &Json<'_>| match item.is_object() {
        true => item.field(&wanted.field)?.to::<String>(),
        false => item.to(),
    };
    let urls = items
        .iter()
        .filter_map(url)
        .map(|url| url.trim().to_owned());
    let urls: Vec<_> = urls.filter(|url| !url.is_empty()).collect();
    let without = items.len() - urls.len();
    Ok(Found { urls, without })
}

fn items<'a>(listing: Json<'a>, wanted: &Wanted) -> Result<Vec<Json<'a>>, Failure> {
    if let Some(place) = &wanted.items {
        let found = listing.at(place).and_then(|found| match found.is_object() {
            true => Some(vec![found]),
            false => found.to(),
        });
        return found.ok_or_else(|| {
            Failure::lasting(format!("the listing has no items at {}", printable(place)))
        });
    }
    for place in PLACES {
        if let Some(items) = listing.at(place).and_then(Json::to) {
            return Ok(items);
        }
    }
    match listing.at(SINGLE) {
        Some(single) if single.field(&wanted.field).is_some() => Ok(vec![single]),
        _ => {
            let places = PLACES.join(" nor ");
            let why = format!("the listing has items neither at {places} (see --items)");
            Err(Failure::lasting(why))
        }
    }
}

/// The status of HTTP is always 200; what counts is a code inside.
fn succeeded(listing: Json<'_>) -> Result<(), Failure> {
    let Some(code) = listing.field("code").and_then(Json::to::<i64>) else {
        return Ok(());
    };
    if code == SUCCESS {
        return Ok(());
    }
    let said = listing.field("msg").and_then(Json::to::<String>);
    let said = said.unwrap_or_default();
    let mut why = format!("the listing says {code}");
    if let Some(meaning) = meaning(code) {
        why += &format!(" ({meaning})");
    }
    if !said.is_empty() {
        why += &format!(": {}", printable(&said));
    }
    let hope = match code {
        100 | 120 | 130 => Hope::Later(None),
        _ => Hope::None,
    };
    Err(Failure {
        hope,
        ..Failure::lasting(why)
    })
}

/// What tianapi.com documents.
fn meaning(code: i64) -> Option<&'static str> {
    Some(match code {
        100 => "an error inside the server",
        110 => "this interface is retired",
        120 => "under maintenance",
        130 => "too many requests a second",
        140 => "no permission",
        150 => "the quota is used up",
        160 => "this interface has not been applied for",
        170 => "the referrer is not allowed",
        180 => "this address is not allowed",
        190 => "the key is dead",
        230 => "the key is wrong",
        240 => "the key is missing",
        250 => "there are no data",
        260 => "a parameter is empty",
        270 => "a parameter has a bad value",
        280 => "a parameter is missing",
        290 => "a parameter is too long",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(items: Option<&str>, field: &str) -> Wanted {
        let items = items.map(str::to_owned);
        Wanted {
            items,
            field: field.to_owned(),
        }
    }

    fn urls(listing: &str, wanted: &Wanted) -> Result<(Vec<String>, usize), Failure> {
        read(listing.as_bytes(), wanted, |error| Failure::of_io(&error))
            .map(|found| (found.urls, found.without))
    }

    #[test]
    fn reads_both_shapes_and_others_if_told() {
        let usual = wanted(None, "picUrl");
        for listing in [
            r#"{"code":200,"msg":"success","newslist":[{"picUrl":"a"},{"picUrl":"b"}]}"#,
            r#"{"code":200,"msg":"success","result":{"list":[{"picUrl":"a"},{"picUrl":" b "}]}}"#,
            r#"{"newslist":["a","b"]}"#,
        ] {
            assert_eq!(
                urls(listing, &usual).unwrap(),
                (vec!["a".into(), "b".into()], 0)
            );
        }
        let single = r#"{"code":200,"result":{"picUrl":"a"}}"#;
        assert_eq!(urls(single, &usual).unwrap(), (vec!["a".into()], 0));
        let other = r#"{"data":{"photos":[{"src":"a"}]}}"#;
        let told = wanted(Some("/data/photos"), "src");
        assert_eq!(urls(other, &told).unwrap(), (vec!["a".into()], 0));
        assert_eq!(
            urls(r#"[{"src":"a"}]"#, &wanted(Some(""), "src"))
                .unwrap()
                .0,
            ["a"]
        );
    }

    #[test]
    fn items_without_a_url_are_counted() {
        let listing =
            r#"{"newslist":[{"picUrl":""},{"picUrl":"a"},{"title":"x"},{"picUrl":7},null]}"#;
        assert_eq!(
            urls(listing, &wanted(None, "picUrl")).unwrap(),
            (vec!["a".into()], 4)
        );
    }

    #[test]
    fn an_error_is_told_with_its_meaning() {
        let usual = wanted(None, "picUrl");
        for (listing, why, passing) in [
            (
                r#"{"code":230,"msg":"key错误"}"#,
                "the listing says 230 (the key is wrong): key错误",
                false,
            ),
            (
                r#"{"code":130,"msg":"\u001b[2J"}"#,
                r"the listing says 130 (too many requests a second): \x1b[2J",
                true,
            ),
            (r#"{"code":999}"#, "the listing says 999", false),
            (
                r#"{"code":200}"#,
                "the listing has items neither at /newslist nor /result/list (see --items)",
                false,
            ),
        ] {
            let failure = urls(listing, &usual).unwrap_err();
            assert_eq!((failure.why.as_str(), failure.is_passing()), (why, passing));
        }
        let told = wanted(Some("/a"), "x");
        assert_eq!(
            urls("{}", &told).unwrap_err().why,
            "the listing has no items at /a"
        );
        assert!(
            urls("<html>", &usual)
                .unwrap_err()
                .why
                .starts_with("the listing is no JSON: ")
        );
    }
}
