//! `bench download`: downloader against curl, aria2 and wget2, from nginx.
//!
//! - **many**: 1,000 files of 20 KB, 16 at once, from a list. What counts is what a file costs.
//! - **large**: a file of 1 GB. What counts is how the bytes get to the disk.
//!
//! Everybody writes into a new folder where temporary files are (`TMPDIR`).

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use harness::Launch;

use super::peer;
use super::rounds::Plan;
use super::table::Table;
use super::transfer::{Load, Mover, compare};
use crate::servers::{Tool, nginx};

const MANY: Load = Load::small("1,000 files of 20 KB", 1000);

/// Runs the benchmark.
pub(super) fn bench(plan: &Plan) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    if Tool::NGINX.path().is_none() {
        let mut table = Table::new("downloader", "files", "peers");
        table.leave_out("everything", "there is no nginx");
        return Ok(vec![table]);
    }
    tables.extend(many(plan)?);
    tables.extend(large(plan)?);
    Ok(tables)
}

/// The settings of nginx for a benchmark.
const QUIET: &str = "access_log off;";

fn many(plan: &Plan) -> Result<Vec<Table>> {
    let server = nginx(QUIET, None)?;
    MANY.write(&server.files())?;
    let lists = harness::temp_dir();
    let url = |name: &str| format!("http://{}/{name}", server.address());
    let urls = lists.path().join("urls.txt");
    let list: String = MANY.names().map(|name| url(&name) + "\n").collect();
    fs::write(&urls, list).context("cannot write the list")?;
    let config = lists.path().join("curl.txt");
    let mut list = String::new();
    for name in MANY.names() {
        let _ = writeln!(list, "url = \"{}\"\noutput = \"{name}\"", url(&name));
    }
    fs::write(&config, list).context("cannot write the list")?;

    let downloader = peer::our_program("downloader")?;
    let ours = Mover {
        name: "netdozen",
        tool: None,
        launch: &|folder| {
            let ours = Launch::command(&downloader).args(["-q", "-j", "16", "-i"]);
            Ok(ours.arg(&urls).arg("-o").arg(folder))
        },
    };
    let curl = Mover {
        name: "curl -Z",
        tool: Some(&Tool::CURL),
        launch: &|folder| {
            let curl = Tool::CURL
                .launch()
                .args(["-sS", "-Z", "--parallel-max", "16", "-K"]);
            Ok(curl.arg(&config).dir(folder))
        },
    };
    let aria2 = Mover {
        name: "aria2c",
        tool: Some(&Tool::ARIA2),
        launch: &|folder| {
            let aria2 = Tool::ARIA2
                .launch()
                .args(["--no-conf", "-q", "-j", "16", "-i"]);
            Ok(aria2.arg(&urls).arg("-d").arg(folder))
        },
    };
    compare(
        plan,
        "downloader, 1,000 files of 20 KB from nginx",
        MANY,
        &ours,
        &[curl, aria2],
        None,
    )
}

fn large(plan: &Plan) -> Result<Vec<Table>> {
    let server = nginx(QUIET, None)?;
    Load::LARGE.write(&server.files())?;
    let url = format!("http://{}/0.bin", server.address());
    let downloader = peer::our_program("downloader")?;
    let ours = Mover {
        name: "netdozen",
        tool: None,
        launch: &|folder| {
            let ours = Launch::command(&downloader).args(["-q", &url, "-o"]);
            Ok(ours.arg(folder))
        },
    };
    let into = |launch: Launch, folder: &Path| Ok(launch.arg(&url).dir(folder));
    let curl = Mover {
        name: "curl",
        tool: Some(&Tool::CURL),
        launch: &|folder| into(Tool::CURL.launch().args(["-sS", "-O"]), folder),
    };
    let wget2 = Mover {
        name: "wget2",
        tool: Some(&Tool::WGET2),
        launch: &|folder| into(Tool::WGET2.launch().args(["--no-config", "-q"]), folder),
    };
    compare(
        plan,
        "downloader, 1 GB from nginx",
        Load::LARGE,
        &ours,
        &[curl, wget2],
        None,
    )
}
