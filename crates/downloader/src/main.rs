//! `downloader`: downloads

fn main() {}
