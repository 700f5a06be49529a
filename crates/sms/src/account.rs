//! Who pays, and how the gateway is told that they may.
//!
//! Either the key itself is sent, or a *dynamic password*: the MD5 of the key, everything that is
//! asked for, and the time. Whoever reads that on the way can repeat this one request for a few
//! minutes, and no other. MD5 is the gateway's choice; for this use its known weakness (two texts
//! with one digest) is none.

use common::secret::Secret;
use form_urlencoded::byte_serialize;
use md5::{Digest, Md5};

use crate::request::Request;

/// An account with the gateway.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its public half, the APIID.
    pub id: String,
    /// The APIKEY.
    key: Secret,
    /// Whether a password is made of the key.
    pub dynamic: bool,
}

impl Account {
    /// Whose key is sent as it is, or `dynamic`.
    pub fn new(id: String, key: Secret, dynamic: bool) -> Self {
        Account { id, key, dynamic }
    }

    /// What is sent as the password of `request` at `time`, in seconds of Unix.
    pub fn password(&self, request: &Request, time: u64) -> Secret {
        if !self.dynamic {
            return self.key.clone();
        }
        let text = request.hashed(&self.id, self.key.reveal(), time);
        let digest = Md5::digest(text.as_bytes());
        Secret::new(
            digest
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>(),
        )
    }

    /// `text` without the key, and without the password that was made of it; nor as they stood in the
    /// form.
    pub fn masked_in(&self, text: &str, password: &Secret) -> String {
        let secrets = [&self.key, password];
        let masked = |text: String, secret: &&Secret| {
            let encoded: String = byte_serialize(secret.reveal().as_bytes()).collect();
            Secret::new(encoded).masked_in(&secret.masked_in(&text))
        };
        secrets.iter().fold(text.to_owned(), masked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Message;

    /// The vendor's example of an account.
    fn example() -> Account {
        let key = Secret::new("1q784322ba1d9bb88d50cf5cdfd89k7d");
        Account::new("test".into(), key, true)
    }

    const TIME: u64 = 1_451_544_941;

    #[test]
    fn the_dynamic_password_of_a_question_for_the_balance() {
        let password = example().password(&Request::Balance, TIME);
        assert_eq!(password.reveal(), "73f6e7a36e0fd30ad7eea940ca1896b2");
    }

    #[test]
    fn the_dynamic_password_of_a_message() {
        let message = Request::Submit(Message {
            to: "13800138000".parse().unwrap(),
            text: "您的验证码是：2546。请不要把验证码泄露给其他人。"
                .parse()
                .unwrap(),
            template: None,
        });
        let password = example().password(&message, TIME);
        assert_eq!(password.reveal(), "34fbd71aa722b22200eb984adfe01fba");
    }

    #[test]
    fn a_key_is_masked_as_it_is_and_as_it_was_sent() {
        let account = Account::new("test".into(), Secret::new("k&y 1"), true);
        let password = Secret::new("0123");
        assert_eq!(
            account.masked_in("k&y 1, password=k%26y+1, 0123", &password),
            "****, password=****, ****"
        );
    }

    #[test]
    fn without_that_the_key_itself_is_the_password() {
        let account = Account {
            dynamic: false,
            ..example()
        };
        let password = account.password(&Request::Balance, TIME);
        assert_eq!(password.reveal(), "1q784322ba1d9bb88d50cf5cdfd89k7d");
    }
}
