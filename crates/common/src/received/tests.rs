use std::io::Write;

use super::*;

#[test]
fn a_number_finds_room_in_a_long_name() {
    assert_eq!(numbered("a.tar.gz", 2), "a.tar-2.gz");
    assert_eq!(numbered("a", 1), "a-1");
    let long = format!("{}.jpg", "图".repeat(83));
    assert!(numbered(&long, 10_000).len() <= MAX_NAME);
    assert!(numbered(&long, 10_000).ends_with("图-10000.jpg"));
}

#[test]
fn an_ending_finds_room_too() {
    let long = format!("{}.jpg", "图".repeat(83));
    assert_eq!(with_ending("a.jpg", ".part"), "a.jpg.part");
    assert!(with_ending(&long, ".origin.part.part").len() <= MAX_NAME);
}

fn receive(folder: &Path, on_conflict: OnConflict) -> anyhow::Result<PathBuf> {
    let mut receiving = Receiving::begin(folder)?;
    receiving.file().write_all(b"new")?;
    receiving.finish("a.txt", on_conflict)
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_conflict_is_refused_renamed_or_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("made/for/it");
    let first = receive(&folder, OnConflict::Refuse).unwrap();
    std::fs::write(&first, "old").unwrap();

    let refused = receive(&folder, OnConflict::Refuse)
        .unwrap_err()
        .to_string();
    assert!(
        refused.ends_with("a.txt: it is there already (see --on-conflict)"),
        "{refused}"
    );
    assert_eq!(std::fs::read(&first).unwrap(), b"old");
    assert_eq!(names(&folder), ["a.txt"]);

    receive(&folder, OnConflict::Rename).unwrap();
    assert_eq!(names(&folder), ["a-1.txt", "a.txt"]);
    assert_eq!(std::fs::read(&first).unwrap(), b"old");

    receive(&folder, OnConflict::Overwrite).unwrap();
    assert_eq!(std::fs::read(&first).unwrap(), b"new");
    assert_eq!(names(&folder), ["a-1.txt", "a.txt"]);
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("precious");
    std::fs::write(&precious, "old").unwrap();
    for link_to in [precious.as_path(), Path::new("/nowhere")] {
        let link = folder.path().join("a.txt");
        std::os::unix::fs::symlink(link_to, &link).unwrap();
        assert!(receive(folder.path(), OnConflict::Refuse).is_err());
        receive(folder.path(), OnConflict::Overwrite).unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_file());
        std::fs::remove_file(&link).unwrap();
    }
    assert_eq!(std::fs::read(&precious).unwrap(), b"old");
}

#[test]
fn what_is_not_finished_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let receiving = Receiving::begin(folder.path()).unwrap();
    assert_eq!(names(folder.path()).len(), 1);
    drop(receiving);
    assert!(names(folder.path()).is_empty());
}

#[test]
fn folders_made_for_what_is_not_finished_are_gone_too() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("a/b/c");
    let receiving = Receiving::begin(&folder).unwrap();
    std::fs::write(root.path().join("a/kept"), "").unwrap();
    drop(receiving);
    assert_eq!(names(root.path()), ["a"]);
    assert_eq!(names(&root.path().join("a")), ["kept"]);

    let folder = root.path().join("d/e");
    receive(&folder, OnConflict::Refuse).unwrap();
    assert!(receive(&folder, OnConflict::Refuse).is_err());
    assert_eq!(names(&folder), ["a.txt"]);

    let receiving = Receiving::begin(&root.path().join("f/g")).unwrap();
    let too_long = "x".repeat(MAX_NAME + 1);
    assert!(receiving.finish(&too_long, OnConflict::Refuse).is_err());
    assert_eq!(names(root.path()), ["a", "d"]);
}

/// So that nothing has to be fetched for it.
#[test]
fn a_conflict_can_be_told_beforehand() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.txt");
    check_target(&target, OnConflict::Refuse).unwrap();
    std::fs::write(&target, "old").unwrap();
    check_target(&target, OnConflict::Rename).unwrap();
    check_target(&target, OnConflict::Overwrite).unwrap();
    let early = check_target(&target, OnConflict::Refuse).unwrap_err();
    let late = receive(folder.path(), OnConflict::Refuse).unwrap_err();
    assert_eq!(early.to_string(), late.to_string());
}
