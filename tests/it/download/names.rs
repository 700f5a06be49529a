//! What files are called.

use std::fs;

use harness::{names, noise};

use super::site::{Answer, Site, simple};
use super::{Desk, at, error, listing};

#[test]
fn hostile_names_get_no_file_outside_or_none_at_all() {
    let server = listing();
    let desk = Desk::new();
    let output = desk.run(&["--listing", &at(&server, "/meinv/?num=20&names=hostile")]);
    assert_eq!(error(&output, 1), "6 of 9 downloads failed");
    assert_eq!(desk.files(), ["escaped-2.bmp", "escaped.bmp", "good.bmp"]);
    assert_eq!(names(&desk.folder), ["data"]);
    crate::told::assert_harmless(&output.stderr);
    for why in [
        "/.bashrc: it begins with a dot",
        "/NUL.bmp: it is the name of a device",
        "a%3Astream.bmp: it holds a character that file names must not have",
        "/unfinished.part: the ending .part is for unfinished files",
    ] {
        assert!(output.stderr_text().contains(why), "{why} in {output}");
    }
}

/// Neither by a redirect nor by a header (CVE-2016-4971, CVE-2010-2252).
#[test]
fn a_file_is_named_after_the_url_that_was_asked_for() {
    let site = Site::answering(|request, _| match request.path() {
        "/asked" => Answer::new("302 Found", "Location: /.bashrc\r\n", ""),
        _ => Answer::new(
            "200 OK",
            "Content-Disposition: attachment; filename=\"evil\"\r\n",
            "x",
        ),
    });
    let desk = Desk::new();
    desk.run(&[&site.url("/asked")]).assert_success();
    desk.assert_only("asked", b"x");
}

#[test]
fn a_url_without_a_name_is_an_index() {
    let (site, body) = simple(5);
    let desk = Desk::new();
    desk.run(&[&site.url("/a/b/")]).assert_success();
    desk.assert_only("index.html", &body);
}

#[test]
fn what_is_there_is_not_replaced_unless_asked_for() {
    let (site, body) = simple(5);
    for size in [5, 2_000_000] {
        let site = if size == 5 { &site } else { &simple(size).0 };
        let desk = Desk::new();
        desk.put("a", b"old");
        let output = desk.run(&[&site.url("/a")]);
        let message = "cannot save data/a: it is there already (see --on-conflict)";
        assert_eq!(error(&output, 1), message);
        assert!(site.requests().is_empty());
        desk.assert_only("a", b"old");

        let output = desk.run(&["--on-conflict", "rename", &site.url("/a")]);
        assert_eq!(
            output.assert_success().stdout_lines()[0],
            format!("saved data/a-1 ({size} bytes)")
        );
        assert_eq!(desk.files(), ["a", "a-1"]);
        assert_eq!(desk.read("a"), b"old");
        desk.run(&["--on-conflict", "overwrite", &site.url("/a")])
            .assert_success();
        assert_eq!(desk.files(), ["a", "a-1"]);
        assert_eq!(desk.read("a"), noise(size, 1));
    }
    drop(body);
}

#[test]
fn two_urls_of_one_name_do_not_meet() {
    let site = Site::answering(|request, _| Answer::ok(request.path()));
    let urls = [
        site.url("/1/a.jpg"),
        site.url("/2/a.jpg"),
        site.url("/3/A.jpg"),
    ];
    let urls = urls.each_ref().map(String::as_str);
    for on_conflict in ["refuse", "overwrite"] {
        let desk = Desk::new();
        let output = desk.run(&[&["--on-conflict", on_conflict], urls.as_slice()].concat());
        assert_eq!(error(&output, 1), "2 of 3 downloads failed");
        let message = "another URL of this run has that name (see --on-conflict rename)";
        assert_eq!(output.stderr_text().matches(message).count(), 2, "{output}");
        desk.assert_only("a.jpg", b"/1/a.jpg");
    }
    let desk = Desk::new();
    desk.run(&[&["--on-conflict", "rename"], urls.as_slice()].concat())
        .assert_success();
    assert_eq!(desk.files(), ["A-2.jpg", "a-1.jpg", "a.jpg"]);
    assert_eq!(desk.read("a.jpg"), b"/1/a.jpg");
    assert_eq!(desk.read("a-1.jpg"), b"/2/a.jpg");
    assert_eq!(desk.read("A-2.jpg"), b"/3/A.jpg");
}

#[cfg(unix)]
#[test]
fn links_and_pipes_in_the_way_are_not_written_to() {
    use std::os::unix::fs::symlink;

    for size in [5, 2_000_000] {
        let (site, body) = simple(size);
        let desk = Desk::new();
        desk.put("precious", b"old");
        for name in ["a", "a.part"] {
            symlink(desk.path("precious"), desk.path(name)).unwrap();
            desk.run(&[&site.url("/a")]).assert_code(1);
            desk.run(&["--resume", "--on-conflict", "overwrite", &site.url("/a")]);
            assert_eq!(desk.read("precious"), b"old");
            fs::remove_file(desk.path(name)).unwrap();
        }
        fs::create_dir(desk.path("a.part")).unwrap();
        desk.run(&[&site.url("/a")]).assert_code(1);
        fs::remove_dir(desk.path("a.part")).unwrap();
        desk.run(&["--on-conflict", "overwrite", &site.url("/a")])
            .assert_success();
        assert!(desk.read("a") == body);
    }
}

#[test]
fn the_folder_is_made_and_files_may_go_here() {
    let (site, body) = simple(5);
    let desk = Desk::new();
    let output = desk.run(&["-o", "made/for/it", &site.url("/a")]);
    assert_eq!(
        output.assert_success().stdout_lines()[0],
        "saved made/for/it/a (5 bytes)"
    );
    let output = desk.run(&["-o", ".", &site.url("/a")]);
    assert_eq!(
        output.assert_success().stdout_lines()[0],
        "saved a (5 bytes)"
    );
    assert_eq!(fs::read(desk.folder.path().join("a")).unwrap(), body);
}

#[test]
fn a_folder_that_is_none_is_told_of() {
    let (site, _) = simple(5);
    let desk = Desk::new();
    fs::write(desk.folder.path().join("data"), "a file").unwrap();
    let message = error(&desk.run(&[&site.url("/a")]), 1);
    assert!(
        message.starts_with("cannot create the folder data: "),
        "{message}"
    );
}
