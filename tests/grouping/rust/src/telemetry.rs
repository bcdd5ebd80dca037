//! What a service writes of a panic or an error to OpenTelemetry, as JSON lines.
//!
//! Requests are sent one at a time, so the label of an event is that of the request under way.

use std::backtrace::Backtrace;
use std::fmt::Write;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::AsRawFd;
use std::panic::PanicHookInfo;
use std::sync::{Mutex, MutexGuard};

/// The request under way: its label, kind and service, and how many events it gave.
#[derive(Default)]
pub struct Current {
    pub label: String,
    pub kind: String,
    pub service: String,
    pub count: usize,
}

static CURRENT: Mutex<Option<Current>> = Mutex::new(None);

pub fn current() -> MutexGuard<'static, Option<Current>> {
    CURRENT.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The panics of the services `collected` are taken from standard error, as the default hook
/// writes them.
pub fn install(collected: &'static [&'static str]) {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let from_stderr =
            current().as_ref().is_some_and(|event| collected.contains(&event.service.as_str()));
        let message = info.payload_as_str().unwrap_or("Box<dyn Any>");
        let stack = if from_stderr { stderr_of(|| default(info)) } else { describe(info, message) };
        write("panic", message, &stack);
    }));
}

/// What a hook of a service's own makes of a panic.
fn describe(info: &PanicHookInfo, message: &str) -> String {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("<unnamed>");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = Backtrace::force_capture();
    format!("thread '{name}' panicked at {place}:\n{message}\nstack backtrace:\n{backtrace}")
}

extern "C" {
    fn dup(file: i32) -> i32;
    fn dup2(file: i32, other: i32) -> i32;
    fn close(file: i32) -> i32;
}

/// What a function writes to standard error, which is a file meanwhile.
fn stderr_of(write: impl FnOnce()) -> String {
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open("stderr")
        .expect("a file");
    // SAFETY: both descriptors are open, and only the hook, one panic at a time, exchanges them.
    unsafe {
        let kept = dup(2);
        dup2(file.as_raw_fd(), 2);
        write();
        dup2(kept, 2);
        close(kept);
    }
    let mut text = String::new();
    file.seek(SeekFrom::Start(0))
        .and_then(|_| file.read_to_string(&mut text))
        .expect("the file is read");
    text.trim_start().to_owned()
}

pub fn write(kind: &str, message: &str, stack: &str) {
    let mut current = current();
    let Some(event) = current.as_mut() else { return };
    event.count += 1;
    let fields = [
        ("label", event.label.as_str()),
        ("kind", event.kind.as_str()),
        ("language", "rust"),
        ("service", event.service.as_str()),
        ("type", kind),
        ("message", message),
        ("stacktrace", stack),
    ];
    let fields: Vec<String> =
        fields.iter().map(|(name, text)| format!("\"{name}\": {}", quote(text))).collect();
    println!("{{{}}}", fields.join(", "));
}

fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for each in text.chars() {
        match each {
            '"' | '\\' => quoted.extend(['\\', each]),
            control if control < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", control as u32);
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
