//! What was asked of the gateway, in the query or in a form, and whether that can be done.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use common::secret::Secret;
use md5::{Digest, Md5};

use crate::http::Request;

/// Why something is refused: the code, and the gateway's own words.
pub(super) type Refusal = (u32, &'static str);

/// The longest text, in characters.
const MAX_TEXT: usize = 500;

/// The only text of an account that has not paid: this, the code, and that.
const TEMPLATE: (&str, &str) = ("您的验证码是：", "。请不要把验证码泄露给其他人。");

/// The longest code in it, in characters.
const MAX_VARIABLE: usize = 20;

/// The signature that is put before every text, and counts.
const SIGNATURE: usize = 6;

/// The fields of a request.
pub(super) struct Form(HashMap<String, String>);

impl Form {
    /// Those in the query and those in the body, which count more.
    pub(super) fn of(request: &Request) -> Form {
        let query = form_urlencoded::parse(request.query().as_bytes()).into_owned();
        let body = form_urlencoded::parse(&request.body).into_owned();
        Form(query.chain(body).collect())
    }

    /// A field; empty if it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether it is the account, with its key or a dynamic password that is still fresh.
    pub(super) fn check_account(
        &self,
        account: &str,
        key: &Secret,
        window: Duration,
    ) -> Result<(), Refusal> {
        if self.get("account").is_empty() {
            return Err((401, "帐号不能为空"));
        }
        if self.get("password").is_empty() {
            return Err((402, "密码不能为空"));
        }
        if self.get("method") == "Submit" {
            if self.get("mobile").is_empty() {
                return Err((403, "手机号码不能为空"));
            }
            if self.get("content").is_empty() {
                return Err((404, "短信内容不能为空"));
            }
        }
        if self.get("account") != account {
            return Err((405, "API ID或API KEY不正确"));
        }
        let time = self.get("time");
        if time.is_empty() {
            return match self.get("password") == key.reveal() {
                true => Ok(()),
                false => Err((405, "API ID或API KEY不正确")),
            };
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default().as_secs();
        let made: u64 = time.parse().map_err(|_| (40501, "动态密码已过期"))?;
        if time.len() != 10 || made.abs_diff(now) > window.as_secs() {
            return Err((40501, "动态密码已过期"));
        }
        match self.get("password") == self.dynamic_password(key) {
            true => Ok(()),
            false => Err((40502, "动态密码校验失败")),
        }
    }

    fn dynamic_password(&self, key: &Secret) -> String {
        let message = match self.get("method") {
            "Submit" => [self.get("mobile"), self.get("content")],
            _ => ["", ""],
        };
        let text = [
            self.get("account"),
            key.reveal(),
            message[0],
            message[1],
            self.get("time"),
        ]
        .concat();
        let digest = Md5::digest(text.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether the message can be sent, and in how many parts.
    pub(super) fn check_message(&self, only_template: bool) -> Result<u32, Refusal> {
        let mobile = self.get("mobile").as_bytes();
        let digits = mobile.iter().all(u8::is_ascii_digit);
        if !(mobile.len() == 11 && digits && mobile.starts_with(b"1")) {
            return Err((406, "手机号码格式不正确"));
        }
        let text = match self.get("templateid") {
            "" => self.get("content").to_owned(),
            "1" => [TEMPLATE.0, self.get("content"), TEMPLATE.1].concat(),
            _ => return Err((4071, "没有提交备案模板")),
        };
        let characters = text.encode_utf16().count();
        if characters > MAX_TEXT {
            return Err((4073, "短信内容超出长度限制"));
        }
        if text
            .chars()
            .any(|c| matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}'))
        {
            return Err((4074, "短信内容包含emoji符号"));
        }
        let inner = text.strip_prefix(TEMPLATE.0);
        match inner.and_then(|inner| inner.strip_suffix(TEMPLATE.1)) {
            Some(variable) if variable.chars().count() > MAX_VARIABLE => {
                return Err((40722, "变量内容超过指定的长度"));
            }
            None if only_template => return Err((4072, "短信内容与审核通过的模板不匹配")),
            _ => {}
        }
        let characters = characters + SIGNATURE;
        let parts = if characters <= 70 {
            1
        } else {
            characters.div_ceil(67)
        };
        Ok(u32::try_from(parts).unwrap_or(u32::MAX))
    }
}
