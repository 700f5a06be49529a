//! Over a cable that loses every fifth packet.

use std::time::Duration;

use harness::Stream;

use crate::namespaces::{Cable, ENDS};
use crate::talkers::type_line;

/// TCP sends again after pauses that double each time; a run of bad luck takes its time.
const PATIENCE: Duration = Duration::from_secs(150);

#[test]
fn nothing_is_lost() {
    let Some(cable) = Cable::bad() else { return };
    let address = format!("{}:0", ENDS[0]);
    let one = cable.at(0, "tcp-chat", &["listen", &address]).serve();
    let args = ["connect", one.address(), "--timeout", "100"];
    let other = cable.at(1, "tcp-chat", &args).spawn();
    let rounds: Vec<Vec<String>> = (0..1)
        .map(|round| {
            (0..100)
                .map(|n| format!("round {round} line {n}"))
                .collect()
        })
        .collect();
    for round in &rounds {
        for line in round {
            type_line(&one, line);
            type_line(&other, line);
        }
        // Each round is a packet or two of its own, and has its own chance to be lost.
        let last = round.last().unwrap();
        for side in [&*one, &other] {
            side.wait_for_line(Stream::Stdout, |line| line == last, PATIENCE)
                .unwrap();
        }
    }
    let said = rounds.concat();
    assert_eq!(one.lines(Stream::Stdout)[1..], said);
    assert_eq!(other.lines(Stream::Stdout), said);
    one.close_stdin();
    one.wait(PATIENCE).unwrap().assert_success();
    other.wait(PATIENCE).unwrap().assert_success();
}
