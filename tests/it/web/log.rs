//! The access log.

use std::fs;

use harness::{LIMIT, Stream};

use super::Site;

#[test]
fn it_is_off_unless_asked_for() {
    let site = Site::with(&[("a.txt", "one")], &[]);
    site.get("/a.txt").assert_body("one");
    site.get("/missing").assert_status(404);
    assert_eq!(site.server.stop().assert_success().stderr_text(), "");
}

/// `127.0.0.1 - - [26/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 3 "-" "-"`, without the time.
fn fields(line: &str) -> (String, String) {
    let (host, rest) = line.split_once(" [").unwrap();
    let (time, rest) = rest.split_once("] ").unwrap();
    let like: String = time
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    let month = &time[3..6];
    assert_eq!(
        like.replace(month, "Mon"),
        "00/Mon/0000:00:00:00 +0000",
        "{line}"
    );
    (host.to_owned(), rest.to_owned())
}

#[test]
fn it_has_a_line_for_each_request_in_the_combined_format() {
    let site = Site::with(&[("a.txt", "one")], &["--access-log", "-"]);
    let mut peer = site.connect();
    peer.requests(
        "GET",
        "/a.txt?x",
        "User-Agent: \"\x09naïve\r\nReferer: http://x/\r\n",
    );
    peer.answer("GET").assert_body("one");
    peer.requests("HEAD", "/a.txt", "");
    peer.answer("HEAD").assert_status(200);
    peer.requests("GET", "/missing", "");
    let missing = peer.answer("GET").body.len();
    peer.send("GET \x1b[2J HTTP/1.1\r\n\r\n");
    let refused = peer.answer("GET").body.len();
    let look = |lines: &[String]| (lines.len() == 4).then(|| lines.to_vec());
    let lines = site
        .server
        .wait_for_lines(Stream::Stderr, LIMIT, look)
        .unwrap();
    let wanted = [
        r#""GET /a.txt?x HTTP/1.1" 200 3 "http://x/" "\"\x09na\xc3\xafve""#.to_owned(),
        r#""HEAD /a.txt HTTP/1.1" 200 - "-" "-""#.to_owned(),
        format!(r#""GET /missing HTTP/1.1" 404 {missing} "-" "-""#),
        format!(r#""GET \x1b[2J HTTP/1.1" 400 {refused} "-" "-""#),
    ];
    for (line, wanted) in lines.iter().zip(wanted) {
        assert_eq!(fields(line), ("127.0.0.1 - -".to_owned(), wanted));
    }
}

#[test]
fn verbose_has_it_too() {
    let site = Site::with(&[("a.txt", "one")], &["-v"]);
    site.get("/a.txt").assert_body("one");
    let told = |line: &str| line.contains("\"GET /a.txt HTTP/1.1\" 200 3");
    site.server
        .wait_for_line(Stream::Stderr, told, LIMIT)
        .unwrap();
}

#[test]
fn a_file_is_appended_to() {
    let folder = harness::temp_dir();
    let path = folder.path().join("access.log");
    fs::write(&path, "before\n").unwrap();
    let flag = path.to_str().unwrap();
    let site = Site::with(&[("a.txt", "one")], &["--access-log", flag]);
    for _ in 0..10 {
        site.get("/a.txt").assert_body("one");
    }
    site.server.stop().assert_success();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 11, "{text}");
    assert!(text.starts_with("before\n127.0.0.1 - - ["), "{text}");
    let output = harness::client("mini-web")
        .args(["--access-log", "/no/such/folder/log"])
        .run();
    output.assert_code(1);
    let told = output.stderr_text();
    assert!(
        told.starts_with("mini-web: cannot write the log /no/such/folder/log: "),
        "{told}"
    );
}
