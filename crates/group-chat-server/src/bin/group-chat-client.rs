//! `group-chat-client`: one person, or one script, in a group chat. The conversation is in the
//! library.

use std::process::ExitCode;
use std::time::Duration;

use common::shutdown::Shutdown;
use common::{args, exit, log, terminal};
use group_chat_server::client::PROMPT;
use group_chat_server::client::chat::{self, Plan};
use group_chat_server::client::page::{Page, Style};
use group_chat_server::client_args::GroupChatClient;

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), talk)
}

fn talk() -> anyhow::Result<()> {
    let args: GroupChatClient = args::parse()?;
    log::start(&args.log);
    let shutdown = Shutdown::on_signals()?;
    let (terminal, lines) = terminal::open(PROMPT, &shutdown)?;
    let style = match terminal.is_interactive() {
        _ if args.json => Style::Json,
        true => Style::Terminal {
            colour: log::colours_are_wanted(),
        },
        false => Style::Lines,
    };
    let plan = Plan {
        server: args.server,
        nick: args.nick,
        timeout: args.client.timeout,
        ping_after: Some(args.ping_after).filter(|after| *after > Duration::ZERO),
        reconnect: args.reconnect,
        stay: args.stay,
        interactive: terminal.is_interactive(),
    };
    let page = Page::new(terminal.screen(), style);
    chat::talk(plan, page, lines, &shutdown)
}
