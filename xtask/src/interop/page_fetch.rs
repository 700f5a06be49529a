//! page-fetch against nginx.

use std::fs;

use anyhow::{Context, Result, ensure};
use harness::{Launch, noise};

use super::ours::{ends, holds, said};
use crate::servers::{Certificate, nginx};

/// The places with the same page in them. What nginx may have to change while it sends, it does not
/// know the length of: that comes in chunks, or ends with the connection.
const PLACES: &str = "
    location /chunked/ { ssi on; ssi_types *; }
    location /closed/ { ssi on; ssi_types *; chunked_transfer_encoding off; }";

/// Each place, and the rule that ends a body there.
const RULES: [(&str, &str); 3] = [
    ("plain", "Content-Length"),
    ("chunked", "the empty chunk"),
    ("closed", "the server's close"),
];

/// A page of some size, so that it comes in several pieces.
const PAGE: usize = 300_000;

/// The same page by each rule, the header alone, a page that is not there, and one that has moved.
pub(super) fn pages() -> Result<String> {
    let server = nginx(
        &format!("{PLACES} location /moved {{ return 301 /plain/page.html; }}"),
        None,
    )?;
    let page = noise(PAGE, 0);
    for (place, _) in RULES {
        let folder = server.files().join(place);
        fs::create_dir(&folder).context("cannot create a folder")?;
        fs::write(folder.join("page.html"), &page).context("cannot write a page")?;
    }
    let saved = harness::temp_dir();
    let fetch = |path: &str| {
        let url = format!("http://{}/{path}", server.address());
        harness::client("page-fetch").arg(url).dir(&saved)
    };

    for (place, rule) in RULES {
        let path = format!("{place}/page.html");
        let output = ends(fetch(&path).args(["-o", place]), 0)?;
        said(&output, &format!("body: {PAGE} bytes, ended by {rule}"))?;
        holds(&saved.path().join(place), &page)?;

        let header = ends(fetch(&path).arg("--head"), 0)?;
        ensure!(header.stdout_lines()[0] == "HTTP/1.1 200 OK", "{header}");
    }

    let moved = ends(fetch("moved").args(["-o", "moved"]), 0)?;
    ensure!(moved.stdout_text().contains("301 Moved"), "{moved}");
    ends(fetch("moved").args(["--follow", "-o", "followed"]), 0)?;
    holds(&saved.path().join("followed"), &page)?;

    let absent = ends(fetch("absent").args(["-o", "absent"]), 0)?;
    ensure!(
        absent.stdout_lines()[0] == "HTTP/1.1 404 Not Found",
        "{absent}"
    );
    Ok(format!(
        "{PAGE} bytes three times over, by {} rules; 301 and 404",
        RULES.len()
    ))
}

/// From http to https by a redirect; not back, and not without the authority.
pub(super) fn encrypted_pages() -> Result<String> {
    let certificate = Certificate::new()?;
    let page = noise(PAGE, 1);
    let plain = nginx("", None)?;
    let back = format!(
        "{PLACES} location /back {{ return 302 http://{}/; }}",
        plain.address()
    );
    let encrypted = nginx(&back, Some(&certificate))?;
    let port = encrypted.address().port();
    let to_tls = format!("return 308 https://localhost:{port}$request_uri;");
    let redirecting = nginx(&to_tls, None)?;
    for (place, _) in RULES {
        let folder = encrypted.files().join(place);
        fs::create_dir(&folder).context("cannot create a folder")?;
        fs::write(folder.join("page.html"), &page).context("cannot write a page")?;
    }
    let saved = harness::temp_dir();
    let fetch = |url: String| harness::client("page-fetch").arg(url).dir(&saved);
    let trusting = |launch: Launch| launch.arg("--ca-file").arg(certificate.authority());

    for (place, rule) in RULES {
        let url = format!("http://{}/{place}/page.html", redirecting.address());
        let output = ends(trusting(fetch(url)).args(["--follow", "-o", place]), 0)?;
        said(&output, &format!("body: {PAGE} bytes, ended by {rule}"))?;
        holds(&saved.path().join(place), &page)?;
    }
    let url = |host: &str, path: &str| format!("https://{host}:{port}/{path}");
    ends(trusting(fetch(url("127.0.0.1", "plain/page.html"))), 0)?;

    let stranger = ends(
        fetch(url("localhost", "plain/page.html")).args(["-o", "stranger"]),
        1,
    )?;
    said(&stranger, "certificate")?;
    let back = trusting(fetch(url("localhost", "back"))).args(["--follow", "-o", "back"]);
    said(&ends(back, 1)?, "https")?;
    for file in ["stranger", "back"] {
        ensure!(
            !saved.path().join(file).exists(),
            "there should be no file {file}"
        );
    }
    Ok("three rules under TLS; an unknown authority and the way back to http refused".to_owned())
}
