//! What is expected of the demo of the downloader.

use super::{Seen, pictures_arrive};

/// Each client has every picture, the second and the third not at the first try.
pub(in crate::demo) fn complete_after_all(seen: &[Seen]) -> Result<String, String> {
    let arrived = pictures_arrive(seen)?;
    let clients: Vec<_> = seen.iter().flat_map(|act| &act.clients).collect();
    let tries = |client: &&harness::Output| client.stderr_text().matches("; try ").count();
    let tries: Vec<_> = clients.iter().map(tries).collect();
    match tries.as_slice() {
        [0, cut, flaky] if *cut > 0 && *flaky > *cut => {
            Ok(format!("{arrived}; {} tries more", cut + flaky))
        }
        _ => Err(format!(
            "expected the first client to need one try for each picture, the second two, the third \
             three; found this many more: {tries:?}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::act;
    use super::*;

    #[test]
    fn pictures_that_did_not_arrive_are_missed() {
        assert!(complete_after_all(&[act(&["saved a.bmp (4 bytes)\n"])]).is_err());
        let folder = harness::temp_dir();
        std::fs::write(folder.path().join("a.bmp"), "1234").unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        std::fs::write(folder.path().join("data/a.bmp"), "1234").unwrap();
        let saved = "saved data/a.bmp (4 bytes)\n";
        let mut act = act(&[saved, saved, saved]);
        act.folder = Some(folder);
        let mut seen = [act];
        assert!(complete_after_all(&seen).unwrap_err().contains("[0, 0, 0]"));
        seen[0].clients[1].stderr = b"503; try 1 of 3".to_vec();
        seen[0].clients[2].stderr = b"503; try 1 of 3\n503; try 2 of 3".to_vec();
        let told = complete_after_all(&seen).unwrap();
        assert_eq!(
            told,
            "1 picture, 4 bytes, to 3 clients, as they were sent; 3 tries more"
        );
    }
}
