//! The tutorial's own program, upload and download, against the stand-in server.

use harness::Launch;

use super::peer::Peer;
use super::{PASSWORD, assert_holds, noise};

/// As it stands in the tutorial, but for the port, which is not everybody's to listen at.
const PROGRAM: &str = r#"
import ftplib, os

def ftpconnect(host, port, username, passwd):
    ftp = ftplib.FTP()
    ftp.connect(host, port)
    ftp.login(username, passwd)
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

host, port = os.environ["ADDRESS"].rsplit(":", 1)
ftp = ftpconnect(host, int(port), "michael", os.environ["PASSWORD"])
upload(ftp, "flashfxp.png", "newxp.png")
download(ftp, "newxpp.png", "newxp.png")
ftp.quit()
"#;

#[test]
fn the_tutorials_program_works_with_our_server() {
    if Launch::command("python3")
        .arg("--version")
        .try_run()
        .is_err()
    {
        eprintln!("left out: there is no python3");
        return;
    }
    let peer = Peer::start();
    let picture = noise(300_000, 1);
    peer.write_here("flashfxp.png", &picture);
    let python = Launch::command("python3")
        .args(["-c", PROGRAM])
        .dir(peer.here());
    let python = python
        .env("ADDRESS", peer.address())
        .env("PASSWORD", PASSWORD);
    python.run().assert_success();
    assert_holds(peer.there().join("newxp.png"), &picture);
    assert_holds(peer.here().join("newxpp.png"), &picture);
    peer.stop();
}
