//! `ftp-updown`: FTP

fn main() {}
