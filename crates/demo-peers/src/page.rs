//! A web server with one page, which it sends in each of the three ways a body can end.

use common::stream::Stream;

use crate::http::Requests;

/// The page. It is sent line by line where there are chunks.
pub const PAGE: &str = "<!DOCTYPE html>\n<title>A page</title>\n<h1>Hello World!</h1>\n";

/// Reads one request and answers it; the close is the caller's.
///
/// # Errors
/// The request does not come, or is none.
pub fn answer(stream: &Stream) -> anyhow::Result<()> {
    let Some(request) = Requests::new(stream).next_request()? else {
        return Ok(());
    };
    let method = request.method.as_str();
    if !matches!(method, "GET" | "HEAD") {
        stream.send(b"HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n")?;
        return Ok(());
    }
    let (first_line, rule, body) = match request.target.as_str() {
        "/" => ("200 OK", length(PAGE), PAGE.to_owned()),
        "/chunked" => (
            "200 OK",
            "Transfer-Encoding: chunked\r\n".into(),
            chunks(PAGE),
        ),
        "/close" => ("200 OK", String::new(), PAGE.to_owned()),
        "/moved" => (
            "302 Found",
            format!("Location: /\r\n{}", length("")),
            String::new(),
        ),
        _ => (
            "404 Not Found",
            length("No such page.\n"),
            "No such page.\n".into(),
        ),
    };
    let header = format!(
        "HTTP/1.1 {first_line}\r\nContent-Type: text/html\r\nConnection: close\r\n{rule}\r\n"
    );
    stream.send(header.as_bytes())?;
    if method == "GET" {
        stream.send(body.as_bytes())?;
    }
    Ok(())
}

fn length(body: &str) -> String {
    format!("Content-Length: {}\r\n", body.len())
}

/// Each line as a chunk, the empty chunk, and one field behind it.
fn chunks(page: &str) -> String {
    let lines = page.split_inclusive('\n');
    let chunks: String = lines
        .map(|line| format!("{:x}\r\n{line}\r\n", line.len()))
        .collect();
    format!("{chunks}0\r\nX-Lines: {}\r\n\r\n", page.lines().count())
}
