//! Listings: JSON that says where pictures are.

use super::site::{Answer, Site};
use super::{Desk, assert_error, at, error, listing, picture};

fn json(text: &'static str) -> Site {
    Site::answering(move |request, _| match request.path().split('?').next() {
        Some("/listing") => Answer::new("200 OK", "Content-Type: application/json\r\n", text),
        _ => Answer::ok(request.path()),
    })
}

#[test]
fn both_shapes_are_read() {
    let server = listing();
    for path in ["/meinv/?num=3&key=k", "/meinv/index?num=3"] {
        let desk = Desk::new();
        let output = desk.run(&["--listing", &at(&server, path)]);
        let mut lines = output.assert_success().stdout_lines();
        assert_eq!(lines.pop().unwrap(), "3 files saved, 115418 bytes");
        assert_eq!(
            desk.files(),
            ["picture-1.bmp", "picture-2.bmp", "picture-3.bmp"]
        );
        assert!(desk.read("picture-3.bmp") == picture(&server, 3));
    }
}

#[test]
fn other_listings_are_read_if_one_says_where() {
    let site = json(r#"{"a":{"b/c":[{"src":"/one"},{"src":"two"},"three"]}}"#);
    let desk = Desk::new();
    let url = site.url("/listing");
    desk.run(&["--listing", &url, "--items", "/a/b~1c", "--field", "src"])
        .assert_success();
    assert_eq!(desk.files(), ["one", "three", "two"]);
    let output = desk.run(&["--listing", &url, "--items", "/a/d"]);
    assert_eq!(
        error(&output, 1),
        format!("cannot fetch the listing {url}: the listing has no items at /a/d")
    );
}

#[test]
fn items_without_a_url_are_skipped_with_a_warning() {
    let site = json(r#"{"code":200,"newslist":[{"picUrl":""},{"picUrl":"/a"},{"title":"x"}]}"#);
    let desk = Desk::new();
    let output = desk.run(&["--listing", &site.url("/listing")]);
    output.assert_success();
    assert_eq!(desk.files(), ["a"]);
    let lines = output.stderr_lines();
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].ends_with(" items without a URL in picUrl: 2"),
        "{output}"
    );
}

#[test]
fn an_item_that_leads_elsewhere_is_a_failure_of_its_own() {
    let site =
        json(r#"{"newslist":["file:///etc/passwd","/a","ftp://h/x","javascript:alert(1)"]}"#);
    let desk = Desk::new();
    let output = desk.run(&["--listing", &site.url("/listing")]);
    assert_eq!(error(&output, 1), "3 of 4 downloads failed");
    assert_eq!(desk.files(), ["a"]);
}

#[test]
fn a_listing_tells_of_its_errors_by_a_code() {
    let server = listing();
    for (code, exit, why) in [
        (
            230,
            1,
            "the listing says 230 (the key is wrong): as you asked",
        ),
        (
            150,
            1,
            "the listing says 150 (the quota is used up): as you asked",
        ),
        (
            130,
            75,
            "the listing says 130 (too many requests a second): as you asked",
        ),
    ] {
        let url = at(&server, &format!("/meinv/?code={code}"));
        let output = Desk::new().run(&["--retries", "0", "--listing", &url]);
        let shown = at(&server, "/meinv/?…");
        assert_eq!(
            error(&output, exit),
            format!("cannot fetch the listing {shown}: {why}")
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_listing_that_is_none_is_refused() {
    for (text, why) in [
        ("<html>sorry</html>", "the listing is no JSON: "),
        ("", "the listing is no JSON: "),
        (
            "{}",
            "the listing has items neither at /newslist nor /result/list (see --items)",
        ),
        (r#"{"newslist":{}}"#, "the listing has items neither at "),
    ] {
        let site = json(text);
        let output = Desk::new().run(&["--listing", &site.url("/listing")]);
        let expected = format!("cannot fetch the listing {}: {why}", site.url("/listing"));
        let found = error(&output, 1);
        assert!(found.starts_with(&expected), "{found}");
    }
    let site = Site::answering(|_, _| Answer::new("404 Not Found", "", "{}"));
    let output = Desk::new().run(&["--listing", &site.url("/x")]);
    let expected = format!("cannot fetch the listing {}: 404 Not Found", site.url("/x"));
    assert_eq!(error(&output, 1), expected);
}

#[test]
fn a_listing_is_tried_again_too() {
    let site = Site::answering(|request, number| match (request.path(), number) {
        ("/listing", 0) => Answer::new("503 Service Unavailable", "", ""),
        ("/listing", 1) => Answer::ok(r#"{"code":130,"msg":"slowly"}"#),
        ("/listing", _) => Answer::ok(r#"{"code":200,"newslist":["/a"]}"#),
        _ => Answer::ok("a"),
    });
    let desk = Desk::new();
    desk.run(&["--listing", &site.url("/listing")])
        .assert_success();
    assert_eq!(desk.files(), ["a"]);
}

#[test]
fn a_listing_without_end_is_not_read_on() {
    let site = Site::answering(|_, _| Answer::ok(vec![b'['; (16 << 20) + 1]));
    let output = Desk::new().run(&["--listing", &site.url("/listing")]);
    assert!(
        error(&output, 1).ends_with("the listing is longer than 16 MiB"),
        "{output}"
    );
    // As deep as it goes.
    let site = Site::answering(|_, _| Answer::ok(vec![b'['; 1 << 20]));
    let output = Desk::new().run(&["--listing", &site.url("/listing")]);
    assert!(
        error(&output, 1).contains("the listing is no JSON: "),
        "{output}"
    );
}

/// The URL of a listing may have a key in it, which `ps` would show.
#[test]
fn the_url_of_a_listing_is_read_from_standard_input() {
    let site = json(r#"{"newslist":[{"picUrl":"/a"}]}"#);
    for ending in ["\n", "\r\nand more that is not read\n", ""] {
        let desk = Desk::new();
        let line = site.url("/listing?key=k") + ending;
        let output = desk.launch(&["--listing", "-"]).stdin(line).run();
        output.assert_success();
        assert_eq!(desk.files(), ["a"]);
    }
    assert_eq!(
        error(&Desk::new().run(&["--listing", "-"]), 2),
        "cannot read the URL of the listing from standard input: it is empty"
    );
    assert_eq!(
        error(&Desk::new().run(&["--listing", "-", "-i", "-"]), 2),
        "--listing - and --input - cannot both read standard input: name a file for one"
    );
}

#[test]
fn a_key_in_a_query_is_not_shown() {
    let site = Site::answering(|_, _| Answer::new("403 Forbidden", "", ""));
    let desk = Desk::new();
    let outputs = [
        desk.run(&["-vv", "--listing", &site.url("/x?key=hunter2")]),
        desk.run(&["-vv", &site.url("/x?key=hunter2")]),
        desk.run(&[&site.url("/x").replace("http://", "http://hunter2@")]),
    ];
    for output in outputs {
        assert!(!output.stderr_text().contains("hunter2"), "{output}");
    }
    assert_error(
        &desk.run(&[&site.url("/x?key=hunter2")]),
        1,
        &site.url("/x?…"),
        "403 Forbidden",
    );
}
