//! Whole folders, down and up.
//!
//! We go into each folder and name its files as they are called there. A path would not do: servers
//! take a `*`, a `[` or a `-` in the argument of a listing for something else.

mod down;
mod up;

/// What stands behind the last slash, if that names something.
pub(crate) fn last_part(path: &str) -> Option<&str> {
    let name = path.trim_end_matches('/').rsplit('/').next()?;
    Some(name).filter(|name| !matches!(*name, "" | "." | ".."))
}

/// One path behind the other, unless it begins anew.
pub(crate) fn join(base: &str, path: &str) -> String {
    match (base.strip_suffix('/').unwrap_or(base), path) {
        (_, path) if path.starts_with('/') => path.to_owned(),
        (_, "") => base.to_owned(),
        ("", path) if base.is_empty() => path.to_owned(),
        (base, path) => format!("{base}/{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_a_last_part_and_can_be_joined() {
        for (path, last) in [
            ("a", Some("a")),
            ("a/b/", Some("b")),
            ("/", None),
            ("", None),
            ("a/..", None),
            (".", None),
        ] {
            assert_eq!(last_part(path), last, "{path}");
        }
        for (base, path, joined) in [
            ("/", "a", "/a"),
            ("/pub", "a", "/pub/a"),
            ("/pub", "/a", "/a"),
            ("", "a", "a"),
            ("/pub", "", "/pub"),
        ] {
            assert_eq!(join(base, path), joined);
        }
    }
}
