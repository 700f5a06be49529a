//! What is expected of the mails.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Seen, client_lines, count, pictures};

/// The password of the demo.
const PASSWORD: &str = "secretpass";

/// Three mails are kept, with their pictures as they were; who was refused is told; and the password
/// stands nowhere.
pub(in crate::demo) fn three_mails(seen: &[Seen]) -> Result<String, String> {
    let [act] = seen else {
        return Err(format!("expected one act, found {}", seen.len()));
    };
    let told = client_lines(seen).concat();
    let expected = [
        "uvwxyz@qq.com: accepted: 250 2.0.0 Kept as 1.eml",
        "uvwxyz@qq.com: accepted: 250 2.0.0 Kept as 2.eml",
        "uvwxyz@qq.com: accepted: 250 2.0.0 Kept as 3.eml",
        "gone@qq.com: refused: 550 5.0.0 As I was told to",
    ];
    if told != expected {
        return Err(format!("expected the fates {expected:?}, found {told:?}"));
    }
    for output in act.servers.iter().chain(&act.clients) {
        if output.stdout_text().contains(PASSWORD) || output.stderr_text().contains(PASSWORD) {
            return Err("expected nobody to show the password, found it".to_owned());
        }
    }
    let folder = act.folder.as_ref().ok_or("the demo has no pictures")?;
    let mail = |number: usize| {
        fs::read_to_string(folder.path().join(format!("mail/{number}.eml")))
            .map_err(|error| format!("cannot read mail {number}: {error}"))
    };
    let mails = [mail(1)?, mail(2)?, mail(3)?];
    let sent = pictures(folder.path())?;
    let mut found = 0;
    for (name, bytes) in sent.iter().filter(|(name, _)| name.ends_with(".bmp")) {
        let has = |mail: &&String| mail.split("\r\n\r\n").any(|part| decoded(part) == *bytes);
        let copies = mails.iter().filter(has).count();
        let expected = if name == "iu.bmp" { 2 } else { 1 };
        if copies != expected {
            return Err(format!(
                "expected the bytes of {name} in {}, found them in {copies}",
                count(expected, "mail")
            ));
        }
        found += copies;
    }
    Ok(format!(
        "3 mails kept with {} as they were; one recipient refused, the other got it all the same",
        count(found, "picture")
    ))
}

/// The bytes of a part in base64, up to its boundary; none if it is something else.
fn decoded(part: &str) -> Vec<u8> {
    let lines = part.lines().take_while(|line| !line.starts_with("--"));
    STANDARD
        .decode(lines.collect::<String>())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::tests::act;
    use super::*;

    /// What is said of the demo if its mails held these bytes, and a client said this.
    fn check(held: &[u8], said: &str) -> Result<String, String> {
        let folder = harness::temp_dir();
        fs::create_dir(folder.path().join("mail")).unwrap();
        let part = format!(
            "Content-Type: x\r\n\r\n{}\r\n--end--",
            STANDARD.encode(held)
        );
        for (number, parts) in [(1, 0), (2, 1), (3, 2)] {
            let picture = STANDARD.encode(b"sheet");
            let other = format!("\r\n\r\n{picture}\r\n--next\r\n");
            let mail = ["", &part, &format!("{other}{part}")][parts].to_owned();
            fs::write(folder.path().join(format!("mail/{number}.eml")), mail).unwrap();
        }
        fs::write(folder.path().join("iu.bmp"), b"picture").unwrap();
        fs::write(folder.path().join("x.bmp"), b"sheet").unwrap();
        three_mails(&[Seen {
            folder: Some(folder),
            ..act(&[said])
        }])
    }

    #[test]
    fn mails_have_to_be_there_with_what_was_sent() {
        let kept = |number| format!("uvwxyz@qq.com: accepted: 250 2.0.0 Kept as {number}.eml\n");
        let said =
            kept(1) + &kept(2) + &kept(3) + "gone@qq.com: refused: 550 5.0.0 As I was told to\n";
        assert!(check(b"picture", &said).unwrap().contains("3 pictures"));
        assert!(
            check(b"other", &said)
                .unwrap_err()
                .contains("iu.bmp in 2 mails")
        );
        assert!(check(b"picture", "").unwrap_err().contains("fates"));
    }
}
