//! Grouping as a person would do it: what is one mistake is one issue, and what is two is two.

mod contract;
mod golden;
mod judgement;
mod languages;

use plimsoll_model::{Exception, Frame};

use super::*;

/// A chain written short: `Type: message | module/function, file!function, -library/function <- its
/// cause`.
fn chain(text: &str) -> Vec<Exception> {
    text.split(" <- ").map(exception).collect()
}

fn exception(text: &str) -> Exception {
    let (said, frames) = text.split_once(" | ").unwrap_or((text, ""));
    let (kind, message) = said.split_once(": ").unwrap_or((said, ""));
    let frames = frames.split(", ").filter(|frame| !frame.trim().is_empty()).map(frame).collect();
    Exception { kind: kind.to_owned(), message: message.to_owned(), frames, ..Exception::default() }
}

fn frame(text: &str) -> Frame {
    let text = text.trim();
    let (in_app, text) = text.strip_prefix('-').map_or((true, text), |library| (false, library));
    let mut frame = Frame { in_app: Some(in_app), ..Frame::default() };
    if let Some((file, function)) = text.split_once('!') {
        (frame.file, frame.function) = (file.to_owned(), function.to_owned());
    } else {
        let (module, function) = text.rsplit_once('/').unwrap_or(("", text));
        (frame.module, frame.function) = (module.to_owned(), function.to_owned());
    }
    frame
}

fn explain(text: &str) -> Explanation {
    let exceptions = chain(text);
    Grouper::default().explain(&Occurrence { exceptions: &exceptions, ..Occurrence::default() })
}
