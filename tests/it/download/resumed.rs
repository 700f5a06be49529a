//! Files that take more than one run.

use harness::{LIMIT, Signal, noise, wait_until};

use super::site::{Answer, Request, Site, ranges};
use super::{Desk, assert_error};

const TAG: &str = "\"one\"";
const LENGTH: usize = 2_000_000;

/// A desk with a part of the file: a run that was ended when the server had fallen silent.
fn interrupted(site: &Site, length: u64) -> Desk {
    let desk = Desk::new();
    let launch = desk.launch(&[&site.url("/a"), "-v", "--timeout", "60"]);
    let process = launch.spawn();
    wait_for_part(&desk, length);
    process.signal(Signal::Interrupt).unwrap();
    let output = process.wait(LIMIT).unwrap();
    assert_eq!(super::error(&output, 1), super::INTERRUPTED);
    assert_eq!(desk.files(), ["a.origin.part.part", "a.part"], "{output}");
    desk
}

/// Waits until so much of the file is on disk.
fn wait_for_part(desk: &Desk, length: u64) {
    wait_until("so much of it", || {
        let part = std::fs::metadata(desk.path("a.part"));
        part.is_ok_and(|part| part.len() >= length).then_some(())
    });
}

fn resume(desk: &Desk, site: &Site) -> harness::Output {
    desk.run(&["--resume", "--retries", "0", &site.url("/a")])
}

#[test]
fn another_run_asks_for_the_rest_only() {
    let body = noise(LENGTH, 1);
    let site = Site::pausing(body.clone(), TAG);
    let desk = interrupted(&site, LENGTH as u64 / 2);
    let output = resume(&desk, &site);
    let saved = format!("saved data/a ({LENGTH} bytes)");
    assert_eq!(output.assert_success().stdout_lines()[0], saved);
    desk.assert_only("a", &body);
    let request = &site.requests()[1];
    assert_eq!(
        request.field("range"),
        Some(format!("bytes={}-", LENGTH / 2).as_str())
    );
    assert_eq!(request.field("if-range"), Some(TAG));
}

/// What is less than a buffer is not on disk yet when the end is asked for.
#[test]
fn a_little_is_kept_too() {
    let body = noise(1000, 1);
    let site = Site::pausing(body.clone(), TAG);
    let desk = Desk::new();
    let process = desk.launch(&[&site.url("/a"), "--timeout", "60"]).spawn();
    site.await_requests(1);
    // It has asked, and may not have read yet; either way it ends well.
    process.signal(Signal::Interrupt).unwrap();
    process.wait(LIMIT).unwrap().assert_code(1);
    assert!(!desk.files().contains(&"a".to_owned()));
    resume(&desk, &site).assert_success();
    desk.assert_only("a", &body);
}

#[test]
fn without_resume_it_begins_anew() {
    let body = noise(LENGTH, 1);
    let site = Site::pausing(body.clone(), TAG);
    let desk = interrupted(&site, LENGTH as u64 / 2);
    desk.run(&[&site.url("/a")]).assert_success();
    desk.assert_only("a", &body);
    assert_eq!(site.requests()[1].field("range"), None);
}

#[test]
fn a_file_that_has_changed_begins_anew() {
    let (old, new) = (noise(LENGTH, 1), noise(LENGTH + 1, 1)[1..].to_vec());
    let (before, after) = (ranges(old, TAG), ranges(new.clone(), "\"two\""));
    let site = Site::answering(move |request, number| match number {
        0 => before(request).without(LENGTH / 2).then_silence(),
        _ => after(request),
    });
    let desk = interrupted(&site, LENGTH as u64 / 2);
    resume(&desk, &site).assert_success();
    desk.assert_only("a", &new);
}

