//! From a command to what the server is asked.

use std::collections::HashMap;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use common::exit::{Usage, print, print_line};
use common::printable::{printable, printable_path};
use common::screen::Screen;

use crate::args::Command;
use crate::ascii::FromWire;
use crate::folders::{join, last_part};
use crate::get::{Remote, receive_all};
use crate::lines::read_lines;
use crate::transfers::Transfers;

/// Does what the command says, and ends the session, however that went.
///
/// # Errors
/// It cannot be done, or not all of it.
pub fn run(mut transfers: Transfers, command: &Command) -> anyhow::Result<()> {
    let done = carry_out(&mut transfers, command);
    let all = done.and_then(|done| transfers.all(done));
    transfers.session.quit();
    all
}

/// Returns what has been done with each thing of which there may be several.
fn carry_out(transfers: &mut Transfers, command: &Command) -> anyhow::Result<&'static str> {
    Ok(match command {
        Command::Get { remote, output } => {
            get(transfers, remote, output.as_deref())?;
            "fetched"
        }
        Command::Put { local, to } => {
            put(transfers, local, to.as_deref())?;
            "stored"
        }
        Command::Ls { path } => list(transfers, "LIST", path.as_deref())?,
        Command::Names { path } => list(transfers, "NLST", path.as_deref())?,
        Command::Pwd => {
            let place = transfers
                .session
                .place()
                .context("cannot tell where we are")?;
            print_line(&printable(&place).to_string())?;
            "done"
        }
        Command::Cat { remote } => {
            let shown = cat(transfers, remote).map_err(|error| transfers.why(error));
            shown.with_context(|| format!("cannot show {}", printable(remote)))?;
            "shown"
        }
        Command::Mv { old, new } => {
            let renamed = transfers.session.rename(old, new);
            renamed.with_context(|| {
                format!("cannot rename {} to {}", printable(old), printable(new))
            })?;
            "renamed"
        }
        Command::Rm { paths } => each(transfers, paths, "DELE", "delete")?,
        Command::Mkdir { paths } => each(transfers, paths, "MKD", "make the folder")?,
        Command::Rmdir { paths } => each(transfers, paths, "RMD", "delete the folder")?,
    })
}

/// Whether one thing is to be done, and no more.
pub fn is_one(command: &Command, recursive: bool) -> bool {
    match command {
        Command::Get { remote, .. } => remote.len() == 1 && !recursive,
        Command::Put { local, .. } => local.len() == 1 && !recursive,
        Command::Rm { paths } | Command::Mkdir { paths } | Command::Rmdir { paths } => {
            paths.len() == 1
        }
        _ => true,
    }
}

/// Whether the command line can be meant, before anybody is connected to.
///
/// # Errors
/// [`Usage`].
pub fn check(command: &Command, recursive: bool) -> anyhow::Result<()> {
    if command
        .names()
        .iter()
        .any(|name| name.contains(['\r', '\n', '\0']))
    {
        let why = "a name must not hold a line end or a NUL: it would begin another command";
        bail!(Usage(why.into()));
    }
    if let Command::Get { remote, output } = command {
        let nameless = |name: &&String| last_part(name).is_none();
        if let Some(name) = remote.iter().find(nameless).filter(|_| !recursive) {
            bail!(Usage(format!("{name:?} names no file (see -r)")));
        }
        Place::of(output.as_deref(), remote, recursive)?;
    }
    if let Command::Put { local, .. } = command {
        // The second would replace the first: nobody means that.
        let mut named = HashMap::new();
        for path in local {
            if let Some(first) = path.file_name().and_then(|name| named.insert(name, path)) {
                let (first, second) = (printable_path(first), printable_path(path));
                let why = format!("{first} and {second} would have one name on the server");
                bail!(Usage(why));
            }
        }
    }
    Ok(())
}

/// Where what is fetched goes.
enum Place {
    /// Into this folder, under its own name.
    Folder(PathBuf),
    /// Here.
    File { folder: PathBuf, name: String },
}

