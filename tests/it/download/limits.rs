//! What a server may not do to us.

use harness::noise;

use super::site::{Answer, Site, simple};
use super::{Desk, assert_error, error};

#[test]
fn a_file_that_is_announced_too_large_is_not_fetched() {
    let (site, _) = simple(2000);
    let desk = Desk::new();
    let output = desk.run(&["--max-size", "1999", &site.url("/a")]);
    let why = "it is larger than 1999 bytes (see --max-size)";
    assert_error(&output, 1, &site.url("/a"), why);
    assert!(desk.files().is_empty());
    desk.run(&["--max-size", "2000", &site.url("/a")])
        .assert_success();
}

#[test]
fn a_file_that_becomes_too_large_is_thrown_away() {
    let site = Site::answering(|request, _| {
        let body = noise(3_000_000, 1);
        match request.path() {
            "/close" => {
                Answer::raw([b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &body].concat()).then_close()
            }
            _ => {
                let header =
                    b"HTTP/1.1 200 OK\r\nETag: \"a\"\r\nTransfer-Encoding: chunked\r\n\r\n";
                let size = format!("{:x}\r\n", body.len());
                Answer::raw([header, size.as_bytes(), &body, b"\r\n0\r\n\r\n"].concat())
            }
        }
    });
    for path in ["/close", "/chunked"] {
        for limit in ["1MiB", "1KiB"] {
            let desk = Desk::new();
            let output = desk.run(&["--max-size", limit, &site.url(path)]);
            let shown = limit.replace('M', " M").replace('K', " K");
            let why = format!("it is larger than {shown} (see --max-size)");
            assert_error(&output, 1, &site.url(path), &why);
            assert!(
                desk.files().is_empty(),
                "{path} {limit}: {:?}",
                desk.files()
            );
        }
    }
}

#[test]
fn lengths_beyond_all_measure_are_refused() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: ";
    for length in ["18446744073709551615", "18446744073709551616", "-1", "many"] {
        let site = Site::answering(move |_, _| {
            Answer::raw(format!("{head}{length}\r\n\r\nx")).then_close()
        });
        let output = Desk::new().run(&["--retries", "0", &site.url("/a")]);
        error(&output, 1);
    }
    // The same for the rest of a file.
    let site = Site::answering(|_, number| match number {
        0 => Answer::new("200 OK", "ETag: \"a\"\r\n", "hi there")
            .without(4)
            .then_close(),
        1 => Answer::raw(
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-18446744073709551615/*\r\n\
             Content-Length: 18446744073709551615\r\n\r\nx",
        )
        .then_close(),
        _ => Answer::ok("hi there"),
    });
    let desk = Desk::new();
    desk.run(&[&site.url("/a")]).assert_success();
    desk.assert_only("a", b"hi there");
}

#[test]
fn a_header_without_end_is_not_read_on() {
    let site = Site::answering(|_, _| {
        let fields = "X-Field: and another one\r\n".repeat(20_000);
        Answer::raw(format!("HTTP/1.1 200 OK\r\n{fields}")).then_silence()
    });
    let output = Desk::new().run(&[&site.url("/a")]);
    let message = error(&output, 1);
    assert!(
        message.contains("the header of its answer is longer than 65536 bytes")
            || message.contains("its answer cannot be understood"),
        "{message}"
    );
}

/// Behind the last chunk there may be fields, and the library passes over them.
#[test]
fn an_answer_that_goes_on_behind_its_body_is_not_read_for_ever() {
    let site = Site::answering(|_, _| {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n";
        let fields = "X-Field: and another one\r\n".repeat(40 << 20 >> 4);
        Answer::raw(format!("{head}{fields}")).then_silence()
    });
    let desk = Desk::new();
    let output = desk.run(&["--max-size", "1KiB", &site.url("/a")]);
    assert_error(&output, 1, &site.url("/a"), "its answer does not end");
    assert!(desk.files().is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_listing_takes_little_more_memory_than_its_text() {
    use harness::{LIMIT, Stream};

    let site = Site::answering(|request, _| match request.path() {
        "/last" => Answer::raw("").then_silence(),
        _ => {
            let items = r#"{"":0},"#.repeat(2_300_000);
            Answer::ok(format!("{{\"newslist\":[{items}\"/last\"]}}"))
        }
    });
    let desk = Desk::new();
    let args = ["-v", "--listing", &site.url("/l"), "--timeout", "60"];
    let process = desk.launch(&args).spawn();
    let read = |line: &str| line.contains("items without a URL in picUrl: 2300000");
    process.wait_for_line(Stream::Stderr, read, LIMIT).unwrap();
    let peak = crate::proc::peak_memory(process.id());
    assert!(peak <= 120 << 20, "{peak} bytes");
    process.kill();
}

#[test]
fn a_server_cannot_write_on_the_terminal() {
    let site =
        Site::answering(|_, _| Answer::new("404 \x1b[2J", "Location: \x1b[2J\r\n", "\x1b[2J"));
    let output = Desk::new().run(&["-vv", &site.url("/%1b[2J"), &site.url("/\x1b[3J")]);
    output.assert_code(1);
    crate::told::assert_harmless(&output.stderr);
    crate::told::assert_harmless(&output.stdout);
}

#[cfg(target_os = "linux")]
#[test]
fn many_large_files_at_once_take_little_memory() {
    use harness::{LIMIT, Stream};

    let site = Site::answering(|request, _| match request.path() {
        "/last" => Answer::raw("").then_silence(),
        _ => Answer::ok(noise(2_000_000, 1)),
    });
    let urls: Vec<_> = (0..32)
        .map(|number| site.url(&format!("/{number}")))
        .collect();
    let last = site.url("/last");
    let mut args: Vec<_> = urls.iter().map(String::as_str).collect();
    args.extend([last.as_str(), "--timeout", "60"]);
    let desk = Desk::new();
    let process = desk.launch(&args).spawn();
    let all = |lines: &[String]| {
        let saved = lines.iter().filter(|line| line.starts_with("saved"));
        (saved.count() == 32).then_some(())
    };
    process.wait_for_lines(Stream::Stdout, LIMIT, all).unwrap();
    let peak = crate::proc::peak_memory(process.id());
    assert!(peak <= 30 << 20, "{peak} bytes");
    process.kill();
}
