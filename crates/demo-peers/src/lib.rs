//! Stand-ins for the servers that some of our programs are clients of, so that demos and tests
//! need no server, no account and no internet. They are small and honest, and no more than that:
//! each knows what is needed to show its client at work.
//!
//! - [`page`]: a web server with one page, which it sends in every way a body can end
//! - [`ftp`]: an FTP server with one folder
//! - [`sms`]: a gateway for text messages
//! - [`smtp`]: a mail server that keeps what it gets
//! - [`listing`]: an interface that lists pictures, and the pictures, sent well or badly
//! - [`http`]: requests, for those that speak HTTP
//! - [`certificate`]: a certificate, for those that speak TLS
//! - [`args`]: the flags

pub mod args;
pub mod certificate;
pub mod ftp;
pub mod http;
pub mod listing;
pub mod page;
pub mod sms;
pub mod smtp;
