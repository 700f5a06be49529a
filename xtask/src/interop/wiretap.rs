//! wiretap between programs that are not ours: neither notices it, and it has seen everything.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use harness::{Launch, Server, Stream, noise};

use super::ours::{ends, holds, until};
use crate::servers::{Tool, start_on_port};

/// A file of some size, so that it comes in many pieces.
const FILE: usize = 3_000_000;

/// What curl gets from Python's web server through a relay is what is there, and the ladder says what
/// was asked and answered; with one that passes on little at a time, and with one that is late.
pub(super) fn curl_and_python() -> Result<String> {
    let site = harness::temp_dir();
    let file = noise(FILE, 0);
    fs::write(site.path().join("file.bin"), &file).context("cannot write a file")?;
    let (_server, address) = start_on_port(|port| {
        let args = [
            "-m",
            "http.server",
            "--bind",
            "127.0.0.1",
            &port.to_string(),
        ];
        Ok(Tool::PYTHON.launch().args(args).dir(&site))
    })?;
    let saved = harness::temp_dir();
    for (number, flags) in [&[][..], &["--chunk", "8192"], &["--delay", "50"]]
        .iter()
        .enumerate()
    {
        let (tap, tape) = tap(
            &address.to_string(),
            &saved.path().join(format!("{number}.tape")),
            flags,
        )?;
        let path = saved.path().join(number.to_string());
        let url = format!("http://{}/file.bin", tap.address());
        let curl = Tool::CURL.launch().args([
            "--silent",
            "--show-error",
            "--user",
            "rose:hunter2",
            "--output",
        ]);
        ends(curl.arg(&path).arg(url), 0)?;
        holds(&path, &file)?;
        let ladder = drawn(tap, &tape)?;
        for words in ["GET /file.bin HTTP/1.1", "HTTP/1.0 200 OK"] {
            ensure!(
                ladder.contains(words),
                "expected {words:?} on the ladder:\n{ladder}"
            );
        }
        let hidden = |view: &str| -> Result<()> {
            let args = ["draw", "--as", view];
            let output = ends(harness::client("wiretap").args(args).arg(&tape), 0)?;
            // Both as the words and as curl sends them.
            for secret in ["hunter2", "cm9zZTpodW50ZXIy"] {
                ensure!(
                    !output.stdout_text().contains(secret),
                    "{secret} is shown as {view}"
                );
            }
            Ok(())
        };
        ["html", "text", "json"].into_iter().try_for_each(hidden)?;
    }
    Ok(format!(
        "{FILE} bytes as they were, on a good line, in chunks and late; the password is masked"
    ))
}

/// Two netcats: bytes in both directions, and each end of the stream.
pub(super) fn two_netcats() -> Result<String> {
    let folder = harness::temp_dir();
    let (to_client, to_server) = (noise(FILE, 1), noise(FILE, 2));
    // Whether it listens cannot be asked without being its only client, so the relay is asked: it says
    // when it could not connect, and then it is tried again.
    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let listen = ["-l", "-N", "127.0.0.1", &port.to_string()];
    let server = Tool::NETCAT
        .launch()
        .args(listen)
        .stdin(to_client.as_slice())
        .try_spawn()?;
    let tape = folder.path().join("a.tape");
    let (tap, tape) = tap(&format!("127.0.0.1:{port}"), &tape, &[])?;
    let (host, at) = tap
        .address()
        .rsplit_once(':')
        .context("an address has a port")?;
    let output = until("netcat's answer", || {
        let client = Launch::command("nc")
            .args(["-N", host, at])
            .stdin(to_server.as_slice());
        let output = client.try_run()?;
        Ok((!output.stdout.is_empty()).then_some(output))
    })?;
    ensure!(
        output.stdout == to_client,
        "what the client received is not what was sent"
    );
    let served = server.wait(harness::LIMIT)?;
    ensure!(
        served.stdout == to_server,
        "what the server received is not what was sent"
    );
    let ladder = drawn(tap, &tape)?;
    for words in ["(half-close)", "(close)"] {
        ensure!(
            ladder.contains(words),
            "expected {words:?} on the ladder:\n{ladder}"
        );
    }
    Ok(format!(
        "{FILE} bytes each way as they were, and both ends of the stream"
    ))
}

/// A relay with a tape.
fn tap(to: &str, tape: &Path, flags: &[&str]) -> Result<(Server, std::path::PathBuf)> {
    let launch = harness::server("wiretap")
        .args(["--to", to, "--tape"])
        .arg(tape)
        .args(flags);
    Ok((launch.show(Stream::Stderr).try_serve()?, tape.to_owned()))
}

/// Ends the relay, and draws what it has seen.
fn drawn(tap: Server, tape: &Path) -> Result<String> {
    let output = tap.try_stop()?;
    ensure!(output.success(), "{output}");
    let output = ends(harness::client("wiretap").arg("draw").arg(tape), 0)?;
    Ok(output.stdout_text().into_owned())
}
