//! `mailer`: mail

fn main() {}
