//! The demo of a text message.

use super::Seen;

/// The key of the account, as both sides read it.
pub(in crate::demo) const KEY: &str = "1q784322ba1d9bb88d50cf5cdfd89k7d\n";

/// What is asked of the gateway: by a key that is sent, and by a password made of it.
pub(in crate::demo) const CLIENTS: [&str; 4] = [
    "sms send --dry-run --dynamic-password --password-file - --account test \
     --gateway http://{addr}/webservice/sms.php --to 13800138000 \
     --text 您的验证码是：147258。请不要把验证码泄露给其他人。",
    "sms balance --password-file - --account test --gateway http://{addr}/webservice/sms.php",
    "sms send --dynamic-password --password-file - --account test \
     --gateway http://{addr}/webservice/sms.php --to 13800138000 \
     --text 您的验证码是：147258。请不要把验证码泄露给其他人。",
    "sms balance --password-file - --account test --gateway http://{addr}/webservice/sms.php",
];

/// Nothing was sent by the dry run, one message after it, and nobody has said the key.
pub(in crate::demo) fn one_message_is_paid_for(seen: &[Seen]) -> Result<String, String> {
    let [act] = seen else {
        return Err(format!("expected one act, found {}", seen.len()));
    };
    for output in act.clients.iter().chain(&act.servers) {
        let text = format!("{}{}", output.stdout_text(), output.stderr_text());
        if text.contains(KEY.trim_end()) {
            return Err(format!("expected the key nowhere, found it in {text:?}"));
        }
    }
    let lines: Vec<_> = act
        .clients
        .iter()
        .map(|client| client.stdout_lines())
        .collect();
    let [dry, before, sent, after] = lines.as_slice() else {
        return Err(format!("expected four clients, found {}", lines.len()));
    };
    if dry.last().map(String::as_str) != Some("nothing was sent") {
        return Err(format!(
            "expected a dry run that sends nothing, found {dry:?}"
        ));
    }
    let id = sent
        .iter()
        .find_map(|line| line.strip_prefix("2 accepted, id "));
    let id = id.ok_or_else(|| format!("expected an accepted message, found {sent:?}"))?;
    let (before, after) = (left(before)?, left(after)?);
    if before != after + 1 {
        return Err(format!(
            "expected one message fewer, found {before} and then {after}"
        ));
    }
    Ok(format!(
        "accepted as {id}; {before} messages were left, then {after}"
    ))
}

fn left(lines: &[String]) -> Result<u32, String> {
    let number = lines.iter().find_map(|line| {
        let number = line.strip_prefix("2 accepted, ")?.strip_suffix(" left")?;
        number.parse().ok()
    });
    number.ok_or_else(|| format!("expected a line like 2 accepted, 50 left, found {lines:?}"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::act;
    use super::*;

    fn check(dry: &str, before: &str, sent: &str, after: &str) -> Result<String, String> {
        one_message_is_paid_for(&[act(&[dry, before, sent, after])])
    }

    #[test]
    fn one_message_costs_one_and_shows_no_key() {
        let (dry, before) = ("body: …\nnothing was sent\n", "2 accepted, 50 left\n");
        let (sent, after) = ("2 accepted, id 7\n", "2 accepted, 49 left\n");
        assert_eq!(
            check(dry, before, sent, after).unwrap(),
            "accepted as 7; 50 messages were left, then 49"
        );
        for (dry, before, sent, after) in [
            ("", before, sent, after),
            (KEY, before, sent, after),
            (dry, before, "", after),
            (dry, before, sent, before),
            (dry, "", sent, after),
        ] {
            assert!(check(dry, before, sent, after).is_err());
        }
    }
}
