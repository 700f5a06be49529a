//! The table of demos: one row each.
//!
//! A row is data, so that to add a demo is to write down what runs and what is expected, and nothing
//! about how it is done.

use harness::Stream;
use harness::Stream::{Stderr, Stdout};

use super::checks::{self, Check};

/// A demo: what runs, what to watch while it does, and what is expected in the end.
pub(super) struct Demo {
    /// What it is called on the command line.
    pub(super) name: &'static str,
    /// One line on what to watch.
    pub(super) watch: &'static str,
    /// What runs, one act after the other, each with servers of its own.
    pub(super) acts: Vec<Act>,
    /// Judges what was seen in all of the acts.
    pub(super) check: Check,
}

/// Servers, and the clients that they serve. When the clients have ended the servers are interrupted.
pub(super) struct Act {
    /// Said before the act, where there are several.
    pub(super) title: &'static str,
    /// Pictures that are made for it, by their names and their sides in pixels. If there are any,
    /// every process runs in the folder where they are, which is removed at the end.
    pub(super) pictures: &'static [(&'static str, u32)],
    /// Started one after the other, each when the one before listens.
    pub(super) servers: Vec<Part>,
    /// Run to their ends.
    pub(super) clients: Vec<Part>,
    /// The exit codes of the clients, in order; 0 for those that are not there.
    pub(super) exit_codes: &'static [i32],
    /// Whether the clients run all at once, or one after the other.
    pub(super) at_once: bool,
    /// What is typed, by the number of who types it (the servers first, then the clients): each line
    /// when all the others have heard the one before. If there is any, everybody runs at once, nobody
    /// is interrupted, and all inputs end after the last line.
    pub(super) dialogue: &'static [(usize, &'static str)],
    /// The same where not everybody hears everything. Each client is started when the one before has said
    /// something; the servers are interrupted when the clients have ended.
    pub(super) script: &'static [Step],
}

/// One step of a script. Players have numbers as in a dialogue.
pub(super) struct Step {
    /// Who types what; nobody, where something is only waited for.
    pub(super) typed: Option<(usize, &'static str)>,
    /// Who prints a line with this in it, and where; on stdout it ends so. The next step waits for it.
    /// What stands here twice is waited for twice.
    pub(super) heard: &'static [(usize, Stream, &'static str)],
}

/// One process.
pub(super) struct Part {
    /// Its command line, quoted as for a shell. `{addr}` stands for the address of the server started
    /// last before it. So a relay between the two ends is a second server: its own `{addr}` is the first
    /// one's, and the clients' is the relay's. `{port}` is that address's port.
    pub(super) command: &'static str,
    /// What it reads on its standard input.
    pub(super) input: &'static str,
}

impl Part {
    /// The first word of the command line.
    pub(super) fn program(&self) -> &'static str {
        self.command.split(' ').next().unwrap_or_default()
    }

    /// The other words.
    pub(super) fn args(&self, address: &str) -> Vec<String> {
        let words =
            shell_words::split(self.command).expect("a command line with its quotes closed");
        let args = words.into_iter().skip(1);
        let port = address.rsplit(':').next().unwrap_or_default();
        args.map(|arg| arg.replace("{addr}", address).replace("{port}", port))
            .collect()
    }
}

impl Demo {
    /// The programs that it runs, some perhaps more than once.
    pub(super) fn programs(&self) -> impl Iterator<Item = &'static str> + use<'_> {
        let parts = self
            .acts
            .iter()
            .flat_map(|act| act.servers.iter().chain(&act.clients));
        parts.map(Part::program)
    }
}

fn act(server: &'static str, clients: &[&'static str]) -> Act {
    let part = |&command: &&'static str| Part { command, input: "" };
    Act {
        title: "",
        pictures: &[],
        servers: vec![part(&server)],
        clients: clients.iter().map(part).collect(),
        exit_codes: &[],
        at_once: false,
        dialogue: &[],
        script: &[],
    }
}

/// Everybody reads the password on their standard input.
fn ftp(server: &'static str, clients: &[&'static str]) -> Act {
    let part = |&command: &&'static str| Part {
        command,
        input: checks::ftp::PASSWORD,
    };
    Act {
        servers: vec![part(&server)],
        clients: clients.iter().map(part).collect(),
        ..act(server, &[]).with_pictures(&[("131.bmp", 64), ("132.bmp", 200)])
    }
}

