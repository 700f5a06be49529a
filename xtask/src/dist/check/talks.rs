//! What the programs are asked to do in their cells. Each is in one row at least; a server and its client
//! are in two cells, and the client is told the server's name, not its address.

use anyhow::{Context, bail, ensure};
use harness::{LIMIT, Server, Stream};

use super::cell::{Cells, DNS_HOST, HOST};
use super::peers::PAGE;

/// One thing that is tried.
pub(super) struct Talk {
    pub(super) what: &'static str,
    /// Who takes part.
    pub(super) programs: &'static [&'static str],
    pub(super) hold: fn(&Cells) -> anyhow::Result<()>,
}

/// All of them.
pub(super) const TALKS: &[Talk] = &[
    Talk {
        what: "the time, from a name in /etc/hosts",
        programs: &["time-server", "time-client"],
        hold: time,
    },
    Talk {
        what: "the time, from a name in DNS",
        programs: &["time-server", "time-client"],
        hold: time_by_dns,
    },
    Talk {
        what: "a greeting",
        programs: &["hello-server", "hello-client"],
        hold: hello,
    },
    Talk {
        what: "a picture",
        programs: &["img-server", "img-client"],
        hold: img,
    },
    Talk {
        what: "a line of a chat",
        programs: &["tcp-chat"],
        hold: tcp_chat,
    },
    Talk {
        what: "a datagram of a chat",
        programs: &["udp-chat"],
        hold: udp_chat,
    },
    Talk {
        what: "a message in a room",
        programs: &["group-chat-server", "group-chat-client"],
        hold: group_chat,
    },
    Talk {
        what: "a page",
        programs: &["demo-peers", "page-fetch"],
        hold: page,
    },
    Talk {
        what: "a page over TLS, from a server that --ca-file vouches for",
        programs: &["page-fetch"],
        hold: page_over_tls,
    },
    Talk {
        what: "what is left of an account",
        programs: &["demo-peers", "sms"],
        hold: sms,
    },
    Talk {
        what: "a mail over TLS, to a server that --ca-file vouches for",
        programs: &["demo-peers", "mailer"],
        hold: mail,
    },
    Talk {
        what: "a download over TLS, from a server that --ca-file vouches for",
        programs: &["downloader"],
        hold: download,
    },
    Talk {
        what: "a file by FTP",
        programs: &["demo-peers", "ftp-updown"],
        hold: ftp,
    },
    Talk {
        what: "a file of a folder",
        programs: &["mini-web", "page-fetch"],
        hold: file,
    },
    Talk {
        what: "the time, through a relay",
        programs: &["wiretap", "time-server", "time-client"],
        hold: relay,
    },
];

/// How a server in another cell is called.
fn at(host: &str, server: &Server) -> String {
    format!("{host}:{}", server.socket_addr().port())
}

fn time(cells: &Cells) -> anyhow::Result<()> {
    time_at(cells, HOST)
}

fn time_by_dns(cells: &Cells) -> anyhow::Result<()> {
    // That there is no DNS server here was said already.
    cells
        .dns
        .as_ref()
        .map_or(Ok(()), |_| time_at(cells, DNS_HOST))
}

fn time_at(cells: &Cells, host: &str) -> anyhow::Result<()> {
    let cell = cells.of("time-server")?;
    let server = cell.serve(&["--format", "unix"])?;
    ask_for_time(cells, &at(host, &server))
}

fn ask_for_time(cells: &Cells, address: &str) -> anyhow::Result<()> {
    let output = cells.of("time-client")?.run(&[address])?;
    let seconds = output.stdout_text().trim().parse::<f64>();
    ensure!(seconds.is_ok_and(|seconds| seconds > 1.7e9), "{output}");
    Ok(())
}

fn hello(cells: &Cells) -> anyhow::Result<()> {
    let cell = cells.of("hello-server")?;
    let server = cell.serve(&[])?;
    let output = cells
        .of("hello-client")?
        .run(&[&at(HOST, &server), "Ann"])?;
    let lines = output.stdout_lines();
    ensure!(lines == ["Welcome!", "Hello, Ann!"], "{output}");
    Ok(())
}

