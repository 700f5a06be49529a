//! The flags of every program, as its own library has them: what its manual page and its completions are
//! made of. `cargo xtask tidy` says who is missing.

use clap::{Command, CommandFactory};

/// Makes the description of a program's command line.
type Describe = fn() -> Command;

/// Every binary, by name.
pub(super) const COMMANDS: &[(&str, Describe)] = &[
    ("demo-peers", demo_peers::args::DemoPeers::command),
    ("downloader", downloader::args::Downloader::command),
    ("ftp-updown", ftp_updown::args::FtpUpdown::command),
    (
        "group-chat-client",
        group_chat_server::client_args::GroupChatClient::command,
    ),
    (
        "group-chat-server",
        group_chat_server::args::GroupChatServer::command,
    ),
    ("hello-client", hello_server::args::HelloClient::command),
    ("hello-server", hello_server::args::HelloServer::command),
    ("img-client", img_server::args::ImgClient::command),
    ("img-server", img_server::args::ImgServer::command),
    ("mailer", mailer::args::Mailer::command),
    ("mini-web", mini_web::args::MiniWeb::command),
    ("page-fetch", page_fetch::args::PageFetch::command),
    ("sms", sms::args::Sms::command),
    ("tcp-chat", tcp_chat::args::TcpChat::command),
    ("time-client", time_server::args::TimeClient::command),
    ("time-server", time_server::args::TimeServer::command),
    ("udp-chat", udp_chat::args::UdpChat::command),
    ("wiretap", wiretap::args::Wiretap::command),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_described_by_its_own_flags() {
        for (name, command) in COMMANDS {
            assert_eq!(command().get_name(), *name);
        }
    }
}
