//! Files: which, in which state, and said to be what.

use std::fs;
use std::time::{Duration, SystemTime};

use harness::noise;

use super::{Site, write};

#[test]
fn a_file_is_sent_as_it_is() {
    let site = Site::with(&[("a.txt", "one\n"), ("empty.txt", "")], &[]);
    for _again in 0..2 {
        let answer = site.get("/a.txt");
        answer
            .assert_body("one\n")
            .assert_field("Accept-Ranges", "bytes");
        answer.assert_field("X-Content-Type-Options", "nosniff");
        assert!(answer.field("Date").unwrap().ends_with(" GMT"));
        site.get("/empty.txt")
            .assert_body("")
            .assert_field("Content-Length", "0");
    }
    site.get("/b.txt").assert_status(404);
    site.get("/a.txt/").assert_status(404);
    site.get("/a.txt/b").assert_status(404);
}

#[test]
fn a_large_file_is_sent_as_it_is() {
    let site = Site::with(&[], &[]);
    let large = noise(5_000_000, 1);
    write(site.path(), "large.bin", &large);
    let mut peer = site.connect();
    for _again in 0..3 {
        let answer = peer.gets("/large.bin");
        answer
            .assert_body(&large)
            .assert_field("Content-Type", "application/octet-stream");
    }
}

#[test]
fn head_is_get_without_the_body() {
    let site = Site::with(&[("small.txt", "one\n")], &[]);
    write(site.path(), "large.bin", noise(1_000_000, 1));
    let mut peer = site.connect();
    for target in ["/small.txt", "/large.bin", "/", "/missing", "/small.txt"] {
        let got = peer.gets(target);
        peer.requests("HEAD", target, "");
        let head = peer.answer("HEAD");
        assert_eq!(head.status, got.status);
        for name in ["Content-Length", "Content-Type", "ETag", "Last-Modified"] {
            assert_eq!(head.field(name), got.field(name), "{name} of {target}");
        }
    }
}

#[test]
fn a_type_is_told_after_the_name() {
    let types = [
        ("a.html", "text/html; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.json", "application/json"),
        ("a.svg", "image/svg+xml"),
        ("a.PNG", "image/png"),
        ("a.wasm", "application/wasm"),
        ("a.mp4", "video/mp4"),
        ("a.wav", "audio/wav"),
        ("noname", "application/octet-stream"),
    ];
    let site = Site::with(&types.map(|(name, _)| (name, "x")), &[]);
    for (name, media_type) in types {
        let answer = site.get(&format!("/{name}"));
        answer
            .assert_body("x")
            .assert_field("Content-Type", media_type);
    }
}

#[test]
fn a_folder_shows_its_index() {
    let site = Site::with(&[("index.html", "top"), ("a b/index.html", "inside")], &[]);
    site.get("/").assert_body("top");
    site.get("/a%20b/").assert_body("inside");
    site.get("/?x=/y").assert_body("top");
    site.get("http://test/a%20b/").assert_body("inside");
    // So that links in the page are taken from inside the folder.
    let moved = site.get("/a%20b?x=1");
    moved
        .assert_status(301)
        .assert_field("Location", "/a%20b/?x=1");
    let moved = site.get("//a%20b");
    moved.assert_status(301).assert_field("Location", "/a%20b/");
}

#[test]
fn names_in_every_script_and_with_odd_signs_are_found() {
    let names = [
        "你好.txt",
        "a b?c#d%.txt",
        "%2e%2e",
        "back\\slash",
        "quote\"'<>",
    ];
    let names = if cfg!(windows) {
        &names[..1]
    } else {
        &names[..]
    };
    let site = Site::with(&[], &[]);
    for name in names {
        write(site.path(), name, name);
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02x}")).collect();
        site.get(&format!("/{encoded}")).assert_body(name);
    }
}

#[test]
fn a_changed_file_is_seen_within_a_second_or_two() {
    let site = Site::with(&[("a.txt", "one")], &["--threads", "1"]);
    let mut peer = site.connect();
    peer.gets("/a.txt").assert_body("one");
    let path = site.path().join("a.txt");
    fs::write(&path, "two").unwrap();
    let limit = SystemTime::now() + Duration::from_secs(20);
    while peer.gets("/a.txt").body == b"one" {
        assert!(SystemTime::now() < limit, "it is still the old one");
    }
    peer.gets("/a.txt").assert_body("two");
    fs::remove_file(&path).unwrap();
    while peer.gets("/a.txt").status == 200 {
        assert!(SystemTime::now() < limit, "it is still there");
    }
    peer.gets("/a.txt").assert_status(404);
}

#[test]
fn without_a_cache_a_change_is_seen_at_once() {
    let site = Site::with(&[], &["--cache-size", "0"]);
    for text in ["one", "two!", "three"] {
        write(site.path(), "a.txt", text);
        site.get("/a.txt").assert_body(text);
    }
}

#[test]
fn more_files_than_the_cache_has_room_for_are_all_served() {
    let site = Site::with(&[], &["--cache-size", "16KiB", "--threads", "1"]);
    let text = |n| format!("{n:01000}");
    for n in 0..50 {
        write(site.path(), &format!("{n}.txt"), text(n));
    }
    let mut peer = site.connect();
    for n in (0..50).chain(0..50).chain([7; 10]) {
        peer.gets(&format!("/{n}.txt")).assert_body(text(n));
    }
}

#[test]
fn a_single_page_app_answers_for_its_views() {
    let site = Site::with(&[("index.html", "app"), ("a/b.js", "js")], &["--spa"]);
    for target in ["/", "/users/7", "/a/deep/view?x=y.z", "/users/"] {
        site.get(target).assert_body("app");
    }
    site.get("/a/b.js").assert_body("js");
    site.get("/a/missing.js").assert_status(404);
    site.get("/.git/config").assert_status(404);
    let site = Site::with(&[("index.html", "app")], &[]);
    site.get("/users/7").assert_status(404);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_forbidden() {
    use std::os::unix::fs::PermissionsExt;

    let folder = harness::temp_dir();
    write(folder.path(), "a.txt", "secret");
    fs::set_permissions(
        folder.path().join("a.txt"),
        fs::Permissions::from_mode(0o000),
    )
    .unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let launch = harness::server("mini-web").arg(folder.path());
    let is_root = rustix_is_root(folder.path());
    let server = if is_root { launch.uid(65_534) } else { launch }.serve();
    let mut peer = crate::wire::Peer::connect(&server);
    peer.gets("/a.txt").assert_status(403);
}

/// Root may read everything.
#[cfg(unix)]
fn rustix_is_root(folder: &std::path::Path) -> bool {
    fs::read(folder.join("a.txt")).is_ok()
}
