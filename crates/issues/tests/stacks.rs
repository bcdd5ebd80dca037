//! Real stacks of small programs, and what is read of them.
//!
//! Each file of `stacks/` has the cases of one language: after `#### name` the text as the runtime wrote it
//! (of Chrome, Safari, .NET with symbols and the newest versions: as they document it), after `#### is` what
//! it says. A line of a frame shows whether it is the service's own, then module, function and place, a `~`
//! before a file whose path is not known, and the source; `…` counts frames left out, `#` begins a line that
//! was kept as text.

use std::fmt::Write;

use plimsoll_issues::in_app::InApp;
use plimsoll_issues::stack::{self, Language, Stack};
use plimsoll_model::Frame;

const FILES: [(Language, &str); 8] = [
    (Language::Python, include_str!("stacks/python.txt")),
    (Language::Java, include_str!("stacks/java.txt")),
    (Language::JavaScript, include_str!("stacks/javascript.txt")),
    (Language::Go, include_str!("stacks/go.txt")),
    (Language::DotNet, include_str!("stacks/dotnet.txt")),
    (Language::Ruby, include_str!("stacks/ruby.txt")),
    (Language::Php, include_str!("stacks/php.txt")),
    (Language::Rust, include_str!("stacks/rust.txt")),
];

/// One text and what it says.
struct Case<'a> {
    language: Language,
    name: &'a str,
    text: &'a str,
    expected: &'a str,
}

fn cases() -> Vec<Case<'static>> {
    let mut cases = Vec::new();
    for (language, file) in FILES {
        let parts = file.strip_prefix("#### ").expect("a case begins the file").split("\n#### ");
        let parts: Vec<_> = parts.map(|part| part.split_once('\n').expect("a title")).collect();
        for pair in parts.chunks(2) {
            let [(name, text), ("is", expected)] = pair else { panic!("{pair:?} is no case") };
            cases.push(Case { language, name, text, expected });
        }
    }
    cases
}

fn read(text: &str, hint: Option<Language>) -> String {
    let mut stack = stack::parse(text, hint);
    InApp::default().mark(&mut stack.exceptions, stack.language);
    render(&stack)
}

/// A stack as compact text.
fn render(stack: &Stack) -> String {
    let mut text = stack.language.map_or("none", Language::as_str).to_owned();
    for exception in &stack.exceptions {
        let message = exception.message.replace('\n', "⏎");
        write!(text, "\n[{}] {message}", exception.kind).expect("a text takes any");
        for frame in &exception.frames {
            let Frame { function, module, file, path, line, column, source, .. } = frame;
            let ours = if frame.in_app == Some(true) { '+' } else { '-' };
            let named = if path.is_empty() { "~" } else { "" };
            write!(text, "\n {ours} {module} | {function} | {named}{file}:{line}:{column}")
                .expect("a text takes any");
            if let Some(source) = source {
                let after = source.after.join("⏎");
                write!(text, " > {} {after}", source.line).expect("a text takes any");
            }
        }
        if exception.frames_omitted > 0 {
            write!(text, "\n  … {}", exception.frames_omitted).expect("a text takes any");
        }
        for line in exception.text.lines() {
            write!(text, "\n  # {line}").expect("a text takes any");
        }
    }
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[test]
fn stacks_say_what_happened() {
    let cases = cases();
    assert!(cases.len() > 90, "{} cases", cases.len());
    for Case { language, name, text, expected } in cases {
        let read = read(text, Some(language));
        assert_eq!(read.trim_end(), expected.trim_end(), "{}: {name}\n{read}", language.as_str());
    }
}

/// Services relay what others raised, and an SDK may not say what it is.
#[test]
fn a_wrong_hint_or_none_changes_nothing() {
    for Case { language, name, text, expected } in cases() {
        let others = Language::ALL.into_iter().filter(|one| *one != language).map(Some);
        for hint in others.chain([None]) {
            let read = read(text, hint);
            let title = format!("{}: {name}, hint {hint:?}", language.as_str());
            assert_eq!(read.trim_end(), expected.trim_end(), "{title}\n{read}");
        }
    }
}

/// Windows ends lines in two characters.
#[test]
fn ends_of_lines_change_nothing() {
    for Case { language, name, text, expected } in cases() {
        let read = read(&text.replace('\n', "\r\n"), Some(language));
        assert_eq!(read.trim_end(), expected.trim_end(), "{}: {name}\n{read}", language.as_str());
    }
}

/// A line that nobody can read costs no frame.
#[test]
fn unreadable_lines_cost_no_frames() {
    for Case { language, name, text, .. } in cases() {
        let frames = |text: &str| {
            let stack = stack::parse(text, Some(language));
            stack.exceptions.iter().map(|exception| exception.frames.len()).sum::<usize>()
        };
        // Where a language writes a frame on two lines, one between them is another matter.
        if !matches!(language, Language::Go) {
            let lines: Vec<_> = text.lines().collect();
            let (before, after) = lines.split_at(lines.len() - 1);
            let mixed = [before, &["%% unreadable %%"], after].concat().join("\n");
            assert!(frames(&mixed) >= frames(text), "{}: {name}", language.as_str());
        }
    }
}
