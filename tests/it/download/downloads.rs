//! Files that come as they should.

use std::fs;

use harness::noise;

use super::site::{Answer, Site, simple};
use super::{Desk, assert_error, error};

#[test]
fn files_arrive_as_they_are_and_are_told_of() {
    let site = Site::answering(|request, _| Answer::ok(format!("this is {}", request.path())));
    let desk = Desk::new();
    let output = desk.run(&[&site.url("/a"), &site.url("/b/c.txt"), &site.url("/d?e=f")]);
    let mut lines = output.assert_success().stdout_lines();
    assert_eq!(lines.pop().unwrap(), "3 files saved, 40 bytes");
    lines.sort();
    assert_eq!(
        lines,
        [
            "saved data/a (10 bytes)",
            "saved data/c.txt (16 bytes)",
            "saved data/d (14 bytes)"
        ]
    );
    assert_eq!(desk.files(), ["a", "c.txt", "d"]);
    assert_eq!(desk.read("a"), b"this is /a");
    assert_eq!(desk.read("d"), b"this is /d?e=f");
    assert!(output.stderr.is_empty(), "{output}");
}

#[test]
fn the_request_asks_for_the_bytes_as_they_are() {
    let (site, _) = simple(1);
    Desk::new().run(&[&site.url("/a%20b?c#d")]).assert_success();
    let request = &site.requests()[0];
    assert_eq!(request.path(), "/a%20b?c");
    assert_eq!(request.field("accept-encoding"), Some("identity"));
    let agent = concat!("downloader/", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.field("user-agent"), Some(agent));
    assert_eq!(request.field("range"), None);
}

/// Of every size around the buffers and the limits of what is held in memory.
#[test]
fn files_of_any_size_arrive() {
    let sizes = [0, 1, 65_535, 65_536, 524_287, 524_288, 524_289, 3_000_001];
    let site =
        Site::answering(|request, _| Answer::ok(noise(request.path()[1..].parse().unwrap(), 1)));
    for jobs in ["1", "16", "128"] {
        let desk = Desk::new();
        let urls = sizes.map(|size| site.url(&format!("/{size}")));
        let urls: Vec<_> = urls.iter().map(String::as_str).collect();
        desk.run(&[&["-j", jobs], urls.as_slice()].concat())
            .assert_success();
        for size in sizes {
            assert!(
                desk.read(&size.to_string()) == noise(size, 1),
                "{size} with {jobs}"
            );
        }
        assert_eq!(desk.files().len(), sizes.len());
    }
}

#[test]
fn connections_are_used_again() {
    let (site, body) = simple(1000);
    let desk = Desk::new();
    let list: String = (0..200)
        .map(|number| site.url(&format!("/{number}\n")))
        .collect();
    desk.launch(&["-i", "-", "-j", "4"])
        .stdin(list)
        .run()
        .assert_success();
    assert_eq!(desk.files().len(), 200);
    assert!(desk.read("199") == body);
    assert!(
        site.connections() <= 4,
        "{} connections",
        site.connections()
    );
    assert_eq!(site.requests().len(), 200);
}

#[test]
fn a_list_has_a_url_a_line_and_perhaps_remarks() {
    let (site, _) = simple(3);
    let desk = Desk::new();
    let list = format!(
        "# pictures\r\n\n  {}  \r\n#{}\n{}",
        site.url("/a"),
        site.url("/b"),
        site.url("/c")
    );
    fs::write(desk.folder.path().join("list"), list).unwrap();
    desk.run(&["-i", "list", &site.url("/d")]).assert_success();
    assert_eq!(desk.files(), ["a", "c", "d"]);
}

#[test]
fn a_bad_line_of_a_list_does_not_keep_the_others_away() {
    let (site, _) = simple(3);
    let desk = Desk::new();
    let list = format!("file:///etc/passwd\n{}\n", site.url("/a"));
    let output = desk.launch(&["-i", "-"]).stdin(list).run();
    assert_eq!(error(&output, 1), "1 of 2 downloads failed");
    assert_eq!(
        output.stderr_lines()[0],
        "downloader: cannot download file:///etc/passwd: only http and https are downloaded"
    );
    assert_eq!(
        output.stdout_lines(),
        [
            "saved data/a (3 bytes)",
            "1 file saved, 3 bytes; 1 file failed"
        ]
    );
    assert_eq!(desk.files(), ["a"]);
}

#[test]
fn a_url_that_is_named_twice_is_fetched_once() {
    let (site, _) = simple(3);
    let desk = Desk::new();
    desk.run(&[&site.url("/a"), &site.url("/a"), &site.url("/a#b")])
        .assert_success();
    assert_eq!(site.requests().len(), 1);
}

#[test]
fn bodies_end_as_http_lets_them_end() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhi \r\n5;x=y\r\nthere\r\n0\r\n\r\n";
    let site = Site::answering(move |request, _| match request.path() {
        "/chunked" => Answer::raw(chunked),
        "/close" => Answer::raw("HTTP/1.0 200 OK\r\n\r\nhi there").then_close(),
        _ => Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    });
    let desk = Desk::new();
    desk.run(&[
        &site.url("/chunked"),
        &site.url("/close"),
        &site.url("/empty"),
    ])
    .assert_success();
    assert_eq!(desk.read("chunked"), b"hi there");
    assert_eq!(desk.read("close"), b"hi there");
    assert_eq!(desk.read("empty"), b"");
}

