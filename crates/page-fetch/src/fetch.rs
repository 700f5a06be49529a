//! The way of a page: connect, ask, read the header, follow it elsewhere or read the body, save.

use std::net;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use common::exit;
use common::printable::printable;
use common::shutdown::Shutdown;
use rustls::ClientConfig;

use crate::body::Decoder;
use crate::connection::Connection;
use crate::framing::{Framing, NoBody};
use crate::header::{Arriving, Header, HeaderError, MAX_INTERIM};
use crate::page_url::PageUrl;
use crate::progress::Progress;
use crate::request::{Method, request};
use crate::save::{Destination, Saving};
use crate::show::Show;

/// The most redirects that are followed.
pub const MAX_REDIRECTS: usize = 10;

/// How much one read takes at most, in bytes.
const READ: usize = 64 << 10;

/// How pages are fetched.
#[derive(Debug)]
pub struct Fetch {
    /// Whether a redirect is followed, or an answer like any other.
    pub follow: bool,
    /// The largest body, in bytes.
    pub max_size: u64,
    /// For connecting, for the handshake, and for every silence.
    pub timeout: Duration,
    /// Whom we trust.
    pub tls: Arc<ClientConfig>,
    /// What is printed.
    pub show: Show,
}

/// An answer, read up to its body.
struct Answer {
    connection: Connection,
    header: Header,
    /// What has come of the body together with the header.
    rest: Vec<u8>,
}

impl Fetch {
    /// Fetches the page and saves it, whatever its status: an error page is a page. Without a
    /// destination, only the header is asked for.
    ///
    /// # Errors
    /// There is no answer, or none that is complete and can be understood; or it cannot be saved.
    /// Nothing is left behind then.
    pub fn run(mut self, url: PageUrl, destination: Option<Destination>) -> anyhow::Result<()> {
        let method = match &destination {
            Some(destination) => {
                destination.check()?;
                Method::Get
            }
            None => Method::Head,
        };
        let (url, answer) = self.arrive(method, url)?;
        let task = || format!("cannot read the body of {url}");
        let framing = Framing::of(method, &answer.header).with_context(task)?;
        match (&framing, destination) {
            (Framing::Nothing(NoBody::Status(status)), _) => self
                .show
                .note(&format!("body: none, an answer of {status} has none")),
            (Framing::Nothing(NoBody::Head), _) | (_, None) => {
                self.show.note("body: none, it was not asked for");
            }
            (_, Some(destination)) => self.save(&url, answer, &framing, destination)?,
        }
        Ok(())
    }

    /// Reads the body, saves it, and says what ended it.
    fn save(
        &self,
        url: &PageUrl,
        answer: Answer,
        framing: &Framing,
        destination: Destination,
    ) -> anyhow::Result<()> {
        let task = || format!("cannot read the body of {url}");
        let decoder = Decoder::new(framing, self.max_size).with_context(task)?;
        for encoding in answer.header.values("Content-Encoding") {
            let encoding = printable(encoding);
            self.show.note(&format!(
                "the page is encoded ({encoding}), and saved as it comes"
            ));
        }
        // Only an unfinished file has to be removed; else Ctrl-C may end us as it ends any program.
        let shutdown = match destination {
            Destination::File { .. } => Shutdown::on_signals()?,
            Destination::Stdout | Destination::Device(_) => Shutdown::default(),
        };
        let mut saving = destination.begin()?;
        tracing::debug!("saving the body as it comes");
        let bar = Progress::of(framing, self.show.quiet || saving.is_on_screen());
        let decoder = read_body(url, answer, decoder, &mut saving, &shutdown, &bar)?;
        drop(bar);
        let path = saving.finish()?;
        self.show.note(&ending(framing, &decoder));
        decoder.trailer().for_each(|line| self.show.trailer(line));
        if let Some(path) = path {
            self.show.note(&format!("saved as {path}"));
        }
        Ok(())
    }

