//! No way out of the folder, and nothing that is hidden in it.

use std::fs;

use super::{Site, write};
use crate::wire::Peer;
use harness::{server, temp_dir};

#[test]
fn a_path_that_leads_out_is_refused_however_it_is_written() {
    let site = Site::with(&[("a.txt", "one"), ("sub/b.txt", "two")], &[]);
    for target in [
        "/..",
        "/../",
        "/../etc/passwd",
        "/../../../../../../etc/passwd",
        "/sub/../../etc/passwd",
        "/%2e%2e/etc/passwd",
        "/%2E%2E/etc/passwd",
        "/.%2e/etc/passwd",
        "/%2e./etc/passwd",
        "/..%2fetc/passwd",
        "/..%2Fetc%2Fpasswd",
        "/sub/..%2f..%2fetc/passwd",
        "/..%5cetc%5cpasswd",
        "/..\\etc\\passwd",
        "/sub\\..\\..\\etc\\passwd",
        "/%2e%2e%5c",
        "//../etc/passwd",
        "/./../etc/passwd",
        "/a.txt%00.html",
        "/%00",
        "/%",
        "/%2",
        "/%zz",
        "/%ff",
        "/%c0%af",
        "/%c0%ae%c0%ae/etc/passwd",
        "/%e0%80%ae%e0%80%ae/etc/passwd",
        "/a.txt#part",
        "*",
        "a.txt",
        "../etc/passwd",
        "http://test/../etc/passwd",
        "http://test/%2e%2e/etc/passwd",
        "file:///etc/passwd",
    ] {
        let mut peer = site.connect();
        peer.requests("GET", target, "");
        peer.requests("GET", "/a.txt", "");
        let answer = peer.answer("GET");
        assert_eq!(answer.status, 400, "{target}: {}", answer.header);
        peer.expect_end();
    }
}

#[test]
fn a_path_that_stays_inside_is_followed() {
    let site = Site::with(&[("a.txt", "one"), ("sub/b.txt", "two")], &[]);
    for target in [
        "/a.txt",
        "//a.txt",
        "/./a.txt",
        "/sub/../a.txt",
        "/%61.txt",
        "/a.txt?../..",
        "/sub/%2e%2e/a.txt",
        "http://other/a.txt",
        "HTTP://test:80/a.txt?x",
    ] {
        site.get(target).assert_body("one");
    }
    // It is decoded once.
    for target in [
        "/%252e%252e/etc/passwd",
        "/%252e%252e%252fetc%252fpasswd",
        "/%2561.txt",
    ] {
        site.get(target).assert_status(404);
    }
}

#[test]
fn what_begins_with_a_dot_is_not_there() {
    let files = [
        (".htpasswd", "x"),
        (".git/config", "x"),
        ("sub/.env", "x"),
        ("a.txt", "one"),
    ];
    let site = Site::with(&files, &[]);
    for target in [
        "/.htpasswd",
        "/%2ehtpasswd",
        "/.git/config",
        "/.git/",
        "/.git",
        "/sub/.env",
        "/./.htpasswd",
        "/sub/../.htpasswd",
        "/a.txt/../.htpasswd",
        "/...",
    ] {
        site.get(target).assert_status(404);
    }
}

