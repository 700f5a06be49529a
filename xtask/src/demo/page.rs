//! A page with every demo on it: what it shows, what went over the wire, what both sides printed, and how
//! it ended. It needs nothing else, no script either.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::Context;
use harness::Output;

use super::stage::Performance;
use super::table::{Act, Demo};

/// So many lines of each stream of a process are on the page.
const SHOWN_LINES: usize = 40;

/// So many characters of one line; a longer one is cut.
const SHOWN_WIDTH: usize = 400;

const STYLE: &str = include_str!("page.css");

/// Writes `index.html` into a folder, which is made if it is not there.
///
/// # Errors
/// The folder cannot be made or written to.
pub(super) fn write(folder: &Path, shown: &[(&Demo, Performance)]) -> anyhow::Result<()> {
    let cannot = || format!("cannot write the page to {}", folder.display());
    fs::create_dir_all(folder).with_context(cannot)?;
    fs::write(folder.join("index.html"), page(shown)).with_context(cannot)
}

fn page(shown: &[(&Demo, Performance)]) -> String {
    let good = shown
        .iter()
        .filter(|(_, performance)| performance.outcome.is_ok());
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n\
         <meta name='viewport' content='width=device-width, initial-scale=1'>\n\
         <meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>netdozen: the demos</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <h1>What the programs say to each other</h1>\n\
         <p>Each demo as it was run: what went over the wire, seen by <code>wiretap</code>, which stood between them, and what both \
         sides printed. {} of {} ended as they should.</p>\n<nav>",
        good.count(),
        shown.len()
    );
    for (demo, performance) in shown {
        let class = if performance.outcome.is_ok() {
            "good"
        } else {
            "bad"
        };
        let _ = write!(out, "<a class='{class}' href='#{0}'>{0}</a> ", demo.name);
    }
    out += "</nav>\n";
    for (demo, performance) in shown {
        section(demo, performance, &mut out);
    }
    out + "</body>\n</html>\n"
}

fn section(demo: &Demo, performance: &Performance, out: &mut String) {
    let _ = writeln!(
        out,
        "<section id='{0}'>\n<h2>{0}</h2>\n<p>{1}</p>\n<p><code>cargo xtask demo {0}</code></p>",
        demo.name,
        markup(demo.watch)
    );
    for (number, act) in demo.acts.iter().enumerate() {
        let (Some(seen), Some(wire)) =
            (performance.acts.get(number), performance.wires.get(number))
        else {
            break;
        };
        if !act.title.is_empty() {
            let _ = writeln!(out, "<h3>{}</h3>", markup(act.title));
        }
        if let Some(wire) = wire {
            let _ = writeln!(out, "<div class='wire'>{}</div>", wire.picture);
        }
        *out += "<div class='sides'>\n";
        let outputs = seen.servers.iter().chain(&seen.clients);
        for (label, output) in labels(act).iter().zip(outputs) {
            side(label, output, out);
        }
        *out += "</div>\n";
    }
    let (class, text) = match &performance.outcome {
        Ok(seen) => ("good", seen),
        Err(wrong) => ("bad", wrong),
    };
    let word = if performance.outcome.is_ok() {
        "ok"
    } else {
        "FAILED"
    };
    let text = markup(text.trim_end());
    let _ = writeln!(
        out,
        "<p class='{class}'><b>{word}</b> {text}</p>\n</section>"
    );
}

/// Server and client, with numbers where there are several.
fn labels(act: &Act) -> Vec<String> {
    let of = |kind: &str, count: usize| -> Vec<String> {
        let number = |number| match count {
            1 => kind.to_owned(),
            _ => format!("{kind} {number}"),
        };
        (1..=count).map(number).collect()
    };
    [
        of("server", act.servers.len()),
        of("client", act.clients.len()),
    ]
    .concat()
}

/// What one process printed.
fn side(label: &str, output: &Output, out: &mut String) {
    let _ = writeln!(
        out,
        "<div><h4>{label}</h4><pre><kbd>{}</kbd>",
        markup(&output.command)
    );
    for (class, lines) in [
        ("said", output.stdout_lines()),
        ("told", output.stderr_lines()),
    ] {
        for line in lines.iter().take(SHOWN_LINES) {
            let _ = writeln!(out, "<span class='{class}'>{}</span>", markup(&cut(line)));
        }
        if let Some(more @ 1..) = lines.len().checked_sub(SHOWN_LINES) {
            let _ = writeln!(out, "<span class='told'>… and {more} more lines</span>");
        }
    }
    *out += "</pre></div>\n";
}

fn cut(line: &str) -> String {
    let rest = line.chars().count().saturating_sub(SHOWN_WIDTH);
    let mut shown: String = line.chars().take(SHOWN_WIDTH).collect();
    if rest > 0 {
        let _ = write!(shown, " … and {rest} more characters");
    }
    shown
}

