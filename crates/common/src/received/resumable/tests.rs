use super::super::tests::names;
use super::*;

fn begin(folder: &Path, resume: bool) -> Resumable {
    Resumable::begin(folder, "a.txt", resume).unwrap()
}

#[test]
fn another_run_goes_on_where_the_first_one_ended() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("made/for/it");
    assert!(!Resumable::is_begun(&folder, "a.txt"));
    let mut first = begin(&folder, true);
    assert!(Resumable::is_begun(&folder, "a.txt"));
    assert_eq!((first.length(), first.origin()), (0, None));
    first.restart("etag 1").unwrap();
    first.file().write_all(b"Hello, ").unwrap();
    drop(first);
    assert_eq!(names(&folder), ["a.txt.origin.part.part", "a.txt.part"]);

    let mut second = begin(&folder, true);
    assert_eq!((second.length(), second.origin()), (7, Some("etag 1")));
    second.file().write_all(b"world").unwrap();
    let path = second.finish(OnConflict::Refuse).unwrap();
    assert_eq!(fs::read(path).unwrap(), b"Hello, world");
    assert_eq!(names(&folder), ["a.txt"]);
}

#[test]
fn a_new_beginning_leaves_nothing_of_the_old() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = begin(folder.path(), false);
    first.restart("etag 1").unwrap();
    first.file().write_all(b"much of the old").unwrap();
    drop(first);
    let mut second = begin(folder.path(), false);
    assert_eq!((second.length(), second.origin()), (0, None));
    second.file().write_all(b"new").unwrap();
    let path = second.finish(OnConflict::Refuse).unwrap();
    assert_eq!(fs::read(path).unwrap(), b"new");
    assert_eq!(names(folder.path()), ["a.txt"]);
}

#[test]
fn nothing_is_left_where_nothing_came() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("made");
    let mut first = begin(&folder, true);
    first.restart("etag 1").unwrap();
    drop(first);
    assert!(names(root.path()).is_empty());
    let mut second = begin(&folder, true);
    second.file().write_all(b"something").unwrap();
    second.discard();
    assert!(names(root.path()).is_empty());
}

#[cfg(unix)]
#[test]
fn two_do_not_receive_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let _first = begin(folder.path(), true);
    let error = Resumable::begin(folder.path(), "a.txt", true).unwrap_err();
    let line = crate::exit::one_line(&error);
    assert!(
        line.ends_with("a.txt.part: another program is receiving it"),
        "{line}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_is_not_written_through() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("precious");
    fs::write(&precious, "old").unwrap();
    std::os::unix::fs::symlink(&precious, folder.path().join("a.txt.part")).unwrap();
    assert!(Resumable::begin(folder.path(), "a.txt", false).is_err());
    assert_eq!(fs::read(&precious).unwrap(), b"old");
}

#[cfg(unix)]
#[test]
fn a_note_that_is_a_link_is_neither_read_nor_written_through() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("precious");
    fs::write(&precious, "old").unwrap();
    fs::write(folder.path().join("a.txt.part"), "some").unwrap();
    let note = folder.path().join("a.txt".to_owned() + NOTE);
    std::os::unix::fs::symlink(&precious, &note).unwrap();
    let mut part = begin(folder.path(), true);
    assert_eq!((part.length(), part.origin()), (4, None));
    assert!(write_note(&note, "new").is_err());
    part.restart("etag 1").unwrap();
    assert_eq!(fs::read(&precious).unwrap(), b"old");
    assert_eq!(fs::read(&note).unwrap(), b"etag 1");
}

/// Whoever opens a FIFO waits for somebody at its other end.
#[cfg(unix)]
#[test]
fn a_note_or_a_part_that_is_no_file_is_not_waited_for() {
    use std::process::Command;

    let folder = tempfile::tempdir().unwrap();
    let fifo = |name: String| {
        let made = Command::new("mkfifo")
            .arg(folder.path().join(name))
            .status();
        assert!(made.unwrap().success());
    };
    fs::write(folder.path().join("a.txt.part"), "some").unwrap();
    fifo("a.txt".to_owned() + NOTE);
    assert_eq!(begin(folder.path(), true).origin(), None);
    fifo("b.txt.part".to_owned());
    let error = Resumable::begin(folder.path(), "b.txt", true).unwrap_err();
    assert!(
        error.root_cause().to_string().contains("no file"),
        "{error:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_part_with_another_name_is_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("precious");
    fs::write(&precious, "old").unwrap();
    fs::hard_link(&precious, folder.path().join("a.txt.part")).unwrap();
    assert!(Resumable::begin(folder.path(), "a.txt", false).is_err());
    assert_eq!(fs::read(&precious).unwrap(), b"old");
}

/// A name of a peer's is never that of another's note, nor is its part.
#[test]
fn a_note_is_nobodys_part() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "a.origin", "a.origin.part", "a.part"] {
        let part = with_ending(name, ".part");
        let peers = super::super::safe_file_name(name).is_ok();
        assert!(!peers || part != with_ending("a", NOTE), "{name}");
    }
    let mut first = Resumable::begin(folder.path(), "a", false).unwrap();
    first.restart("etag 1").unwrap();
    first.file().write_all(b"x").unwrap();
    let other = Resumable::begin(folder.path(), "a.origin", true).unwrap();
    assert_eq!((other.length(), other.origin()), (0, None));
    drop((first, other));
    let again = Resumable::begin(folder.path(), "a", true).unwrap();
    assert_eq!((again.length(), again.origin()), (1, Some("etag 1")));
}

/// One opens the unfinished file of another, and gets the lock when that has just finished.
#[cfg(unix)]
#[test]
fn who_comes_late_does_not_touch_what_is_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt.part");
    for finish in [true, false] {
        let first = begin(folder.path(), true);
        let late = open_unclaimed(&path).unwrap();
        match finish {
            true => drop(first.finish(OnConflict::Refuse).unwrap()),
            false => first.discard(),
        }
        assert!(claim(late, &path).unwrap().is_none());
        // Nor does another one that is there by then.
        let late = open_unclaimed(&path).unwrap();
        fs::rename(&path, folder.path().join("moved")).unwrap();
        fs::write(&path, "another").unwrap();
        assert!(claim(late, &path).unwrap().is_none());
        assert_eq!(begin(folder.path(), true).length(), 7);
    }
}
