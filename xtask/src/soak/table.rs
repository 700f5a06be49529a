//! The table of servers: one row each, and nothing about how a soak is done.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Result;

use super::exchanges::{chats, folders, plain, web};
use super::hostile::{Kind, OF_DATAGRAMS, OF_STREAMS};
use super::standing::Standing;
use harness::noise;

/// How large a picture or a file is, in bytes: more than waits unread in the kernel.
const LARGE: usize = 300_000;

/// What an honest client does; the number is that of the exchange, or of the run of a program.
pub(super) type Exchange = fn(&Standing<'_>, u64) -> Result<()>;

/// A server, and what its clients do.
pub(super) struct Row {
    /// What it is called in the table, and for `--only`.
    pub(super) name: &'static str,
    /// The program.
    pub(super) program: &'static str,
    /// Its arguments; `{to}` is the address of what it is a relay to.
    pub(super) args: &'static [&'static str],
    /// The program and the arguments of what it is a relay to, if it is one.
    pub(super) behind: Option<(&'static str, &'static [&'static str])>,
    /// Puts into its folder what it serves.
    pub(super) furnish: fn(&Path) -> io::Result<()>,
    /// One exchange of an honest client.
    pub(super) exchange: Exchange,
    /// One run of the real client.
    pub(super) client: Option<Exchange>,
    /// What an honest client says first.
    pub(super) opening: &'static [u8],
    /// The hostile clients that come.
    pub(super) foes: &'static [Kind],
    /// How many files of the server one connection is; 0 where connections cannot fill it.
    pub(super) files_of_a_connection: usize,
    /// Whether this machine can do what it takes; if not, the row is left out.
    pub(super) needs: fn() -> Result<()>,
}

/// A server of streams with the usual limits. ([`super::CAP`] and [`super::IDLE_TIMEOUT`] are written out
/// in the arguments; a test compares.)
const STREAMS: Row = Row {
    name: "",
    program: "",
    args: &[],
    behind: None,
    furnish: |_| Ok(()),
    exchange: |_, _| Ok(()),
    client: None,
    opening: b"hello\n",
    foes: OF_STREAMS,
    files_of_a_connection: 1,
    needs: || Ok(()),
};

/// A server of datagrams.
const DATAGRAMS: Row = Row {
    opening: b"hello",
    foes: OF_DATAGRAMS,
    files_of_a_connection: 0,
    ..STREAMS
};

/// A server with the limits, and whatever else it is told.
macro_rules! limited {
    ($($arg:literal),*) => {
        &[
            $($arg,)*
            "--max-connections",
            "32",
            "--idle-timeout",
            "20",
        ]
    };
}

/// Every server.
pub(super) const ROWS: [Row; 15] = [
    Row {
        name: "time",
        program: "time-server",
        args: limited!("--listen", "127.0.0.1:0"),
        exchange: plain::time,
        client: Some(plain::time_client),
        ..STREAMS
    },
    Row {
        name: "time-udp",
        program: "time-server",
        args: &["--udp", "--listen", "127.0.0.1:0"],
        exchange: plain::time_by_datagram,
        ..DATAGRAMS
    },
    Row {
        name: "hello",
        program: "hello-server",
        args: limited!("--listen", "127.0.0.1:0"),
        exchange: plain::hello,
        client: Some(plain::hello_client),
        opening: plain::HELLO,
        ..STREAMS
    },
    Row {
        name: "img",
        program: "img-server",
        args: limited!("picture.jpg", "--listen", "127.0.0.1:0"),
        furnish: |folder| fs::write(folder.join(plain::PICTURE), noise(LARGE, 1)),
        exchange: plain::picture,
        client: Some(plain::img_client),
        ..STREAMS
    },
    Row {
        name: "group-chat",
        program: "group-chat-server",
        args: limited!("--history", "20", "--listen", "127.0.0.1:0"),
        exchange: chats::group,
        client: Some(chats::group_client),
        opening: chats::JOIN,
        ..STREAMS
    },
    Row {
        name: "mini-web",
        program: "mini-web",
        args: limited!(".", "--listen", "127.0.0.1:0"),
        furnish: |folder| {
            fs::write(folder.join(web::SMALL), noise(LARGE / 20, 2))?;
            fs::write(folder.join(web::LARGE), noise(LARGE, 3))
        },
        exchange: web::files,
        client: Some(web::fetch_file),
        opening: web::GET_LARGE,
        ..STREAMS
    },
    Row {
        name: "wiretap",
        program: "wiretap",
        args: limited!("--to", "{to}"),
        behind: Some(("hello-server", &["--listen", "127.0.0.1:0"])),
        exchange: plain::hello,
        client: Some(plain::hello_client),
        opening: plain::HELLO,
        // One from the client, one to the server.
        files_of_a_connection: 2,
        ..STREAMS
    },
    Row {
        name: "wiretap-udp",
        program: "wiretap",
        // A client is forgotten after a second: it would be the next one's place, and look like a leak.
        args: &[
            "--udp",
            "--to",
            "{to}",
            "--max-connections",
            "32",
            "--idle-timeout",
            "1",
        ],
        behind: Some(("time-server", &["--udp", "--listen", "127.0.0.1:0"])),
        exchange: plain::time_by_datagram,
        ..DATAGRAMS
    },
    Row {
        // It has one peer, and closes its listener when that has come.
        name: "tcp-chat",
        program: "tcp-chat",
        args: &["listen", "127.0.0.1:0"],
        exchange: chats::pair,
        foes: &[],
        files_of_a_connection: 0,
        ..STREAMS
    },
    Row {
        name: "udp-chat",
        program: "udp-chat",
        args: &[
            "--multicast",
            "239.77.77.78:0",
            "--bind",
            "127.0.0.1:0",
            "--name",
            "Soak",
            "--stay",
        ],
        exchange: chats::room,
        client: Some(chats::room_client),
        needs: chats::has_rooms,
        ..DATAGRAMS
    },
    Row {
        name: "page",
        program: "demo-peers",
        args: limited!("page"),
        exchange: web::page,
        client: Some(web::fetch_page),
        opening: web::GET_PAGE,
        ..STREAMS
    },
    Row {
        name: "ftp",
        program: "demo-peers",
        args: limited!("ftp", "shared"),
        furnish: |folder| {
            let shared = folder.join(folders::SHARED);
            fs::create_dir(&shared)?;
            fs::write(shared.join(folders::FILE), noise(LARGE, 4))
        },
        exchange: folders::file,
        client: Some(folders::ftp_updown),
        opening: folders::USER,
        ..STREAMS
    },
    Row {
        name: "smtp",
        program: "demo-peers",
        args: limited!("smtp"),
        exchange: folders::mail,
        client: Some(folders::mailer),
        opening: folders::EHLO,
        ..STREAMS
    },
    Row {
        name: "sms",
        program: "demo-peers",
        args: limited!("sms"),
        exchange: web::balance,
        client: Some(web::sms),
        opening: web::GET_BALANCE,
        ..STREAMS
    },
    Row {
        name: "listing",
        program: "demo-peers",
        args: limited!("listing"),
        exchange: web::listing,
        client: Some(web::download),
        opening: web::GET_LISTING,
        ..STREAMS
    },
];

#[cfg(test)]
mod tests {
    use super::super::{CAP, IDLE_TIMEOUT};
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names = ROWS.map(|row| row.name);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }

    #[test]
    fn limits_are_those_that_clients_know() {
        let limits = &limited!()[..];
        let expected = [
            "--max-connections".to_owned(),
            CAP.to_string(),
            "--idle-timeout".to_owned(),
            IDLE_TIMEOUT.as_secs().to_string(),
        ];
        assert_eq!(limits, expected);
        for row in ROWS.iter().filter(|row| row.files_of_a_connection > 0) {
            assert!(row.args.ends_with(limits), "{}", row.name);
        }
    }

    /// Whoever adds a server is to add it here too.
    #[test]
    fn every_server_that_is_measured_at_its_start_is_soaked() {
        for name in crate::bench::servers() {
            assert!(ROWS.iter().any(|row| row.program == name), "{name}");
        }
    }
}