/// Text for HTML. Our programs escape what came from a peer; this does not depend on it.
fn markup(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            '\n' => safe.push('\n'),
            c if c.is_control() => safe.extend(c.escape_debug()),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::super::checks::Seen;
    use super::super::stage::Wire;
    use super::super::table::{self, Part};
    use super::*;

    /// Every demo of the table, as if each process had printed these lines.
    fn page_of_all(printed: &str) -> String {
        let demos = table::demos();
        let shown: Vec<_> = demos
            .iter()
            .map(|demo| (demo, performance(demo, printed)))
            .collect();
        page(&shown)
    }

    fn performance(demo: &Demo, printed: &str) -> Performance {
        let output = |_: &Part| Output {
            command: "program --flag".to_owned(),
            code: Some(0),
            signal: None,
            stdout: printed.as_bytes().to_vec(),
            stderr: printed.as_bytes().to_vec(),
            elapsed: std::time::Duration::ZERO,
        };
        let seen = |act: &Act| Seen {
            servers: act.servers.iter().map(output).collect(),
            clients: act.clients.iter().map(output).collect(),
            dialogue: act.dialogue,
            script: act.script,
            folder: None,
        };
        let picture = "<svg width='800' height='90' viewBox='0 0 800 90'></svg>".to_owned();
        let wire = Wire {
            ladder: Vec::new(),
            picture,
            tape: String::new(),
        };
        Performance {
            outcome: Ok("as expected".to_owned()),
            acts: demo.acts.iter().map(seen).collect(),
            wires: demo.acts.iter().map(|_| Some(wire.clone())).collect(),
        }
    }

    #[test]
    fn every_demo_of_the_table_is_on_it() {
        let page = page_of_all("a line\n");
        for demo in table::demos() {
            let heading = format!("<h2>{}</h2>", demo.name);
            assert!(page.contains(&heading), "{}", demo.name);
            assert!(page.contains(&markup(demo.watch)), "{}", demo.watch);
        }
        let acts: usize = table::demos().iter().map(|demo| demo.acts.len()).sum();
        assert_eq!(page.matches("<svg").count(), acts);
    }

    #[test]
    fn what_was_printed_is_text_on_the_page_and_nothing_else() {
        let page = page_of_all("<script>alert('&')</script>\x1b[2J\n");
        assert!(!page.contains("<script"));
        assert!(!page.contains('\x1b'));
        assert!(page.contains("&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;\\u{1b}[2J"));
    }

    #[test]
    fn long_outputs_are_cut_and_say_so() {
        let page =
            page_of_all(&format!("{}\n", "x".repeat(SHOWN_WIDTH + 5)).repeat(SHOWN_LINES + 7));
        assert!(page.contains(" … and 5 more characters"));
        assert!(page.contains("… and 7 more lines"));
    }

    /// In a browser, where there is one: the page is put into frames of these widths, and asked how wide
    /// it is.
    #[test]
    fn nothing_is_wider_than_a_screen_or_a_phone() {
        const WIDTHS: [u32; 2] = [1280, 400];
        let chromium = || harness::Launch::command("chromium");
        if chromium().arg("--version").try_run().is_err() {
            eprintln!("skipped: there is no chromium");
            return;
        }
        let folder = harness::temp_dir();
        // A word that cannot be broken where a space would be.
        let page = page_of_all(&format!("{}\n", "word".repeat(90)));
        fs::write(folder.path().join("index.html"), page).unwrap();
        let frames = WIDTHS.map(|width| {
            format!(
                "<iframe src='index.html' style='width:{width}px;height:500px;border:0'></iframe>"
            )
        });
        let script = "onload = () => document.body.innerText = [...document.querySelectorAll('iframe')]\
            .map(frame => frame.contentDocument.documentElement.scrollWidth).join(' ')";
        let asking = format!("<body>{}<script>{script}</script>", frames.concat());
        let path = folder.path().join("asking.html");
        fs::write(&path, asking).unwrap();
        let profile = folder.path().join("profile");
        let browser = chromium().args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--allow-file-access-from-files",
            "--dump-dom",
            &format!("--user-data-dir={}", profile.display()),
            &format!("file://{}", path.display()),
        ]);
        let output = browser.run();
        let dom = output.stdout_text().into_owned();
        // A scroll bar takes some of the width.
        for width in WIDTHS {
            let fits = (width - 20..=width).any(|found| {
                dom.split(|c: char| !c.is_ascii_digit())
                    .any(|word| word == found.to_string())
            });
            assert!(fits, "{width} in {dom}");
        }
    }
}