const fn typing(
    who: usize,
    line: &'static str,
    heard: &'static [(usize, Stream, &'static str)],
) -> Step {
    let typed = Some((who, line));
    Step { typed, heard }
}

const fn waiting(heard: &'static [(usize, Stream, &'static str)]) -> Step {
    Step { typed: None, heard }
}

impl Act {
    fn titled(self, title: &'static str) -> Act {
        Act { title, ..self }
    }

    fn with_pictures(self, pictures: &'static [(&'static str, u32)]) -> Act {
        Act { pictures, ..self }
    }

    /// The server reads this on its input, and after it each client its own.
    fn with_inputs(mut self, inputs: &[&'static str]) -> Act {
        let parts = self.servers.iter_mut().chain(&mut self.clients);
        parts
            .zip(inputs)
            .for_each(|(part, input)| part.input = input);
        self
    }

    fn ending_with(self, exit_codes: &'static [i32]) -> Act {
        Act { exit_codes, ..self }
    }

    fn with_server(mut self, command: &'static str) -> Act {
        self.servers.push(Part { command, input: "" });
        self
    }

    fn talking(self, dialogue: &'static [(usize, &'static str)]) -> Act {
        Act { dialogue, ..self }
    }

    fn by_script(self, script: &'static [Step]) -> Act {
        Act { script, ..self }
    }

    fn all_at_once(self) -> Act {
        Act {
            at_once: true,
            ..self
        }
    }
}

