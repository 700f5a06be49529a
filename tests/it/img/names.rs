//! Names that a server should not send, through every way to say where files go.

use std::fs;
use std::path::Path;

use harness::{Output, client, temp_dir};
use serde_json::json;

use super::{base64, dumps, serve_text, tree};

/// What arrives.
const NEW: &[u8] = b"new";

/// What was there before, wherever something was.
const OLD: &[u8] = b"old";

/// Names, and the part of each that is taken; `None` where none is.
fn names() -> Vec<(String, Option<&'static str>)> {
    let names = [
        ("131.jpg", Some("131.jpg")),
        ("../x", Some("x")),
        ("a/../../b", Some("b")),
        ("/abs/x", Some("x")),
        ("/etc/cron.d/x", Some("x")),
        (r"..\x", Some("x")),
        (r"C:\x", Some("x")),
        (r"\\srv\share\x", Some("x")),
        // An honest name; it does harm in ~/.ssh only, where nobody receives pictures.
        ("authorized_keys", Some("authorized_keys")),
        ("~/x", Some("x")),
        ("", None),
        (".", None),
        ("..", None),
        ("/", None),
        ("x/", None),
        ("x/..", None),
        ("x\0y", None),
        (".bashrc", None),
        ("../.bashrc", None),
        ("CON", None),
        ("NUL.txt", None),
        ("a:stream", None),
        ("C:x", None),
        ("x.", None),
        ("x ", None),
        ("x.jpg\n", None),
        ("\x1b[2J", None),
        ("\x1b[1A\rharmless", None),
        ("gpj.\u{202e}exe", None),
        ("x.part", None),
        ("\u{a0}", None),
        ("x\u{3000}", None),
    ];
    let mut names = names.map(|(name, safe)| (name.to_owned(), safe)).to_vec();
    names.push(("x".repeat(256), None));
    names.push(("图".repeat(86), None));
    names
}

/// How it is said where files go, what is there before, and the folder that results.
struct Mode {
    args: &'static [&'static str],
    folder: &'static str,
    /// Puts something into the folder at the place that the picture would take.
    before: fn(place: &Path),
}

/// What is outside of the folder, and should stay as it is.
const OUTSIDE: &str = "precious";

const MODES: [Mode; 6] = [
    Mode {
        args: &[],
        folder: "data",
        before: |_| {},
    },
    Mode {
        args: &["-o", "folder"],
        folder: "folder",
        before: |place| fs::create_dir_all(place.parent().unwrap()).unwrap(),
    },
    Mode {
        args: &["-o", "not/there/yet"],
        folder: "not/there/yet",
        before: |_| {},
    },
    Mode {
        args: &["-o", "file"],
        folder: "file",
        before: |place| {
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, OLD).unwrap();
        },
    },
    Mode {
        args: &["-o", "link"],
        folder: "link",
        before: |place| {
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            #[cfg(unix)]
            std::os::unix::fs::symlink(format!("../{OUTSIDE}"), place).unwrap();
            #[cfg(not(unix))]
            fs::write(place, OLD).unwrap();
        },
    },
    Mode {
        args: &["-o", "dir"],
        folder: "dir",
        before: |place| fs::create_dir_all(place).unwrap(),
    },
];

#[test]
fn no_name_leads_out_of_the_folder_or_over_what_is_there() {
    for (name, safe) in names() {
        for mode in &MODES {
            let data = base64(NEW);
            let name_last = format!("{{\"filedata\":\"{data}\",\"filename\":{}}}", json!(name));
            for text in [dumps(&name, NEW), name_last] {
                try_name(&name, safe, mode, text);
            }
        }
    }
}

