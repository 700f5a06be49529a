use super::*;
use Side::{Client, Server};

fn data(millis: u64, connection: u64, side: Side, bytes: &[u8]) -> Event {
    Event {
        time: Duration::from_millis(millis),
        connection,
        side,
        what: What::Data(bytes.into()),
    }
}

/// When each message began, on which connection, how long it is, and of how many pieces.
fn messages(steps: &mut Steps) -> Vec<(u64, u64, u64, u64)> {
    let mut found = Vec::new();
    while let Some(step) = steps.next_step() {
        if let Kind::Message(message) = step.kind {
            let time = step.time.as_millis() as u64;
            found.push((time, step.connection, message.length, message.pieces));
        }
    }
    found
}

fn all(wish: Wish, events: &[Event]) -> Vec<(u64, u64, u64, u64)> {
    let mut steps = Steps::new(wish);
    events.iter().for_each(|event| steps.take(event));
    steps.end();
    messages(&mut steps)
}

#[test]
fn pieces_are_put_together_until_a_pause_or_an_answer() {
    let events = [
        data(0, 1, Client, b"ab"),
        data(10, 1, Client, b"c"),
        data(25, 1, Client, b"d"),
        data(100, 1, Client, b"e"),
        data(101, 1, Server, b"f"),
        data(102, 1, Client, b"g"),
    ];
    assert_eq!(
        all(Wish::default(), &events),
        [(0, 1, 4, 3), (100, 1, 1, 1), (101, 1, 1, 1), (102, 1, 1, 1)]
    );
}

#[test]
fn what_happens_on_another_connection_parts_nothing_and_stands_in_its_place() {
    let events = [
        data(0, 1, Client, b"ab"),
        data(5, 2, Client, b"x"),
        data(10, 1, Client, b"c"),
    ];
    assert_eq!(all(Wish::default(), &events), [(0, 1, 3, 2), (5, 2, 1, 1)]);
}

#[test]
fn nothing_is_shown_before_what_began_earlier() {
    let mut steps = Steps::new(Wish::default());
    steps.take(&data(0, 1, Client, b"a"));
    steps.take(&data(5, 2, Client, b"x"));
    steps.take(&data(15, 1, Client, b"b"));
    steps.end_pauses(Duration::from_millis(30));
    assert_eq!(messages(&mut steps), []);
    assert_eq!(steps.next_pause(), Some(Duration::from_millis(35)));
    steps.end_pauses(Duration::from_millis(36));
    assert_eq!(messages(&mut steps), [(0, 1, 2, 2), (5, 2, 1, 1)]);
    assert_eq!(steps.next_pause(), None);
}

#[test]
fn a_message_without_end_is_shown_in_parts_where_that_is_wished() {
    let events: Vec<_> = (0..300).map(|n| data(n * 10, 1, Client, b"x")).collect();
    assert_eq!(all(Wish::default(), &events), [(0, 1, 300, 300)]);
    let wish = Wish {
        longest: Some(Duration::from_secs(1)),
        ..Wish::default()
    };
    let parts = all(wish, &events);
    assert_eq!(parts.len(), 3, "{parts:?}");
    assert_eq!(parts.iter().map(|part| part.2).sum::<u64>(), 300);
}

#[test]
fn of_a_long_message_beginning_and_end_are_kept_or_all_in_several() {
    let long = [b"a".repeat(KEPT), b"b".repeat(1000)].concat();
    let mut steps = Steps::new(Wish::default());
    steps.take(&data(0, 1, Client, &long));
    steps.end();
    let Some(Step {
        kind: Kind::Message(message),
        ..
    }) = steps.next_step()
    else {
        panic!("a message");
    };
    assert_eq!(message.bytes, b"a".repeat(KEPT));
    assert_eq!(message.tail, b"b".repeat(TAIL));
    assert_eq!(message.missing(), 1000);
    let wish = Wish {
        all_bytes: true,
        ..Wish::default()
    };
    let parts = all(wish, &[data(0, 1, Client, &long)]);
    assert_eq!(parts, [(0, 1, KEPT as u64, 1), (0, 1, 1000, 1)]);
}

/// A relay may run for months.
#[test]
fn connections_that_are_over_are_forgotten() {
    let datagram = || What::Datagram {
        bytes: [b'x'].as_slice().into(),
        dropped: false,
    };
    for end in [|| What::Close, || What::Reset, datagram] {
        let mut steps = Steps::new(Wish::default());
        for n in 0..10_000 {
            let mut event = data(n, n, Client, b"x");
            steps.take(&event);
            event.what = end();
            steps.take(&event);
            // What follows an end is still of that connection.
            event.what = What::Reset;
            steps.take(&event);
            assert!(steps.connections.len() <= MAX_OVER + 2);
            assert!(steps.over.len() <= MAX_OVER + 1);
        }
    }
}

/// One that breaks off may have been sent something meanwhile.
#[test]
fn a_connection_that_goes_on_after_an_end_is_still_followed() {
    let mut steps = Steps::new(Wish::default());
    let of = |connection, what| Event {
        what,
        ..data(0, connection, Client, b"")
    };
    steps.take(&of(0, What::Reset));
    steps.take(&data(0, 0, Server, b"still here"));
    for n in 1..1000 {
        steps.take(&of(n, What::Close));
    }
    assert_eq!(messages(&mut steps), [(0, 0, 10, 1)]);
}

#[test]
fn more_connections_than_are_followed_lose_nothing() {
    let many = MAX_FOLLOWED as u64 + 10;
    let events: Vec<_> = (0..many).map(|n| data(n / 1000, n, Client, b"x")).collect();
    assert_eq!(all(Wish::default(), &events).len() as u64, many);
}
