//! `--follow`, and what it does not follow.

use super::site::{Answer, Site};
use super::{Visit, page_fetch, request};

fn redirect(status: u16, location: &str) -> Answer {
    let header = format!("HTTP/1.1 {status} x\r\nLocation: {location}\r\n");
    Answer::new(format!("{header}Content-Length: 5\r\n\r\nmoved"))
}

fn page() -> Answer {
    Answer::new("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
}

#[test]
fn without_the_flag_a_redirect_is_an_answer_like_any_other() {
    Visit::to(&Site::playing([redirect(302, "/b")]), &[]).assert_saved(b"moved");
}

#[test]
fn every_kind_of_redirect_is_followed() {
    for status in [301, 302, 303, 307, 308] {
        let site = Site::playing([redirect(status, "/b?c#d"), page()]);
        let visit = Visit::to(&site, &["--follow"]);
        visit.assert_saved(b"hi");
        assert_eq!(site.request(), request(&site, "GET / HTTP/1.1"));
        assert_eq!(site.request(), request(&site, "GET /b?c HTTP/1.1"));
        assert_eq!(
            visit.output.stdout_text(),
            format!(
                "HTTP/1.1 {status} x\nLocation: /b?c#d\nContent-Length: 5\n\n\
                 HTTP/1.1 200 OK\nContent-Length: 2\n"
            )
        );
        let note = format!("redirected to {}", site.url("/b?c"));
        assert!(
            visit.output.stderr_lines().contains(&note),
            "{}",
            visit.output
        );
    }
}

#[test]
fn a_location_is_relative_to_the_page_that_it_comes_from() {
    let other = Site::playing([page()]);
    let site = Site::playing([
        redirect(302, "c"),
        redirect(302, "../d/"),
        redirect(302, "?e"),
        redirect(302, &format!("//{}/f", other.address())),
    ]);
    let launch = page_fetch().args([&site.url("/a/b"), "--follow"]);
    Visit::by(launch).assert_saved(b"hi");
    for path in ["/a/b", "/a/c", "/d/", "/d/?e"] {
        assert_eq!(
            site.request(),
            request(&site, &format!("GET {path} HTTP/1.1"))
        );
    }
    assert_eq!(other.request(), request(&other, "GET /f HTTP/1.1"));
}

#[test]
fn a_redirect_without_a_location_is_an_answer() {
    let site = Site::saying("HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\nhi");
    Visit::to(&site, &["--follow"]).assert_saved(b"hi");
    let site = Site::saying("HTTP/1.1 201 Created\r\nLocation: /b\r\nContent-Length: 2\r\n\r\nhi");
    Visit::to(&site, &["--follow"]).assert_saved(b"hi");
}

#[test]
fn head_is_followed_as_head() {
    let site = Site::playing([redirect(301, "/b"), page()]);
    Visit::to(&site, &["--follow", "--head"])
        .output
        .assert_success();
    site.request();
    assert_eq!(site.request(), request(&site, "HEAD /b HTTP/1.1"));
}

#[test]
fn ten_redirects_are_followed_and_no_more() {
    let chain = |redirects: usize| {
        (1..=redirects)
            .map(|n| redirect(302, &format!("/{n}")))
            .chain([page()])
    };
    Visit::to(&Site::playing(chain(10)), &["--follow"]).assert_saved(b"hi");
    let site = Site::playing(chain(11));
    let message = "page-fetch: cannot follow {url}11: there were 10 redirects before this one";
    Visit::to(&site, &["--follow"]).assert_failed(&site, message);
}

#[test]
fn a_page_that_redirects_to_itself_has_an_end() {
    let site = Site::playing((0..20).map(|_| redirect(302, "/")));
    let message = "page-fetch: cannot follow {url}: there were 10 redirects before this one";
    Visit::to(&site, &["--follow"]).assert_failed(&site, message);
}

#[test]
fn a_redirect_leads_to_a_page_and_nowhere_else() {
    for (location, why) in [
        (
            "file:///etc/passwd",
            "only http and https can be fetched, not file",
        ),
        (
            "ftp://a.example/",
            "only http and https can be fetched, not ftp",
        ),
        (
            "http://ann:secret@127.0.0.1/",
            "a user or a password does not belong into a URL, and is never sent",
        ),
        ("http://[/", "that is not a URL: invalid IPv6 address"),
    ] {
        let site = Site::playing([redirect(302, location)]);
        let message = format!("page-fetch: cannot follow {{url}} to {location}: {why}");
        Visit::to(&site, &["--follow"]).assert_failed(&site, &message);
    }
}

/// The name of the file is the user's choice by the URL, and not the server's.
#[test]
fn a_page_is_named_after_the_url_that_was_asked_for() {
    let other = Site::playing([page()]);
    let port = other.address().port();
    let site = Site::playing([redirect(302, &format!("http://localhost:{port}/x.html"))]);
    Visit::to(&site, &["--follow"]).assert_saved(b"hi");
}
