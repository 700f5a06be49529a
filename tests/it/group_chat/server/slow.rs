//! Many messages to many: in order, none lost, and nobody waits for one who does not read.

use std::thread;

use harness::{Server, Stream};

use super::{start, with_frames, with_nc};
use crate::talkers::note;
use crate::told::log_of;
use crate::wire::Peer;

#[test]
fn everybody_hears_each_sender_in_the_order_in_which_it_spoke() {
    const SENDERS: usize = 5;
    const MESSAGES: usize = 400;
    let server = start(&["--rate", "0"]);
    let mut lines: Vec<Peer> = (0..5)
        .map(|n| with_nc(&server, &format!("nc{n}")))
        .collect();
    let mut frames: Vec<Peer> = (0..5)
        .map(|n| with_frames(&server, &format!("f{n}")))
        .collect();
    let sending = (0..SENDERS).map(|sender| {
        let mut peer = with_nc(&server, &format!("s{sender}"));
        thread::spawn(move || {
            for n in 0..MESSAGES {
                peer.says(&n.to_string());
            }
            peer
        })
    });
    let sending: Vec<_> = sending.collect();
    let _senders: Vec<_> = sending.into_iter().map(|one| one.join().unwrap()).collect();

    let check = |next: &mut [usize; SENDERS], from: &str, text: &str| {
        let sender: usize = from[1..].parse().unwrap();
        assert_eq!(text, next[sender].to_string(), "of {from}");
        next[sender] += 1;
    };
    for peer in &mut frames {
        let mut next = [0; SENDERS];
        while next.iter().sum::<usize>() < SENDERS * MESSAGES {
            let message = peer.told();
            let text = |field: &str| message[field].as_str().unwrap();
            check(&mut next, text("from"), text("text"));
        }
    }
    for peer in &mut lines {
        let mut next = [0; SENDERS];
        while next.iter().sum::<usize>() < SENDERS * MESSAGES {
            let line = line(peer);
            let (from, text) = line.split_once(':').unwrap();
            check(&mut next, from, text);
        }
    }
}

fn line(peer: &mut Peer) -> String {
    let mut line = Vec::new();
    loop {
        match peer.receive(1)[0] {
            b'\n' => return String::from_utf8(line).unwrap(),
            byte => line.push(byte),
        }
    }
}

#[test]
fn two_hundred_thousand_messages_arrive_in_order() {
    const BATCH: usize = 5_000;
    let server = start(&["--rate", "0"]);
    let mut listeners: Vec<Peer> = (0..10)
        .map(|n| with_nc(&server, &format!("l{n}")))
        .collect();
    let mut sender = with_nc(&server, "s");
    for batch in 0..200_000 / BATCH {
        let texts = || (batch * BATCH..(batch + 1) * BATCH).map(|n| format!("{n:040}\n"));
        sender.send(texts().collect::<String>());
        let heard: String = texts().map(|text| format!("s:{text}")).collect();
        for listener in &mut listeners {
            listener.expect(&heard);
        }
    }
    sender.is_in("s");
}

/// One in a hundred stops reading. Two hundred clients are what a debug build manages in a few
/// seconds; the queues do not know how many they are.
#[test]
fn one_who_does_not_read_is_cut_and_the_others_get_everything() {
    const LISTENERS: usize = 200;
    const BATCH: usize = 250;
    let server = start(&["--rate", "0"]);
    let mut listeners: Vec<Peer> = (0..LISTENERS)
        .map(|n| with_nc(&server, &format!("l{n}")))
        .collect();
    let stalled = ["one", "two"].map(|name| with_nc(&server, name));
    let mut sender = with_nc(&server, "s");
    let padding = "x".repeat(1000);
    let mut batches = 0;
    // The kernel keeps some megabytes for each of them, and only then the server has to.
    while dropped(&server) < stalled.len() {
        assert!(batches < 100, "they do not read, and are not cut");
        let texts = || (0..BATCH).map(|n| format!("{batches}-{n}-{padding}\n"));
        sender.send(texts().collect::<String>());
        let heard: String = texts().map(|text| format!("s:{text}")).collect();
        for listener in &mut listeners {
            listener.expect(&heard);
        }
        batches += 1;
    }
    let messages = batches * BATCH;
    note(&format!(
        "two of {LISTENERS} were cut within {messages} messages of 1 kB"
    ));
    sender.says("Is everybody there?");
    for listener in &mut listeners {
        listener.hears("s:Is everybody there?");
    }
    let log = log_of(server);
    for (peer, name) in stalled.iter().zip(["one", "two"]) {
        let why = format!("dropped {} {name}: it does not read: ", peer.address());
        let logged = |line: &String| line.contains(&why) && line.ends_with(" bytes wait for it");
        assert!(log.iter().any(logged), "{why}");
    }
}

/// How many have been dropped.
fn dropped(server: &Server) -> usize {
    let lines = server.lines(Stream::Stderr);
    let dropped = |line: &&String| line.contains(" dropped ");
    lines.iter().filter(dropped).count()
}