impl Place {
    fn of(output: Option<&Path>, remote: &[String], recursive: bool) -> anyhow::Result<Self> {
        let Some(path) = output else {
            return Ok(Place::Folder(PathBuf::from(".")));
        };
        let shown = printable_path(path);
        if path.as_os_str() == "-" {
            bail!(Usage("to print a file there is cat".into()));
        }
        let is_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/") || path.is_dir();
        if is_folder || recursive || remote.len() > 1 {
            return Ok(Place::Folder(path.to_owned()));
        }
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok(Place::Folder(path.to_owned()));
        };
        let Some(name) = name.to_str() else {
            bail!(Usage(format!("the name {shown} is not UTF-8")));
        };
        let folder = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        };
        Ok(Place::File {
            folder: folder.to_owned(),
            name: name.to_owned(),
        })
    }
}

fn get(transfers: &mut Transfers, remote: &[String], output: Option<&Path>) -> anyhow::Result<()> {
    match Place::of(output, remote, transfers.options.recursive)? {
        Place::File { folder, name } => {
            let got = transfers.get(Remote::named(&remote[0]), &folder, &name);
            transfers.count(got)
        }
        Place::Folder(folder) => {
            for path in remote {
                match last_part(path) {
                    Some(name) if !transfers.options.recursive => {
                        let got = transfers.get(Remote::named(path), &folder, name);
                        transfers.count(got)?;
                    }
                    _ => transfers.get_folder(path, &folder)?,
                }
            }
            Ok(())
        }
    }
}

fn put(transfers: &mut Transfers, local: &[PathBuf], to: Option<&str>) -> anyhow::Result<()> {
    if let Some(folder) = to {
        let entered = match transfers.options.recursive {
            true => transfers.enter_or_make(folder),
            false => transfers.session.enter(folder),
        };
        entered.with_context(|| format!("cannot go into the folder {}", printable(folder)))?;
    }
    let to = to.unwrap_or_default();
    for path in local {
        if transfers.options.recursive && path.is_dir() {
            transfers.put_folder(path, to)?;
            continue;
        }
        let named = path.file_name().context("it names no file");
        let named = named.and_then(|name| name.to_str().context("its name is not UTF-8"));
        let put = match named {
            Ok(name) => transfers.put(path, name, &join(to, name)),
            Err(error) => {
                Err(error).with_context(|| format!("cannot put {}", printable_path(path)))
            }
        };
        transfers.count(put)?;
    }
    Ok(())
}

fn list(
    transfers: &mut Transfers,
    command: &str,
    path: Option<&str>,
) -> anyhow::Result<&'static str> {
    let path = path.unwrap_or_default();
    let mut each = |line: &[u8]| match line {
        b"" => Ok(()),
        line => print_line(&printable(line).to_string()),
    };
    let listed = read_lines(&mut transfers.session, command, path, &mut each);
    let place = match path {
        "" => "the folder".to_owned(),
        path => printable(path).to_string(),
    };
    listed
        .map_err(|error| transfers.why(error))
        .with_context(|| format!("cannot list {place}"))?;
    Ok("listed")
}

fn cat(transfers: &mut Transfers, remote: &str) -> anyhow::Result<()> {
    let options = transfers.options;
    transfers.session.set_type(options.transfer_type())?;
    let size = match options.ascii {
        true => None,
        false => transfers.session.size(remote)?,
    };
    let mut data = transfers.session.begin("RETR", remote, 0)?;
    let mut screen = io::stdout().is_terminal().then(Screen::default);
    let (mut ascii, mut text) = (FromWire::default(), Vec::new());
    let mut received = 0;
    let all = receive_all(&mut data, &mut transfers.buffer, |bytes, last| {
        received += bytes.len() as u64;
        text.clear();
        let bytes = match options.ascii {
            true => {
                ascii.convert(bytes, &mut text);
                if last {
                    ascii.finish(&mut text);
                }
                text.as_slice()
            }
            false => bytes,
        };
        match &mut screen {
            Some(screen) => screen.write(bytes)?,
            None => print(bytes)?,
        }
        Ok(received)
    });
    if let Some(screen) = screen {
        screen.finish()?;
    }
    transfers.settle(data, all, size)
}

fn each(
    transfers: &mut Transfers,
    paths: &[String],
    command: &str,
    doing: &str,
) -> anyhow::Result<&'static str> {
    for path in paths {
        let done = transfers.session.request(command, path).map(drop);
        let done = done.with_context(|| format!("cannot {doing} {}", printable(path)));
        transfers.count(done)?;
    }
    Ok("done")
}
