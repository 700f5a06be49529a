//! Pages that list a folder.

use super::{Site, write};

#[test]
fn a_folder_without_an_index_is_listed() {
    let files = [
        ("b.txt", "12345"),
        ("A.txt", ""),
        ("sub/c.txt", ""),
        ("你好.txt", ""),
    ];
    let site = Site::with(&files, &[]);
    let answer = site.get("/");
    answer
        .assert_status(200)
        .assert_field("Content-Type", "text/html; charset=utf-8");
    let page = answer.text();
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    assert!(page.contains("<title>Index of /</title>"), "{page}");
    assert!(page.contains("color-scheme:light dark"), "{page}");
    assert!(page.contains("title=\"5 bytes\">5 B<"), "{page}");
    let at = |text: &str| {
        page.find(text)
            .unwrap_or_else(|| panic!("{text} in {page}"))
    };
    let order = [">sub/<", ">A.txt<", ">b.txt<", ">你好.txt<"].map(at);
    assert!(order.is_sorted(), "{page}");
    assert!(page.contains("href=\"./%E4%BD%A0%E5%A5%BD.txt\""), "{page}");
    assert!(!page.contains("href=\"../\""), "{page}");
    assert!(site.get("/sub/").text().contains("href=\"../\""));
}

#[cfg(unix)]
#[test]
fn a_name_cannot_become_a_part_of_the_page() {
    let names = [
        "<img src=x onerror=alert(1)>",
        "\"><script>alert(1)</script>",
        "javascript:alert(1)",
        "' onclick='alert(1)",
        "&lt;",
        "a\nb",
        "\u{202e}gpj.exe",
    ];
    let site = Site::with(&[], &[]);
    for name in names {
        // A slash cannot be in a name.
        let name = name.replace('/', "\\");
        write(site.path(), &name, "found");
    }
    let answer = site.get("/");
    let page = answer.text();
    for part in [
        "<img",
        "<script",
        "href=\"javascript",
        "onclick='",
        "\u{202e}",
    ] {
        assert!(!page.contains(part), "{part} in {page}");
    }
    let policy = answer.field("Content-Security-Policy").unwrap();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    // Every link leads to the file that it names.
    let links: Vec<_> = page
        .split("href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(links.len(), names.len());
    for link in links {
        let target = link.strip_prefix('.').unwrap();
        site.get(target).assert_body("found");
    }
}

#[cfg(unix)]
#[test]
fn what_is_not_served_is_not_listed() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    let site = Site::with(&[(".hidden", ""), ("seen.txt", "")], &[]);
    let path = site.path();
    symlink("/etc/passwd", path.join("passwd")).unwrap();
    symlink("seen.txt", path.join("link.txt")).unwrap();
    symlink("nowhere", path.join("broken")).unwrap();
    std::fs::write(path.join(std::ffi::OsStr::from_bytes(b"\xff.txt")), "").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(path.join("socket")).unwrap();
    let answer = site.get("/");
    let page = answer.text();
    assert!(
        page.contains(">seen.txt<") && page.contains(">link.txt<"),
        "{page}"
    );
    for name in ["hidden", "passwd", "broken", ".txt\u{fffd}", "socket"] {
        assert!(!page.contains(name), "{name} in {page}");
    }
}

#[test]
fn a_folder_need_not_be_listed() {
    let site = Site::with(&[("sub/a.txt", "a")], &["--no-listing"]);
    site.get("/").assert_status(403);
    site.get("/sub/").assert_status(403);
    site.get("/sub/a.txt").assert_body("a");
}
