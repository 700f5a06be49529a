//! FTP (RFC 959, 2428, 4217): commands and codes on the control connection.

use super::lines::{commands, replies};
use super::{History, Protocol};
use crate::event::Side;
use crate::steps::Message;

/// With these a client begins.
const FIRST: [&str; 4] = ["USER", "AUTH", "FEAT", "HOST"];

/// All of them.
const VERBS: [&str; 49] = [
    "ABOR", "ACCT", "ALLO", "APPE", "AUTH", "CCC", "CDUP", "CLNT", "CWD", "DELE", "EPRT", "EPSV",
    "FEAT", "HELP", "HOST", "LANG", "LIST", "MDTM", "MFMT", "MKD", "MLSD", "MLST", "MODE", "NLST",
    "NOOP", "OPTS", "PASS", "PASV", "PBSZ", "PORT", "PROT", "PWD", "QUIT", "REIN", "REST", "RETR",
    "RMD", "RNFR", "RNTO", "SITE", "SIZE", "SMNT", "STAT", "STOR", "STOU", "STRU", "SYST", "TYPE",
    "USER",
];

pub(super) fn meaning(side: Side, message: &Message, history: &mut History) -> Option<String> {
    let known = history.protocol == Some(Protocol::Ftp);
    match side {
        Side::Server if known => replies(&message.bytes),
        Side::Server => {
            // A greeting may be that of any server that has codes; it is said, and the client decides.
            let words = replies(&message.bytes).filter(|words| words.starts_with("220"))?;
            let is_ftp = words.to_ascii_uppercase().contains("FTP");
            is_ftp.then_some(words)
        }
        Side::Client if known => commands(&message.bytes, &VERBS),
        Side::Client => commands(&message.bytes, &FIRST),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_meanings;
    use Side::{Client, Server};

    use super::*;

    #[test]
    fn a_session_with_its_password_masked() {
        assert_meanings(&[
            (Server, b"220 (vsFTPd 3.0.5)\r\n", "220 (vsFTPd 3.0.5)"),
            (Client, b"USER rose\r\n", "USER rose"),
            (Server, b"331 password\r\n", "331 password"),
            (Client, b"PASS hunter2\r\n", "PASS *******"),
            (Server, b"230 in\r\n", "230 in"),
            (Client, b"epsv\r\n", "epsv"),
            (
                Server,
                b"229 Entering Extended Passive Mode (|||40001|)\r\n",
                "229 Entering Extended Passive Mode (|||40001|)",
            ),
            (Client, b"RETR a.txt\r\n", "RETR a.txt"),
            (
                Server,
                b"150 here it comes\r\n226 done\r\n",
                "150 here it comes / 226 done",
            ),
            (Client, b"QUIT\r\n", "QUIT"),
        ]);
    }
}
