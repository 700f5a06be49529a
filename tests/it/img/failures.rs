//! Each way in which a picture can fail to come: what is said, the exit code, and that nothing is
//! left.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::Duration;

use harness::{LIMIT, Output, Process, Signal, client, noise, temp_dir};

use super::{base64, dumps, serve_once, serve_text, tree};

/// Runs the client in a fresh folder, in which nothing may be left, and checks its one line.
fn fails_with(address: &str, args: &[&str], message: &str) {
    let dir = temp_dir();
    let output = client("img-client")
        .arg(address)
        .args(args)
        .dir(dir.path())
        .run();
    assert_failure(&output, address, message);
    assert_eq!(tree(dir.path()), [""; 0], "{output}");
}

fn assert_failure(output: &Output, address: &str, message: &str) {
    output.assert_code(1);
    assert_eq!(
        output.stderr_text(),
        format!("img-client: cannot receive from {address}: {message}\n")
    );
    assert!(output.stdout.is_empty(), "{output}");
}

#[test]
fn what_is_no_good_picture_is_refused_and_why_is_said() {
    let digest = "0".repeat(64);
    for (text, message) in [
        ("", "the server closed without sending a picture"),
        (" \n", "the server closed without sending a picture"),
        (
            "HTTP/1.1 200 OK",
            "not JSON: H came where an object should be",
        ),
        (
            "\x1b[2J",
            "not JSON: the byte 0x1b came where an object should be",
        ),
        ("{}", "the picture: it has no filename"),
        (
            r#"{"filename":"a.jpg"}"#,
            "the picture a.jpg: it has no filedata",
        ),
        (r#"{"filedata":"AAAA"}"#, "the picture: it has no filename"),
        (
            r#"{"filename":"a.jpg","filedata":null}"#,
            "the value of filedata is not a string",
        ),
        (
            r#"{"filename":"a.jpg","filename":"b.jpg","filedata":""}"#,
            "the key filename comes twice",
        ),
        (
            r#"{"filename":"a.jpg","filedata":"AAAA","filedata":"AAAA"}"#,
            "the key filedata comes twice",
        ),
        (
            r#"{"filename":"a.jpg","filedata":"AAAA!AAA"}"#,
            "the picture a.jpg: bad base64: character 5 cannot be there",
        ),
        (
            r#"{"filename":"a.jpg","filedata":"AA==AAAA"}"#,
            "the picture a.jpg: bad base64: character 3 cannot be there",
        ),
        (
            r#"{"filename":"a.jpg","filedata":"AAAA\nAAAA"}"#,
            "the picture a.jpg: bad base64: character 5 cannot be there",
        ),
        (
            r#"{"filename":"a.jpg","filedata":"\u00e9AAA"}"#,
            "the picture a.jpg: bad base64: character 1 cannot be there",
        ),
        (
            r#"{"filedata":"AAAAA","filename":"a.jpg"}"#,
            "the picture: bad base64: it ends within a group of four",
        ),
        (
            r#"{"filename":"a.jpg","filedata":"AAAA","size":4}"#,
            "the picture a.jpg: it has 3 bytes, and should have 4",
        ),
        (
            r#"{"filename":"a.jpg","size":2,"filedata":"AAAA"}"#,
            "the picture a.jpg: it has more bytes than the 2 it should have",
        ),
        (
            &format!(r#"{{"filename":"a.jpg","sha256":"{digest}","filedata":"AAAA"}}"#),
            "the picture a.jpg: its sha256 is not the one it should have",
        ),
        (
            &format!(r#"{{"filename":"a.jpg","filedata":"AAAA","sha256":"{digest}"}}"#),
            "the picture a.jpg: its sha256 is not the one it should have",
        ),
        (
            r#"{"filename":"a.jpg","size":67108865,"filedata":""#,
            "the picture a.jpg is too large: more than 64 MiB (see --max-size)",
        ),
        (
            r#"{"filename":"a.jpg","size":4294967296000,"filedata":""#,
            "the picture a.jpg is too large: more than 64 MiB (see --max-size)",
        ),
        (
            &format!(r#"{{"a":{}"#, "[".repeat(1000)),
            "values are nested more than 32 deep",
        ),
        (
            &format!(r#"{{"{}":1}}"#, "k".repeat(2000)),
            "a key, a name or a number is longer than 1 KiB",
        ),
        (
            r#"{"filename":"a.jpg","filedata":"AAAA"} x"#,
            "not JSON: x came where an object should be",
        ),
    ] {
        // The last one's picture is complete, and stays.
        if text.ends_with(" x") {
            let dir = temp_dir();
            let address = serve_text(text);
            let run = client("img-client").arg(&address).dir(dir.path()).run();
            run.assert_code(1);
            assert!(run.stderr_text().contains(message), "{run}");
            assert_eq!(tree(dir.path()), ["data/", "data/a.jpg"]);
        } else {
            fails_with(&serve_text(text), &[], message);
        }
    }
}

#[test]
fn what_has_no_end_is_cut_off() {
    let endless = |start: &'static str, again: String| {
        serve_once(move |client| {
            client.write_all(start.as_bytes())?;
            let again = again.repeat(100_000 / again.len());
            loop {
                client.write_all(again.as_bytes())?;
            }
        })
    };
    let too_much = "there are more than 64 KiB besides the picture";
    for (start, again, message) in [
        ("", " ", too_much),
        ("{", "\n", too_much),
        (
            "{\"filename\":\"a.jpg\",\"filedata\":\"AAAA\"",
            " ",
            too_much,
        ),
        ("{", "\"key\":1,", too_much),
        ("{\"a\":\"", "x", too_much),
        ("{\"a\":[0", ",[],{}", too_much),
        ("{\"", "k", "a key, a name or a number is longer than 1 KiB"),
        (
            "{\"filename\":\"",
            "a",
            "a key, a name or a number is longer than 1 KiB",
        ),
        (
            "{\"size\":",
            "1",
            "a key, a name or a number is longer than 1 KiB",
        ),
        (
            "{\"filename\":\"a.jpg\",\"filedata\":\"",
            "A",
            "the picture a.jpg is too large: more than 1 MiB (see --max-size)",
        ),
        (
            "{\"filedata\":\"",
            "A\\/\\u0041+",
            "the picture is too large: more than 1 MiB (see --max-size)",
        ),
    ] {
        let address = endless(start, again.to_owned());
        fails_with(&address, &["--max-size", "1MiB"], message);
    }
}

#[test]
fn pictures_without_end_are_cut_off_too() {
    let address = serve_once(|client| {
        for number in 0.. {
            client.write_all(dumps(&format!("{number}.jpg"), b"").as_bytes())?;
        }
        Ok(())
    });
    let dir = temp_dir();
    let output = client("img-client").arg(&address).dir(dir.path()).run();
    output.assert_code(1);
    assert!(
        output
            .stderr_text()
            .ends_with(": more than 1000 pictures\n"),
        "{output}"
    );
    assert_eq!(output.stdout_lines().len(), 1000);
}

#[test]
fn cut_anywhere_nothing_is_left() {
    let text = format!(
        "{{\"filename\": \"a.jpg\", \"size\": 30, \"x\": [1, \"\\u0041\"], \"filedata\": \"{}\"}}",
        base64(&noise(30, 1)).replace('/', "\\/")
    );
    for cut in (0..text.len())
        .step_by(3)
        .chain([text.len() - 2, text.len() - 1])
    {
        let dir = temp_dir();
        let address = serve_text(&text[..cut]);
        let output = client("img-client").arg(&address).dir(dir.path()).run();
        output.assert_code(1);
        let said = if cut == 0 {
            "without sending a picture"
        } else {
            "was cut short after"
        };
        assert!(
            output.stderr_text().contains(said),
            "cut at {cut}: {output}"
        );
        assert_eq!(tree(dir.path()), [""; 0], "cut at {cut}");
    }
}

#[test]
fn a_large_picture_cut_short_says_how_far_it_came() {
    let text = dumps("a.jpg", &noise(3_000_000, 1));
    let half = text[..text.find("filedata").unwrap() + 12 + 1_000_000].to_owned();
    fails_with(
        &serve_text(half),
        &["-o", "made/for/it"],
        "the picture a.jpg was cut short after 750000 bytes",
    );
}

#[test]
fn a_reset_is_told() {
    let address = serve_once(|client| {
        client.write_all(&dumps("a.jpg", &noise(1_000_000, 1)).as_bytes()[..500_000])?;
        // Closed so, a connection ends with a reset.
        let socket = socket2::SockRef::from(&*client);
        socket.set_linger(Some(Duration::ZERO))
    });
    fails_with(
        &address,
        &[],
        "the connection broke: connection reset by peer",
    );
}

#[test]
fn a_server_that_falls_silent_is_given_up() {
    for start in ["", "{\"filename\":\"a.jpg\",\"filedata\":\"AAAA"] {
        let address = serve_once(move |client| {
            client.write_all(start.as_bytes())?;
            until_closed(client)
        });
        fails_with(&address, &["--timeout", "0.3"], "nothing came for 0.3 s");
    }
}

/// Waits until the client closes.
fn until_closed(client: &mut TcpStream) -> std::io::Result<()> {
    client.read_exact(&mut [0])
}

#[test]
fn nobody_there_leaves_no_folder() {
    let dir = temp_dir();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let output = client("img-client").arg(&address).dir(dir.path()).run();
    output.assert_code(1);
    assert_eq!(
        output.stderr_text(),
        format!("img-client: cannot connect to {address}: connection refused\n")
    );
    assert_eq!(tree(dir.path()), [""; 0]);
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let dir = temp_dir();
    std::fs::write(dir.path().join("file"), "old").unwrap();
    for (output, why) in [
        ("file", "cannot create the folder file: file exists"),
        (
            "file/sub",
            "cannot create the folder file/sub: not a directory",
        ),
    ] {
        let address = serve_text(dumps("a.jpg", b"x"));
        let run = client("img-client")
            .args([&address, "-o", output])
            .dir(dir.path())
            .run();
        assert_failure(&run, &address, why);
        assert_eq!(tree(dir.path()), ["file"]);
    }
}

/// A client in the middle of a picture, in a folder of its own.
fn in_the_middle(folder: &std::path::Path) -> (String, Process) {
    let (sender, sent) = mpsc::channel();
    let address = serve_once(move |client| {
        client.write_all(b"{\"filename\":\"a.jpg\",\"filedata\":\"")?;
        // More than all buffers between us hold: when this has been written, a part of it has been
        // read and is in the client's file.
        client.write_all(base64(&noise(30_000_000, 1)).as_bytes())?;
        let _ = sender.send(());
        until_closed(client)
    });
    let process = client("img-client").arg(&address).dir(folder).spawn();
    sent.recv_timeout(LIMIT)
        .expect("the client takes what it is sent");
    let there = tree(folder);
    assert!(there.len() == 2 && there[1].ends_with(".part"), "{there:?}");
    (address, process)
}

#[cfg(unix)]
#[test]
fn interrupted_in_the_middle_nothing_is_left() {
    for signal in [Signal::Interrupt, Signal::Terminate] {
        let dir = temp_dir();
        let (address, process) = in_the_middle(dir.path());
        process.signal(signal).unwrap();
        let output = process.wait(LIMIT).unwrap();
        assert_failure(&output, &address, "interrupted");
        assert_eq!(tree(dir.path()), [""; 0]);
    }
}

/// The kernel ends a process that writes more than `ulimit -f` allows, unless that takes the signal.
#[cfg(unix)]
#[test]
fn a_limit_on_the_size_of_files_is_told_and_nothing_is_left() {
    let dir = temp_dir();
    let address = serve_text(dumps("a.jpg", &noise(1_000_000, 1)));
    let output = client("img-client")
        .arg(&address)
        .under(["sh", "-c", r#"ulimit -f 8; exec "$0" "$@""#])
        .dir(dir.path())
        .run();
    assert_failure(
        &output,
        &address,
        "cannot write the picture a.jpg: file too large",
    );
    assert_eq!(tree(dir.path()), [""; 0]);
}
