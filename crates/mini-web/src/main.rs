//! `mini-web`: web

fn main() {}
