//! What the readers of stacks hold to, whatever the text: bounds, linear work, no panic.

use plimsoll_model::Frame;
use proptest::prelude::*;

use super::*;

/// Real stacks of every language, with what is said of them between.
const TEXTS: [&str; 8] = [
    include_str!("../../tests/stacks/python.txt"),
    include_str!("../../tests/stacks/java.txt"),
    include_str!("../../tests/stacks/javascript.txt"),
    include_str!("../../tests/stacks/go.txt"),
    include_str!("../../tests/stacks/dotnet.txt"),
    include_str!("../../tests/stacks/ruby.txt"),
    include_str!("../../tests/stacks/php.txt"),
    include_str!("../../tests/stacks/rust.txt"),
];

/// Every single stack of them.
fn stacks() -> Vec<&'static str> {
    let parts = TEXTS.iter().flat_map(|text| text.split("#### "));
    let texts = parts.filter_map(|part| part.split_once('\n'));
    texts.filter(|(title, _)| !title.is_empty() && *title != "is").map(|(_, text)| text).collect()
}

fn frame_bytes(frame: &Frame) -> usize {
    let source = frame
        .source
        .iter()
        .map(|source| source.line.len() + source.after.iter().map(String::len).sum::<usize>());
    let Frame { function, module, file, path, .. } = frame;
    function.len() + module.len() + file.len() + path.len() + source.sum::<usize>()
}

fn bytes(stack: &Stack) -> usize {
    let exceptions = stack.exceptions.iter().map(|exception| {
        let frames = exception.frames.iter().map(frame_bytes).sum::<usize>();
        exception.kind.len() + exception.message.len() + exception.text.len() + frames
    });
    exceptions.sum()
}

/// Holds what is read of any text to the bounds.
fn check_bounds(text: &str, hint: Option<Language>) {
    let (stack, visited) = parse_counted(text, hint);
    let lines = text.lines().count();
    // The language is told, the stack read, and the text kept where that failed.
    assert!(visited <= 3 * lines, "{visited} lines visited of {lines}");
    // A frame has its names, its file and its path, and a common frame stands for its copy.
    assert!(bytes(&stack) <= 6 * text.len() + 64, "{} of {}", bytes(&stack), text.len());
    assert_eq!(stack.exceptions.is_empty(), without_colours(text).trim().is_empty());
    assert!(stack.exceptions.len() <= limits::EXCEPTIONS_MAX);
    for exception in &stack.exceptions {
        assert!(exception.frames.len() <= 2 * limits::FRAMES_KEPT);
        assert!(exception.message.len() <= limits::MESSAGE_BYTES_MAX);
        assert!(exception.text.len() <= limits::TEXT_BYTES_MAX);
    }
}

#[test]
fn the_bounds_hold_for_real_stacks_in_every_language() {
    let hints = Language::ALL.into_iter().map(Some).chain([None]);
    for hint in hints {
        for text in stacks().into_iter().chain(TEXTS) {
            check_bounds(text, hint);
        }
    }
}

#[test]
fn twice_the_text_is_at_most_twice_the_work() {
    let hostile = [
        "Caused by: a.B: c\n\tat a.b.C.d(E.java:1)\n\t... 250 more\n",
        "\tat a.b.C.d(E.java:1)\n",
        "  | Exception Group Traceback (most recent call last):\n  +-+---------------- 1 ----------------\n",
        "  File \"a.py\", line 1, in b\nValueError: x\n\nDuring handling of the above exception, another exception occurred:\n\n",
        "  [cause]: Error: x {\n      at a (b.js:1:2) {\n",
        "    at a (eval at b (eval at c (d.js:1:2), <anonymous>:1:1), <anonymous>:1:1)\n",
        "panic: a\ngoroutine 1 [running]:\nmain.a((((((((((\n\t/a.go:1\n",
        " ---> A.BException: x ---> A.CException: y ---> \n   at A.B()\n",
        "a.rb:1:in 'b': c (D)\n\tfrom a.rb:1:in 'b'\n",
        "Next A: b in c.php:1\nStack trace:\n#0 c.php(1): {closure(((({(\n",
        "  0: a::[[[[[[[[[[[[b]]]]\n             at a.rs:1:2\nCaused by:\n    0: x\n",
        "\u{1b}[\u{1b}[1;m\u{1b}[3\n",
    ];
    let visited = |text: &str, hint| parse_counted(text, hint).1;
    for text in hostile {
        let (once, twice) = (text.repeat(100), text.repeat(200));
        check_bounds(&once, None);
        for hint in Language::ALL {
            let (few, many) = (visited(&once, Some(hint)), visited(&twice, Some(hint)));
            assert!(many <= 2 * few + 2, "{few}, {many}: {text}");
        }
    }
    for text in stacks() {
        let (few, many) = (visited(text, None), visited(&text.repeat(2), None));
        assert!(many <= 2 * few + 2, "{few}, {many}: {text}");
    }
}

