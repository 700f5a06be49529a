//! That a picture is not kept in memory by the client, and only once by the server.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write;
use std::sync::mpsc;

use harness::{LIMIT, Server, client, noise, temp_dir};

use super::{base64, serve_once};
use crate::proc::peak_memory;

/// What the programs may need besides.
const OTHER: u64 = 8 << 20;

const PICTURE: u64 = 64_000_000;

#[test]
fn the_client_needs_a_few_megabytes_whatever_the_size() {
    let (sender, sent) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let address = serve_once(move |client| {
        client.write_all(b"{\"filename\":\"a.jpg\",\"filedata\":\"")?;
        client.write_all(base64(&noise(PICTURE as usize, 1)).as_bytes())?;
        let _ = sender.send(());
        let _ = wait.recv();
        client.write_all(b"\"}")
    });
    let dir = temp_dir();
    let process = client("img-client").arg(&address).dir(dir.path()).spawn();
    // Now all but what the buffers of the connection hold has been received.
    sent.recv_timeout(LIMIT).unwrap();
    let peak = peak_memory(process.id());
    go_on.send(()).unwrap();
    process.wait(LIMIT).unwrap().assert_success();
    assert!(peak <= 2 * OTHER, "{peak} bytes for a picture of {PICTURE}");
}

#[test]
fn the_server_keeps_the_text_once() {
    let dir = temp_dir();
    let path = dir.path().join("a.jpg");
    fs::write(&path, noise(PICTURE as usize, 1)).unwrap();
    let server = Server::start("img-server", &[path.to_str().unwrap()]);
    let peak = peak_memory(server.id());
    assert!(
        peak <= PICTURE.div_ceil(3) * 4 + OTHER,
        "{peak} bytes for {PICTURE}"
    );
}
