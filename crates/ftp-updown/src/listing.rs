//! What a line of a listing says: `MLSD`, which has a standard (RFC 3659), and `LIST`, which has
//! none.

use suppaftp::list::{File, ListParser};

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link to either.
    Link,
    /// A device, a socket, …
    Other,
}

/// One line. The name is the server's word: nobody has looked at it yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// How long a file is.
    pub size: Option<u64>,
    /// When it was changed, as `MDTM` would say it.
    pub modified: Option<String>,
}

/// Why a line names nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// The folder itself, the one above it, or a sum of all.
    Meant,
    /// It is not to be understood.
    Unclear,
}

/// Reads a line of `MLSD`: `type=file;size=5;modify=20261126120000; name`.
///
/// # Errors
/// See [`Nothing`].
pub fn machine(line: &str) -> Result<Entry, Nothing> {
    let (facts, name) = line.split_once(' ').ok_or(Nothing::Unclear)?;
    let mut entry = Entry {
        name: name.to_owned(),
        kind: Kind::Other,
        size: None,
        modified: None,
    };
    for fact in facts.split(';').filter(|fact| !fact.is_empty()) {
        let (fact, value) = fact.split_once('=').ok_or(Nothing::Unclear)?;
        match fact.to_ascii_lowercase().as_str() {
            "type" => entry.kind = kind(value)?,
            "size" => entry.size = value.parse().ok(),
            "modify" => entry.modified = Some(value.to_owned()),
            _ => {}
        }
    }
    match name {
        "" => Err(Nothing::Unclear),
        _ => Ok(entry),
    }
}

fn kind(value: &str) -> Result<Kind, Nothing> {
    let value = value.to_ascii_lowercase();
    Ok(match value.as_str() {
        "file" => Kind::File,
        "dir" => Kind::Folder,
        "cdir" | "pdir" => return Err(Nothing::Meant),
        value if value.contains("link") => Kind::Link,
        _ => Kind::Other,
    })
}

/// Reads a line of `LIST`, in the manner of `ls -l` or of DOS.
///
/// # Errors
/// See [`Nothing`].
pub fn human(line: &str) -> Result<Entry, Nothing> {
    if line.is_empty() || line.starts_with("total ") {
        return Err(Nothing::Meant);
    }
    // A mark behind the permissions says that there are more (POSIX, `ls`).
    let plain = match line.as_bytes().get(10) {
        Some(b'+' | b'.' | b'@') => line.replacen(['+', '.', '@'], " ", 1),
        _ => line.to_owned(),
    };
    let Ok(file) = ListParser::parse_posix(&plain).or_else(|_| ListParser::parse_dos(&plain))
    else {
        return Err(Nothing::Unclear);
    };
    match file.name() {
        "." | ".." => Err(Nothing::Meant),
        name => Ok(Entry {
            name: name.to_owned(),
            kind: kind_of(&file),
            size: file.is_file().then_some(file.size() as u64),
            modified: None,
        }),
    }
}

fn kind_of(file: &File) -> Kind {
    match file {
        file if file.is_directory() => Kind::Folder,
        file if file.is_symlink() => Kind::Link,
        _ => Kind::File,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, kind: Kind, size: Option<u64>) -> Result<Entry, Nothing> {
        Ok(Entry {
            name: name.into(),
            kind,
            size,
            modified: None,
        })
    }

    #[test]
    fn reads_what_machines_are_told() {
        for (line, found) in [
            (
                "type=file;size=5; a b;c",
                entry("a b;c", Kind::File, Some(5)),
            ),
            (
                "Type=DIR;Unix.mode=0755; pub",
                entry("pub", Kind::Folder, None),
            ),
            (
                "type=OS.unix=slink:/etc; etc",
                entry("etc", Kind::Link, None),
            ),
            (
                "type=file;size=9999999999999; big",
                entry("big", Kind::File, Some(9_999_999_999_999)),
            ),
            ("type=file;size=-1; odd", entry("odd", Kind::File, None)),
            ("type=file;  ../up", entry(" ../up", Kind::File, None)),
            (" bare", entry("bare", Kind::Other, None)),
            ("type=cdir; .", Err(Nothing::Meant)),
            ("type=pdir; ..", Err(Nothing::Meant)),
            ("type=file;size=5;", Err(Nothing::Unclear)),
            ("type=file; ", Err(Nothing::Unclear)),
            ("-rw-r--r-- 1 a b", Err(Nothing::Unclear)),
            ("", Err(Nothing::Unclear)),
        ] {
            assert_eq!(machine(line), found, "{line}");
        }
        let entry = machine("modify=20261126120000.5;type=file; x").unwrap();
        assert_eq!(entry.modified.as_deref(), Some("20261126120000.5"));
    }

    #[test]
    fn reads_what_people_are_told() {
        for (line, found) in [
            (
                "-rw-r--r--    1 0        0           20480 Nov 26 12:00 a b.txt",
                entry("a b.txt", Kind::File, Some(20480)),
            ),
            (
                "-rw-r--r--+ 1 ann users 5 Nov 26 2025 a+b.c",
                entry("a+b.c", Kind::File, Some(5)),
            ),
            (
                "drwxr-xr-x. 2 ann users 4096 Nov 26 12:00 pub",
                entry("pub", Kind::Folder, None),
            ),
            (
                "lrwxrwxrwx 1 ann users 4 Nov 26 12:00 link -> /etc",
                entry("link", Kind::Link, None),
            ),
            (
                "10-19-20  03:19PM <DIR> pub",
                entry("pub", Kind::Folder, None),
            ),
            (
                "04-08-14  03:09PM 403   readme.txt",
                entry("readme.txt", Kind::File, Some(403)),
            ),
            ("total 12", Err(Nothing::Meant)),
            (
                "drwxr-xr-x 2 ann users 4096 Nov 26 12:00 ..",
                Err(Nothing::Meant),
            ),
            (
                "srwxr-xr-x 2 ann users 0 Nov 26 12:00 socket",
                Err(Nothing::Unclear),
            ),
            ("what is this", Err(Nothing::Unclear)),
        ] {
            assert_eq!(human(line), found, "{line}");
        }
    }
}