/// A common frame of a cause is a copy; a chain of causes must not copy a long stack each time.
#[test]
fn common_frames_are_copied_within_the_length_of_the_text() {
    let name = "n".repeat(4000);
    let frame = format!("\tat a.{name}.c(D.java:1)\n");
    let causes = "Caused by: a.B: c\n\tat a.b.C.d(E.java:1)\n\t... 250 more\n".repeat(40);
    let text = format!("a.A: x\n{}{causes}", frame.repeat(250));
    let stack = parse(&text, None);
    assert!(bytes(&stack) <= 3 * text.len(), "{} of {}", bytes(&stack), text.len());
    let first = &stack.exceptions[1];
    assert_eq!((first.frames.len(), first.frames_omitted), (250, 1));
    let last = &stack.exceptions[31];
    assert_eq!((last.frames.len() as u32) + last.frames_omitted, 251);
}

#[test]
fn a_deep_stack_keeps_its_ends() {
    let frames: String =
        (0..1000).map(|number| format!("\tat a.B.f{number}(B.java:{})\n", number + 1)).collect();
    let stack = parse(&format!("a.E: x\n{frames}"), None);
    let exception = &stack.exceptions[0];
    let names =
        |from: usize| exception.frames[from..from + 125].iter().map(|frame| frame.function.clone());
    assert_eq!(exception.frames_omitted, 750);
    assert!(names(0).eq((0..125).map(|number| format!("f{number}"))));
    assert!(names(125).eq((875..1000).map(|number| format!("f{number}"))));
}

#[test]
fn a_long_chain_keeps_what_was_reported() {
    let causes: String = (0..100).map(|number| format!("Caused by: a.E{number}: x\n")).collect();
    let java = format!("a.E: x\n\tat a.B.c(D.java:1)\n{causes}");
    let blocks = (0..100).map(|number| {
        format!("Traceback (most recent call last):\n  File \"a.py\", line 1, in b\nE{number}: x\n")
    });
    let python = blocks
        .collect::<Vec<_>>()
        .join("\nThe above exception was the direct cause of the following exception:\n\n");
    for (text, first, last) in [(java, "a.E", "a.E30"), (python, "E99", "E68")] {
        let exceptions = parse(&text, None).exceptions;
        assert_eq!(exceptions.len(), limits::EXCEPTIONS_MAX);
        assert_eq!((&*exceptions[0].kind, &*exceptions[31].kind), (first, last));
    }
}

#[test]
fn what_is_no_stack_is_kept_as_text() {
    let check = |text: &str, hint, expected: &str| {
        let stack = parse(text, hint);
        assert_eq!(stack.language, None, "{text}");
        assert_eq!(stack.exceptions.len(), 1, "{text}");
        assert_eq!(
            stack.exceptions[0],
            Exception { text: expected.into(), ..Exception::default() }
        );
    };
    check("nothing to see: here\n\nor there\n", None, "nothing to see: here\n\nor there");
    check("-- no stack at all --", Some(Language::Python), "-- no stack at all --");
    check("{ a: 1 }", Some(Language::JavaScript), "{ a: 1 }");
    let long = "x\n".repeat(limits::TEXT_BYTES_MAX);
    let kept = parse(&long, None).exceptions.remove(0).text;
    assert!((limits::TEXT_BYTES_MAX - 2..=limits::TEXT_BYTES_MAX).contains(&kept.len()));
    assert_eq!(parse(" \n\t\r\n", None), Stack::default());
}

#[test]
fn a_hint_helps_where_only_a_type_is_named() {
    for (text, hint, kind, message) in [
        ("KeyError: 'k'", Language::Python, "KeyError", "'k'"),
        (
            "java.lang.OutOfMemoryError: Java heap space",
            Language::Java,
            "java.lang.OutOfMemoryError",
            "Java heap space",
        ),
        ("Error: refused", Language::JavaScript, "Error", "refused"),
        ("System.Exception: gone", Language::DotNet, "System.Exception", "gone"),
    ] {
        let stack = parse(text, Some(hint));
        assert_eq!(stack.language, Some(hint), "{text}");
        assert_eq!((&*stack.exceptions[0].kind, &*stack.exceptions[0].message), (kind, message));
        assert_eq!(parse(text, None).language, None, "{text}");
    }
}

#[test]
fn a_hint_decides_between_equals() {
    // Both Kotlin's and PHP's SDK could have written it.
    let text = "X: y\n\tat {main}(Unknown Source)\n\tat a.b(Unknown Source)\n";
    assert_eq!(parse(text, Some(Language::Java)).language, Some(Language::Java));
    assert_eq!(parse(text, Some(Language::Rust)).language, Some(Language::Java));
}

