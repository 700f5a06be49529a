//! The request as it would be sent, shown on stdout, with the key masked.

use std::time::SystemTime;

use common::exit;
use common::printable::printable;
use common::secret::Secret;

use crate::account::Account;
use crate::gateway::Gateway;
use crate::request::{Request, encoded};
use crate::send::unix_time;
use crate::text::FREE_SIGNATURE;

/// Shows what would be sent.
///
/// # Errors
/// Stdout cannot be written to.
pub fn show(gateway: &Gateway, account: &Account, request: &Request) -> anyhow::Result<()> {
    let time = unix_time(SystemTime::now());
    exit::print(text(gateway, account, request, time).as_bytes())
}

fn text(gateway: &Gateway, account: &Account, request: &Request, time: u64) -> String {
    let mask = Secret::new("").to_string();
    let mut lines = vec![format!("POST {}", gateway.url_of(request.method()))];
    let form = request.form(account, &mask, time);
    lines.extend(
        form.iter()
            .map(|(name, value)| format!("  {name}: {value}")),
    );
    lines.push(format!("body: {}", encoded(&form)));
    if account.dynamic {
        let hashed = request.hashed(&account.id, &mask, time);
        lines.push(format!("password: the MD5 of {hashed}"));
    }
    if let Request::Submit(message) = request {
        lines.push(match message.template {
            None => {
                let size = message.text.size(FREE_SIGNATURE);
                format!("size: {size}, with the signature {FREE_SIGNATURE} that the gateway adds")
            }
            Some(_) => "size: as the template makes it".into(),
        });
        lines.extend(message.text.doubts().map(|doubt| format!("doubt: {doubt}")));
    }
    lines.push("nothing was sent".into());
    let line = |line: &String| format!("{}\n", printable(line));
    lines.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Message;

    #[test]
    fn everything_is_shown_but_the_key() {
        let account = Account::new("test".into(), Secret::new("hunter2"), true);
        let gateway = "http://127.0.0.1:8000/sms.php".parse().unwrap();
        let message = Request::Submit(Message {
            to: "13800138000".parse().unwrap(),
            text: "您的验证码是:1".parse().unwrap(),
            template: None,
        });
        assert_eq!(
            text(&gateway, &account, &message, 1_451_544_941),
            "POST http://127.0.0.1:8000/sms.php?method=Submit\n  \
               account: test\n  \
               password: ****\n  \
               mobile: 13800138000\n  \
               content: 您的验证码是:1\n  \
               time: 1451544941\n  \
               format: json\n\
             body: account=test&password=****&mobile=13800138000\
             &content=%E6%82%A8%E7%9A%84%E9%AA%8C%E8%AF%81%E7%A0%81%E6%98%AF%3A1\
             &time=1451544941&format=json\n\
             password: the MD5 of test****13800138000您的验证码是:11451544941\n\
             size: 1 part, 14 characters, with the signature 【互亿无线】 that the gateway adds\n\
             doubt: the colon in the text is a half-width one; the free account's template has a \
             full-width one (：), and the gateway compares (code 4072)\n\
             nothing was sent\n"
        );
    }
}