fn img(cells: &Cells) -> anyhow::Result<()> {
    // What is in it does not matter to those who only carry it.
    let picture: Vec<u8> = (0..100_000_u32)
        .flat_map(|number| number.to_be_bytes())
        .collect();
    let cell = cells.of("img-server")?;
    cell.put("131.jpg", &picture)?;
    let server = cell.serve(&["131.jpg"])?;
    let client = cells.of("img-client")?;
    client.run(&[&at(HOST, &server)])?;
    client.holds("data/131.jpg", &picture)
}

fn tcp_chat(cells: &Cells) -> anyhow::Result<()> {
    let cell = cells.of("tcp-chat")?;
    let listening = cell.launch(&["listen", "127.0.0.1:0"]).stdin_pipe();
    let listener = listening.try_serve()?;
    let other = cells.of("tcp-chat")?;
    let output = other
        .launch(&["connect", &at(HOST, &listener)])
        .stdin("hello\n")
        .try_run()?;
    ensure!(output.success(), "{output}");
    listener.wait_for_line(Stream::Stdout, |line| line == "hello", LIMIT)?;
    Ok(())
}

fn udp_chat(cells: &Cells) -> anyhow::Result<()> {
    let cell = cells.of("udp-chat")?;
    let waiting = cell.launch(&["--bind", "127.0.0.1:0", "--stay"]);
    let waiting = waiting.try_serve()?;
    let other = cells.of("udp-chat")?;
    other.run(&["--peer", &at(HOST, &waiting), "--hello", "hi there"])?;
    waiting.wait_for_line(Stream::Stdout, |line| line.ends_with(": hi there"), LIMIT)?;
    Ok(())
}

fn group_chat(cells: &Cells) -> anyhow::Result<()> {
    let cell = cells.of("group-chat-server")?;
    let server = cell.serve(&[])?;
    let client = cells.of("group-chat-client")?;
    let rose = client
        .launch(&[&at(HOST, &server), "--nick", "Rose", "--stay"])
        .stdin("Rose:a note to myself\n")
        .try_spawn()?;
    let noted = |line: &str| line == "Rose:a note to myself";
    rose.wait_for_line(Stream::Stdout, noted, LIMIT)?;
    Ok(())
}

fn page(cells: &Cells) -> anyhow::Result<()> {
    let cell = cells.of("demo-peers")?;
    let server = cell.serve(&["page"])?;
    let client = cells.of("page-fetch")?;
    client.run(&[&at(HOST, &server), "-o", "page.html"])?;
    ensure!(!client.read("page.html")?.is_empty(), "the page is empty");
    Ok(())
}

fn page_over_tls(cells: &Cells) -> anyhow::Result<()> {
    let client = cells.of("page-fetch")?;
    client.put("ca.pem", &cells.https.authority)?;
    let url = format!("https://{}/", cells.https.address());
    client.run(&[&url, "--ca-file", "ca.pem", "-o", "page.html"])?;
    client.holds("page.html", PAGE)
}

fn sms(cells: &Cells) -> anyhow::Result<()> {
    let cell = cells.of("demo-peers")?;
    let gateway = cell.launch(&["sms", "--account", "a", "--listen", "127.0.0.1:0"]);
    let gateway = gateway.env("SMS_PASSWORD", "secret").try_serve()?;
    let url = format!("http://{}/webservice/sms.php", at(HOST, &gateway));
    // The key itself would not be sent without TLS.
    let args = [
        "balance",
        "--account",
        "a",
        "--gateway",
        &url,
        "--dynamic-password",
    ];
    // The folder goes with the cell.
    let client = cells.of("sms")?;
    let output = client
        .launch(&args)
        .env("SMS_PASSWORD", "secret")
        .try_run()?;
    ensure!(output.success(), "{output}");
    Ok(())
}

