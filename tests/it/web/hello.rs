//! Without a folder: the tutorial's answer, correctly this time.

use harness::Server;

use crate::wire::Peer;

#[test]
fn every_get_is_answered_hello_world() {
    let server = Server::start("mini-web", &[]);
    let mut peer = Peer::connect(&server);
    for target in ["/", "/index.html", "/no/such/file?x=1", "/.git"] {
        let answer = peer.gets(target);
        answer.assert_body("<h1>Hello World!</h1>");
        answer.assert_field("Content-Type", "text/html; charset=utf-8");
        answer.assert_field("Content-Length", "21");
    }
    peer.requests("HEAD", "/", "");
    peer.answer("HEAD")
        .assert_status(200)
        .assert_field("Content-Length", "21");
    peer.requests("POST", "/", "Content-Length: 0\r\n");
    peer.answer("POST")
        .assert_status(405)
        .assert_field("Allow", "GET, HEAD");
}

/// The tutorial's server answers after the first 1,024 bytes, whatever they are.
#[test]
fn the_whole_request_is_read_before_it_is_answered() {
    let server = Server::start("mini-web", &[]);
    let mut peer = Peer::connect(&server);
    let long = format!("X: {}\r\n", "x".repeat(3000));
    peer.send(format!("GET / HTTP/1.1\r\nHost: a\r\n{long}"));
    let mut other = Peer::connect(&server);
    other.gets("/").assert_status(200);
    assert!(peer.has_nothing());
    peer.send("\r\n");
    peer.answer("GET").assert_body("<h1>Hello World!</h1>");
}

#[test]
fn page_fetch_reads_it() {
    let server = Server::start("mini-web", &[]);
    let folder = harness::temp_dir();
    let url = format!("http://{}/", server.address());
    let fetch = harness::client("page-fetch").args([&url, "-o", "-"]);
    let output = fetch.dir(folder.path()).run();
    assert_eq!(
        output.assert_success().stdout_text(),
        "<h1>Hello World!</h1>"
    );
    let told = output.stderr_text();
    assert!(told.contains("ended by Content-Length"), "{told}");
}
