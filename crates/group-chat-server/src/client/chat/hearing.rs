//! What the server says.

use std::sync::Arc;

use anyhow::{anyhow, bail};
use common::printable::printable;
use serde::Deserialize;

use super::super::frame::object;
use super::super::talk::Talk;
use super::super::typing;
use super::{Chat, Link, STRANGER};
use crate::protocol::{ErrorCode, Reply};

/// How much of a frame that is not understood is shown, in bytes.
const SAMPLE: usize = 80;

impl Chat {
    /// Takes a frame.
    pub(super) fn hear(&mut self, frame: &[u8]) -> anyhow::Result<()> {
        tracing::trace!("received {} bytes", frame.len());
        if let Link::In(talk) = &mut self.link {
            talk.hears();
        }
        let Some((json, value)) = object(frame) else {
            let sample = printable(&frame[..frame.len().min(SAMPLE)]).to_string();
            if let Link::Joining(..) = &self.link {
                return self.over(anyhow!(sample).context(STRANGER));
            }
            tracing::warn!("passed over what is not understood: {sample}");
            return Ok(());
        };
        let reply = Reply::deserialize(&value);
        if !matches!(reply, Ok(Reply::Pong {})) {
            self.page.frame(json)?;
        }
        match reply {
            Ok(reply) => self.understand(reply),
            // A newer server may say more than we know.
            Err(error) => {
                let error = error.to_string();
                tracing::warn!("passed over what is not understood: {}", printable(&error));
                Ok(())
            }
        }
    }

    fn understand(&mut self, reply: Reply) -> anyhow::Result<()> {
        match (reply, &mut self.link) {
            (Reply::Welcome { nick, online }, Link::Joining(stream, _)) => {
                let talk = Talk::new(Arc::clone(stream));
                self.link = Link::In(talk);
                self.come_in(&nick, online)
            }
            (Reply::Error { code, text }, Link::Joining(..)) if code != ErrorCode::SlowDown => {
                // After a broken connection the server may not have noticed yet that we have
                // gone, and keep our nickname for who we were.
                let by_ourselves = code == ErrorCode::NickTaken && self.nicknames.is_some();
                match by_ourselves {
                    true => self.over(anyhow!(text)),
                    false => Err(anyhow!(text).context(self.joining())),
                }
            }
            (Reply::Pong {}, Link::In(talk)) => {
                talk.pong();
                Ok(())
            }
            (reply, link) => {
                if let (Reply::Error { code, .. }, Link::In(talk)) = (&reply, link)
                    && *code == ErrorCode::SlowDown
                {
                    talk.slow_down();
                }
                self.page.reply(&reply)
            }
        }
    }

    fn come_in(&mut self, nick: &str, online: usize) -> anyhow::Result<()> {
        let nicknames = nick.to_lowercase() == self.plan.nick.to_lowercase();
        let name = printable(nick);
        match self.nicknames {
            // What waits for one person must not be told to everyone.
            Some(had) if had && !nicknames => {
                bail!(
                    "cannot come back to {}: it has no nicknames now",
                    self.plan.server
                )
            }
            Some(_) => self.page.status(&format!("back again as {name}"))?,
            None => self
                .page
                .status(&format!("in as {name}, {online} online"))?,
        }
        if !nicknames && self.nicknames.is_none() {
            self.page
                .status("there are no nicknames here: each line goes to everyone")?;
        }
        self.nicknames = Some(nicknames);
        match self.lines.take() {
            Some(lines) => typing::start(
                lines,
                self.plan.interactive,
                self.page.clone(),
                Arc::clone(&self.gate),
                self.happened.clone(),
            ),
            None => Ok(()),
        }
    }
}
