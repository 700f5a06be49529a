//! The mail exercise: write a message with text, pictures and attachments in any language, and hand
//! it to a server by SMTP.
//!
//! The message is made with the library `lettre`. What is said to the server is written here,
//! because to see SMTP is the point, and because a server that means harm has to find a limit at
//! every step: in the length of a reply, in the time it takes, and in what may come before TLS.
//!
//! | question | module |
//! |---|---|
//! | who writes to whom, and what is an address | [`mailbox`], [`envelope`] |
//! | what is read from files, and how much | [`content`] |
//! | what does a field of the header look like | [`field`] |
//! | how are text and files written into a message | [`part`] |
//! | how do parts become a message | [`letter`] |
//! | what does a reply look like (no I/O) | [`reply`] |
//! | plain or encrypted, and never waiting for ever | [`connection`] |
//! | greeting, EHLO, STARTTLS, AUTH | [`session`], [`login`] |
//! | MAIL, RCPT, DATA, and who got it | [`delivery`] |
//! | how a line of dots survives | [`dots`] |
//! | what is printed, and the exit code | [`report`] |
//! | the flags | [`args`] |
//!
//! SMTP is RFC 5321, what a message looks like is RFC 5322, its parts are RFC 2045 to 2049.

pub mod args;
pub mod connection;
pub mod content;
pub mod delivery;
pub mod dots;
pub mod envelope;
pub mod field;
pub mod letter;
pub mod login;
pub mod mailbox;
pub mod part;
pub mod reply;
pub mod report;
pub mod session;
