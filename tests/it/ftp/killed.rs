//! A run that is killed at a moment of nobody's choosing leaves no half file under the file's name, and
//! the next one ends with the right bytes.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use harness::Launch;

use super::peer::Peer;
use super::{assert_holds, noise};

const RUNS: u32 = 20;

/// Large enough that there is a middle to be killed in.
const SIZE: usize = 24 << 20;

/// Runs it to its end once, and then kills it so many times, each time somewhere between its beginning
/// and its end, and resumes it.
fn kill(
    transfer: &dyn Fn() -> Launch,
    again: &dyn Fn(),
    target: &Path,
    bytes: &[u8],
    old: Option<&[u8]>,
) {
    let begun = Instant::now();
    transfer().run().assert_success();
    let took = begun.elapsed();
    let mut killed = 0;
    for run in 0..RUNS {
        again();
        let running = transfer().spawn();
        std::thread::sleep(took * (2 * run + 1) / (2 * RUNS));
        running.kill();
        let output = running.wait(Duration::from_secs(30)).unwrap();
        killed += u32::from(!output.success());
        match fs::read(target) {
            Ok(found) => assert!(
                found == bytes || Some(found.as_slice()) == old,
                "half a file, killed {run}: {} bytes",
                found.len()
            ),
            Err(_) => assert!(old.is_none(), "the old file is gone, killed {run}"),
        }
        transfer().arg("--resume").run().assert_success();
        assert_holds(target, bytes);
    }
    assert!(
        killed >= RUNS / 4,
        "only {killed} of {RUNS} were killed in time"
    );
}

#[test]
fn a_killed_get_leaves_no_half_file() {
    let peer = Peer::start();
    let bytes = noise(SIZE, 1);
    peer.write_there("big.bin", &bytes);
    let target = peer.here().join("big.bin");
    let again = || fs::remove_file(&target).unwrap();
    kill(
        &|| peer.ftp("").args(["get", "big.bin"]),
        &again,
        &target,
        &bytes,
        None,
    );
}

#[test]
fn a_killed_put_leaves_the_old_file() {
    let peer = Peer::start();
    let bytes = noise(SIZE, 2);
    peer.write_here("big.bin", &bytes);
    let target = peer.there().join("big.bin");
    let old = noise(1000, 3);
    let again = || fs::write(&target, &old).unwrap();
    kill(
        &|| peer.ftp("").args(["put", "big.bin"]),
        &again,
        &target,
        &bytes,
        Some(&old),
    );
}