fn mail(cells: &Cells) -> anyhow::Result<()> {
    let cell = cells.of("demo-peers")?;
    let server = cell.serve(&[
        "smtp",
        "--tls",
        "implicit",
        "--host",
        HOST,
        "--write-ca",
        "ca.pem",
    ])?;
    let client = cells.of("mailer")?;
    client.put("ca.pem", cell.read("ca.pem")?)?;
    let address = at(HOST, &server);
    let args = mail_args(&address);
    client.run(&[&args[..], &["--ca-file", "ca.pem"]].concat())?;
    let kept = cell.read("mail/1.eml")?;
    ensure!(
        kept.ends_with(b"hello\r\n"),
        "the mail that arrived is another"
    );
    Ok(())
}

fn mail_args(address: &str) -> [&str; 12] {
    [
        "--server",
        address,
        "--tls",
        "implicit",
        "--from",
        "ann@example.org",
        "--to",
        "bob@example.org",
        "--subject",
        "hi",
        "--text",
        "hello",
    ]
}

fn download(cells: &Cells) -> anyhow::Result<()> {
    let client = cells.of("downloader")?;
    client.put("ca.pem", &cells.https.authority)?;
    let url = format!("https://{}/a.txt", cells.https.address());
    client.run(&[&url, "--ca-file", "ca.pem"])?;
    client.holds("data/a.txt", PAGE)
}

fn ftp(cells: &Cells) -> anyhow::Result<()> {
    let cell = cells.of("demo-peers")?;
    cell.put("files/a.txt", PAGE)?;
    let server = cell.serve(&["ftp", "files"])?;
    let client = cells.of("ftp-updown")?;
    client.run(&[&format!("ftp://{}/", at(HOST, &server)), "get", "a.txt"])?;
    client.holds("a.txt", PAGE)
}

fn file(cells: &Cells) -> anyhow::Result<()> {
    let cell = cells.of("mini-web")?;
    cell.put("public/a.txt", PAGE)?;
    let server = cell.serve(&["public"])?;
    let client = cells.of("page-fetch")?;
    client.run(&[&format!("{}/a.txt", at(HOST, &server)), "-o", "a.txt"])?;
    client.holds("a.txt", PAGE)
}

fn relay(cells: &Cells) -> anyhow::Result<()> {
    let server = cells.of("time-server")?;
    let server = server.serve(&["--format", "unix"])?;
    let cell = cells.of("wiretap")?;
    let relay = cell.serve(&["--to", &at(HOST, &server), "--tape", "time.tape"])?;
    ask_for_time(cells, &at(HOST, &relay))?;
    relay.try_stop()?;
    let tape = cells.of("wiretap")?;
    tape.put("time.tape", cell.read("time.tape")?)?;
    let drawn = tape.run(&["draw", "time.tape", "--as", "svg"])?;
    ensure!(drawn.stdout_text().contains("</svg>"), "{drawn}");
    Ok(())
}

/// A server that nobody vouches for is refused, and for that reason. That alone could also be said by a
/// program that trusts nobody at all, so the authorities have to be in it.
pub(super) fn distrust(cells: &Cells, name: &str) -> anyhow::Result<()> {
    /// One of Mozilla's list that will be there for long.
    const AUTHORITY: &[u8] = b"ISRG Root X1";
    const REASON: &str = "was not issued by anyone we trust";

    let cell = cells.of(name)?;
    let address = cells.https.address();
    let url = format!("https://{address}/");
    let ftp = format!("ftp://{address}/");
    let args: &[&str] = match name {
        "page-fetch" => &[&url],
        "sms" => &["balance", "--account", "a", "--gateway", &url],
        "mailer" => &mail_args(&address),
        "downloader" => &[&url, "--retries", "0"],
        "ftp-updown" => &["--tls", "implicit", &ftp, "pwd"],
        _ => bail!("it is not said how it would connect: see xtask/src/dist/check/talks.rs"),
    };
    let output = cell.launch(args).env("SMS_PASSWORD", "secret").try_run()?;
    ensure!(
        !output.success() && output.stderr_text().contains(REASON),
        "it should say that the certificate {REASON}: {output}"
    );
    let bytes = cell.read(name)?;
    bytes
        .windows(AUTHORITY.len())
        .position(|window| window == AUTHORITY)
        .context("no list of authorities is built in")?;
    Ok(())
}
