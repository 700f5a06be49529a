//! What the gateway is asked: a form, sent by POST.
//!
//! The gateway takes GET as well, and must not be asked so: the key would stand in the URL, and
//! URLs are written into the logs of every server that they pass.

use form_urlencoded::Serializer;

use crate::account::Account;
use crate::mobile::Mobile;
use crate::text::Text;

/// A message, ready to be sent.
#[derive(Clone, Debug)]
pub struct Message {
    /// To whom.
    pub to: Mobile,
    /// What it says, or the values of the template's variables.
    pub text: Text,
    /// The number of the template, if the text is for one.
    pub template: Option<u32>,
}

/// What is asked of the gateway.
#[derive(Clone, Debug)]
pub enum Request {
    /// To send a message.
    Submit(Message),
    /// How many messages are left.
    Balance,
}

/// The fields of a form, in the order in which they are sent.
pub type Form = Vec<(&'static str, String)>;

impl Request {
    /// What the gateway calls it.
    pub fn method(&self) -> &'static str {
        match self {
            Request::Submit(_) => "Submit",
            Request::Balance => "GetNum",
        }
    }

    /// The form. `time` is sent only with a dynamic password, which is made of it.
    pub fn form(&self, account: &Account, password: &str, time: u64) -> Form {
        let mut form = vec![
            ("account", account.id.clone()),
            ("password", password.to_owned()),
        ];
        if let Request::Submit(message) = self {
            form.push(("mobile", message.to.to_string()));
            form.push(("content", message.text.as_str().to_owned()));
            if let Some(template) = message.template {
                form.push(("templateid", template.to_string()));
            }
        }
        if account.dynamic {
            form.push(("time", time.to_string()));
        }
        form.push(("format", "json".into()));
        form
    }

    /// What a dynamic password is the digest of: the values one behind the other, as they are
    /// before they are encoded for the form.
    pub fn hashed(&self, account: &str, key: &str, time: u64) -> String {
        match self {
            Request::Submit(Message { to, text, .. }) => {
                format!("{account}{key}{to}{}{time}", text.as_str())
            }
            Request::Balance => format!("{account}{key}{time}"),
        }
    }
}

/// A form as it stands in a request: `a=b&c=d`, with everything but letters and digits encoded.
pub fn encoded(form: &Form) -> String {
    Serializer::new(String::new()).extend_pairs(form).finish()
}

#[cfg(test)]
mod tests {
    use common::secret::Secret;

    use super::*;

    #[test]
    fn no_value_can_add_a_field() {
        let message = Request::Submit(Message {
            to: "13800138000".parse().unwrap(),
            text: "1&mobile=13900139000 +%41：\n".parse().unwrap(),
            template: Some(1),
        });
        let account = Account::new("me&you".into(), Secret::new("k=y"), true);
        assert_eq!(
            encoded(&message.form(&account, "p&w", 1_451_544_941)),
            "account=me%26you&password=p%26w&mobile=13800138000\
             &content=1%26mobile%3D13900139000+%2B%2541%EF%BC%9A%0A&templateid=1\
             &time=1451544941&format=json"
        );
    }
}