/// `/srv` is not `/srv-secret`.
#[test]
fn a_neighbour_with_a_longer_name_is_outside() {
    let folder = temp_dir();
    write(folder.path(), "srv/a.txt", "one");
    write(folder.path(), "srv-secret/b.txt", "secret");
    let server = server("mini-web").arg(folder.path().join("srv")).serve();
    let mut peer = Peer::connect(&server);
    peer.gets("/a.txt").assert_body("one");
    peer.gets("/-secret/b.txt").assert_status(404);
    #[cfg(unix)]
    {
        let links = [
            ("rel", "../srv-secret/b.txt".into()),
            ("abs", folder.path().join("srv-secret/b.txt")),
        ];
        for (name, to) in links {
            std::os::unix::fs::symlink(to, folder.path().join("srv").join(name)).unwrap();
            peer.gets(&format!("/{name}")).assert_status(404);
        }
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_folder_and_not_out_of_it() {
    use std::os::unix::fs::symlink;

    let outside = temp_dir();
    write(outside.path(), "secret.txt", "secret");
    write(outside.path(), "index.html", "secret");
    let files = [
        ("a.txt", "one"),
        ("sub/b.txt", "two"),
        (".hidden", "x"),
        ("dir/c.txt", "three"),
    ];
    let site = Site::with(&files, &[]);
    let path = site.path();
    let link = |name: &str, to: &str| symlink(to, path.join(name)).unwrap();
    link("inside.txt", "a.txt");
    link("sub/up.txt", "../a.txt");
    link("folder", "sub");
    link("twice.txt", "folder/up.txt");
    link("absolute.txt", path.join("a.txt").to_str().unwrap());
    for (target, body) in [
        ("/inside.txt", "one"),
        ("/sub/up.txt", "one"),
        ("/folder/b.txt", "two"),
        ("/twice.txt", "one"),
        ("/absolute.txt", "one"),
    ] {
        site.get(target).assert_body(body);
    }
    let secret = outside.path().join("secret.txt");
    link("out.txt", secret.to_str().unwrap());
    link("out", outside.path().to_str().unwrap());
    link("root", "/");
    link("by-proc", "/proc/self/cwd");
    link(
        "sub/out.txt",
        &format!(
            "../../{}/secret.txt",
            outside.path().file_name().unwrap().to_str().unwrap()
        ),
    );
    link("dir/index.html", secret.to_str().unwrap());
    link("a.txt.gz", secret.to_str().unwrap());
    link("to-hidden.txt", ".hidden");
    link("itself", "itself");
    link("broken", "nowhere");
    for target in [
        "/out.txt",
        "/out/",
        "/out",
        "/out/secret.txt",
        "/root/etc/passwd",
        "/by-proc/",
        "/sub/out.txt",
        "/to-hidden.txt",
        "/itself",
        "/broken",
    ] {
        let answer = site.get(target);
        answer.assert_status(404);
        assert!(!answer.text().contains("secret"), "{target}");
    }
    // Nor by what is served in place of what was asked for.
    assert!(!site.get("/dir/").text().contains("secret"));
    site.ask("GET", "/a.txt", "Accept-Encoding: gzip\r\n")
        .assert_body("one");
}

/// A file is kept in memory, but its name may lead elsewhere a moment later.
#[cfg(unix)]
#[test]
fn a_kept_file_that_becomes_a_link_out_is_not_served_for_long() {
    use std::time::{Duration, Instant};

    let site = Site::with(&[("a.txt", "one")], &["--threads", "1"]);
    let mut peer = site.connect();
    peer.gets("/a.txt").assert_body("one");
    let path = site.path().join("a.txt");
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
    let begin = Instant::now();
    loop {
        let answer = peer.gets("/a.txt");
        if answer.status == 404 {
            break;
        }
        answer.assert_body("one");
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "it is still served"
        );
    }
}

/// To open a FIFO waits for whoever writes; to read a device may never end.
#[cfg(unix)]
#[test]
fn what_is_neither_file_nor_folder_is_not_there() {
    let site = Site::with(&[("a.txt", "one")], &[]);
    let fifo = site.path().join("fifo");
    let made = harness::Launch::command("mkfifo").arg(&fifo).run();
    made.assert_success();
    let _socket = std::os::unix::net::UnixListener::bind(site.path().join("socket")).unwrap();
    site.get("/fifo").assert_status(404);
    site.get("/socket").assert_status(404);
    site.get("/a.txt").assert_body("one");
}

#[test]
fn a_name_that_is_too_long_is_not_there() {
    let site = Site::with(&[], &[]);
    site.get(&format!("/{}", "x".repeat(300)))
        .assert_status(404);
    site.get(&"/x".repeat(3000)).assert_status(404);
}

/// Whatever becomes of the name of the folder, it is the folder that was opened.
#[test]
fn a_folder_that_is_none_is_refused_at_the_start() {
    let folder = temp_dir();
    write(folder.path(), "a.txt", "one");
    for (path, code, why) in [
        ("a.txt", 2, "not a folder"),
        ("missing", 1, "no such file or directory"),
    ] {
        let path = folder.path().join(path);
        let output = harness::client("mini-web").arg(&path).run();
        output.assert_code(code);
        let told = output.stderr_text();
        assert!(
            told.starts_with("mini-web: cannot serve ") && told.contains(why),
            "{told}"
        );
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    assert!(fs::exists(folder.path().join("a.txt")).unwrap());
}
