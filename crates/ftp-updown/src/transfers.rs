//! What the transfers of one run share, and what becomes of those that fail.

use common::exit::{complain, one_line, stdout_was_closed};
use common::progress::Bar;
use common::received::OnConflict;

use crate::interrupt::Interrupted;
use crate::session::{Session, Type};

/// As much of a file as is moved at once, in bytes.
const BUFFER: usize = 256 << 10;

/// How files are to be transferred.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// As lines of text.
    pub ascii: bool,
    /// Go on where an earlier run ended.
    pub resume: bool,
    /// Upload under the name itself.
    pub direct: bool,
    /// Whole folders.
    pub recursive: bool,
    /// What to do when a file is there already.
    pub on_conflict: OnConflict,
    /// Whether to show how far a transfer is.
    pub bars: bool,
}

impl Options {
    /// How the bytes are meant.
    pub fn transfer_type(&self) -> Type {
        match self.ascii {
            true => Type::Ascii,
            false => Type::Image,
        }
    }
}

/// The transfers of one run.
#[derive(Debug)]
pub struct Transfers {
    /// With whom.
    pub session: Session,
    /// How.
    pub options: Options,
    /// For the bytes that pass.
    pub(crate) buffer: Vec<u8>,
    /// Whether the server is thought to know `MLSD`.
    pub(crate) machine_listing: bool,
    /// Whether there is one file alone, whose failure says everything.
    alone: bool,
    tried: u64,
    missed: u64,
}

impl Transfers {
    /// Transfers over this session. `alone`: one file, or one step, and no more.
    pub fn new(session: Session, options: Options, alone: bool) -> Self {
        Transfers {
            session,
            options,
            buffer: vec![0; BUFFER],
            machine_listing: true,
            alone,
            tried: 0,
            missed: 0,
        }
    }

    /// Counts what has been tried. After a failure the others still have their turn; after one that
    /// concerns them all (the connection broke, Ctrl-C), they do not.
    ///
    /// # Errors
    /// That failure.
    pub fn count(&mut self, result: anyhow::Result<()>) -> anyhow::Result<()> {
        self.tried += 1;
        let Err(error) = result else {
            return Ok(());
        };
        if self.alone || stdout_was_closed(&error) || !self.session.is_alive() {
            return Err(error);
        }
        self.missed += 1;
        complain(env!("CARGO_PKG_NAME"), &one_line(&error));
        Ok(())
    }

    /// Whether all of it is `done`.
    ///
    /// # Errors
    /// Something has failed, which was said when it did.
    pub fn all(&self, done: &str) -> anyhow::Result<()> {
        match self.missed {
            0 => Ok(()),
            missed => anyhow::bail!("{missed} of {} could not be {done}", self.tried),
        }
    }

    /// What went wrong, or that the user wanted no more.
    pub(crate) fn why(&self, error: anyhow::Error) -> anyhow::Error {
        match self.session.is_interrupted() {
            true => Interrupted.into(),
            false => error,
        }
    }

    /// A bar for so many bytes, if it is to be seen.
    pub(crate) fn bar(&self, name: &str, size: Option<u64>) -> Option<Bar> {
        let size = size.filter(|_| self.options.bars)?;
        Some(Bar::new(
            &common::printable::printable(name).to_string(),
            size,
        ))
    }
}
