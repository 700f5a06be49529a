//! Where the page goes: into a file that appears when it is complete, or straight to stdout.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use common::exit::{self, Usage};
use common::printable::printable_path;
use common::received::{OnConflict, Receiving, check_target};

use crate::page_url::PageUrl;
use common::screen::Screen;

/// Where a page is to go.
#[derive(Debug)]
pub enum Destination {
    /// To stdout, while it comes.
    Stdout,
    /// Into something that is there and is no file: `/dev/null`, a named pipe. It is written to,
    /// never replaced.
    Device(PathBuf),
    /// Into a file.
    File {
        /// It is created if it is not there.
        folder: PathBuf,
        /// Without folders.
        name: String,
        /// What to do when it is there already.
        on_conflict: OnConflict,
    },
}

impl Destination {
    /// Reads `-o`: `-` is stdout; a folder (or a path that ends like one) is where `HOST.html`
    /// goes; anything else is the file. Without it, `HOST.html` goes into the current folder.
    ///
    /// # Errors
    /// [`Usage`]: the host is no name for a file, or the path is not UTF-8.
    pub fn new(
        output: Option<&Path>,
        url: &PageUrl,
        on_conflict: OnConflict,
    ) -> Result<Self, Usage> {
        let path = match output {
            None => Path::new("."),
            Some(path) if path == Path::new("-") => return Ok(Destination::Stdout),
            Some(path) => path,
        };
        let ends_like_a_folder = path
            .as_os_str()
            .as_encoded_bytes()
            .last()
            .is_none_or(|&last| std::path::is_separator(char::from(last)));
        let found = fs::metadata(path);
        let is_folder = found.as_ref().is_ok_and(fs::Metadata::is_dir);
        let (folder, name) = match path.file_name() {
            Some(name) if !is_folder && !ends_like_a_folder => {
                if found.is_ok_and(|found| !found.is_file()) {
                    return Ok(Destination::Device(path.to_owned()));
                }
                let name = name.to_str().map(str::to_owned);
                let name =
                    name.ok_or_else(|| Usage(format!("the name {} is not UTF-8", shown(path))))?;
                (path.parent().unwrap_or(Path::new("")), name)
            }
            _ => {
                let name = url.file_name().map_err(|error| {
                    let host = url.host();
                    Usage(format!(
                        "the page cannot be named after its host {host}: {error} (name it with -o FILE)"
                    ))
                })?;
                (path, name)
            }
        };
        // The parent of `page.html` is the empty path, which is no folder to any system.
        let folder = match folder.as_os_str().is_empty() {
            true => PathBuf::from("."),
            false => folder.to_owned(),
        };
        Ok(Destination::File {
            folder,
            name,
            on_conflict,
        })
    }

    /// Whether the page goes to stdout, where nothing else may go then.
    pub fn is_stdout(&self) -> bool {
        matches!(self, Destination::Stdout)
    }

    /// Fails if saving is bound to fail, before anything is fetched. [`Saving::finish`] has the
    /// last word: the file may appear meanwhile.
    ///
    /// # Errors
    /// The file is there and must not be replaced.
    pub fn check(&self) -> anyhow::Result<()> {
        if let Destination::File {
            folder,
            name,
            on_conflict,
        } = self
        {
            check_target(&folder.join(name), *on_conflict)?;
        }
        Ok(())
    }

    /// Begins to save.
    ///
    /// # Errors
    /// The folder or the device cannot be written to.
    pub fn begin(self) -> anyhow::Result<Saving> {
        Ok(match self {
            Destination::Stdout if io::stdout().is_terminal() => Saving::Screen(Screen::default()),
            Destination::Stdout => Saving::Stdout,
            Destination::Device(path) => {
                let task = || format!("cannot write to {}", shown(&path));
                let file = File::options().write(true).open(&path).with_context(task)?;
                Saving::Device { file, path }
            }
            Destination::File {
                folder,
                name,
                on_conflict,
            } => Saving::File {
                receiving: Receiving::begin(&folder)?,
                folder,
                name,
                on_conflict,
            },
        })
    }
}

/// A page that is being saved. Dropped before [`Self::finish`], it leaves no file and no
/// folder.
#[derive(Debug)]
pub enum Saving {
    /// See [`Destination::Stdout`].
    Stdout,
    /// The same, where stdout is a terminal.
    Screen(Screen),
    /// See [`Destination::Device`].
    Device {
        /// Open for writing.
        file: File,
        /// Its name, for messages.
        path: PathBuf,
    },
    /// See [`Destination::File`].
    File {
        /// The unfinished file.
        receiving: Receiving,
        /// Its folder.
        folder: PathBuf,
        /// Its name to be.
        name: String,
        /// What to do when the name is taken.
        on_conflict: OnConflict,
    },
}

impl Saving {
    /// Writes more of the page.
    ///
    /// # Errors
    /// The disk is full, stdout was closed.
    pub fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        match self {
            Saving::Stdout => exit::print(bytes),
            Saving::Screen(screen) => screen.write(bytes),
            Saving::Device { file, path } => file
                .write_all(bytes)
                .with_context(|| format!("cannot write to {}", shown(path))),
            Saving::File {
                receiving,
                folder,
                name,
                ..
            } => receiving
                .file()
                .write_all(bytes)
                .with_context(|| format!("cannot save {}", shown(&folder.join(name)))),
        }
    }

    /// Whether the page itself is what one sees.
    pub fn is_on_screen(&self) -> bool {
        matches!(self, Saving::Screen(_))
    }

    /// The page is complete: moves it into place. Returns where that is, if it is a file.
    ///
    /// # Errors
    /// The name is taken, or the file cannot be moved.
    pub fn finish(self) -> anyhow::Result<Option<String>> {
        match self {
            Saving::Stdout | Saving::Device { .. } => Ok(None),
            Saving::Screen(screen) => screen.finish().map(|()| None),
            Saving::File {
                receiving,
                name,
                on_conflict,
                ..
            } => {
                let path = receiving.finish(&name, on_conflict)?;
                Ok(Some(shown(&path)))
            }
        }
    }
}

fn shown(path: &Path) -> String {
    printable_path(path).to_string()
}
