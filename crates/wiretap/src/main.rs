//! `wiretap`: relay

fn main() {}
