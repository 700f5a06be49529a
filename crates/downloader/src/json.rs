//! JSON that is looked into, and not taken apart: a value in memory may be a hundred times as long as
//! its text, and the text is a stranger's.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A value, which stays a piece of its text.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(transparent)]
pub struct Json<'a>(#[serde(borrow)] &'a RawValue);

impl<'a> Json<'a> {
    /// The value that a text is.
    ///
    /// # Errors
    /// It is no JSON.
    pub fn read(text: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(text)
    }

    /// What it is, if it is a `T`.
    pub fn to<T: Deserialize<'a>>(self) -> Option<T> {
        serde_json::from_str(self.0.get()).ok()
    }

    /// The field of this name, if it is an object and has one; the last of them, if it has several.
    pub fn field(self, name: &str) -> Option<Self> {
        let mut text = serde_json::Deserializer::from_str(self.0.get());
        text.deserialize_map(Field(name)).ok()?
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.0.get().starts_with('{')
    }

    /// What stands where a JSON pointer (RFC 6901) leads from here.
    pub fn at(self, pointer: &str) -> Option<Self> {
        let mut steps = pointer.split('/').skip(1);
        steps.try_fold(self, |place, step| match place.to::<Vec<Self>>() {
            Some(items) => items.get(step.parse::<usize>().ok()?).copied(),
            None => place.field(&step.replace("~1", "/").replace("~0", "~")),
        })
    }
}

/// Passes over an object, and stops for one field.
struct Field<'n>(&'n str);

impl<'de> Visitor<'de> for Field<'_> {
    type Value = Option<Json<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<String>()? {
            if name == self.0 {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_leads_through_objects_and_arrays() {
        let text = br#" {"a": {"b/c": [1, {"~": "x"}]}, "twice": 1, "twice": 2, "": 3} "#;
        let json = Json::read(text).unwrap();
        for (pointer, number) in [
            ("/a/b~1c/0", Some(1)),
            ("/twice", Some(2)),
            ("/", Some(3)),
            ("/a/b~1c/2", None),
            ("/a/b~1c/x", None),
            ("/a/absent", None),
            ("/twice/0", None),
            ("/a", None),
        ] {
            let found = json.at(pointer).and_then(Json::to::<i64>);
            assert_eq!(found, number, "{pointer}");
        }
        let found = json.at("/a/b~1c/1/~0").and_then(Json::to::<String>);
        assert_eq!(found.as_deref(), Some("x"));
        assert!(json.at("").is_some_and(Json::is_object));
        assert!(!json.at("/a/b~1c").is_some_and(Json::is_object));
    }

    #[test]
    fn what_is_no_json_is_refused_however_deep_it_is() {
        let deep = "[".repeat(1 << 20);
        for text in ["", "<html>", "{\"a\":1", "[1,]", "\"\u{1}\"", &deep] {
            assert!(Json::read(text.as_bytes()).is_err());
        }
        assert!(Json::read(b"\"\xff\"").is_err());
    }
}
