//! Between two hosts, over a cable that loses every fifth packet, and over a good one with rooms.

use std::collections::HashSet;
use std::time::Duration;

use harness::{LIMIT, Process, Stream};

use crate::namespaces::{Cable, ENDS};
use crate::talkers::{hears, type_line};

const LINES: usize = 200;

#[test]
fn what_arrived_is_shown_and_nobody_hangs() {
    let Some(cable) = Cable::bad() else { return };
    let address = format!("{}:0", ENDS[0]);
    let one = cable.at(0, "udp-chat", &["--bind", &address]).serve();
    let other = cable.at(1, "udp-chat", &["--peer", one.address()]).serve();
    // One of them has to get through for the first to know the other.
    until_heard(&other, &one, "first");
    for number in 0..LINES {
        type_line(&one, &format!("line {number}"));
        type_line(&other, &format!("line {number}"));
    }
    until_heard(&other, &one, "last");
    until_heard(&one, &other, "last");
    for (hearer, speaker) in [(&one, &other), (&other, &one)] {
        let from = format!("{}: line ", speaker.address());
        let heard: Vec<String> = hearer.lines(Stream::Stdout);
        let lines = heard.iter().filter_map(|line| line.strip_prefix(&from));
        let numbers: Vec<usize> = lines.map(|number| number.parse().unwrap()).collect();
        let different: HashSet<_> = numbers.iter().collect();
        assert_eq!(different.len(), numbers.len(), "none is shown twice");
        assert!(numbers.iter().all(|&number| number < LINES));
        assert!(
            (LINES / 2..LINES).contains(&numbers.len()),
            "{} of {LINES} arrived",
            numbers.len()
        );
    }
    for side in [one, other] {
        side.close_stdin();
        side.wait(LIMIT).unwrap().assert_success();
    }
}

/// Says it again and again until it has got through.
#[track_caller]
fn until_heard(speaker: &Process, hearer: &Process, word: &str) {
    for _ in 0..100 {
        type_line(speaker, word);
        let heard = |line: &str| line.ends_with(word);
        let moment = Duration::from_millis(300);
        if hearer.wait_for_line(Stream::Stdout, heard, moment).is_ok() {
            return;
        }
    }
    panic!("{word} never got through");
}

/// Ann and Bob are on one host, Cid on another: loopback and the cable both carry the room, and
/// everybody hears everything once.
#[test]
fn a_room_spans_hosts_and_interfaces() {
    for room in [
        ["--multicast", "239.77.0.1:40000"],
        ["--broadcast", "40000"],
    ] {
        let Some(cable) = Cable::good() else { return };
        let join = |end, name| {
            let args = [&room[..], &["--name", name]].concat();
            cable.at(end, "udp-chat", &args).serve()
        };
        let members = [
            ("Ann", join(0, "Ann")),
            ("Bob", join(0, "Bob")),
            ("Cid", join(1, "Cid")),
        ];
        for (name, member) in &members {
            for text in ["one", "two"] {
                type_line(member, &format!("{text} by {name}"));
            }
            for (_, other) in members.iter().filter(|(other, _)| other != name) {
                let last = format!(": {name}: two by {name}");
                other
                    .wait_for_line(Stream::Stdout, |line| line.ends_with(&last), LIMIT)
                    .unwrap();
            }
        }
        for (name, member) in &members {
            let heard = member.lines(Stream::Stdout);
            let mut texts: Vec<_> = heard[1..]
                .iter()
                .map(|line| line.rsplit(": ").next().unwrap())
                .collect();
            texts.sort_unstable();
            let mut expected = Vec::new();
            for text in ["one", "two"] {
                let others = members.iter().filter(|(other, _)| other != name);
                expected.extend(others.map(|(other, _)| format!("{text} by {other}")));
            }
            expected.sort_unstable();
            assert_eq!(texts, expected, "what {name} has heard in {room:?}");
        }
    }
}

/// A host that is not there is asked for in vain, again and again.
#[test]
fn an_unreachable_host_ends_nothing() {
    let Some(cable) = Cable::good() else { return };
    let chat = cable
        .at(0, "udp-chat", &["--peer", "10.77.0.99:40000", "--stay"])
        .serve();
    type_line(&chat, "still typing");
    let visitor = cable.at(1, "udp-chat", &["--peer", chat.address()]).serve();
    hears(
        &chat,
        &format!("{} (not your peer): hello", visitor.address()),
    );
    chat.stop().assert_success();
}