/// Every demo, in the order in which they are shown.
pub(super) fn demos() -> Vec<Demo> {
    vec![
        Demo {
            name: "time",
            watch: "the server tells the time and closes; the second answer is the later one",
            acts: vec![act(
                "time-server --utc",
                &["time-client {addr}", "time-client {addr}"],
            )],
            check: checks::two_times,
        },
        Demo {
            name: "time-udp",
            watch: "the same in two datagrams each; nothing is connected, so the client speaks first",
            acts: vec![act(
                "time-server --udp --utc",
                &["time-client --udp {addr}", "time-client --udp {addr}"],
            )],
            check: checks::two_times,
        },
        Demo {
            name: "hello",
            watch: "the server speaks first, then answers name by name",
            acts: vec![act("hello-server", &["hello-client {addr}"])],
            check: |seen| {
                let names = ["Hello, Michael!", "Hello, Tracy!", "Hello, Sarah!"];
                checks::lines(seen, &[&["Welcome!"], names.as_slice()].concat())
            },
        },
        Demo {
            name: "echo",
            watch: "the same server set up as an echo server; the word quit ends it",
            acts: vec![act(
                "hello-server --greeting '' --reply 'Your msg = {}' --exit-word quit",
                &["hello-client {addr} --no-greeting --exit-word quit one two three"],
            )],
            check: |seen| {
                let answers = ["Your msg = one", "Your msg = two", "Your msg = three"];
                checks::lines(seen, &answers)
            },
        },
        Demo {
            name: "line",
            watch: "the same server for a client that ends each message with a newline",
            acts: vec![act(
                "hello-server --greeting '' --reply 'hello {}'",
                &["hello-client {addr} --no-greeting --newline Rose Think Babala"],
            )],
            check: |seen| checks::lines(seen, &["hello Rose", "hello Think", "hello Babala"]),
        },
        Demo {
            name: "framing",
            watch: "3,000 names sent without a pause: TCP keeps the bytes in order, and no boundaries",
            acts: vec![
                act(
                    "hello-server --framing raw",
                    &["hello-client {addr} --framing raw --pipeline --repeat 1000"],
                )
                .titled("raw: one read is taken for one message"),
                act(
                    "hello-server --framing length",
                    &["hello-client {addr} --framing length --pipeline --repeat 1000"],
                )
                .titled("length: each message is preceded by its length"),
            ],
            check: checks::run_together_under_raw_only,
        },
        Demo {
            name: "img",
            watch: "a picture in JSON and base64; the client checks its size and its sha256 and saves it",
            acts: vec![
                act("img-server 131.bmp", &["img-client {addr}"])
                    .with_pictures(&[("131.bmp", 200)]),
            ],
            check: checks::pictures_arrive,
        },
        Demo {
            name: "img-many",
            watch: "several pictures to several clients at once; the server has encoded them once",
            acts: vec![
                act(
                    "img-server red.bmp green.bmp blue.bmp",
                    &[
                        "img-client {addr} -o first",
                        "img-client {addr} -o second",
                        "img-client {addr} -o third",
                        "img-client {addr} -o fourth",
                    ],
                )
                .with_pictures(&[("red.bmp", 500), ("green.bmp", 300), ("blue.bmp", 1)])
                .all_at_once(),
            ],
            check: checks::pictures_arrive,
        },
        Demo {
            name: "tcp-chat",
            watch: "two talk over one connection, each when they like; when one has left, both end",
            acts: vec![
                act("tcp-chat listen 127.0.0.1:0", &["tcp-chat connect {addr}"]).talking(&[
                    (1, "Hello, is anybody there?"),
                    (0, "Yes."),
                    (0, "And I need not wait for my turn."),
                    (1, "你好！"),
                    (0, "Good bye."),
                ]),
            ],
            check: checks::everybody_heard,
        },
        Demo {
            name: "udp-chat",
            watch: "nothing is connected: each line is a datagram with its sender's address; hello makes it known",
            acts: vec![
                act(
                    "udp-chat --bind 127.0.0.1:0",
                    &["udp-chat --peer {addr} --name Rose"],
                )
                .talking(&[
                    (1, "Did you get my hello?"),
                    (0, "Yes, and so I know where you are."),
                    (1, "你好！"),
                ]),
            ],
            check: checks::everybody_heard,
        },
        Demo {
            name: "udp-multicast",
            watch: "three in a room: one datagram to the group, a copy for everybody in it, none for who sent it",
            acts: vec![
                act(
                    "udp-chat --multicast 239.77.77.77:0 --bind 127.0.0.1:0 --name Ann",
                    &[],
                )
                .with_server(
                    "udp-chat --multicast 239.77.77.77:{port} --bind 127.0.0.1:0 --name Bob",
                )
                .with_server(
                    "udp-chat --multicast 239.77.77.77:{port} --bind 127.0.0.1:0 --name Cid",
                )
                .talking(&[(0, "Who is here?"), (1, "I am."), (2, "So am I.")]),
            ],
            check: checks::everybody_heard,
        },
        Demo {
            name: "group-chat",
            watch: "three of our clients and a plain text one in a room: to all, to one, to nobody, from the operator",
            acts: vec![
                act(
                    "group-chat-server --listen 127.0.0.1:0",
                    &[
                        "group-chat-client {addr} --nick Ann",
                        "group-chat-client {addr} --nick Bob",
                        "group-chat-client {addr} --nick 小明",
                        "tcp-chat connect {addr}",
                    ],
                )
                .by_script(const { &GROUP_CHAT }),
            ],
            check: checks::all_heard_what_was_for_them,
        },
        Demo {
            name: "group-chat-two",
            watch: "one of our clients and a plain text one, who comes and goes: JSON to the one, lines to the other",
            acts: vec![
                act(
                    "group-chat-server --listen 127.0.0.1:0",
                    &[
                        "group-chat-client {addr} --nick Ann",
                        "tcp-chat connect {addr}",
                    ],
                )
                .by_script(const { &GROUP_CHAT_TWO }),
            ],
            check: checks::all_heard_what_was_for_them,
        },
        Demo {
            name: "group-chat-open",
            watch: "a room without nicknames: everybody hears everything with its sender's address, the sender too",
            acts: vec![
                act(
                    "group-chat-server --open -v --listen 127.0.0.1:0",
                    &[
                        "group-chat-client {addr} --nick Ann",
                        "tcp-chat connect {addr}",
                        "tcp-chat connect {addr}",
                    ],
                )
                .by_script(const { &GROUP_CHAT_OPEN }),
            ],
            check: checks::all_heard_what_was_for_them,
        },
        Demo {
            name: "page",
            watch: "the same page three times; > is the request, < the header, and another rule ends each body",
            acts: vec![act(
                "demo-peers page",
                &[
                    "page-fetch http://{addr}/ --request -o -",
                    "page-fetch http://{addr}/chunked -o -",
                    "page-fetch http://{addr}/close -o -",
                ],
            )],
            check: checks::one_page_by_three_rules,
        },
        Demo {
            name: "ftp",
            watch: "pictures go up, a folder comes back; > is what is asked, < the answer; each file and each listing has a connection of its own, to the port that EPSV tells",
            acts: vec![
                ftp("demo-peers ftp site --user michael --password-file -", &checks::ftp::CLIENTS)
                    .titled("in the clear"),
                ftp(
                    "demo-peers ftp site --user michael --password-file - --tls explicit --write-ca ca.pem",
                    &checks::ftp::ENCRYPTED_CLIENTS,
                )
                .titled("inside TLS"),
            ],
            check: checks::ftp::files_go_up_and_come_back,
        },
        Demo {
            name: "sms",
            watch: "the request shown and not sent; then a balance, a message, and the balance after it; the key is nowhere",
            acts: vec![Act {
                servers: vec![Part {
                    command: "demo-peers sms --password-file -",
                    input: checks::sms::KEY,
                }],
                clients: checks::sms::CLIENTS
                    .map(|command| Part {
                        command,
                        input: checks::sms::KEY,
                    })
                    .into(),
                ..act("demo-peers", &[])
            }],
            check: checks::sms::one_message_is_paid_for,
        },
        Demo {
            name: "mail",
            watch: "the tutorials' three mails, encrypted, with a password that nobody sees; one recipient is refused",
            acts: vec![
                act(
                    "demo-peers smtp --user abcdefg@126.com --password-file - --tls starttls \
                     --write-ca ca.pem --refuse gone@qq.com=550",
                    &[
                        "mailer -vv --server {addr} --ca-file ca.pem --user abcdefg@126.com \
                         --password-file - --from '王大锤 <abcdefg@126.com>' --to '老吴 \
                         <uvwxyz@qq.com>' --subject 示例代码实验邮件 --text 发送邮件的示例代码.",
                        "mailer --server {addr} --ca-file ca.pem --user abcdefg@126.com \
                         --password-file - --from abcdefg@126.com --to uvwxyz@qq.com --subject \
                         测试邮件 --html - --inline img01=iu.bmp",
                        "mailer --server {addr} --ca-file ca.pem --user abcdefg@126.com \
                         --password-file - --from abcdefg@126.com --to uvwxyz@qq.com --to \
                         gone@qq.com --subject 本月数据 --text 附件中有本月数据请查收 --attach \
                         汇总数据.bmp --attach iu.bmp",
                    ],
                )
                .with_inputs(&[
                    "secretpass\n",
                    "secretpass\n",
                    "secretpass\n<h1>图片</h1><img src='cid:img01'/><p>结束</p>\n",
                    "secretpass\n",
                ])
                .with_pictures(&[("iu.bmp", 40), ("汇总数据.bmp", 100)])
                .ending_with(&[0, 0, 1]),
            ],
            check: checks::mail::three_mails,
        },
        Demo {
            name: "download",
            watch: "a listing and its pictures, all at once; then servers that close in the middle, or say no twice",
            acts: vec![
                act(
                    "demo-peers listing --pictures .",
                    &[
                        "downloader --listing http://{addr}/meinv/ -o old-shape",
                        "downloader --listing http://{addr}/meinv/index?way=cut -o cut-short",
                        "downloader --listing http://{addr}/meinv/index?way=flaky -o flaky",
                    ],
                )
                .with_pictures(&[
                    ("red.bmp", 300),
                    ("green.bmp", 200),
                    ("blue.bmp", 100),
                    ("grey.bmp", 1),
                ]),
            ],
            check: checks::download::complete_after_all,
        },
        Demo {
            name: "download-one",
            watch: "the same with -j 1, so one after the other: the listing, then the pictures on the same connection",
            acts: vec![
                act(
                    "demo-peers listing --pictures .",
                    &["downloader --listing http://{addr}/meinv/ -j 1"],
                )
                .with_pictures(&[("red.bmp", 30), ("green.bmp", 20)]),
            ],
            check: checks::pictures_arrive,
        },
        Demo {
            name: "web",
            watch: "the tutorial's web server: its answer has a length now, and the connection need not end for it",
            acts: vec![act(
                "mini-web -v",
                &[
                    "page-fetch http://{addr}/ --request -o -",
                    "page-fetch http://{addr}/any/path -o -",
                ],
            )],
            check: checks::web::hello_world,
        },
        Demo {
            name: "web-files",
            watch: "a folder with a picture: the listing, the picture, what is not there, and a way out that is none",
            acts: vec![
                act(
                    "mini-web . -v",
                    &[
                        "page-fetch http://{addr}/ -o -",
                        "page-fetch http://{addr}/131.bmp -o copy/131.bmp",
                        "page-fetch http://{addr}/132.bmp -o -",
                        "page-fetch http://{addr}/..%2f..%2fetc%2fpasswd --request -o -",
                    ],
                )
                .with_pictures(&[("131.bmp", 200)]),
            ],
            check: checks::web::files_and_no_others,
        },
        Demo {
            name: "wiretap",
            watch: "a relay between two who do not notice; its output is what went over the wire, and when",
            acts: vec![
                act("hello-server", &["hello-client {addr} Rose 小明"])
                    .with_server("wiretap --to {addr}"),
            ],
            check: checks::wiretap::the_talk_was_seen,
        },
    ]
}