/// Plays the second answer with `answer`, and everything else as it should be.
fn second(body: Vec<u8>, answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Site {
    let well = ranges(body, TAG);
    Site::answering(move |request, number| match number {
        0 => well(request).without(LENGTH / 2).then_silence(),
        1 => answer(request),
        _ => well(request),
    })
}

/// A rest that does not fit is not put behind what is there; the whole is asked for, in the same run.
#[test]
fn a_rest_that_does_not_fit_is_not_appended() {
    let (half, size) = (LENGTH / 2, LENGTH);
    let (end, later) = (size - 1, half + 1);
    for fields in [
        format!("Content-Range: bytes {later}-{end}/{size}\r\n"),
        format!("Content-Range: bytes 0-{end}/{size}\r\n"),
        format!("Content-Range: bytes {half}-{end}/{}\r\n", size + 1),
        format!("Content-Range: bytes {half}-{}/{size}\r\n", end - 1),
        format!("ETag: \"two\"\r\nContent-Range: bytes {half}-{end}/{size}\r\n"),
        "Content-Range: nonsense\r\n".to_owned(),
        String::new(),
    ] {
        let body = noise(LENGTH, 1);
        let rest = body[half..].to_vec();
        let shown = fields.clone();
        let site = second(body.clone(), move |_| {
            Answer::new("206 Partial Content", &fields, &rest)
        });
        let desk = interrupted(&site, half as u64);
        resume(&desk, &site).assert_success();
        desk.assert_only("a", &body);
        let requests = site.requests();
        assert_eq!(requests.len(), 3, "{shown}");
        assert_eq!(requests[2].field("range"), None, "{shown}");
    }
}

#[test]
fn nothing_behind_a_complete_file_is_no_failure() {
    let body = noise(LENGTH, 1);
    let site = Site::pausing(body.clone(), TAG);
    let desk = interrupted(&site, LENGTH as u64 / 2);
    // Killed just before it was moved into place.
    desk.put("a.part", &body);
    resume(&desk, &site).assert_success();
    desk.assert_only("a", &body);
    assert_eq!(
        site.requests()[1].field("range"),
        Some(format!("bytes={LENGTH}-").as_str())
    );
}

#[test]
fn a_416_about_another_size_is_never_appended() {
    for fields in [
        format!("Content-Range: bytes */{}\r\n", LENGTH / 2),
        String::new(),
    ] {
        let body = noise(LENGTH, 1);
        let site = second(body.clone(), move |_| {
            Answer::new("416 Range Not Satisfiable", &fields, "a page about it")
        });
        let desk = interrupted(&site, LENGTH as u64 / 2);
        resume(&desk, &site).assert_success();
        desk.assert_only("a", &body);
        assert_eq!(site.requests()[2].field("range"), None);
    }
}

#[test]
fn a_part_of_another_url_is_not_gone_on_with() {
    let body = noise(LENGTH, 1);
    let site = Site::pausing(body.clone(), TAG);
    let desk = interrupted(&site, LENGTH as u64 / 2);
    desk.run(&["--resume", &site.url("/a?version=2")])
        .assert_success();
    desk.assert_only("a", &body);
    assert_eq!(site.requests()[1].field("range"), None);
}

#[test]
fn a_part_of_another_url_stays_until_something_better_comes() {
    let body = noise(LENGTH, 1);
    let well = ranges(body.clone(), TAG);
    let site = Site::answering(move |request, number| match number {
        0 => well(request).without(LENGTH / 2).then_silence(),
        _ if request.path() != "/a" => Answer::new("404 Not Found", "", ""),
        _ => well(request),
    });
    let desk = interrupted(&site, LENGTH as u64 / 2);
    desk.run(&["--resume", &site.url("/other/a")])
        .assert_code(1);
    resume(&desk, &site).assert_success();
    desk.assert_only("a", &body);
    assert!(site.requests()[2].field("range").is_some());
}

#[test]
fn a_part_without_a_sound_note_is_not_gone_on_with() {
    for note in ["", "{", "{}", "\u{0}", "a part of something"] {
        let body = noise(LENGTH, 1);
        let well = ranges(body.clone(), TAG);
        let site = Site::answering(move |request, _| well(request));
        let desk = Desk::new();
        desk.put("a.part", b"who knows what");
        desk.put("a.origin.part.part", note.as_bytes());
        resume(&desk, &site).assert_success();
        desk.assert_only("a", &body);
        assert_eq!(site.requests()[0].field("range"), None);
    }
}

/// Of a file of which the server cannot say later whether it is still the same.
#[test]
fn nothing_is_left_of_what_cannot_be_gone_on_with() {
    for fields in [
        "",
        "ETag: W/\"weak\"\r\n",
        "Last-Modified: Sat, 21 Nov 2026 08:15:30 GMT\r\n",
    ] {
        let site = Site::answering(move |_, _| {
            Answer::new("200 OK", fields, noise(LENGTH, 1))
                .without(LENGTH / 2)
                .then_close()
        });
        let desk = Desk::new();
        let output = desk.run(&["--retries", "1", &site.url("/a")]);
        let why = format!(
            "the connection was closed too early, after {} of {LENGTH} bytes",
            LENGTH / 2
        );
        assert_error(&output, 75, &site.url("/a"), &why);
        assert!(desk.files().is_empty(), "{:?}", desk.files());
        assert!(
            site.requests()
                .iter()
                .all(|request| request.field("range").is_none())
        );
    }
}

#[test]
fn a_date_will_do_where_it_is_old_enough() {
    const THEN: &str = "Sat, 21 Nov 2026 08:15:30 GMT";
    let fields = format!("Last-Modified: {THEN}\r\nDate: Sat, 21 Nov 2026 08:16:30 GMT\r\n");
    let site = Site::answering(move |request, number| match number {
        0 => Answer::new("200 OK", &fields, noise(1000, 1))
            .without(500)
            .then_close(),
        _ => {
            assert_eq!(request.field("if-range"), Some(THEN));
            assert_eq!(request.field("range"), Some("bytes=500-"));
            let fields = "Content-Range: bytes 500-999/1000\r\n";
            Answer::new("206 Partial Content", fields, &noise(1000, 1)[500..])
        }
    });
    let desk = Desk::new();
    desk.run(&[&site.url("/a")]).assert_success();
    desk.assert_only("a", &noise(1000, 1));
}

#[test]
fn what_is_there_is_kept() {
    let (site, body) = super::site::simple(10);
    let desk = Desk::new();
    desk.put("a", b"complete");
    let output = desk.run(&["--resume", &site.url("/a"), &site.url("/b")]);
    let mut lines = output.assert_success().stdout_lines();
    assert_eq!(lines.pop().unwrap(), "1 file saved, 10 bytes; 1 file kept");
    lines.sort();
    assert_eq!(
        lines,
        [
            "kept data/a (it is there already)",
            "saved data/b (10 bytes)"
        ]
    );
    assert_eq!(desk.read("a"), b"complete");
    assert_eq!(desk.read("b"), body);
    assert_eq!(site.requests().len(), 1);
}

/// The same file twice at once would be two halves in one.
#[cfg(unix)]
#[test]
fn two_programs_do_not_write_one_file() {
    let body = noise(LENGTH, 1);
    let site = Site::pausing(body.clone(), TAG);
    let desk = Desk::new();
    let first = desk.launch(&[&site.url("/a"), "--timeout", "60"]).spawn();
    wait_for_part(&desk, LENGTH as u64 / 2);
    let output = resume(&desk, &site);
    assert_eq!(
        super::error(&output, 1),
        "cannot write data/a.part: another program is receiving it"
    );
    first.signal(Signal::Interrupt).unwrap();
    first.wait(LIMIT).unwrap().assert_code(1);
    resume(&desk, &site).assert_success();
    desk.assert_only("a", &body);
}
