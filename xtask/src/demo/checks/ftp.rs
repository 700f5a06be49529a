//! The demo of files that go up and come down.

use std::fs;

use super::{Seen, pictures};

/// The password, as both sides read it.
pub(in crate::demo) const PASSWORD: &str = "hunter2\n";

/// What is asked of the server.
pub(in crate::demo) const CLIENTS: [&str; 4] = [
    "ftp-updown --password-file - ftp://michael@{addr} mkdir pictures",
    "ftp-updown --password-file - ftp://michael@{addr}/pictures put 131.bmp 132.bmp",
    "ftp-updown --password-file - ftp://michael@{addr} names pictures -vv",
    "ftp-updown --password-file - ftp://michael@{addr} get -r pictures -o data",
];

/// The same inside TLS.
pub(in crate::demo) const ENCRYPTED_CLIENTS: [&str; 4] = [
    "ftp-updown --tls explicit --ca-file ca.pem --password-file - ftp://michael@{addr} mkdir pictures",
    "ftp-updown --tls explicit --ca-file ca.pem --password-file - ftp://michael@{addr}/pictures \
     put 131.bmp 132.bmp",
    "ftp-updown --tls explicit --ca-file ca.pem --password-file - ftp://michael@{addr} names pictures -vv",
    "ftp-updown --tls explicit --ca-file ca.pem --password-file - ftp://michael@{addr} \
     get -r pictures -o data",
];

/// Every picture has come back as it was, and nobody has said the password.
pub(in crate::demo) fn files_go_up_and_come_back(seen: &[Seen]) -> Result<String, String> {
    let mut told = Vec::new();
    for act in seen {
        for output in act.clients.iter().chain(&act.servers) {
            let text = format!("{}{}", output.stdout_text(), output.stderr_text());
            if text.contains(PASSWORD.trim_end()) {
                return Err(format!(
                    "expected the password nowhere, found it in {text:?}"
                ));
            }
        }
        let folder = act.folder.as_ref().ok_or("the demo has no pictures")?;
        let mut sent = pictures(folder.path())?;
        // The certificate of the server's authority is there too.
        sent.retain(|(name, _)| name.ends_with(".bmp"));
        for (name, bytes) in &sent {
            let back = folder.path().join("data/pictures").join(name);
            if fs::read(&back).ok().as_ref() != Some(bytes) {
                return Err(format!("expected {name} in data/pictures, as it was"));
            }
        }
        told.push(format!("{} pictures", sent.len()));
    }
    if told.len() != 2 {
        return Err(format!("expected two acts, found {}", told.len()));
    }
    Ok(format!(
        "{} went up and came back, in the clear and inside TLS",
        told[0]
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::act;
    use super::*;

    /// What is there after a client that said `told` on stderr, and brought `back`.
    fn after(back: &[u8], told: &str) -> Seen {
        let folder = harness::temp_dir();
        fs::write(folder.path().join("a.bmp"), "1234").unwrap();
        fs::create_dir_all(folder.path().join("data/pictures")).unwrap();
        fs::write(folder.path().join("data/pictures/a.bmp"), back).unwrap();
        let mut seen = act(&[""]);
        seen.clients[0].stderr = told.into();
        seen.folder = Some(folder);
        seen
    }

    #[test]
    fn pictures_come_back_and_the_password_is_nowhere() {
        let good = || after(b"1234", "> PASS ****\n");
        assert_eq!(
            files_go_up_and_come_back(&[good(), good()]).unwrap(),
            "1 pictures went up and came back, in the clear and inside TLS"
        );
        for wrong in [after(b"1235", ""), after(b"1234", "> PASS hunter2\n")] {
            assert!(files_go_up_and_come_back(&[good(), wrong]).is_err());
        }
        assert!(files_go_up_and_come_back(&[good()]).is_err());
    }
}