const GROUP_CHAT: [Step; 8] = [
    waiting(&[
        (1, Stderr, " online"),
        (2, Stderr, "online"),
        (3, Stderr, "online"),
    ]),
    // To the text client everything is a line, its nickname too.
    typing(
        4,
        "小红",
        &[
            (1, Stdout, "server:小红 has joined"),
            (2, Stdout, "server:小红 has joined"),
            (3, Stdout, "server:小红 has joined"),
        ],
    ),
    typing(
        1,
        "Hello, everybody!",
        &[
            (2, Stdout, "Ann:Hello, everybody!"),
            (3, Stdout, "Ann:Hello, everybody!"),
            (4, Stdout, "Ann:Hello, everybody!"),
        ],
    ),
    typing(
        4,
        "你好！",
        &[
            (1, Stdout, "小红:你好！"),
            (2, Stdout, "小红:你好！"),
            (3, Stdout, "小红:你好！"),
        ],
    ),
    typing(
        3,
        "小红:for you alone",
        &[(4, Stdout, "小明:for you alone")],
    ),
    typing(
        2,
        "ann:and this for you",
        &[(1, Stdout, "Bob:and this for you")],
    ),
    typing(
        4,
        "Dan:are you there?",
        &[(4, Stdout, "server:对方已离线,不能接收消息")],
    ),
    typing(
        0,
        "We close at nine.",
        &[
            (1, Stdout, "server:We close at nine."),
            (2, Stdout, "server:We close at nine."),
            (3, Stdout, "server:We close at nine."),
            (4, Stdout, "server:We close at nine."),
        ],
    ),
];

