//! The tutorial's case, and which answers have a body.

use super::site::{Answer, Site};
use super::{Visit, page_fetch, request};

#[test]
fn the_tutorials_case() {
    let site = Site::saying(
        "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n\
         <html>你好</html>\r\n\r\n<!-- an empty line in the page -->",
    );
    let visit = Visit::to(&site, &[]);
    visit.assert_saved("<html>你好</html>\r\n\r\n<!-- an empty line in the page -->".as_bytes());
    assert_eq!(
        visit.output.stdout_text(),
        "HTTP/1.1 200 OK\nServer: nginx\nContent-Type: text/html\nConnection: close\n"
    );
    assert_eq!(
        visit.output.stderr_lines(),
        [
            "header: 78 bytes, ended by the first empty line",
            "body: 57 bytes, ended by the server's close",
            "saved as 127.0.0.1.html",
        ]
    );
    assert_eq!(site.request(), request(&site, "GET / HTTP/1.1"));
}

#[test]
fn the_request_is_shown_as_it_is_sent() {
    let site = Site::saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let visit = Visit::by(page_fetch().args([&site.url("/a?b=c#d"), "--request"]));
    let sent = site.request();
    assert_eq!(sent, request(&site, "GET /a?b=c HTTP/1.1"));
    let shown: Vec<_> = sent.lines().map(|line| format!("> {line}")).collect();
    let stderr = visit.output.stderr_lines();
    let stderr: Vec<_> = stderr
        .iter()
        .take_while(|line| line.starts_with('>'))
        .collect();
    let shown: Vec<_> = shown.iter().map(|line| line.trim_end()).collect();
    assert_eq!(stderr, shown);
}

#[test]
fn a_url_needs_no_scheme_and_no_path() {
    let site = Site::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    Visit::by(page_fetch().arg(site.address().to_string())).assert_saved(b"hi");
    assert_eq!(site.request(), request(&site, "GET / HTTP/1.1"));
}

#[test]
fn ipv6_in_brackets() {
    let answer = Answer::new("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    let Ok(site) = Site::at("[::1]:0", [answer]) else {
        eprintln!("skipped: this system has no IPv6 loopback address");
        return;
    };
    let visit = Visit::by(page_fetch().arg(format!("{}/x", site.address())));
    visit.output.assert_success();
    assert_eq!(visit.files(), ["0-0-0-0-0-0-0-1.html"]);
    assert_eq!(site.request(), request(&site, "GET /x HTTP/1.1"));
}

#[test]
fn an_error_page_is_a_page() {
    let site = Site::saying("HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\noops");
    let visit = Visit::to(&site, &[]);
    visit.assert_saved(b"oops");
    assert_eq!(visit.output.stdout_lines()[0], "HTTP/1.1 500 Oh");
}

#[test]
fn head_asks_for_the_header_only() {
    let site = Site::saying("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nnot asked for");
    let visit = Visit::to(&site, &["--head"]);
    visit.output.assert_success();
    assert_eq!(visit.files(), [""; 0]);
    assert_eq!(
        visit.output.stdout_text(),
        "HTTP/1.1 200 OK\nContent-Length: 5000\n"
    );
    assert_eq!(visit.ending(), "none, it was not asked for");
    assert_eq!(site.request(), request(&site, "HEAD / HTTP/1.1"));
}

#[test]
fn answers_of_204_and_304_have_no_body_whatever_they_say() {
    for status in [204, 304] {
        let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 4\r\n\r\nbody");
        let visit = Visit::to(&Site::saying(answer), &[]);
        visit.output.assert_success();
        assert_eq!(visit.files(), [""; 0]);
        assert_eq!(
            visit.ending(),
            format!("none, an answer of {status} has none")
        );
    }
}

#[test]
fn interim_answers_come_before_the_real_one() {
    let site = Site::saying(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n\
         HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    );
    let visit = Visit::to(&site, &[]);
    visit.assert_saved(b"hi");
    assert_eq!(
        visit.output.stdout_text(),
        "HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nLink: </a.css>\n\n\
         HTTP/1.1 200 OK\nContent-Length: 2\n"
    );
}

#[test]
fn a_compressed_page_is_saved_as_it_comes_and_that_is_said() {
    let site = Site::saying(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b",
    );
    let visit = Visit::to(&site, &[]);
    visit.assert_saved(b"\x1f\x8b");
    let note = "the page is encoded (gzip), and saved as it comes";
    assert!(
        visit.output.stderr_lines().contains(&note.to_owned()),
        "{}",
        visit.output
    );
}

#[test]
fn lines_that_end_with_lf_alone_are_lines() {
    let site = Site::saying("HTTP/1.0 200 OK\nA: 1\n\nhi\n\n");
    let visit = Visit::to(&site, &[]);
    visit.assert_saved(b"hi\n\n");
    assert_eq!(visit.output.stdout_text(), "HTTP/1.0 200 OK\nA: 1\n");
}

#[test]
fn quiet_means_nothing_on_stderr() {
    let site = Site::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    let visit = Visit::to(&site, &["-q"]);
    visit.assert_saved(b"hi");
    assert_eq!(visit.output.stderr_text(), "");
}

#[test]
fn a_stand_in_that_is_not_named_is_wrong_usage() {
    let output = harness::client("demo-peers").run();
    let said = output.assert_code(2).stderr_text();
    let beginning = "demo-peers: 'demo-peers' requires a subcommand but one was not provided \
                     [subcommands: page, ";
    assert!(said.starts_with(beginning), "{said}");
    assert!(said.ends_with("] (see --help)\n"), "{said}");
}

/// The stand-in that the demo shows.
#[test]
fn the_demos_server_sends_its_page_in_every_way() {
    let server = harness::Server::start("demo-peers", &["page"]);
    for (path, ending) in [
        ("/", "60 bytes, ended by Content-Length"),
        (
            "/chunked",
            "60 bytes, ended by the empty chunk after 3 chunks",
        ),
        ("/close", "60 bytes, ended by the server's close"),
        ("/moved", "60 bytes, ended by Content-Length"),
        ("/missing", "14 bytes, ended by Content-Length"),
    ] {
        let url = format!("http://{}{path}", server.address());
        let visit = Visit::by(page_fetch().args([&url, "--follow"]));
        visit.output.assert_success();
        assert_eq!(visit.ending(), ending);
        let head = Visit::by(page_fetch().args([&url, "--head"]));
        head.output.assert_success();
    }
    server.stop().assert_success();
}
