//! The table of checks: one row each.

use anyhow::Result;

use super::nginx;
use crate::servers::Tool;

/// A check: what it needs, and what it does.
pub(super) struct Check {
    /// What it is called on the command line.
    pub(super) name: &'static str,
    /// One line on what is tried.
    pub(super) about: &'static str,
    /// Our programs that it runs.
    pub(super) programs: &'static [&'static str],
    /// The programs of others that it runs.
    pub(super) tools: &'static [&'static Tool],
    /// Does it, and says what was seen; or what is wrong.
    pub(super) run: fn() -> Result<String>,
}

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check {
            name: "page-nginx",
            about: "page-fetch takes pages from nginx whose bodies end by each of the three rules",
            programs: &["page-fetch"],
            tools: &[&Tool::NGINX],
            run: nginx::pages,
        },
        Check {
            name: "page-nginx-tls",
            about: "page-fetch follows nginx from http to https, and trusts only whom it is told to",
            programs: &["page-fetch"],
            tools: &[&Tool::NGINX],
            run: nginx::encrypted_pages,
        },
    ]
}
