//! Listings, as they come: line by line over a data connection.

use anyhow::{Context, bail};

use crate::session::{Data, Session};

/// The longest line of a listing, in bytes.
pub const MAX_LINE: usize = 16 << 10;

/// Asks for a listing (`LIST`, `NLST`, `MLSD`) and hands over its lines, without their ends.
///
/// # Errors
/// The server refuses or breaks off; a line is too long; or what `each` says.
pub fn read_lines(
    session: &mut Session,
    command: &str,
    path: &str,
    each: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut data = session.begin(command, path, 0)?;
    match lines_of(&mut data, each) {
        Ok(()) => session.finish(data),
        Err(error) => Err(session.give_up(data, error)),
    }
}

fn lines_of(
    data: &mut Data,
    each: &mut dyn FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut incoming = Vec::new();
    let mut piece = [0; 16 << 10];
    loop {
        let read = data.read(&mut piece);
        let length = read.context("the listing is not complete")?;
        let come = &piece[..length];
        let end = match come.iter().rposition(|&byte| byte == b'\n') {
            Some(last) => last + 1,
            None if length == 0 => 0,
            None => {
                incoming.extend_from_slice(come);
                if incoming.len() > MAX_LINE {
                    bail!("a line of the listing is longer than {MAX_LINE} bytes");
                }
                continue;
            }
        };
        incoming.extend_from_slice(&come[..end]);
        for line in incoming.split_inclusive(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            each(line.strip_suffix(b"\r").unwrap_or(line))?;
        }
        incoming.clear();
        incoming.extend_from_slice(&come[end..]);
        if length == 0 {
            return Ok(());
        }
    }
}
