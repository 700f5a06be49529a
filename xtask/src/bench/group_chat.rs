//! `bench group-chat`: deliveries a second of group-chat-server, against the pub/sub of Redis and
//! against `ncat --chat`, and how soon a message has reached everybody.
//!
//! Ten senders talk to 100, 1,000 or 8,000 listeners, each with 16 messages of 64 bytes on their way
//! to all of them: a message has arrived when every listener has it, and only then the next one of
//! its sender goes out. So a server cannot look fast by serving the nearest and letting the rest
//! wait.
//!
//! One thread with an event loop plays all clients of either server, and differs only in what is
//! said ([`dialect`]). It has to be cheaper than the servers: the first listener compares every
//! byte, of the others the first message is compared and after that bytes are counted, which at the
//! end have to be exactly those that were sent.
//!
//! What is counted is what a server has delivered. In a chat room the senders hear each other, and
//! these deliveries are work like any other: they are read and counted. With Redis a connection
//! that publishes is not subscribed; it has a number in reply to each message, which is read and
//! not counted. What a delivery is made of is each server's own affair: our line has 74 bytes,
//! Redis' array 98.

mod arrivals;
mod crowd;
mod dialect;
mod room;

use std::time::Duration;

use anyhow::Result;

use super::peer;
use super::rounds::{Plan, Row, Sample};
use super::table::Table;
use crowd::Crowd;
use room::Room;

/// How many clients talk.
const SENDERS: usize = 10;

/// How many messages of each sender are on their way.
const WINDOW: usize = 16;

/// How many clients listen, in a row of the table each.
const LISTENERS: [usize; 3] = [100, 1_000, 8_000];

/// How many listeners a message that is alone on its way has to reach.
const LISTENERS_OF_ONE: usize = 1_000;

/// `ncat` cannot have more: it waits with `select`, whose sets end at 1,024 files.
const LISTENERS_OF_NCAT: usize = 100;

/// How many times as fast as a peer we should be.
const WANTED: f64 = 1.0;

/// The most memory that a client should cost the server, in bytes.
const MEMORY: u64 = 4096;

const NO_REDIS: &str = "there is no redis-server";

/// Runs the benchmark.
pub(super) fn bench(plan: &Plan) -> Result<Vec<Table>> {
    let files = harness::open_file_limit();
    Ok(vec![
        against_redis(plan, files)?,
        one_message(plan)?,
        against_ncat(plan)?,
    ])
}

/// Several senders, and listeners in numbers.
fn against_redis(plan: &Plan, files: u64) -> Result<Table> {
    let title =
        format!("group-chat-server, {SENDERS} senders, {WINDOW} messages of each on their way");
    let mut table = Table::new(&title, "deliveries", "Redis pub/sub");
    for listeners in LISTENERS {
        let what = format!("{listeners} listeners");
        // We have a file for each connection, and so has the server, and a few for ourselves.
        if files < (listeners + SENDERS + 100) as u64 {
            let why = format!("a process may have only {files} files open");
            table.leave_out(&what, &why);
            continue;
        }
        let ours = Room::ours()?;
        let Some(redis) = Room::redis()? else {
            table.leave_out(&what, NO_REDIS);
            continue;
        };
        let measure = |room: &Room| deliveries(room, listeners, plan.each);
        table.push(Row::measure(plan, &what, WANTED, [&ours, &redis], measure)?);
        if listeners == LISTENERS[LISTENERS.len() - 1] {
            // New ones, which have no memory left over from the measurement.
            for (who, room) in [("netdozen", Some(Room::ours()?)), ("Redis", Room::redis()?)] {
                let Some(room) = room else { continue };
                if let Some(bytes) = memory(&room, listeners)? {
                    table.remark(format!("memory of {who} for each client: {bytes} bytes"));
                }
            }
            table.remark(format!("(wanted: at most {MEMORY} bytes)"));
        }
    }
    Ok(table)
}

/// One message alone on its way: its time is one second divided by how many of them there are.
fn one_message(plan: &Plan) -> Result<Table> {
    let title = format!("group-chat-server, one message at a time to {LISTENERS_OF_ONE} listeners");
    let mut table = Table::new(&title, "messages", "Redis pub/sub");
    let what = "one on its way";
    let ours = Room::ours()?;
    let Some(redis) = Room::redis()? else {
        table.leave_out(what, NO_REDIS);
        return Ok(table);
    };
    let measure = |room: &Room| {
        Crowd::join(room, LISTENERS_OF_ONE, 1)?.talk(room, 1, plan.each, |done| done.arrived)
    };
    table.push(Row::measure(plan, what, WANTED, [&ours, &redis], measure)?);
    Ok(table)
}

fn against_ncat(plan: &Plan) -> Result<Table> {
    let title =
        format!("group-chat-server, {SENDERS} senders, {WINDOW} messages of each on their way");
    let mut table = Table::new(&title, "deliveries", "ncat --chat");
    let what = format!("{LISTENERS_OF_NCAT} listeners");
    let ours = Room::ours()?;
    let Some(ncat) = Room::ncat()? else {
        table.leave_out(&what, "there is no ncat");
        return Ok(table);
    };
    let measure = |room: &Room| deliveries(room, LISTENERS_OF_NCAT, plan.each);
    table.push(Row::measure(plan, &what, WANTED, [&ours, &ncat], measure)?);
    Ok(table)
}

/// Lets all senders talk to so many listeners for `time`, and counts deliveries.
fn deliveries(room: &Room, listeners: usize, time: Duration) -> Result<Sample> {
    Crowd::join(room, listeners, SENDERS)?.talk(room, WINDOW, time, |done| done.deliveries)
}

/// How much memory the server has for each client more than without them, in bytes, once each has
/// heard something.
fn memory(room: &Room, listeners: usize) -> Result<Option<u64>> {
    let before = peer::memory(&room.process);
    let crowd = Crowd::join(room, listeners, 1)?;
    let after = peer::memory(&room.process);
    let clients = crowd.clients.len() as u64;
    Ok(before
        .zip(after)
        .map(|(before, after)| after.saturating_sub(before) / clients))
}