#[test]
fn languages_have_their_names() {
    for (name, language) in [
        ("python", Some(Language::Python)),
        ("java", Some(Language::Java)),
        ("nodejs", Some(Language::JavaScript)),
        ("webjs", Some(Language::JavaScript)),
        ("go", Some(Language::Go)),
        ("dotnet", Some(Language::DotNet)),
        ("ruby", Some(Language::Ruby)),
        ("php", Some(Language::Php)),
        ("rust", Some(Language::Rust)),
        ("cpp", None),
        ("", None),
    ] {
        assert_eq!(Language::from_sdk(name), language, "{name}");
    }
    for language in Language::ALL {
        assert_eq!(Language::from_sdk(language.as_str()), Some(language));
    }
}

#[test]
fn colours_are_left_out() {
    for (text, plain) in [
        ("\u{1b}[1ma\u{1b}[m b\u{1b}[1;4;31mc", "a bc"),
        ("no colour", "no colour"),
        ("\u{1b}[2K cleared", "\u{1b}[2K cleared"),
        ("\u{1b}[", "\u{1b}["),
        ("ä\u{1b}[0mö", "äö"),
    ] {
        assert_eq!(without_colours(text), plain);
    }
}

#[test]
fn the_type_and_message_beside_a_stack_complete_it() {
    let check = |before: [&str; 3], told: [&str; 2], after: [&str; 3]| {
        let exception = |[kind, message, text]: [&str; 3]| Exception {
            kind: kind.into(),
            message: message.into(),
            text: text.into(),
            ..Exception::default()
        };
        let mut exceptions = vec![exception(before), exception(["Cause", "c", ""])];
        complete(&mut exceptions, told[0], told[1]);
        assert_eq!(exceptions, [exception(after), exception(["Cause", "c", ""])]);
    };
    check(["", "", ""], ["A", "b"], ["A", "b", ""]);
    check(["ValueError", "x", ""], ["builtins.ValueError", "x"], ["builtins.ValueError", "x", ""]);
    check(["shop.E", "x", ""], ["E", ""], ["E", "x", ""]);
    check(["E", "x", ""], ["", ""], ["E", "x", ""]);
    check(["E", "x", "t"], ["", "other"], ["E", "other", "t"]);
    // Notes that follow the message are no part of it, and are not lost.
    check(["E", "x\norder 17", "t"], ["E", "x"], ["E", "x", "order 17\nt"]);
    check(["E", "xy", ""], ["E", "x"], ["E", "x", ""]);

    let mut none = Vec::new();
    complete(&mut none, "", "");
    assert!(none.is_empty());
    complete(&mut none, "E", &"ä".repeat(limits::MESSAGE_BYTES_MAX));
    assert_eq!((&*none[0].kind, none[0].message.len()), ("E", limits::MESSAGE_BYTES_MAX));
}

#[test]
fn a_line_too_long_is_cut_at_a_character() {
    let long = "ä".repeat(limits::LINE_BYTES_MAX);
    let mut lines = Lines::new(&long);
    assert_eq!(lines.peek().map(str::len), Some(limits::LINE_BYTES_MAX));
    assert_eq!(lines.next().map(str::len), Some(limits::LINE_BYTES_MAX));
    assert_eq!((lines.next(), lines.visited()), (None, 1));
}

/// Lines of real stacks and their like, in any order.
fn mixture() -> impl Strategy<Value = String> {
    let lines: Vec<&str> = TEXTS.iter().flat_map(|text| text.lines()).collect();
    let line = prop_oneof![
        8 => proptest::sample::select(lines).prop_map(str::to_owned),
        1 => ".{0,40}",
        1 => r#"[ \t|+#]{0,6}(at |File "|from |Caused by: |---> |\[cause\]: )?[a-z.:()\[\]{}'"0-9/@ -]{0,24}"#,
    ];
    proptest::collection::vec(line, 0..60).prop_map(|lines| lines.join("\n"))
}

/// A real stack with a few characters changed, or its middle cut out.
fn mutation() -> impl Strategy<Value = String> {
    let edit = (any::<proptest::sample::Index>(), 0_usize..12, "[ -~\n\tä]{0,3}");
    (proptest::sample::select(stacks()), proptest::collection::vec(edit, 1..6)).prop_map(
        |(text, edits)| {
            let mut text = text.to_owned();
            for (at, length, new) in edits {
                let from = text.floor_char_boundary(at.index(text.len() + 1));
                let to = text.floor_char_boundary((from + length).min(text.len())).max(from);
                text.replace_range(from..to, &new);
            }
            text
        },
    )
}

proptest! {
    #[test]
    fn any_text_is_read(text in r"(.|\n){0,400}", hint in 0_usize..9) {
        check_bounds(&text, Language::ALL.get(hint).copied());
    }

    #[test]
    fn any_lines_are_read(text in mixture(), hint in 0_usize..9) {
        check_bounds(&text, Language::ALL.get(hint).copied());
    }

    #[test]
    fn any_change_of_a_stack_is_read(text in mutation(), hint in 0_usize..9) {
        check_bounds(&text, Language::ALL.get(hint).copied());
    }
}
