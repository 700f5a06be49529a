use proptest::prelude::*;

use super::*;
use Side::{Client, Server};

/// What is said, and how it is shown.
type Said = (Side, &'static str, &'static str);

const TALKS: &[&[Said]] = &[
    // FTP
    &[
        (Server, "220 ready\r\n", "220 ready\r\n"),
        (Client, "USER rose\r\n", "USER rose\r\n"),
        (Client, "PASS hunter 2\r\n", "PASS ********\r\n"),
        (Client, "pass x\nPASV\n", "pass *\nPASV\n"),
        (Client, "COMPASS north\r\n", "COMPASS north\r\n"),
    ],
    // SMTP
    &[
        (Server, "220 mail\r\n", "220 mail\r\n"),
        (Client, "AUTH PLAIN AGEAYg==\r\n", "AUTH PLAIN ********\r\n"),
        (Server, "235 yes\r\n", "235 yes\r\n"),
        (Client, "MAIL FROM:<a@b>\r\n", "MAIL FROM:<a@b>\r\n"),
    ],
    &[
        (Server, "220 mail\r\n", "220 mail\r\n"),
        (Client, "AUTH LOGIN\r\n", "AUTH LOGIN\r\n"),
        (
            Server,
            "250 late\r\n334 VXNlcm5hbWU6\r\n",
            "250 late\r\n334 VXNlcm5hbWU6\r\n",
        ),
        (Client, "cm9zZQ==\r\n", "********\r\n"),
        (Server, "334 UGFzc3dvcmQ6\r\n", "334 UGFzc3dvcmQ6\r\n"),
        (Client, "aHVudGVyMg==\r\n", "************\r\n"),
        (Server, "535 no\r\n", "535 no\r\n"),
        (Client, "QUIT\r\n", "QUIT\r\n"),
    ],
    // Far behind the beginning of a line.
    &[(
        Client,
        "GET /?all=of&this=no&ppasspass=open&PASSWORD=x&a=1&passwd=yz\r\nPASS z\r\n",
        "GET /?all=of&this=no&ppasspass=open&PASSWORD=*&a=1&passwd=**\r\nPASS *\r\n",
    )],
    // No mail here: nobody proves anything.
    &[
        (Server, "Welcome!", "Welcome!"),
        (Client, "AUTH PLAIN hi\n", "AUTH PLAIN hi\n"),
    ],
    // HTTP
    &[
        (
            Client,
            "GET /?password=x&a=1 HTTP/1.1\r\nauthorization: Basic cjpo\r\n more\r\nA: b\r\n\r\n",
            "GET /?password=*&a=1 HTTP/1.1\r\nauthorization:***********\r\n*****\r\nA: b\r\n\r\n",
        ),
        (
            Client,
            "Proxy-Authorization: x\r\n",
            "Proxy-Authorization:**\r\n",
        ),
        (Client, "X-Authorization: x\r\n", "X-Authorization: x\r\n"),
        (
            Client,
            "a=1&Password=hunter2&b=2\r\n",
            "a=1&Password=*******&b=2\r\n",
        ),
        (
            Client,
            "user%5Bpassword%5D=hunter2",
            "user%5Bpassword%5D=*******",
        ),
        (Server, "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n"),
        (Client, "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n"),
        (
            Client,
            "form-data; name=\"password\"\r\nContent-Type: x\r\n\r\nhunter2\r\n--end\r\n",
            "form-data; name=\"password\"\r\nContent-Type: x\r\n\r\n*******\r\n--end\r\n",
        ),
        (
            Client,
            r#"{"password": "hun\"ter2", "name": "rose"}"#,
            r#"{"password": "*********", "name": "rose"}"#,
        ),
        (
            Client,
            "{\"passwd\":\n  \"x\"}\n",
            "{\"passwd\":\n  \"*\"}\n",
        ),
        (
            Server,
            "<input type=\"password\" name=\"a\"> the password is\n",
            "<input type=\"password\" name=\"a\"> the password is\n",
        ),
    ],
    // A prompt
    &[
        (Server, "login: ", "login: "),
        (Client, "rose\n", "rose\n"),
        (Server, "Password: ", "Password: "),
        (Client, "hunter2\r\n", "*******\r\n"),
        (Server, "\r\nhello\r\n$ ", "\r\nhello\r\n$ "),
        (Client, "ls\n", "ls\n"),
    ],
];

#[test]
fn stars_stand_for_secrets_and_for_nothing_else() {
    for talk in TALKS {
        let mut mask = Mask::default();
        for (side, said, shown) in *talk {
            let mut bytes = said.as_bytes().to_vec();
            mask.hide(*side, &mut bytes);
            assert_eq!(String::from_utf8_lossy(&bytes), *shown);
        }
    }
}

proptest! {
    #[test]
    fn it_does_not_matter_how_it_is_cut(cuts in proptest::collection::vec(1usize..9, 200)) {
        for talk in TALKS {
            let mut mask = Mask::default();
            let mut cuts = cuts.iter().cycle();
            for (side, said, shown) in *talk {
                let mut bytes = said.as_bytes().to_vec();
                let mut rest = bytes.as_mut_slice();
                while !rest.is_empty() {
                    let length = (*cuts.next().unwrap_or(&1)).min(rest.len());
                    let (piece, after) = rest.split_at_mut(length);
                    mask.hide(*side, piece);
                    rest = after;
                }
                prop_assert_eq!(String::from_utf8_lossy(&bytes), *shown);
            }
        }
    }
}