/// One thing after the other, so that what goes over the wire is the same in every run.
const GROUP_CHAT_TWO: [Step; 5] = [
    waiting(&[(1, Stderr, "in as Ann")]),
    typing(2, "Bob", &[(1, Stdout, "server:Bob has joined")]),
    typing(1, "Hello, Bob!", &[(2, Stdout, "Ann:Hello, Bob!")]),
    typing(2, "ann:你好！", &[(1, Stdout, "Bob:你好！")]),
    typing(2, "quit", &[(1, Stdout, "server:Bob has left")]),
];

const GROUP_CHAT_OPEN: [Step; 4] = [
    // Somebody who has connected to the relay is not in the room yet. The server says when they are.
    waiting(&[
        (0, Stderr, " is 127.0.0.1:"),
        (0, Stderr, " is 127.0.0.1:"),
        (0, Stderr, " is 127.0.0.1:"),
    ]),
    typing(
        2,
        "Who is here?",
        &[
            (1, Stdout, ":Who is here?"),
            (2, Stdout, "):Who is here?"),
            (3, Stdout, "):Who is here?"),
        ],
    ),
    typing(
        3,
        "我。",
        &[
            (1, Stdout, ":我。"),
            (2, Stdout, "):我。"),
            (3, Stdout, "):我。"),
        ],
    ),
    typing(
        1,
        "So am I.",
        &[
            (1, Stdout, ":So am I."),
            (2, Stdout, "):So am I."),
            (3, Stdout, "):So am I."),
        ],
    ),
];
