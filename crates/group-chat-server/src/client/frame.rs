//! Requests as frames, and frames as JSON.

use common::framing::{Ending, Framing};
use common::stream::Stream;
use serde_json::Value;

use crate::protocol::Request;

/// A request as it goes over the wire.
pub(super) fn frame(request: &Request) -> anyhow::Result<Vec<u8>> {
    let json = serde_json::to_vec(request)?;
    let mut frame = Vec::with_capacity(json.len() + 4);
    Framing::Length.encode(&json, Ending::Nothing, &mut frame);
    Ok(frame)
}

/// Sends one.
pub(super) fn send(stream: &Stream, request: &Request) -> anyhow::Result<()> {
    Ok(stream.send(&frame(request)?)?)
}

/// A frame as JSON, if it is an object.
pub(super) fn object(frame: &[u8]) -> Option<(&str, Value)> {
    let json = std::str::from_utf8(frame).ok()?;
    let value: Value = serde_json::from_str(json).ok()?;
    value.is_object().then_some((json, value))
}
