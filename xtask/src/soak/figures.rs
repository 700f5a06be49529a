//! What a server holds: files, threads and memory, from Linux's `/proc`.

/// What a process holds at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Figures {
    /// Open file descriptors.
    pub(super) files: usize,
    pub(super) threads: usize,
    /// The memory that it has written to and still holds, in bytes. Its code is not counted: the system
    /// brings that in, and drops it, as it likes.
    pub(super) memory: u64,
}

impl Figures {
    /// Those of the process `id`; `None` if it has ended.
    #[cfg(target_os = "linux")]
    pub(super) fn of(id: u32) -> Option<Figures> {
        let files = std::fs::read_dir(format!("/proc/{id}/fd")).ok()?.count();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        Figures::read(files, &status)
    }

    /// Elsewhere nothing is known.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn of(_id: u32) -> Option<Figures> {
        None
    }

    #[cfg(any(target_os = "linux", test))]
    fn read(files: usize, status: &str) -> Option<Figures> {
        let field = |name: &str| {
            let mut lines = status.lines();
            let value = lines.find_map(|line| line.strip_prefix(name))?;
            value.split_whitespace().next()?.parse::<u64>().ok()
        };
        Some(Figures {
            files,
            threads: field("Threads:")? as usize,
            memory: 1024 * field("RssAnon:")?,
        })
    }

    /// Whether it holds no more files and threads than `before`. Its memory is another matter.
    pub(super) fn has_let_go(&self, before: &Figures) -> bool {
        self.files <= before.files && self.threads <= before.threads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_what_linux_says() {
        let status = "Name:\tx\nVmRSS:\t    4000 kB\nRssAnon:\t     100 kB\nThreads:\t3\n";
        let found = Figures::read(7, status);
        let memory = 100 << 10;
        let expected = Figures {
            files: 7,
            threads: 3,
            memory,
        };
        assert_eq!(found, Some(expected));
        assert_eq!(
            Figures::read(0, "Name:\tx\nState:\tZ (zombie)\n"),
            None,
            "it has ended"
        );
    }
}
