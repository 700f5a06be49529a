//! `sms` against gateways that say exactly what a test wants them to say, and against the stand-in
//! of `demo-peers`; and the tutorial's program against that.

mod books;
mod encrypted;
mod gateway;
mod outcomes;
mod request;
mod secrets;
#[cfg(unix)]
mod terminal;
mod tutorial;
mod usage;

use gateway::Gateway;
use harness::{Launch, Output, Server, client};

/// The key that `demo-peers sms` takes unless it is told another.
const KEY: &str = "1q784322ba1d9bb88d50cf5cdfd89k7d";

/// A text that the free account may send.
const TEXT: &str = "您的验证码是：147258。请不要把验证码泄露给其他人。";

const MOBILE: &str = "13800138000";

/// The program, with the key in its environment.
fn sms(task: &str) -> Launch {
    client("sms").env("SMS_PASSWORD", KEY).arg(task)
}

/// A message by way of the gateway at `url`.
fn sending(url: &str) -> Launch {
    let to = ["--account", "test", "--to", MOBILE, "--text", TEXT];
    sms("send").args(["--gateway", url]).args(to)
}

/// What comes of a message when this is the answer to it.
fn send_to(gateway: &Gateway) -> Output {
    sending(&gateway.url()).run()
}

/// The URL of a stand-in.
fn url_of(server: &Server) -> String {
    format!("http://{}/webservice/sms.php", server.address())
}

/// An answer of HTTP with this body.
fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}")
}
