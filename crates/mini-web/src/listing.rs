//! The page that lists a folder. Whoever may put a file there may give it any name, so a name is
//! escaped as text, and encoded as an address.

use std::fmt::{self, Write};

use chrono::{DateTime, Utc};

use crate::root::Entry;
use crate::target::encode;

/// The page may show itself and nothing else: even if a name were not escaped as it should be, no
/// script would run.
pub const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                          form-action 'none'; frame-ancestors 'self'";

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.4rem;overflow-wrap:anywhere}\
table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #8884}\
td:first-child{overflow-wrap:anywhere}\
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\
a{text-decoration:none}a:hover{text-decoration:underline}";

/// The page for the folder at `path`, which has `entries` and perhaps `more` than were read.
pub fn page(path: &str, mut entries: Vec<Entry>, more: bool) -> String {
    entries.sort_by_cached_key(|entry| {
        let folders_first = !entry.is_folder;
        (folders_first, entry.name.to_lowercase(), entry.name.clone())
    });
    let title = match path {
        "" => "Index of /".to_owned(),
        _ => format!("Index of /{path}/"),
    };
    let title = Escaped(&title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n\
         <table>\n<thead><tr><th>Name</th><th class=\"n\">Size</th>\
         <th class=\"n\">Modified (UTC)</th></tr></thead>\n<tbody>\n"
    );
    if !path.is_empty() {
        page += "<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n";
    }
    for entry in &entries {
        row(&mut page, entry);
    }
    page += "</tbody>\n</table>\n";
    if more {
        let _ = writeln!(page, "<p>… and more; {} are listed.</p>", entries.len());
    }
    page += "</body>\n</html>\n";
    page
}

fn row(page: &mut String, entry: &Entry) {
    let slash = if entry.is_folder { "/" } else { "" };
    let name = Escaped(&entry.name);
    // Without the dot, the name `javascript:x` would be an address of another kind.
    let address = encode(&entry.name);
    let _ = write!(
        page,
        "<tr><td><a href=\"./{address}{slash}\">{name}{slash}</a></td>"
    );
    let size = entry.stamp.size;
    let _ = match entry.is_folder {
        true => write!(page, "<td></td>"),
        false => write!(
            page,
            "<td class=\"n\" title=\"{size} bytes\">{}</td>",
            Size(size)
        ),
    };
    let seconds = i64::try_from(entry.stamp.modified_second()).unwrap_or(0);
    let time = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
    let _ = writeln!(
        page,
        "<td class=\"n\"><time datetime=\"{}\">{}</time></td></tr>",
        time.format("%FT%TZ"),
        time.format("%F %H:%M"),
    );
}

/// Text in a page. What has no shape of its own, or turns the direction of reading, is shown by its
/// number, so that no name looks like another.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c if common::printable::acts(c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// A size for people: `5.1 MiB`.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        if self.0 < 1024 {
            return write!(f, "{} B", self.0);
        }
        let mut size = self.0 as f64 / 1024.0;
        let mut unit = 0;
        // What would be shown as 1024.0 belongs to the next unit.
        while size >= 1023.95 && unit + 1 < UNITS.len() {
            size /= 1024.0;
            unit += 1;
        }
        write!(f, "{size:.1} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, is_folder: bool) -> Entry {
        Entry {
            is_folder,
            ..Entry::named(name, 1536)
        }
    }

    #[test]
    fn names_are_escaped_and_sorted() {
        let names = [
            entry("b", false),
            entry("<script>\"'&", false),
            entry("javascript:alert(1)", false),
            entry("A", false),
            entry("z", true),
            entry("gpj.\u{202e}exe", false),
        ];
        let page = page("<x>", names.to_vec(), true);
        assert!(
            !page.contains("<script>") && !page.contains("<x>"),
            "{page}"
        );
        assert!(
            page.contains("&lt;script&gt;&quot;&#39;&amp;</a>"),
            "{page}"
        );
        assert!(
            page.contains("href=\"./javascript%3Aalert%281%29\""),
            "{page}"
        );
        assert!(page.contains("gpj.\\u{202e}exe</a>"), "{page}");
        assert!(page.contains("1.5 KiB"), "{page}");
        assert!(page.contains("and more"), "{page}");
        let at = |text: &str| page.find(text).unwrap();
        assert!(at(">z/<") < at(">A<") && at(">A<") < at(">b<"), "{page}");
    }

    #[test]
    fn sizes_are_for_people() {
        for (size, shown) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1024 * 1024 - 1, "1.0 MiB"),
            (5_347_738, "5.1 MiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(Size(size).to_string(), shown);
        }
    }
}
