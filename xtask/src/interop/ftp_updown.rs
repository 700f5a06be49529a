//! ftp-updown against vsftpd.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use harness::{Launch, noise};

use super::ours::{ends, holds, unfinished, until};
use crate::servers::vsftpd::{PASSWORD, PUB, USER};
use crate::servers::{Certificate, Running, Tls, vsftpd};

/// The files of one session, by their sizes: empty, one byte, and so many that each needs a data
/// connection that vsftpd takes only if it goes on with the session of the control connection.
const SIZES: [usize; 8] = [0, 1, 1000, 65_536, 70_001, 1 << 20, 3_000_000, 5];

/// Everything in clear text.
pub(super) fn plain() -> Result<String> {
    let account = Account::open(Tls::None, "")?;
    let moved = there_and_back(&account)?;
    ensure!(account.server_log()?.contains("PORT") || account.server_log()?.contains("EPRT"));
    Ok(moved)
}

/// The same under TLS, asked for by AUTH TLS.
pub(super) fn explicit() -> Result<String> {
    let certificate = Certificate::new()?;
    let account = Account::open(Tls::Explicit(&certificate), "")?;
    let moved = there_and_back(&account)?;

    // A stranger's certificate, and a server that has none: no password is sent.
    let stranger = account.to(PUB).args(["--tls", "explicit"]);
    ends(stranger.stdin(format!("{PASSWORD}\n")).arg("names"), 1)?;
    let plain = Account::open(Tls::None, "")?;
    let downgraded = plain.to(PUB).args(["--tls", "explicit"]).arg("--ca-file");
    let downgraded = downgraded.arg(certificate.authority()).arg("names");
    ends(downgraded.stdin(format!("{PASSWORD}\n")), 1)?;
    let log = plain.server_log()?;
    ensure!(
        !log.contains("\"PASS"),
        "a password was sent in clear text: {log}"
    );
    Ok(format!(
        "{moved}; nothing to strangers, nothing in clear text"
    ))
}

/// The same under TLS from the first byte on.
pub(super) fn implicit() -> Result<String> {
    let certificate = Certificate::new()?;
    there_and_back(&Account::open(Tls::Implicit(&certificate), "")?)
}

/// An interrupted get goes on where it was.
pub(super) fn resumed() -> Result<String> {
    const RATE: usize = 2_000_000;
    const WHOLE: usize = 6_000_000;
    let slow = format!("anon_max_rate={RATE}\n");
    let account = Account::open(Tls::None, &slow)?;
    let big = noise(WHOLE, 9);
    fs::write(account.there().join("big.bin"), &big).context("cannot write a file")?;

    let here = harness::temp_dir();
    let get = || account.login(PUB).dir(&here);
    let running = get().args(["get", "big.bin"]).try_spawn()?;
    until("a part of the file", || {
        Ok((unfinished(here.path())? > RATE / 2).then_some(()))
    })?;
    let output = running.interrupt_and_wait(harness::LIMIT)?;
    ensure!(output.code != Some(0), "it was not interrupted: {output}");
    ensure!(
        !here.path().join("big.bin").exists(),
        "half a file: {output}"
    );
    let begun = unfinished(here.path())?;

    ends(get().args(["--resume", "get", "big.bin"]), 0)?;
    holds(&here.path().join("big.bin"), &big)?;
    ensure!(unfinished(here.path())? == 0, "a .part file is left");
    let log = account.server_log()?;
    let rest = log.lines().filter_map(|line| line.split("\"REST ").nth(1));
    let mut rest = rest.filter_map(|rest| rest.trim_end_matches('"').parse::<usize>().ok());
    let from = rest
        .next_back()
        .context("it did not go on, it began anew")?;
    ensure!(
        (1..=begun).contains(&from),
        "it went on at {from}, with {begun} there"
    );
    Ok(format!(
        "{WHOLE} bytes, interrupted, and the rest from byte {from}"
    ))
}

/// Puts, lists, gets, renames and removes: every command.
fn there_and_back(account: &Account<'_>) -> Result<String> {
    let here = harness::temp_dir();
    let names: Vec<String> = (0..SIZES.len())
        .map(|number| match number {
            // Names are UTF-8, and a line on the control connection ends only with its end.
            3 => "图 片.bin".to_owned(),
            _ => format!("{number}.bin"),
        })
        .collect();
    for (seed, (name, size)) in names.iter().zip(SIZES).enumerate() {
        let bytes = noise(size, seed as u64);
        fs::write(here.path().join(name), bytes).context("cannot write a file")?;
    }
    let ftp = |folder: &str| account.login(folder).dir(&here);
    let original = |name: &str| fs::read(here.path().join(name)).context("cannot read a file");

    ends(ftp("").arg("put").args(&names).args(["--to", PUB]), 0)?;
    for name in &names {
        holds(&account.there().join(name), &original(name)?)?;
    }
    let listed = ends(ftp(PUB).arg("names"), 0)?.stdout_lines();
    let mut sorted = names.clone();
    sorted.sort();
    ensure!(
        sorted_lines(listed.clone()) == sorted,
        "expected {sorted:?}, found {listed:?}"
    );
    let long = ends(ftp(PUB).arg("ls"), 0)?;
    ensure!(
        long.stdout_text().contains("3000000"),
        "expected the sizes: {long}"
    );

    let got = here.path().join("got");
    ends(ftp(PUB).arg("get").args(&names).arg("-o").arg(&got), 0)?;
    compare(&got, &names, &original)?;
    let active = here.path().join("active");
    ends(
        ftp(PUB)
            .arg("--active")
            .arg("get")
            .args(&names)
            .arg("-o")
            .arg(&active),
        0,
    )?;
    compare(&active, &names, &original)?;

    // One that is not there keeps none of the others.
    let missing = here.path().join("missing");
    let get = ftp(PUB)
        .args(["get", "1.bin", "absent", "2.bin", "-o"])
        .arg(&missing);
    ends(get, 1)?;
    compare(
        &missing,
        &["1.bin".to_owned(), "2.bin".to_owned()],
        &original,
    )?;

    commands(account, &ftp)?;

    let wrong = account.to(PUB).args(account.flags()).arg("names");
    let wrong = ends(wrong.stdin("open\n"), 1)?;
    ensure!(
        !wrong.stderr_text().contains("\"open\""),
        "it shows the password: {wrong}"
    );
    Ok(format!(
        "{} files put, got, and got by --active, each time in one session; all alike",
        SIZES.len()
    ))
}

