//! Every integration test, in one target, against the real programs.
//!
//! | about | where |
//! |---|---|
//! | one exercise: its programs, and the tutorials' peers of them | [`time`], [`hello`], [`img`], [`tcp_chat`], [`udp_chat`], [`group_chat`], [`page_fetch`], [`ftp`], [`download`], [`sms`], [`mail`], [`web`], [`wiretap`] |
//! | command lines that cannot be meant, `--help` and `--version` | [`usage`] |
//! | what cannot be done, and how that is told | [`failures`] |
//! | peers that mean no good, or have no luck | [`hostile`] |
//! | Ctrl-C and SIGTERM, with and without clients | [`ending`] |
//! | log lines | [`logs`] |
//! | a stdout that nobody reads | [`closed_stdout`] |
//! | sockets that are files | [`unix_sockets`] |
//! | more connections than open files | [`descriptors`] |
//!
//! The rest is tools: [`wire`] is the other end of a connection, [`talkers`] those who chat,
//! [`pty`] the terminal they sit at, [`namespaces`] two hosts with a bad cable between them,
//! [`certificates`] what a server shows, [`proc`] what Linux knows of a process, [`told`] what a
//! program has said.
//!
//! A test waits for what happens (a line, bytes, the end of a stream), never for time to pass.

#![allow(
    clippy::unwrap_used,
    reason = "a test may panic, and so may the functions that help it"
)]
#![cfg_attr(
    not(target_os = "linux"),
    allow(
        dead_code,
        unused_imports,
        reason = "what serves only the tests that are left out here"
    )
)]

mod certificates;
#[cfg(unix)]
mod closed_stdout;
#[cfg(target_os = "linux")]
mod descriptors;
mod download;
#[cfg(unix)]
mod ending;
mod failures;
mod ftp;
mod group_chat;
mod hello;
mod hostile;
mod img;
mod logs;
mod mail;
#[cfg(target_os = "linux")]
mod namespaces;
mod page_fetch;
#[cfg(target_os = "linux")]
mod proc;
#[cfg(unix)]
mod pty;
mod sms;
mod talkers;
mod tcp_chat;
mod time;
mod told;
mod udp_chat;
#[cfg(unix)]
mod unix_sockets;
mod usage;
mod web;
mod wire;
mod wiretap;
