//! The text message exercise: hand a message over to a gateway (互亿无线, the tutorials' one) by a
//! form sent over HTTP, and understand what it answers.
//!
//! A message costs money and reaches somebody, so the one question that matters is whether it has
//! been accepted. There are three answers, not two: yes, no, and nobody knows. The third is what
//! is left when the line breaks after the request went out, and then nothing is tried again.
//!
//! - [`mobile`], [`text`]: to whom, and what: checked before anything is sent, and counted
//! - [`account`]: who pays: the key, or the password that is made of it for one request
//! - [`gateway`]: where to, and whether a key may go there
//! - [`request`]: the form
//! - [`connection`]: made before the request exists
//! - [`answer`]: what comes back, as JSON or XML
//! - [`code`]: what the gateway's numbers mean, and whether trying again helps
//! - [`send`]: all of it
//! - [`dry_run`]: the request shown, and not sent
//! - [`args`]: the flags

pub mod account;
pub mod answer;
pub mod args;
pub mod code;
pub mod connection;
pub mod dry_run;
pub mod gateway;
pub mod mobile;
pub mod request;
pub mod send;
pub mod text;

/// The variable that the key is in.
pub const PASSWORD: &str = "SMS_PASSWORD";

/// Where requests go unless somebody says otherwise.
pub const GATEWAY: &str = "https://106.ihuyi.com/webservice/sms.php";