#[test]
fn what_comes_packed_is_saved_as_it_comes() {
    let site =
        Site::answering(|_, _| Answer::new("200 OK", "Content-Encoding: gzip\r\n", "packed"));
    let desk = Desk::new();
    let output = desk.run(&[&site.url("/a")]);
    output.assert_success();
    desk.assert_only("a", b"packed");
    assert!(
        output
            .stderr_text()
            .contains("/a: encoded (gzip), and saved as it comes"),
        "{output}"
    );
}

/// The close of a connection ends a body, a reset does not.
#[test]
fn a_reset_is_no_end() {
    let site = Site::answering(|_, _| Answer::raw("HTTP/1.0 200 OK\r\n\r\nhi the").then_reset());
    let desk = Desk::new();
    let output = desk.run(&["--retries", "0", &site.url("/a")]);
    assert_error(
        &output,
        75,
        &site.url("/a"),
        "the connection was reset, after 6 bytes",
    );
    assert!(desk.files().is_empty());
}

#[test]
fn a_body_that_is_cut_short_is_no_file() {
    let cut_chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhi t";
    let site = Site::answering(move |request, _| match request.path() {
        "/length" => Answer::ok("hi there").without(4).then_close(),
        _ => Answer::raw(cut_chunk).then_close(),
    });
    for (path, why) in [
        (
            "/length",
            "the connection was closed too early, after 4 of 8 bytes",
        ),
        (
            "/chunk",
            "the connection was closed too early, after 4 bytes",
        ),
    ] {
        let desk = Desk::new();
        let output = desk.run(&["--retries", "0", &site.url(path)]);
        assert_error(&output, 75, &site.url(path), why);
        assert!(desk.files().is_empty(), "{path}");
    }
}

#[test]
fn a_page_in_the_place_of_a_picture_is_told_of() {
    let site = Site::answering(|_, _| {
        Answer::new(
            "200 OK",
            "Content-Type: text/html\r\n",
            "<!DOCTYPE html><p>No such picture",
        )
    });
    let desk = Desk::new();
    let output = desk.run(&[&site.url("/131.jpg"), &site.url("/page.html")]);
    let lines = output.assert_success().stderr_lines();
    assert_eq!(lines.len(), 1, "{output}");
    assert!(
        lines[0].ends_with("data/131.jpg is no picture, whatever its name says"),
        "{output}"
    );
}

#[test]
fn what_a_status_means() {
    let site = Site::answering(|request, _| {
        Answer::new(&format!("{} X", &request.path()[1..]), "", "a page")
    });
    for (status, code, why) in [
        (204, 1, "204 No Content"),
        (206, 1, "206 Partial Content"),
        (304, 1, "304 Not Modified"),
        (401, 1, "401 Unauthorized"),
        (404, 1, "404 Not Found"),
        (416, 1, "416 Range Not Satisfiable"),
        (429, 75, "429 Too Many Requests"),
        (500, 75, "500 Internal Server Error"),
        (503, 75, "503 Service Unavailable"),
        (599, 75, "599"),
    ] {
        let (desk, url) = (Desk::new(), site.url(&format!("/{status}")));
        let output = desk.run(&["--retries", "0", &url]);
        assert_error(&output, code, &url, why);
        assert_eq!(
            output.stdout_lines(),
            ["0 files saved, 0 bytes; 1 file failed"]
        );
        assert!(!desk.folder.path().join("data").exists());
    }
}

#[test]
fn the_exit_code_is_75_only_if_all_failures_may_pass() {
    let site = Site::answering(|request, _| match request.path() {
        "/a" => Answer::ok("a"),
        "/gone" => Answer::new("404 Not Found", "", ""),
        _ => Answer::new("503 Service Unavailable", "", ""),
    });
    let run = |paths: &[&str]| {
        let urls: Vec<_> = paths.iter().map(|path| site.url(path)).collect();
        let urls: Vec<_> = urls.iter().map(String::as_str).collect();
        Desk::new().run(&[&["--retries", "0"], urls.as_slice()].concat())
    };
    assert_eq!(
        error(&run(&["/a", "/busy", "/late"]), 75),
        "2 of 3 downloads failed"
    );
    assert_eq!(
        error(&run(&["/a", "/busy", "/gone"]), 1),
        "2 of 3 downloads failed"
    );
}

#[test]
fn nobody_there_is_a_failure_that_may_pass() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/a", free.local_addr().unwrap());
    drop(free);
    let output = Desk::new().run(&["--retries", "0", &url]);
    assert_error(&output, 75, &url, "connection refused");
}

#[cfg(unix)]
#[test]
fn whoever_closes_stdout_gets_the_files_all_the_same() {
    let (site, _) = simple(3);
    let desk = Desk::new();
    let urls: Vec<_> = (0..20)
        .map(|number| site.url(&format!("/{number}")))
        .collect();
    let program = harness::program("downloader");
    let line = format!("{} -j 1 {} | head -n 1", program.display(), urls.join(" "));
    let output = harness::Launch::command("sh")
        .arg("-c")
        .arg(line)
        .dir(desk.folder.path())
        .run();
    assert_eq!(
        output.assert_success().stdout_lines(),
        ["saved data/0 (3 bytes)"]
    );
    assert_eq!(desk.files().len(), 20);
}
