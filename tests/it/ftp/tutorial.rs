//! The tutorial's own program, upload and download, against the stand-in server.

use harness::{Launch, noise};

use super::assert_holds;
use super::peer::Peer;

/// As it stands in the tutorial, but for the names of the files here, and for the port, which is not
/// everybody's to listen at (a host of ftplib's has none in it).
const PROGRAM: &str = r#"
import ftplib, os
ftplib.FTP.port = int(os.environ["PORT"])

def ftpconnect(host, username, passwd):
    ftp = ftplib.FTP(host=host, user=username, passwd=passwd)
    return ftp

def upload(ftp, localfile, remotefile):
    buffersize = 1024
    file = open(localfile, "rb")
    ftp.storbinary("STOR " + remotefile, file, buffersize)
    file.close()

def download(ftp, localfile, remotefile):
    buffersize = 1024
    file = open(localfile, "wb")
    ftp.retrbinary("RETR " + remotefile, file.write, buffersize)
    file.close()

ftp = ftpconnect("localhost", "zzy", "")
upload(ftp, "flashfxp.png", "newxp.png")
download(ftp, "newxpp.png", "newxp.png")
ftp.quit()
"#;

/// What else the tutorial names.
const METHODS: &str = r#"
import ftplib, io, os
ftplib.FTP.port = int(os.environ["PORT"])
ftp = ftplib.FTP("localhost")
ftp.login("account", "password")
ftp.mkd("made")
ftp.cwd("made")
assert ftp.pwd() == "/made", ftp.pwd()
ftp.storlines("STOR lines.txt", io.BytesIO(b"one\ntwo\n"))
lines = []
ftp.retrlines("RETR lines.txt", lines.append)
assert lines == ["one", "two"], lines
ftp.rename("lines.txt", "renamed.txt")
assert ftp.nlst() == ["renamed.txt"], ftp.nlst()
listed = []
ftp.dir(listed.append)
assert listed[0].endswith("renamed.txt"), listed
ftp.delete("renamed.txt")
ftp.cwd("/")
ftp.rmd("made")
assert ftp.nlst() == [], ftp.nlst()
ftp.quit()
"#;

/// Runs it in our folder, against the server as it is without flags. False if there is no Python.
fn run(program: &str, peer: &Peer) -> bool {
    if Launch::command("python3")
        .arg("--version")
        .try_run()
        .is_err()
    {
        eprintln!("left out: there is no python3");
        return false;
    }
    let (_, port) = peer.address().rsplit_once(':').unwrap();
    let python = Launch::command("python3").args(["-c", program]);
    let python = python.dir(peer.here()).env("PORT", port);
    python.run().assert_success();
    true
}

#[test]
fn the_tutorials_program_works_with_our_server() {
    let peer = Peer::for_everybody();
    let picture = noise(300_000, 1);
    peer.write_here("flashfxp.png", &picture);
    if run(PROGRAM, &peer) {
        assert_holds(peer.there().join("newxp.png"), &picture);
        assert_holds(peer.here().join("newxpp.png"), &picture);
    }
    peer.stop();
}

#[test]
fn the_tutorials_methods_work_with_our_server() {
    let peer = Peer::for_everybody();
    run(METHODS, &peer);
    peer.stop();
}
