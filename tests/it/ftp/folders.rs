//! Whole folders.

use std::fs;

use harness::{names, noise};

use super::assert_holds;
use super::peer::Peer;
use crate::told::error_of;

fn plant(root: &std::path::Path) {
    fs::create_dir_all(root.join("tree/branch/twig")).unwrap();
    fs::create_dir_all(root.join("tree/empty")).unwrap();
    for (seed, name) in ["root", "branch/one", "branch/two", "branch/twig/leaf [1]"]
        .iter()
        .enumerate()
    {
        fs::write(root.join("tree").join(name), noise(10_000, seed as u64)).unwrap();
    }
}

#[track_caller]
fn assert_grown(tree: &std::path::Path) {
    assert_eq!(names(tree), ["branch", "empty", "root"]);
    assert_eq!(names(tree.join("branch")), ["one", "twig", "two"]);
    assert_eq!(names(tree.join("empty")), [""; 0]);
    assert_holds(tree.join("branch/twig/leaf [1]"), &noise(10_000, 3));
    assert_holds(tree.join("root"), &noise(10_000, 0));
}

#[test]
fn a_folder_goes_up_and_comes_down() {
    let peer = Peer::start();
    plant(&peer.here());
    peer.write_here("alone", "1");
    let put = peer
        .ftp("")
        .args(["-r", "put", "tree", "alone", "--to", "new"])
        .run();
    put.assert_success();
    assert!(
        put.stdout_lines()
            .contains(&"stored new/tree/branch/one (10000 bytes)".to_owned()),
        "{put}"
    );
    assert_grown(&peer.there().join("new/tree"));

    let get = peer
        .ftp("new")
        .args(["get", "-r", "tree", "alone", "-o", "back"])
        .run();
    get.assert_success();
    assert!(
        get.stdout_lines()
            .contains(&"saved back/tree/branch/one (10000 bytes)".to_owned()),
        "{get}"
    );
    assert_grown(&peer.here().join("back/tree"));
    assert_holds(peer.here().join("back/alone"), b"1");

    // What has no name of its own goes into the folder itself.
    peer.ftp("new/tree")
        .args(["get", "-r", ".", "-o", "dot"])
        .run()
        .assert_success();
    assert_grown(&peer.here().join("dot"));
    // And once more: what is there is replaced on the server, and kept here.
    peer.ftp("")
        .args(["-r", "put", "tree", "--to", "new"])
        .run()
        .assert_success();
    let again = peer
        .ftp("new")
        .args(["get", "-r", "tree", "-o", "back"])
        .run();
    again.assert_code(1);
    assert!(
        again.stderr_text().contains("4 of 4 could not be fetched"),
        "{again}"
    );
    // With --resume, what is complete is passed over.
    fs::remove_file(peer.here().join("back/tree/branch/one")).unwrap();
    let resumed = peer
        .ftp("new")
        .args(["get", "-r", "--resume", "tree", "-o", "back"])
        .run();
    resumed.assert_success();
    assert!(
        resumed
            .stdout_lines()
            .contains(&"back/tree/root is here already".to_owned()),
        "{resumed}"
    );
    assert_grown(&peer.here().join("back/tree"));
}

#[test]
fn the_folder_to_put_into_is_made_with_those_above_it() {
    let peer = Peer::start();
    peer.write_here("a", "1");
    for to in ["x/y/z", "x/y/z/", "x/y/w", "/v/u"] {
        let put = peer.ftp("").args(["-r", "put", "a", "--to", to]).run();
        put.assert_success();
        assert_holds(
            peer.there().join(to.trim_start_matches('/')).join("a"),
            b"1",
        );
    }
    let put = peer.ftp("").args(["put", "a", "--to", "not/so"]).run();
    let line = error_of("ftp-updown", &put, 1);
    assert!(
        line.starts_with("cannot go into the folder not/so: the server said 550"),
        "{line}"
    );
}

#[cfg(unix)]
#[test]
fn links_to_folders_and_what_is_no_file_stay_here() {
    use std::os::unix::fs::symlink;

    let peer = Peer::start();
    let here = peer.here();
    fs::create_dir(here.join("tree")).unwrap();
    fs::write(here.join("tree/a"), "1").unwrap();
    symlink(".", here.join("tree/round")).unwrap();
    symlink("a", here.join("tree/b")).unwrap();
    std::os::unix::net::UnixListener::bind(here.join("tree/socket")).unwrap();
    let put = peer.ftp("").args(["-r", "put", "tree"]).run();
    put.assert_success();
    assert!(
        put.stderr_text().contains("passed over tree/round"),
        "{put}"
    );
    assert!(
        put.stderr_text().contains("passed over tree/socket"),
        "{put}"
    );
    assert_eq!(names(peer.there().join("tree")), ["a", "b"]);
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let peer = Peer::start();
    let get = peer.ftp("").args(["-r", "get", "absent"]).run();
    get.assert_code(1);
    assert!(
        get.stderr_text()
            .contains("cannot get absent: the server said 550"),
        "{get}"
    );
    let put = peer.ftp("").args(["-r", "put", "absent"]).run();
    put.assert_code(1);
    assert!(
        put.stderr_text()
            .contains("cannot put absent: no such file or directory"),
        "{put}"
    );
    assert_eq!(names(peer.here()), [""; 0]);
}
