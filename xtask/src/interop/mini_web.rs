//! mini-web, as the clients of others see it.

use std::fs;

use anyhow::{Context, Result, ensure};
use harness::{Launch, Server, noise};
use tempfile::TempDir;

use super::ours::{ends, holds};
use crate::servers::{Tool, nginx};

/// How many small files there are.
const FILES: usize = 200;

/// The size of the large one, which is fetched in parts.
const LARGE: usize = 9_000_000;

/// A page of which a packed copy is beside it.
const PAGE: &str = "<h1>the page</h1>\n";

/// That copy: `gzip -9n`.
const PACKED: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xb3\xc90\xb4+\xc9HU(HLO\xb5\xd1\x07r\xb8\x00?\x81\xfb\x86\x12\x00\x00\x00";

/// A folder with files in it, and mini-web that serves it.
struct Site {
    server: Server,
    _folder: TempDir,
}

impl Site {
    fn open() -> Result<Site> {
        let folder = harness::temp_dir();
        let write = |name: &str, bytes: &[u8]| {
            fs::write(folder.path().join(name), bytes).context("cannot write a file")
        };
        for number in 0..FILES {
            write(&format!("{number}.bin"), &small(number))?;
        }
        write("large.bin", &noise(LARGE, 7))?;
        write("page.html", PAGE.as_bytes())?;
        write("page.html.gz", PACKED)?;
        let server = harness::server("mini-web").arg(folder.path()).try_serve()?;
        Ok(Site {
            server,
            _folder: folder,
        })
    }

    fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.server.address())
    }
}

fn small(number: usize) -> Vec<u8> {
    noise(500 + 11 * number, number as u64)
}

fn curl(folder: &TempDir) -> Launch {
    Tool::CURL.launch().arg("-sS").dir(folder)
}

/// Everything that curl can ask of a file.
pub(super) fn curl_asks() -> Result<String> {
    let site = Site::open()?;
    let here = harness::temp_dir();
    let large = noise(LARGE, 7);
    let path = |name: &str| here.path().join(name);

    let urls = (0..FILES).map(|number| site.url(&format!("{number}.bin")));
    let many = curl(&here).args(["-Z", "--parallel-max", "16", "--remote-name-all"]);
    ends(many.args(urls), 0)?;
    for number in 0..FILES {
        holds(&path(&format!("{number}.bin")), &small(number))?;
    }

    // One after the other they go over one connection.
    let urls = (0..5).map(|number| site.url(&format!("{number}.bin")));
    let one = curl(&here).args(["-w", "%{num_connects}\n", "--remote-name-all"]);
    let connects = ends(one.args(urls), 0)?.stdout_lines();
    ensure!(
        connects == ["1", "0", "0", "0", "0"],
        "connections: {connects:?}"
    );

    let status = |args: &[&str], name: &str| -> Result<String> {
        let curl = curl(&here)
            .args(["-w", "%{http_code}", "-o", "answer"])
            .args(args);
        let output = ends(curl.arg(site.url(name)), 0)?;
        Ok(output.stdout_text().into_owned())
    };
    let expect = |code: &str, args: &[&str], name: &str| -> Result<()> {
        let found = status(args, name)?;
        ensure!(
            found == code,
            "expected {code} for {args:?} {name}, found {found}"
        );
        Ok(())
    };
    expect("206", &["-r", "1000-1999"], "large.bin")?;
    holds(&path("answer"), &large[1000..2000])?;
    expect("206", &["-r", "-500"], "large.bin")?;
    holds(&path("answer"), &large[LARGE - 500..])?;
    fs::write(path("answer"), &large[..LARGE / 2]).context("cannot write half a file")?;
    expect("206", &["-C", "-"], "large.bin")?;
    holds(&path("answer"), &large)?;

    expect("200", &["--etag-save", "etag"], "0.bin")?;
    expect("304", &["--etag-compare", "etag"], "0.bin")?;
    expect("304", &["-z", "0.bin"], "0.bin")?;
    expect("200", &["--compressed", "-D", "header"], "page.html")?;
    holds(&path("answer"), PAGE.as_bytes())?;
    let header = fs::read_to_string(path("header"))?.to_lowercase();
    ensure!(
        header.contains("content-encoding: gzip"),
        "not packed: {header}"
    );
    expect("200", &["-I"], "large.bin")?;
    let header = fs::read_to_string(path("answer"))?.to_lowercase();
    ensure!(
        header.contains(&format!("content-length: {LARGE}")),
        "{header}"
    );
    expect("404", &[], "absent")?;
    Ok(format!(
        "{FILES} files at once, 5 over one connection; ranges, resume, 304, gzip, HEAD"
    ))
}

/// A file fetched in four parts at once.
pub(super) fn in_parts() -> Result<String> {
    let site = Site::open()?;
    let here = harness::temp_dir();
    let aria2 = Tool::ARIA2
        .launch()
        .args(["--no-conf", "-q", "-x4", "-s4", "-k1M"]);
    ends(aria2.arg(site.url("large.bin")).dir(&here), 0)?;
    holds(&here.path().join("large.bin"), &noise(LARGE, 7))?;
    Ok(format!("{LARGE} bytes over four connections, each a part"))
}

/// What is usual in front of a small server: nginx, which keeps its connections to it.
pub(super) fn behind_nginx() -> Result<String> {
    let site = Site::open()?;
    let server = site.server.address();
    let proxy = nginx(
        &format!(
            "location / {{
                proxy_pass http://{server};
                proxy_http_version 1.1;
                proxy_set_header Connection '';
                proxy_set_header Host $host;
            }}"
        ),
        None,
    )?;
    let here = harness::temp_dir();
    let url = |number: usize| format!("http://{}/{number}.bin", proxy.address());
    let many = curl(&here).args(["-Z", "--parallel-max", "16", "--remote-name-all"]);
    ends(many.args((0..FILES).map(url)), 0)?;
    for number in 0..FILES {
        holds(&here.path().join(format!("{number}.bin")), &small(number))?;
    }
    let large = format!("http://{}/large.bin", proxy.address());
    ends(curl(&here).args(["-r", "5-", "-o", "rest", &large]), 0)?;
    holds(&here.path().join("rest"), &noise(LARGE, 7)[5..])?;
    Ok(format!("{FILES} files and a range through nginx"))
}
