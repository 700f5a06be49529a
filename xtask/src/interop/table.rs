//! The table of checks: one row each.

use anyhow::Result;

use super::{browser, downloader, ftp_updown, mailer, mini_web, page_fetch, wiretap};
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
            run: page_fetch::pages,
        },
        Check {
            name: "page-nginx-tls",
            about: "page-fetch follows nginx from http to https, and trusts only whom it is told to",
            programs: &["page-fetch"],
            tools: &[&Tool::NGINX],
            run: page_fetch::encrypted_pages,
        },
        Check {
            name: "download-nginx",
            about: "downloader takes a thousand files from nginx, and a listing of some",
            programs: &["downloader"],
            tools: &[&Tool::NGINX],
            run: downloader::many,
        },
        Check {
            name: "download-resume",
            about: "downloader is killed while nginx sends, and goes on where it was",
            programs: &["downloader"],
            tools: &[&Tool::NGINX],
            run: downloader::resumed,
        },
        Check {
            name: "ftp-vsftpd",
            about: "ftp-updown does with vsftpd everything that it can, in clear text",
            programs: &["ftp-updown"],
            tools: &[&Tool::VSFTPD],
            run: ftp_updown::plain,
        },
        Check {
            name: "ftp-vsftpd-tls",
            about: "the same by explicit TLS, every data connection in the session of its control connection",
            programs: &["ftp-updown"],
            tools: &[&Tool::VSFTPD],
            run: ftp_updown::explicit,
        },
        Check {
            name: "ftp-vsftpd-implicit",
            about: "the same by implicit TLS",
            programs: &["ftp-updown"],
            tools: &[&Tool::VSFTPD],
            run: ftp_updown::implicit,
        },
        Check {
            name: "ftp-resume",
            about: "ftp-updown is interrupted while vsftpd sends, and goes on where it was",
            programs: &["ftp-updown"],
            tools: &[&Tool::VSFTPD],
            run: ftp_updown::resumed,
        },
        Check {
            name: "mail-exim",
            about: "mailer sends the tutorials' mails to Exim; Python reads every part of what was stored",
            programs: &["mailer"],
            tools: &[&Tool::EXIM, &Tool::PYTHON],
            run: mailer::mails,
        },
        Check {
            name: "mail-refused",
            about: "Exim refuses some recipients, for now or for good; the others get the mail",
            programs: &["mailer"],
            tools: &[&Tool::EXIM, &Tool::PYTHON],
            run: mailer::refusals,
        },
        Check {
            name: "web-curl",
            about: "curl asks mini-web for files, parts of files, and whether they have changed",
            programs: &["mini-web"],
            tools: &[&Tool::CURL],
            run: mini_web::curl_asks,
        },
        Check {
            name: "web-aria2",
            about: "aria2 takes a file from mini-web in four parts at once",
            programs: &["mini-web"],
            tools: &[&Tool::ARIA2],
            run: mini_web::in_parts,
        },
        Check {
            name: "web-behind-nginx",
            about: "nginx stands in front of mini-web, and passes on what curl asks for",
            programs: &["mini-web"],
            tools: &[&Tool::CURL, &Tool::NGINX],
            run: mini_web::behind_nginx,
        },
        Check {
            name: "web-browser",
            about: "Chromium opens a listing of mini-web, follows links, and plays a sound from the middle",
            programs: &["mini-web"],
            tools: &[&Tool::CHROMIUM, &Tool::CHROMEDRIVER, &Tool::CURL],
            run: browser::visits,
        },
        Check {
            name: "wiretap-curl",
            about: "wiretap stands between curl and Python's web server, and neither notices",
            programs: &["wiretap"],
            tools: &[&Tool::CURL, &Tool::PYTHON],
            run: wiretap::curl_and_python,
        },
        Check {
            name: "wiretap-netcat",
            about: "wiretap stands between two netcats that send at once, and each hears the other's end",
            programs: &["wiretap"],
            tools: &[&Tool::NETCAT],
            run: wiretap::two_netcats,
        },
    ]
}