    /// The first answer that leads nowhere else, and where it comes from.
    fn arrive(&mut self, method: Method, mut url: PageUrl) -> anyhow::Result<(PageUrl, Answer)> {
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.ask(method, &url)?;
            let location = answer.header.redirect().filter(|_| self.follow);
            let Some(location) = location else {
                return Ok((url, answer));
            };
            url = url
                .redirected(location)
                .with_context(|| format!("cannot follow {url} to {}", printable(location)))?;
            self.show.note(&format!("redirected to {url}"));
        }
        bail!("cannot follow {url}: there were {MAX_REDIRECTS} redirects before this one")
    }

    /// Sends a request and reads the header of its answer.
    fn ask(&mut self, method: Method, url: &PageUrl) -> anyhow::Result<Answer> {
        let mut connection = Connection::open(url, self.timeout, &self.tls)?;
        tracing::debug!("connected to {}", connection.socket().peer());
        let request = request(method, url);
        self.show.request(&request);
        let task = || format!("cannot fetch {url}");
        connection.send(request.as_bytes()).with_context(task)?;
        let task = || format!("cannot read the header of {url}");
        self.read_header(method, connection).with_context(task)
    }

    /// Reads up to the first header that is not an interim one, such as 103 (early hints).
    fn read_header(
        &mut self,
        method: Method,
        mut connection: Connection,
    ) -> anyhow::Result<Answer> {
        let mut arriving = Arriving::default();
        let mut buffer = vec![0; READ];
        let mut interim = 0;
        loop {
            while let Some(raw) = arriving.next_header()? {
                // What cannot be understood is worth seeing too.
                self.show_header(method, &raw)?;
                let header = Header::read(&raw)?;
                if !header.is_interim() {
                    self.show.note(&format!(
                        "header: {} bytes, ended by the first empty line",
                        raw.len()
                    ));
                    return Ok(Answer {
                        connection,
                        header,
                        rest: arriving.into_rest(),
                    });
                }
                interim += 1;
                if header.status == 101 {
                    return Err(HeaderError::Switched.into());
                }
                if interim > MAX_INTERIM {
                    return Err(HeaderError::TooManyInterim.into());
                }
            }
            match connection.read(&mut buffer)? {
                0 if arriving.is_empty() => bail!("the server closed without an answer"),
                0 => bail!("it was cut short after {} bytes", arriving.len()),
                length => arriving.feed(&buffer[..length]),
            }
        }
    }

    /// Whoever reads our stdout may have had enough; the page is still to be saved then. When it
    /// is not, there is nothing more to do.
    fn show_header(&mut self, method: Method, raw: &[u8]) -> anyhow::Result<()> {
        match self.show.header(raw) {
            Err(error) if exit::stdout_was_closed(&error) && method == Method::Get => Ok(()),
            shown => shown,
        }
    }
}

/// Reads the body and saves it as it comes. What goes wrong with the file says so itself.
fn read_body(
    url: &PageUrl,
    answer: Answer,
    mut decoder: Decoder,
    saving: &mut Saving,
    shutdown: &Shutdown,
    bar: &Progress,
) -> anyhow::Result<Decoder> {
    let Answer {
        mut connection,
        rest,
        ..
    } = answer;
    let task = || format!("cannot read the body of {url}");
    // A thread that waits in read(2) hears of Ctrl-C by the end of its stream.
    let socket = connection.socket();
    shutdown.calls_back(move || {
        let _ = socket.shutdown(net::Shutdown::Both);
    });
    let mut page = Vec::new();
    let mut take = |decoder: &mut Decoder, bytes: &[u8]| -> anyhow::Result<()> {
        page.clear();
        let used = decoder.feed(bytes, &mut page).with_context(task)?;
        if used < bytes.len() {
            tracing::debug!("{} bytes came that belong to no answer", bytes.len() - used);
        }
        saving.write(&page)
    };
    take(&mut decoder, &rest)?;
    let mut buffer = vec![0; READ];
    while !decoder.is_complete() {
        let read = connection.read(&mut buffer);
        if shutdown.is_requested() {
            bail!("{}: interrupted", task());
        }
        match read.with_context(task)? {
            0 => decoder.close().with_context(task)?,
            length => take(&mut decoder, &buffer[..length])?,
        }
        bar.set(decoder.got());
    }
    Ok(decoder)
}

/// How long the body was, and what ended it.
fn ending(framing: &Framing, decoder: &Decoder) -> String {
    let (got, chunks) = (decoder.got(), decoder.chunks());
    let rule = match framing {
        Framing::Nothing(_) => "nothing".to_owned(),
        Framing::Length(_) => "Content-Length".to_owned(),
        Framing::Chunked if chunks == 1 => "the empty chunk after 1 chunk".to_owned(),
        Framing::Chunked => format!("the empty chunk after {chunks} chunks"),
        Framing::Close => "the server's close".to_owned(),
    };
    let unit = if got == 1 { "byte" } else { "bytes" };
    format!("body: {got} {unit}, ended by {rule}")
}
