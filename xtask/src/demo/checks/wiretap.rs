//! What is expected of the demo of wiretap.

use super::Seen;

/// What passes between a hello server and its client, by who says it.
const TALK: [(char, &str); 8] = [
    ('├', "opens a connection"),
    ('◀', "Welcome!"),
    ('├', "Rose"),
    ('◀', "Hello, Rose!"),
    ('├', "小明"),
    ('◀', "Hello, 小明!"),
    ('├', "exit"),
    ('├', "half-close"),
];

/// The client has heard its answers, and the relay has drawn an arrow for everything that was said,
/// in order.
pub(in crate::demo) fn the_talk_was_seen(seen: &[Seen]) -> Result<String, String> {
    let heard = super::lines(seen, &["Welcome!", "Hello, Rose!", "Hello, 小明!"])?;
    let [act] = seen else {
        return Err(format!("expected one act, found {}", seen.len()));
    };
    let [_, relay] = act.servers.as_slice() else {
        return Err(format!(
            "expected a server and a relay, found {}",
            act.servers.len()
        ));
    };
    let ladder = relay.stdout_lines();
    let mut rest = ladder.iter();
    for (side, said) in TALK {
        let arrow = |line: &String| line.contains(side) && line.contains(said);
        if !rest.any(arrow) {
            return Err(format!(
                "expected an arrow {side} with {said:?} in its place in {ladder:#?}"
            ));
        }
    }
    Ok(format!("{heard}; all of it on the ladder"))
}
