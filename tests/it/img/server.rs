//! What img-server sends.

use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;

use harness::{LIMIT, Server, Stream, client, noise, server, temp_dir};
use serde_json::Value;

use super::{base64, sha256, text, tree};

/// Starts img-server for these files of a folder.
fn serve(folder: &Path, files: &[&str], args: &[&str]) -> Server {
    server("img-server")
        .dir(folder)
        .args(files)
        .args(args)
        .serve()
}

/// Does what the tutorial's client does: reads 1,024 bytes at a time until the server closes.
fn read_all(address: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut all = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        match stream.read(&mut buffer).unwrap() {
            0 => return all,
            count => all.extend_from_slice(&buffer[..count]),
        }
    }
}

#[test]
fn the_tutorials_client_gets_one_object_and_nothing_after_it() {
    let dir = temp_dir();
    let picture = noise(48_213, 1);
    fs::write(dir.path().join("131.jpg"), &picture).unwrap();
    let server = serve(dir.path(), &["131.jpg"], &[]);
    for _ in 0..3 {
        let all = read_all(server.address());
        assert_eq!((all[0], all[all.len() - 1]), (b'{', b'}'));
        // As `loads(in_data.decode('utf-8'))`: all of it is one value.
        let object: Value = serde_json::from_slice(&all).unwrap();
        assert_eq!(text(&object, "filename"), "131.jpg");
        assert_eq!(text(&object, "filedata"), base64(&picture));
        assert_eq!(object["size"], 48_213);
        assert_eq!(text(&object, "sha256"), sha256(&picture));
        assert_eq!(object.as_object().unwrap().len(), 4);
    }
    server.stop().assert_success();
}

#[test]
fn several_pictures_are_one_a_line_under_their_base_names() {
    let dir = temp_dir();
    fs::create_dir(dir.path().join("sub")).unwrap();
    let files = [
        ("a.png", noise(10, 1)),
        ("sub/图片 1.jpg", noise(0, 1)),
        ("sub/c", noise(999, 1)),
    ];
    for (name, picture) in &files {
        fs::write(dir.path().join(name), picture).unwrap();
    }
    let server = serve(dir.path(), &files.each_ref().map(|(name, _)| *name), &[]);
    let all = String::from_utf8(read_all(server.address())).unwrap();
    assert!(all.ends_with("}\n"));
    let objects: Vec<Value> = all
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let names: Vec<_> = objects
        .iter()
        .map(|object| text(object, "filename"))
        .collect();
    assert_eq!(names, ["a.png", "图片 1.jpg", "c"]);
    for (object, (_, picture)) in objects.iter().zip(&files) {
        assert_eq!(text(object, "filedata"), base64(picture));
    }
}

#[test]
fn our_client_saves_what_our_server_sends() {
    let dir = temp_dir();
    let pictures = [
        ("one.jpg", noise(1, 1)),
        ("two.jpg", noise(3_000_001, 1)),
        ("none", noise(0, 1)),
    ];
    for (name, picture) in &pictures {
        fs::write(dir.path().join(name), picture).unwrap();
    }
    let server = serve(dir.path(), &pictures.each_ref().map(|(name, _)| *name), &[]);
    let output = client("img-client")
        .arg(server.address())
        .dir(dir.path())
        .run();
    output.assert_success();
    assert_eq!(
        output.stdout_lines(),
        [
            "saved data/one.jpg (1 bytes)",
            "saved data/two.jpg (3000001 bytes)",
            "saved data/none (0 bytes)",
        ]
    );
    assert!(output.stderr.is_empty(), "{output}");
    for (name, picture) in &pictures {
        assert_eq!(
            &fs::read(dir.path().join("data").join(name)).unwrap(),
            picture
        );
    }
}

#[cfg(unix)]
#[test]
fn over_a_unix_socket_too() {
    let dir = temp_dir();
    fs::write(dir.path().join("a.jpg"), noise(100_000, 1)).unwrap();
    let server = serve(dir.path(), &["a.jpg"], &["--listen", "unix:socket"]);
    let output = client("img-client")
        .arg("unix:socket")
        .dir(dir.path())
        .run();
    output.assert_success();
    assert_eq!(
        fs::read(dir.path().join("data/a.jpg")).unwrap(),
        noise(100_000, 1)
    );
    server.stop().assert_success();
    assert_eq!(tree(dir.path()), ["a.jpg", "data/", "data/a.jpg"]);
}

#[test]
fn the_file_may_go_once_the_server_listens() {
    let dir = temp_dir();
    let path = dir.path().join("a.jpg");
    fs::write(&path, noise(10, 1)).unwrap();
    let server = serve(dir.path(), &["a.jpg"], &[]);
    fs::remove_file(&path).unwrap();
    let object: Value = serde_json::from_slice(&read_all(server.address())).unwrap();
    assert_eq!(text(&object, "filedata"), base64(&noise(10, 1)));
}

