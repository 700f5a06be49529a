//! The tutorial's program, unchanged but for what it leaves to be filled in and the address,
//! against the stand-in gateway.

use harness::{Launch, Output, Server};

use super::{KEY, MOBILE, TEXT};

const PROGRAM: &str = r#"
import urllib.parse
import http.client
import json
def main():
    host = "{host}"
    sms_send_uri = "/webservice/sms.php?method=Submit"
    # 下面的参数需要填入自己注册的账号和对应的密码
    params = urllib.parse.urlencode({'account': '{account}', 'password' : '{password}', 'content': '{content}', 'mobile': '{mobile}', 'format':'json' })
    print(params)
    headers = {'Content-type': 'application/x-www-form-urlencoded', 'Accept': 'text/plain'}
    conn = http.client.HTTPConnection(host, port={port}, timeout=30)
    conn.request('POST', sms_send_uri, params, headers)
    response = conn.getresponse()
    response_str = response.read()
    jsonstr = response_str.decode('utf-8')
    print(json.loads(jsonstr))
    conn.close()
if __name__ == '__main__':
    main()
"#;

/// The text that the tutorial has, with its half-width colon.
const ITS_TEXT: &str = "您的验证码是:147258。请不要把验证码泄露给其他人。";

/// What the program prints; `None` where there is no Python.
fn run(peer: &Server, text: &str) -> Option<Output> {
    let address = peer.socket_addr();
    let program = PROGRAM
        .replace("{host}", &address.ip().to_string())
        .replace("{port}", &address.port().to_string())
        .replace("{account}", "test")
        .replace("{password}", KEY)
        .replace("{content}", text)
        .replace("{mobile}", MOBILE);
    let python = Launch::command("python3").arg("-c").arg(program);
    match python.env("PYTHONIOENCODING", "utf-8").try_run() {
        Ok(output) => Some(output),
        Err(failure) => {
            eprintln!("skipped, there is no python3: {failure}");
            None
        }
    }
}

#[test]
fn its_message_is_accepted() {
    let peer = Server::start("demo-peers", &["sms"]);
    let Some(output) = run(&peer, ITS_TEXT) else {
        return;
    };
    let printed = output.assert_success().stdout_lines();
    assert_eq!(
        printed[1],
        "{'code': 2, 'msg': '提交成功', 'smsid': '16842079209571524017'}"
    );
    // What it shows to whoever looks over its shoulder.
    assert!(printed[0].contains(KEY), "{output}");
}

#[test]
fn its_text_is_not_that_of_the_free_account() {
    let peer = Server::start("demo-peers", &["sms", "--only-template"]);
    let Some(output) = run(&peer, ITS_TEXT) else {
        return;
    };
    // It takes a refusal for an answer like any other.
    let printed = output.assert_success().stdout_text().into_owned();
    assert!(printed.contains("'code': 4072"), "{output}");
    let output = run(&peer, TEXT).unwrap();
    let printed = output.assert_success().stdout_text().into_owned();
    assert!(printed.contains("'code': 2"), "{output}");
}
