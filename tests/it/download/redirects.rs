//! Where a server may lead us.

use super::site::{Answer, Site};
use super::{Desk, assert_error, at, listing, picture};

#[test]
fn redirects_of_every_kind_are_followed() {
    for status in ["301 M", "302 F", "303 S", "307 T", "308 P"] {
        let site = Site::answering(move |request, _| match request.path() {
            "/a/b" => Answer::new(status, "Location: ../c?d=e#f\r\n", "a page"),
            path => Answer::ok(path),
        });
        let desk = Desk::new();
        desk.run(&[&site.url("/a/b")]).assert_success();
        desk.assert_only("b", b"/c?d=e");
        assert_eq!(site.connections(), 1, "{status}");
    }
}

#[test]
fn ten_redirects_are_followed_and_no_more() {
    let site = Site::answering(|request, _| {
        let left: u32 = request.path()[1..].parse().unwrap();
        match left {
            0 => Answer::ok("there"),
            left => Answer::new("302 Found", &format!("Location: /{}\r\n", left - 1), ""),
        }
    });
    Desk::new().run(&[&site.url("/10")]).assert_success();
    let output = Desk::new().run(&[&site.url("/11")]);
    assert_error(&output, 1, &site.url("/11"), "more than 10 redirects");
    let server = listing();
    let url = at(&server, "/circle/picture-1.bmp");
    assert_error(&Desk::new().run(&[&url]), 1, &url, "more than 10 redirects");
    let desk = Desk::new();
    desk.run(&[&at(&server, "/moved/picture-1.bmp")])
        .assert_success();
    assert!(desk.read("picture-1.bmp") == picture(&server, 1));
}

#[test]
fn redirects_out_of_the_web_are_not_followed() {
    for (location, why) in [
        (
            "file:///etc/passwd",
            "it was redirected: only http and https are downloaded",
        ),
        (
            "ftp://127.0.0.1/x",
            "it was redirected: only http and https are downloaded",
        ),
        (
            "gopher://h/x",
            "it was redirected: only http and https are downloaded",
        ),
        (
            "http://me:secret@h/",
            "it was redirected: a user or a password in a URL is not taken",
        ),
    ] {
        let site = Site::answering(move |_, _| {
            Answer::new("302 Found", &format!("Location: {location}\r\n"), "")
        });
        let output = Desk::new().run(&[&site.url("/a")]);
        assert_error(&output, 1, &site.url("/a"), why);
    }
}

#[test]
fn a_redirect_to_nowhere_is_an_answer_that_is_no_file() {
    let site = Site::answering(|_, _| Answer::new("302 Found", "", ""));
    let output = Desk::new().run(&[&site.url("/a")]);
    assert_error(&output, 1, &site.url("/a"), "302 Found");
}
