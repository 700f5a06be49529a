//! Ctrl-C, and worse.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use harness::{LIMIT, Signal, noise, wait_until};

use super::site::{Answer, Site, ranges};
use super::{Desk, INTERRUPTED, at, error, listing};

/// Waits in all the ways there are: for a header, for a body, for another try, and for a connection
/// to an address that does not answer.
#[test]
fn whoever_waits_hears_of_the_end() {
    let site = Site::answering(|request, _| match request.path() {
        "/header" => Answer::raw("").then_silence(),
        "/body" => Answer::ok(noise(100, 1)).without(50).then_silence(),
        _ => Answer::new("503 Service Unavailable", "Retry-After: 100\r\n", ""),
    });
    let desk = Desk::new();
    let process = desk
        .launch(&[
            "--timeout",
            "100",
            &site.url("/header"),
            &site.url("/body"),
            &site.url("/later"),
        ])
        .spawn();
    site.await_requests(3);
    let asked = Instant::now();
    process.signal(Signal::Interrupt).unwrap();
    let output = process.wait(LIMIT).unwrap();
    assert_eq!(error(&output, 1), INTERRUPTED);
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(output.stdout_lines(), ["0 files saved, 0 bytes"]);
    assert!(desk.files().is_empty());
}

#[test]
fn a_listing_that_does_not_come_can_be_interrupted() {
    let site = Site::answering(|_, _| Answer::raw("").then_silence());
    let desk = Desk::new();
    let process = desk
        .launch(&["--timeout", "100", "--listing", &site.url("/")])
        .spawn();
    site.await_requests(1);
    process.signal(Signal::Terminate).unwrap();
    assert_eq!(error(&process.wait(LIMIT).unwrap(), 1), "interrupted");
}

/// A close that we make ourselves, where only a close ends the body, is no end of the file.
#[test]
fn our_own_close_is_not_taken_for_the_servers() {
    let site = Site::answering(|_, _| {
        let header = b"HTTP/1.0 200 OK\r\n\r\n".as_slice();
        Answer::raw([header, &noise(1_000_000, 1)].concat()).then_silence()
    });
    let desk = Desk::new();
    let process = desk.launch(&["--timeout", "100", &site.url("/a")]).spawn();
    wait_until("a file", || desk.files().pop());
    process.signal(Signal::Interrupt).unwrap();
    process.wait(LIMIT).unwrap().assert_code(1);
    // Nothing to go on with either: nobody can say later whether it is the same.
    assert!(desk.files().is_empty(), "{:?}", desk.files());
}

#[test]
fn those_that_are_complete_stay() {
    let server = listing();
    let desk = Desk::new();
    let slow = at(&server, "/slow/picture-2.bmp");
    let process = desk
        .launch(&["-j", "1", &at(&server, "/pictures/picture-1.bmp"), &slow])
        .spawn();
    let saved = process.wait_for_line(
        harness::Stream::Stdout,
        |line| line.starts_with("saved"),
        LIMIT,
    );
    saved.unwrap();
    process.signal(Signal::Interrupt).unwrap();
    let output = process.wait(LIMIT).unwrap();
    assert_eq!(error(&output, 1), INTERRUPTED);
    assert_eq!(output.stdout_lines()[1], "1 file saved, 39258 bytes");
    assert!(desk.files().contains(&"picture-1.bmp".to_owned()));
    desk.run(&["--resume", &at(&server, "/pictures/picture-1.bmp"), &slow])
        .assert_success();
    assert_eq!(desk.files(), ["picture-1.bmp", "picture-2.bmp"]);
}

/// Killed at any moment, it leaves no file that is not complete; and another run ends well.
#[test]
fn killed_at_any_moment_another_run_completes_it() {
    const SIZES: [usize; 6] = [3_000_000, 10, 700_000, 20_000, 1_500_000, 600_000];
    let tags = ["\"0\"", "\"1\"", "\"2\"", "\"3\"", "\"4\"", "\"5\""];
    let files: Vec<_> = (0..SIZES.len())
        .map(|number| {
            let mut body = noise(SIZES[number], 1);
            body.iter_mut()
                .for_each(|byte| *byte = byte.wrapping_add(number as u8));
            body
        })
        .collect();
    let served: Vec<_> = files
        .iter()
        .zip(tags)
        .map(|(body, tag)| ranges(body.clone(), tag))
        .collect();
    let site = Site::answering(move |request, _| {
        let number: usize = request.path()[1..].parse().unwrap();
        served[number](request)
    });
    let urls: Vec<_> = (0..SIZES.len())
        .map(|number| site.url(&format!("/{number}")))
        .collect();
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    let check = |desk: &Desk| {
        for name in desk.files() {
            if let Ok(number) = name.parse::<usize>() {
                assert!(
                    desk.read(&name) == files[number],
                    "{name} is not what was sent"
                );
            }
        }
    };

    // How long it takes undisturbed says in which time to kill it.
    let started = Instant::now();
    Desk::new().run(&urls).assert_success();
    let whole = started.elapsed();
    for turn in 0..20 {
        let desk = Desk::new();
        let chance = RandomState::new().hash_one(turn) % 1000;
        // Once after the other, and killed each time.
        for _ in 0..2 {
            let process = desk
                .launch(&[&["--resume", "-j", "3"], urls.as_slice()].concat())
                .spawn();
            // At whatever moment.
            std::thread::sleep(whole.mul_f64(chance as f64 / 1000.0));
            process.kill();
            process.wait(LIMIT).unwrap();
            check(&desk);
        }
        desk.run(&[&["--resume", "-j", "3"], urls.as_slice()].concat())
            .assert_success();
        check(&desk);
        assert_eq!(
            desk.files(),
            ["0", "1", "2", "3", "4", "5"],
            "turn {turn}, {chance}"
        );
    }
}
