//! An FTP client (RFC 959): files up and down, alone or by the folder, in the clear or over TLS.
//!
//! | question | module |
//! |---|---|
//! | what does the command line say | [`args`], [`site`] |
//! | who are we, and where is the password | [`login`], [`netrc`] |
//! | what does the server answer | [`reply`] (no I/O), [`control`] |
//! | where does a data connection go | [`passive`] (no I/O), [`data`] |
//! | what can be asked of a server | [`session`] |
//! | how does a file come, and go | [`get`], [`put`], [`ascii`] |
//! | how does a folder | [`folders`], [`lines`], [`listing`] (no I/O) |
//! | what becomes of each command | [`run`] |
//!
//! The two connections are our own, and small: [`suppaftp`](https://docs.rs/suppaftp), which reads
//! listings for us, would leave a server all the time it wants for one reply, throw away unseen what
//! was slipped in before TLS, and keep the address in a `PASV` reply to itself.

pub mod args;
pub mod ascii;
pub mod control;
pub mod data;
pub mod folders;
pub mod get;
pub mod interrupt;
pub mod lines;
pub mod listing;
pub mod login;
pub mod netrc;
pub mod passive;
pub mod put;
pub mod reply;
pub mod run;
pub mod session;
pub mod site;
pub mod transfers;
pub mod wire;