fn commands(account: &Account<'_>, ftp: &dyn Fn(&str) -> Launch) -> Result<()> {
    let there = account.there();
    ends(ftp(PUB).args(["mkdir", "sub"]), 0)?;
    ends(ftp(PUB).args(["mv", "2.bin", "sub/two.bin"]), 0)?;
    ensure!(there.join("sub/two.bin").exists() && !there.join("2.bin").exists());
    let cat = ends(ftp(PUB).args(["cat", "sub/two.bin"]), 0)?;
    ensure!(cat.stdout == noise(SIZES[2], 2), "cat shows something else");
    let pwd = ends(ftp(PUB).arg("pwd"), 0)?;
    let pwd = pwd.stdout_text().trim_end().to_owned();
    ensure!(pwd.ends_with("/pub"), "expected /pub, found {pwd}");
    ends(ftp(PUB).args(["rm", "sub/two.bin"]), 0)?;
    ends(ftp(PUB).args(["rmdir", "sub"]), 0)?;
    ensure!(!there.join("sub").exists(), "the folder is still there");
    ends(ftp(PUB).args(["rm", "absent"]), 1)?;

    // Lines end with CR LF on the wire, and with what the system has at both ends.
    let text = "one\n\ntwo\n";
    let folder = harness::temp_dir();
    fs::write(folder.path().join("text.txt"), text).context("cannot write a file")?;
    ends(
        ftp(PUB).dir(&folder).args(["--ascii", "put", "text.txt"]),
        0,
    )?;
    holds(&there.join("text.txt"), text.as_bytes())?;
    ends(
        ftp(PUB)
            .dir(&folder)
            .args(["--ascii", "get", "text.txt", "-o", "back.txt"]),
        0,
    )?;
    holds(&folder.path().join("back.txt"), text.as_bytes())?;

    // A whole tree, there and back.
    fs::create_dir_all(folder.path().join("tree/leaf")).context("cannot create a folder")?;
    fs::write(folder.path().join("tree/leaf/x"), "x").context("cannot write a file")?;
    fs::write(folder.path().join("tree/y"), "y").context("cannot write a file")?;
    ends(ftp(PUB).dir(&folder).args(["-r", "put", "tree"]), 0)?;
    holds(&there.join("tree/leaf/x"), b"x")?;
    ends(
        ftp(PUB)
            .dir(&folder)
            .args(["-r", "get", "tree", "-o", "copy"]),
        0,
    )?;
    holds(&folder.path().join("copy/tree/leaf/x"), b"x")?;
    holds(&folder.path().join("copy/tree/y"), b"y")
}

fn compare(
    folder: &Path,
    names: &[String],
    original: &dyn Fn(&str) -> Result<Vec<u8>>,
) -> Result<()> {
    for name in names {
        holds(&folder.join(name), &original(name)?)?;
    }
    let count = fs::read_dir(folder)
        .context("cannot read a folder")?
        .count();
    ensure!(
        count == names.len(),
        "expected {} files in {}, found {count}",
        names.len(),
        folder.display()
    );
    Ok(())
}

fn sorted_lines(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

/// An FTP server, and how to log in to it.
struct Account<'a> {
    server: Running,
    tls: Tls<'a>,
}

impl<'a> Account<'a> {
    fn open(tls: Tls<'a>, settings: &str) -> Result<Account<'a>> {
        let server = vsftpd(tls, settings)?;
        Ok(Account { server, tls })
    }

    /// The folder in which everything is allowed, as this machine sees it.
    fn there(&self) -> PathBuf {
        self.server.files().join(PUB)
    }

    /// Every command that the server was given.
    fn server_log(&self) -> Result<String> {
        self.server.log("vsftpd.log")
    }

    /// ftp-updown, logged in and in this folder.
    fn login(&self, folder: &str) -> Launch {
        self.to(folder)
            .args(self.flags())
            .stdin(format!("{PASSWORD}\n"))
    }

    fn to(&self, folder: &str) -> Launch {
        let url = format!("ftp://localhost:{}/{folder}", self.server.address().port());
        let ftp = Launch::program("ftp-updown");
        ftp.args(["--user", USER, "--password-file", "-", &url])
    }

    fn flags(&self) -> Vec<std::ffi::OsString> {
        let mode = match self.tls {
            Tls::None => "none",
            Tls::Explicit(_) => "explicit",
            Tls::Implicit(_) => "implicit",
        };
        let mut flags = vec!["--tls".into(), mode.into()];
        if let Some(certificate) = self.tls.certificate() {
            flags.extend(["--ca-file".into(), certificate.authority().into()]);
        }
        flags
    }
}
