//! A run that is killed at a moment of nobody's choosing leaves no half file under the file's name, and
//! the next one ends with the right bytes.

use std::fs;
use std::path::Path;

use harness::{LIMIT, Launch, noise};

use super::assert_holds;
use super::peer::Peer;

const RUNS: u32 = 20;

/// Large enough that there is a middle to be killed in.
const SIZE: usize = 24 << 20;

/// As often it may be too late.
const TRIES: u32 = 10 * RUNS;

/// Runs it to its end once, to see how long it takes; then kills it so many times, each time somewhere
/// between its beginning and its end, and resumes it.
fn kill(
    transfer: &dyn Fn() -> Launch,
    again: &dyn Fn(),
    target: &Path,
    bytes: &[u8],
    old: Option<&[u8]>,
) {
    let mut took = transfer().run().assert_success().elapsed;
    let mut killed = 0;
    for run in 0..TRIES {
        again();
        let running = transfer().spawn();
        // Nowhere twice (the golden section sees to it).
        std::thread::sleep(took.mul_f64(f64::from(run) * 0.618_034 % 1.0));
        running.kill();
        let output = running.wait(LIMIT).unwrap();
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
        if output.success() {
            // It was quicker than the first one, which may have had a busy moment.
            took = took.min(output.elapsed);
        } else {
            killed += 1;
        }
        if killed == RUNS {
            return;
        }
    }
    panic!("only {killed} of {TRIES} were killed in time");
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
