//! What anybody can send to mini-web: whatever the bytes, and however they are cut, nothing panics, no
//! file outside the folder and none that is hidden is opened, an answer has the length it promises, and
//! nobody's text becomes a line of its header.
//!
//! ```text
//! cargo install cargo-fuzz
//! RUSTC_BOOTSTRAP=1 cargo fuzz run web -- -dict=fuzz/web.dict -max_total_time=600
//! ```
//!
//! Linux only: there a file can be asked where it is.

#![no_main]

use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use mini_web::answer::{Answer, Connection, Content, Piece};
use mini_web::body::Body;
use mini_web::clock::Clock;
use mini_web::folder::{Folder, Sought};
use mini_web::kept::Files;
use mini_web::request::{Method, Parsed, Request, parse};
use mini_web::root::Root;
use mini_web::status::Refusal;
use mini_web::target;

// The first byte says where the rest is cut.
fuzz_target!(|input: &[u8]| {
    let Some((&cut, mut bytes)) = input.split_first() else {
        return;
    };
    let mut files = Files::new(1 << 20);
    // As the service does it: one request behind the other, each with its body.
    loop {
        match parse(bytes) {
            Parsed::Incomplete => return,
            Parsed::Refused(refusal) => return refused(bytes, cut, refusal),
            Parsed::Complete(request, length) => {
                let begun = length.min(usize::from(cut));
                if begun < length {
                    assert!(!matches!(parse(&bytes[..begun]), Parsed::Complete(..)));
                }
                answer(&request, &mut files);
                match skip(&request, &bytes[length..], cut) {
                    Some(taken) => bytes = &bytes[length + taken..],
                    None => return,
                }
            }
        }
    }
});

/// More bytes do not make a request of what is none.
fn refused(bytes: &[u8], cut: u8, refusal: Refusal) {
    let answer = Answer::refusing(refusal);
    check_header(&answer);
    let more = [bytes, &[cut]].concat();
    assert!(matches!(parse(&more), Parsed::Refused(_)));
}

/// Reads a body, at once and in two pieces.
fn skip(request: &Request<'_>, bytes: &[u8], cut: u8) -> Option<usize> {
    let body = Body::new(request.body).ok()?;
    let (mut whole, mut pieces) = (body.clone(), body);
    let (first, second) = bytes.split_at(bytes.len().min(usize::from(cut)));
    let at_once = whole.take(bytes);
    let in_two = pieces.take(first).and_then(|taken| {
        let more = if pieces.is_done() { &[] } else { second };
        Ok(taken + pieces.take(more)?)
    });
    assert_eq!(at_once, in_two);
    let taken = at_once.ok()?;
    whole.is_done().then_some(taken)
}

fn answer(request: &Request<'_>, files: &mut Files) {
    let Ok(target) = target::decode(request.target) else {
        return;
    };
    let clock = Clock::default();
    for folder in folders() {
        let sought = match folder.seek(&target) {
            Ok(sought) => sought,
            Err(refusal) => {
                check_header(&Answer::refusing(refusal));
                continue;
            }
        };
        if let Sought::File(source) = &sought {
            files.keep(request.target, source, &clock);
        }
        let is_get = request.method == Method::Get;
        let answer = folder.answer(sought, &request.fields, is_get);
        check_header(&answer);
        if let Content::Pieces(pieces) = &answer.body {
            pieces.iter().for_each(|piece| check_piece(piece));
        }
        let accepted = request.fields.accept_encoding;
        if let Some(ready) = files.get(request.target, accepted, folder, &clock)
            && answer.status.0 == 200
        {
            assert_eq!(ready.length(), answer.length());
        }
    }
}

/// Every line has a name and a value, and there is just one empty one.
fn check_header(answer: &Answer) {
    let header = answer.header(Connection::Close, &Clock::default());
    let header = String::from_utf8(header).expect("it is text");
    let lines = header.strip_suffix("\r\n\r\n").expect("an empty line");
    let mut lines = lines.split("\r\n");
    let first = lines.next().expect("a first line");
    assert!(first.starts_with("HTTP/1.1 "));
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a name and a value");
        assert!(name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-'), "{line}");
        assert!(value.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{line}");
        assert!(!value.starts_with("//"), "another host in {line}");
    }
}

fn check_piece(piece: &Piece) {
    if let Piece::File { file, at, length } = piece {
        let size = file.metadata().expect("it is open").len();
        assert!(at + length <= size, "{length} bytes from {at} of {size}");
        check_place(file);
    }
}

fn check_place(file: &File) {
    let place = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()));
    let place = place.expect("an open file has a place");
    let below = place.strip_prefix(root()).expect("it is in the folder");
    for name in below {
        assert!(!name.as_encoded_bytes().starts_with(b"."), "{}", place.display());
    }
    assert!(!place.ends_with("secret.txt"), "{}", place.display());
}

/// The folder that is served, with one beside it that is not.
fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let parent = std::env::temp_dir().join(format!("netdozen-fuzz-{}", std::process::id()));
        let root = parent.join("srv");
        make(&parent, &root).expect("the temporary folder is writable");
        root.canonicalize().expect("it is there")
    })
}

fn make(parent: &Path, root: &Path) -> std::io::Result<()> {
    let secret = parent.join("srv-secret");
    for folder in [&root.join("a/b"), &root.join(".git"), &root.join("c"), &secret] {
        fs::create_dir_all(folder)?;
    }
    fs::write(secret.join("secret.txt"), "secret")?;
    for (name, text) in [
        ("a.js", "0123456789"),
        ("a.js.br", "01234"),
        ("a.js.gz", "012"),
        ("a/b/c.txt", "x"),
        ("c/index.html", "y"),
        (".git/config", "z"),
        (".env", "z"),
    ] {
        fs::write(root.join(name), text)?;
    }
    fs::write(root.join("l.bin"), vec![b'l'; 100_000])?;
    symlink("a.js", root.join("in"))?;
    symlink("a", root.join("d"))?;
    symlink(&secret, root.join("out"))?;
    symlink("../srv-secret/secret.txt", root.join("s"))?;
    symlink(".env", root.join("e"))?;
    symlink("/", root.join("r"))
}

/// Served in two ways.
fn folders() -> &'static [Folder; 2] {
    static FOLDERS: OnceLock<[Folder; 2]> = OnceLock::new();
    FOLDERS.get_or_init(|| {
        [true, false].map(|lists| Folder {
            root: Root::open(root()).expect("it is there"),
            lists,
            spa: !lists,
        })
    })
}