#[test]
fn what_a_client_sends_is_nobody_s_business() {
    let dir = temp_dir();
    fs::write(dir.path().join("a.jpg"), noise(2_000_000, 1)).unwrap();
    let server = serve(dir.path(), &["a.jpg"], &[]);
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(&[b'x'; 10_000]).unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    let object: Value = serde_json::from_slice(&all).unwrap();
    assert_eq!(object["size"], 2_000_000);
}

#[test]
fn clients_that_never_read_hold_nobody_up_and_are_cut_off() {
    const STUBBORN: usize = 5;
    let dir = temp_dir();
    // More than fits into the buffers of a connection, so that the server has to wait.
    let picture = noise(30_000_000, 1);
    fs::write(dir.path().join("a.jpg"), &picture).unwrap();
    let server = serve(dir.path(), &["a.jpg"], &["--idle-timeout", "0.5"]);
    let stubborn: Vec<_> = (0..STUBBORN)
        .map(|_| TcpStream::connect(server.address()).unwrap())
        .collect();
    let output = client("img-client")
        .arg(server.address())
        .dir(dir.path())
        .run();
    output.assert_success();
    assert!(fs::read(dir.path().join("data/a.jpg")).unwrap() == picture);
    // Each is cut off, and the log says why.
    let cut = |line: &&String| line.contains("it does not read what it is sent");
    server
        .wait_for_lines(Stream::Stderr, LIMIT, |lines| {
            (lines.iter().filter(cut).count() == STUBBORN).then_some(())
        })
        .unwrap();
    drop(stubborn);
    server.stop().assert_success();
}

#[test]
fn a_client_that_goes_in_the_middle_ends_nobody_else() {
    let dir = temp_dir();
    fs::write(dir.path().join("a.jpg"), noise(20_000_000, 1)).unwrap();
    let server = serve(dir.path(), &["a.jpg"], &[]);
    for _ in 0..5 {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.read_exact(&mut [0; 1000]).unwrap();
    }
    let object: Value = serde_json::from_slice(&read_all(server.address())).unwrap();
    assert_eq!(object["size"], 20_000_000);
    server.stop().assert_success();
}

#[test]
fn at_the_end_what_is_under_way_is_let_finish() {
    let dir = temp_dir();
    fs::write(dir.path().join("a.jpg"), noise(20_000_000, 1)).unwrap();
    let server = serve(dir.path(), &["a.jpg"], &[]);
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let mut all = vec![0; 1000];
    stream.read_exact(&mut all).unwrap();
    server.signal(harness::Signal::Terminate).unwrap();
    stream.read_to_end(&mut all).unwrap();
    let object: Value = serde_json::from_slice(&all).unwrap();
    assert_eq!(object["size"], 20_000_000);
    drop(stream);
    server.wait(LIMIT).unwrap().assert_success();
}

#[test]
fn files_that_cannot_be_sent_are_told_before_it_listens() {
    let dir = temp_dir();
    fs::create_dir_all(dir.path().join("sub")).unwrap();
    for name in ["a.jpg", "sub/a.jpg"] {
        fs::write(dir.path().join(name), "x").unwrap();
    }
    let huge = fs::File::create(dir.path().join("huge")).unwrap();
    huge.set_len((1 << 30) + 1).unwrap();
    for (args, code, message) in [
        (
            &["none.jpg"][..],
            1,
            "cannot read none.jpg: no such file or directory",
        ),
        (&["sub"], 1, "cannot read sub: it is not a regular file"),
        (
            &["a.jpg", "huge"],
            1,
            "cannot keep the pictures in memory: together they have more than 1 GiB",
        ),
        (
            &["a.jpg", "sub/a.jpg"],
            2,
            "a.jpg and sub/a.jpg would be sent under the same name",
        ),
        (
            &[],
            2,
            "the following required arguments were not provided: <FILE>... (see --help)",
        ),
    ] {
        let output = server("img-server").dir(dir.path()).args(args).run();
        output.assert_code(code);
        assert_eq!(output.stderr_text(), format!("img-server: {message}\n"));
        assert!(output.stdout.is_empty(), "{output}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_picture_and_is_not_waited_for() {
    let dir = temp_dir();
    let made = harness::Launch::command("mkfifo")
        .arg("pipe.jpg")
        .dir(dir.path())
        .run();
    made.assert_success();
    let output = server("img-server").dir(dir.path()).arg("pipe.jpg").run();
    output.assert_code(1);
    assert_eq!(
        output.stderr_text(),
        "img-server: cannot read pipe.jpg: it is not a regular file\n"
    );
}

#[test]
fn a_name_that_our_client_would_refuse_is_warned_of() -> io::Result<()> {
    let dir = temp_dir();
    fs::write(dir.path().join(".hidden"), "x")?;
    let server = serve(dir.path(), &[".hidden"], &[]);
    let output = server.stop();
    output.assert_success();
    let warning = "img-client will refuse .hidden for its name: it begins with a dot";
    assert!(output.stderr_text().contains(warning), "{output}");
    Ok(())
}
