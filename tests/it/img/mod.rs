//! img-server and img-client, against the tutorials' programs and against worse.
//!
//! - [`server`]: what the server sends, to the tutorials' client and to clients that do not read
//! - [`client`]: what the client takes, and where it puts it
//! - [`names`]: every name a file should not have, through every way to say where files go
//! - [`failures`]: each way in which a picture can fail to come, and that nothing is left of it
//! - [`memory`]: that pictures are not kept in memory
//! - [`terminal`]: the bar, and `--show`

mod client;
mod failures;
mod memory;
mod names;
mod server;
#[cfg(unix)]
mod terminal;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the tutorial's server sends: `json.dumps({'filename': …, 'filedata': …})`, with Python's
/// spaces.
fn dumps(name: &str, bytes: &[u8]) -> String {
    let (name, data) = (json!(name), base64(bytes));
    format!("{{\"filename\": {name}, \"filedata\": \"{data}\"}}")
}

/// The value of a key that has to be a string.
fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object[key].as_str().expect("a string")
}

/// A server that serves one client, by `script`, and then closes. Its address.
///
/// That the client goes before it has taken everything is nothing unusual here, so `script` may
/// fail as it likes.
fn serve_once(
    script: impl FnOnce(&mut TcpStream) -> std::io::Result<()> + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        let _ = script(&mut client);
    });
    address
}

/// A server that sends this to one client, and closes.
fn serve_text(text: impl Into<Vec<u8>>) -> String {
    let text = text.into();
    serve_once(move |client| client.write_all(&text))
}

/// Everything below a folder, as paths relative to it, sorted. Folders end with a slash.
fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    collect(folder, "", &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().expect("a type").is_dir() {
            found.push(format!("{name}/"));
            collect(&entry.path(), &format!("{name}/"), found);
        } else {
            found.push(name);
        }
    }
}
