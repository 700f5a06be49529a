//! `udp-chat`: two of it, a room of it, and each as the other side of the tutorials' programs.

mod datagrams;
mod ends;
#[cfg(target_os = "linux")]
mod lossy;
mod pair;
mod rooms;
#[cfg(unix)]
mod terminal;
mod usage;
