//! What protocols of lines have in common: commands of a word, replies of a code.

/// The lines, without their ends; the last need not have one.
pub(super) fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let lines = bytes.split(|byte| *byte == b'\n');
    lines
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .collect()
}

/// Bytes as text, with what is none replaced.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The first word of a line, in capitals, if it is one of `verbs`.
pub(super) fn verb(line: &[u8], verbs: &[&str]) -> Option<String> {
    let word = line.split(|byte| *byte == b' ').next()?;
    let word = text(word).to_ascii_uppercase();
    verbs.contains(&word.as_str()).then_some(word)
}

/// Whether a line begins with a reply's code: three digits, and a space, a hyphen or nothing.
pub(super) fn is_reply(line: &[u8]) -> bool {
    let digits = line.len() >= 3 && line[..3].iter().all(u8::is_ascii_digit);
    digits && matches!(line.get(3), None | Some(b' ' | b'-')) && (b'1'..=b'5').contains(&line[0])
}

/// Replies in a few words: the last line of each, and of how many lines it was made.
pub(super) fn replies(bytes: &[u8]) -> Option<String> {
    let lines = lines(bytes);
    if !is_reply(lines.first()?) {
        return None;
    }
    let mut replies: Vec<String> = Vec::new();
    let mut count = 0;
    for (number, line) in lines.iter().enumerate() {
        count += 1;
        let is_last_line = is_reply(line) && line.get(3) != Some(&b'-');
        if !is_last_line && number + 1 < lines.len() {
            continue;
        }
        replies.push(match count {
            1 => text(line),
            _ => format!("{} ({count} lines)", text(line)),
        });
        count = 0;
    }
    Some(replies.join(" / "))
}

/// Commands in a few words; `None` unless the first is one of `verbs`.
pub(super) fn commands(bytes: &[u8], verbs: &[&str]) -> Option<String> {
    let lines = lines(bytes);
    verb(lines.first()?, verbs)?;
    let texts: Vec<_> = lines.into_iter().map(text).collect();
    Some(texts.join(" / "))
}