fn try_name(name: &str, safe: Option<&str>, mode: &Mode, text: String) {
    let dir = temp_dir();
    let work = dir.path().join("work");
    fs::create_dir(&work).unwrap();
    fs::write(work.join(OUTSIDE), OLD).unwrap();
    let place = work.join(mode.folder).join(safe.unwrap_or("something"));
    (mode.before)(&place);
    let taken = fs::symlink_metadata(&place).is_ok();
    let before = tree(dir.path());

    let address = serve_text(text);
    let output = client("img-client")
        .arg(&address)
        .args(mode.args)
        .dir(&work)
        .run();

    let case = || format!("{name:?} {:?}: {output}", mode.args);
    let mut expected = before;
    if let (Some(safe), false) = (safe, taken) {
        assert!(output.success(), "{}", case());
        assert_eq!(
            output.stdout_text(),
            format!("saved {}/{safe} (3 bytes)\n", mode.folder),
        );
        assert_eq!(fs::read(&place).unwrap(), NEW);
        let folders = Path::new(mode.folder).ancestors();
        let folders = folders.filter(|folder| !folder.as_os_str().is_empty());
        expected.extend(folders.map(|folder| format!("work/{}/", folder.display())));
        expected.push(format!("work/{}/{safe}", mode.folder));
        expected.sort();
        expected.dedup();
    } else {
        assert_refused(&output, safe.is_some(), &case());
    }
    assert_eq!(tree(dir.path()), expected, "{}", case());
    assert_eq!(fs::read(work.join(OUTSIDE)).unwrap(), OLD, "{}", case());
    if place.is_file() && taken {
        assert_eq!(fs::read(&place).unwrap(), OLD, "{}", case());
    }
}

fn assert_refused(output: &Output, taken: bool, case: &str) {
    assert_eq!(output.code, Some(1), "{case}");
    assert!(output.stdout.is_empty(), "{case}");
    let said = output.stderr_text();
    let line = said.strip_suffix('\n').expect("a line");
    // The name is shown, and cannot do anything to the terminal.
    assert!(
        !line.contains(|c: char| c.is_control() || c == '\u{202e}'),
        "{case}"
    );
    let why = if taken {
        "it is there already"
    } else {
        "cannot save a picture as \""
    };
    assert!(line.contains(why), "{case}");
}

#[cfg(unix)]
#[test]
fn a_pipe_of_that_name_is_not_written_to() {
    for on_conflict in ["refuse", "overwrite"] {
        let dir = temp_dir();
        let made = harness::Launch::command("mkfifo")
            .arg("a.jpg")
            .dir(dir.path())
            .run();
        made.assert_success();
        let output = client("img-client")
            .arg(serve_text(dumps("a.jpg", NEW)))
            .args(["-o", ".", "--on-conflict", on_conflict])
            .dir(dir.path())
            .run();
        let is_file = fs::symlink_metadata(dir.path().join("a.jpg"))
            .unwrap()
            .is_file();
        assert_eq!(
            (output.success(), is_file),
            match on_conflict {
                "refuse" => (false, false),
                _ => (true, true),
            }
        );
    }
}

#[cfg(unix)]
#[test]
fn overwriting_replaces_a_link_and_not_what_it_leads_to() {
    let dir = temp_dir();
    fs::write(dir.path().join(OUTSIDE), OLD).unwrap();
    fs::create_dir(dir.path().join("data")).unwrap();
    let link = dir.path().join("data/a.jpg");
    std::os::unix::fs::symlink("../precious", &link).unwrap();
    let output = client("img-client")
        .arg(serve_text(dumps("a.jpg", NEW)))
        .args(["--on-conflict", "overwrite"])
        .dir(dir.path())
        .run();
    output.assert_success();
    assert!(fs::symlink_metadata(&link).unwrap().is_file());
    assert_eq!(fs::read(&link).unwrap(), NEW);
    assert_eq!(fs::read(dir.path().join(OUTSIDE)).unwrap(), OLD);
}

/// On Linux these are two names each. Where they are one, the second is a conflict like any.
#[cfg(target_os = "linux")]
#[test]
fn names_that_only_look_the_same_are_two() {
    let dir = temp_dir();
    let names = ["A.jpg", "a.jpg", "\u{e9}.jpg", "e\u{301}.jpg"];
    let text: String = names.map(|name| dumps(name, name.as_bytes())).concat();
    let output = client("img-client")
        .arg(serve_text(text))
        .dir(dir.path())
        .run();
    output.assert_success();
    for name in names {
        assert_eq!(
            fs::read(dir.path().join("data").join(name)).unwrap(),
            name.as_bytes()
        );
    }
}
