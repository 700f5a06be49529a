//! What is expected of the demos of `mini-web`.

use std::fs;

use super::Seen;

/// One client that printed the tutorial's answer, and saw what ended it.
pub(in crate::demo) fn hello_world(seen: &[Seen]) -> Result<String, String> {
    const PAGE: &str = "<h1>Hello World!</h1>";
    let clients: Vec<_> = seen.iter().flat_map(|act| &act.clients).collect();
    for client in &clients {
        let page = client.stdout_text();
        if page != PAGE {
            return Err(format!("expected {PAGE:?}, found {page:?}"));
        }
        expect_line(client, "< Content-Length: 21")?;
        expect_line(client, "body: 21 bytes, ended by Content-Length")?;
    }
    let count = clients.len();
    Ok(format!("{PAGE} {count} times, each with its length"))
}

/// A listing with a link to the picture, the picture as it is in the folder, nothing from outside of
/// it, and what was left out of the listing.
pub(in crate::demo) fn files_and_no_others(seen: &[Seen]) -> Result<String, String> {
    let [act] = seen else {
        return Err(format!("expected one act, found {}", seen.len()));
    };
    let [listing, _picture, missing, outside] = act.clients.as_slice() else {
        return Err(format!(
            "expected four clients, found {}",
            act.clients.len()
        ));
    };
    let page = listing.stdout_text();
    let link = "<a href=\"./131.bmp\">131.bmp</a>";
    if !page.contains(link) {
        return Err(format!("expected {link} in the listing, found {page:?}"));
    }
    let folder = act.folder.as_ref().ok_or("there is no folder")?.path();
    let read = |name: &str| {
        fs::read(folder.join(name)).map_err(|error| format!("cannot read {name}: {error}"))
    };
    let (there, copy) = (read("131.bmp")?, read("copy/131.bmp")?);
    if there != copy {
        let (sent, saved) = (there.len(), copy.len());
        return Err(format!(
            "expected a copy of {sent} bytes, found another of {saved}"
        ));
    }
    expect_line(missing, "< HTTP/1.1 404 Not Found")?;
    expect_line(outside, "< HTTP/1.1 400 Bad Request")?;
    let size = there.len();
    Ok(format!(
        "a listing, a picture of {size} bytes, 404 for what is not there, 400 for a way out"
    ))
}

fn expect_line(client: &harness::Output, wanted: &str) -> Result<(), String> {
    let told = client.stderr_lines();
    match told.iter().any(|line| line.starts_with(wanted)) {
        true => Ok(()),
        false => Err(format!("expected {wanted:?} on stderr, found {told:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::checks::tests::act;

    #[test]
    fn the_answer_has_to_be_the_tutorials() {
        assert!(hello_world(&[act(&["<h1>Hello!</h1>"])]).is_err());
        // The page is right, but it is not known what ended it.
        let wrong = hello_world(&[act(&["<h1>Hello World!</h1>"])]).unwrap_err();
        assert!(wrong.contains("Content-Length"), "{wrong}");
    }
}
