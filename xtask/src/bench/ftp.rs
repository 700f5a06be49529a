//! `bench ftp`: ftp-updown against curl and lftp, with vsftpd, in clear text.
//!
//! - **many**: 300 files of 20 KB, each with a data connection of its own, in one session, down and up.
//!   What counts is how often one waits for an answer.
//! - **large**: a file of 1 GB, down and up.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use harness::Launch;

use super::peer;
use super::rounds::Plan;
use super::table::Table;
use super::transfer::{Load, Mover, compare};
use crate::servers::vsftpd::{PASSWORD, PUB, USER};
use crate::servers::{Tls, Tool, vsftpd};

const MANY: Load = Load::small("300 files of 20 KB", 300);

/// The settings of vsftpd for a benchmark.
const QUIET: &str = "log_ftp_protocol=NO\nxferlog_enable=NO\n";

/// Runs the benchmark.
pub(super) fn bench(plan: &Plan) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    if Tool::VSFTPD.path().is_none() {
        let mut table = Table::new("ftp-updown", "files", "peers");
        table.leave_out("everything", "there is no vsftpd");
        return Ok(vec![table]);
    }
    for load in [MANY, Load::LARGE] {
        tables.extend(down(plan, load)?);
        tables.extend(up(plan, load)?);
    }
    Ok(tables)
}

fn down(plan: &Plan, load: Load) -> Result<Vec<Table>> {
    let server = vsftpd(Tls::None, QUIET)?;
    load.write(&server.files().join(PUB))?;
    let url = format!("ftp://{}/{PUB}", server.address());
    let lists = harness::temp_dir();
    let config = curl_config(lists.path(), &load, &|name| {
        format!("url = \"{url}/{name}\"\noutput = \"{name}\"")
    })?;
    let program = peer::our_program("ftp-updown")?;
    let ours = Mover {
        name: "netdozen",
        tool: None,
        launch: &|folder| {
            let ours = ours(&program, &url).arg("get").args(load.names());
            Ok(ours.arg("-o").arg(folder))
        },
    };
    let curl = Mover {
        name: "curl",
        tool: Some(&Tool::CURL),
        launch: &|folder| Ok(curl(&config).dir(folder)),
    };
    let lftp = Mover {
        name: "lftp",
        tool: Some(&Tool::LFTP),
        launch: &|folder| Ok(lftp(&url, "mget *.bin").dir(folder)),
    };
    let title = format!("ftp-updown, {} from vsftpd", load.what);
    compare(plan, &title, load, &ours, &[curl, lftp], None)
}

fn up(plan: &Plan, load: Load) -> Result<Vec<Table>> {
    let server = vsftpd(Tls::None, QUIET)?;
    let url = format!("ftp://{}/{PUB}", server.address());
    let folder = harness::temp_dir();
    load.write(folder.path())?;
    let lists = harness::temp_dir();
    let config = curl_config(lists.path(), &load, &|name| {
        format!("url = \"{url}/\"\nupload-file = \"{name}\"")
    })?;
    let program = peer::our_program("ftp-updown")?;
    let ours = Mover {
        name: "netdozen",
        tool: None,
        launch: &|_| {
            let ours = ours(&program, &url).arg("put").args(load.names());
            Ok(ours.dir(&folder))
        },
    };
    let curl = Mover {
        name: "curl",
        tool: Some(&Tool::CURL),
        launch: &|_| Ok(curl(&config).dir(&folder)),
    };
    let lftp = Mover {
        name: "lftp",
        tool: Some(&Tool::LFTP),
        launch: &|_| Ok(lftp(&url, "mput *.bin").dir(&folder)),
    };
    let title = format!("ftp-updown, {} to vsftpd", load.what);
    let target = server.files().join(PUB);
    compare(plan, &title, load, &ours, &[curl, lftp], Some(&target))
}

/// Writes curl's list: two lines for each file.
fn curl_config(
    folder: &Path,
    load: &Load,
    lines: &dyn Fn(&str) -> String,
) -> Result<std::path::PathBuf> {
    let mut list = String::new();
    for name in load.names() {
        let _ = writeln!(list, "{}", lines(&name));
    }
    let path = folder.join("curl.txt");
    fs::write(&path, list).context("cannot write the list")?;
    Ok(path)
}

fn ours(program: &Path, url: &str) -> Launch {
    let ours = Launch::command(program).args(["-q", "--user", USER, "--password-file", "-", url]);
    ours.stdin(format!("{PASSWORD}\n"))
}

fn curl(config: &Path) -> Launch {
    let user = format!("{USER}:{PASSWORD}");
    let curl = Tool::CURL.launch().args(["-sS", "-u", &user, "-K"]);
    curl.arg(config)
}

fn lftp(url: &str, command: &str) -> Launch {
    let script = format!("open -u {USER},{PASSWORD} {url}; {command}");
    Tool::LFTP.launch().args(["--norc", "-c", &script])
}
