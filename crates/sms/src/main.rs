//! `sms`: SMS

fn main() {}
