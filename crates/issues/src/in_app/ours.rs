//! What paths and names tell of a frame's owner, by language.
//!
//! Invariant: a frame whose place and names tell nothing is not the service's own.

use plimsoll_model::Frame;

use super::rust;
use crate::stack::Language;

/// Parts of paths where other people's code is, in any language.
const FOREIGN_FOLDERS: &[&str] = &[
    "/site-packages/",
    "/dist-packages/",
    "/node_modules/",
    "/vendor/bundle/",
    "/.cargo/registry/",
    "/.cargo/git/",
    // Where the home of cargo is not in a home of somebody: images that builds run in.
    "/cargo/registry/src/",
    "/cargo/git/checkouts/",
    "/go/pkg/mod/",
];

pub(super) fn is_ours(frame: &Frame, language: Option<Language>) -> bool {
    let path = path_of(frame);
    // Of code that was made of other code the path is where that is served, and the file what it was made of.
    let file = rooted(&frame.file);
    if is_in_foreign_folder(&path) || is_in_foreign_folder(&file) {
        return false;
    }
    match language.or_else(|| language_of(&path)) {
        Some(Language::Python) => is_python_ours(&path),
        Some(Language::Java) => {
            !frame.module.is_empty() && !has_prefix(&frame.module, JAVA, &['.'])
        }
        Some(Language::JavaScript) => {
            is_javascript_ours(&path) && (frame.file.is_empty() || is_javascript_ours(&file))
        }
        Some(Language::Go) => is_go_ours(frame, &path),
        Some(Language::DotNet) => {
            !frame.module.is_empty() && !has_prefix(&frame.module, DOTNET, &['.'])
        }
        Some(Language::Ruby) => is_ruby_ours(&path),
        Some(Language::Php) => is_php_ours(frame, &path),
        Some(Language::Rust) => rust::is_ours(&frame.function, &path),
        None => path.len() > 1 && !path.starts_with("/<"),
    }
}

/// Whether a frame that its source calls its own is known to be none: of Rust that is only a guess.
pub(super) fn is_guessed_wrong(frame: &Frame, language: Option<Language>) -> bool {
    let path = path_of(frame);
    language.or_else(|| language_of(&path)) == Some(Language::Rust)
        && (is_in_foreign_folder(&path) || rust::is_foreign(&frame.function, &path))
}

fn is_in_foreign_folder(path: &str) -> bool {
    FOREIGN_FOLDERS.iter().any(|folder| path.contains(folder))
}

/// The frame's path with slashes, and one before it, so that a folder's name is found at its begin too.
fn path_of(frame: &Frame) -> String {
    rooted(if frame.path.is_empty() { &frame.file } else { &frame.path })
}

fn rooted(path: &str) -> String {
    let path = path.replace('\\', "/");
    if path.starts_with('/') { path } else { format!("/{path}") }
}

/// Whether a name is one of these, or begins with one and a separator.
fn has_prefix(name: &str, prefixes: &[&str], separators: &[char]) -> bool {
    prefixes.iter().any(|prefix| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(separators))
    })
}

fn language_of(path: &str) -> Option<Language> {
    let path = path.split('?').next().unwrap_or(path);
    Some(match path.rsplit_once('.')?.1 {
        "py" => Language::Python,
        "java" | "kt" | "kts" | "scala" | "groovy" | "clj" => Language::Java,
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "vue" | "svelte" => {
            Language::JavaScript
        }
        "go" => Language::Go,
        "cs" | "fs" | "vb" => Language::DotNet,
        "rb" | "erb" | "rake" => Language::Ruby,
        "php" => Language::Php,
        "rs" => Language::Rust,
        _ => return None,
    })
}

fn is_python_ours(path: &str) -> bool {
    // Names in angle brackets: frozen modules, and source that a library made.
    let is_library = path == "/"
        || path.starts_with("/<")
        || path.contains("/lib/python2.")
        || path.contains("/lib/python3")
        || path.contains("/lib-python/")
        || (path.contains("/Python3") && (path.contains("/lib/") || path.contains("/Lib/")));
    !is_library
}

const JAVA: &[&str] = &[
    "java",
    "javax",
    "jakarta",
    "jdk",
    "sun",
    "com.sun",
    "com.oracle",
    "kotlin",
    "kotlinx",
    "scala",
    "akka",
    "groovy",
    "clojure",
    "android",
    "androidx",
    "dalvik",
    "com.android",
    "com.google",
    "com.fasterxml",
    "com.zaxxer",
    "com.mysql",
    "com.squareup",
    "com.netflix",
    "com.github.benmanes",
    "okhttp3",
    "okio",
    "retrofit2",
    "feign",
    "reactor",
    "rx",
    "io.grpc",
    "io.ktor",
    "io.lettuce",
    "io.micrometer",
    "io.micronaut",
    "io.netty",
    "io.opentelemetry",
    "io.quarkus",
    "io.reactivex",
    "io.sentry",
    "io.undertow",
    "io.vertx",
    "ch.qos.logback",
    "net.bytebuddy",
    "net.sf.cglib",
    "redis.clients",
    "org.aopalliance",
    "org.apache",
    "org.aspectj",
    "org.codehaus",
    "org.eclipse",
    "org.glassfish",
    "org.gradle",
    "org.h2",
    "org.hibernate",
    "org.jboss",
    "org.jetbrains",
    "org.junit",
    "org.mariadb",
    "org.mongodb",
    "org.mybatis",
    "org.postgresql",
    "org.slf4j",
    "org.springframework",
    "org.xnio",
    "play.api",
    "play.core",
    "zio",
    "cats",
];

const DOTNET: &[&str] = &[
    "System",
    "Microsoft",
    "Mono",
    "Internal",
    "Newtonsoft",
    "Npgsql",
    "MySqlConnector",
    "MySql",
    "MongoDB",
    "StackExchange",
    "Grpc",
    "Google",
    "Amazon",
    "Azure",
    "AutoMapper",
    "Autofac",
    "Castle",
    "Confluent",
    "Dapper",
    "FluentValidation",
    "Hangfire",
    "MassTransit",
    "MediatR",
    "NHibernate",
    "NLog",
    "OpenTelemetry",
    "Polly",
    "Quartz",
    "RabbitMQ",
    "Refit",
    "RestSharp",
    "Sentry",
    "Serilog",
    "Swashbuckle",
];

fn is_javascript_ours(path: &str) -> bool {
    const FOREIGN: &[&str] = &[
        "/node:",
        "/internal/",
        "/native ",
        "/<anonymous>",
        "/[native code]",
        "/chrome-extension:",
        "/moz-extension:",
        "/safari-extension:",
        "/safari-web-extension:",
        "/wasm:",
    ];
    const WITHIN: &[&str] = &[
        "/webpack/runtime/",
        "/webpack/bootstrap",
        "(webpack)",
        "/~/",
        "/.yarn/",
        "/bower_components/",
    ];
    path != "/"
        && !FOREIGN.iter().any(|prefix| path.starts_with(prefix))
        && !WITHIN.iter().any(|part| path.contains(part))
}

/// The first names of the packages of Go's standard library.
const GO: &[&str] = &[
    "archive",
    "bufio",
    "builtin",
    "bytes",
    "cmp",
    "compress",
    "container",
    "context",
    "crypto",
    "database",
    "debug",
    "embed",
    "encoding",
    "errors",
    "expvar",
    "flag",
    "fmt",
    "go",
    "hash",
    "html",
    "image",
    "index",
    "internal",
    "io",
    "iter",
    "log",
    "maps",
    "math",
    "mime",
    "net",
    "os",
    "path",
    "plugin",
    "reflect",
    "regexp",
    "runtime",
    "slices",
    "sort",
    "strconv",
    "strings",
    "structs",
    "sync",
    "syscall",
    "testing",
    "text",
    "time",
    "unicode",
    "unique",
    "unsafe",
    "vendor",
    "weak",
    "golang.org/x",
    "google.golang.org",
];

fn is_go_ours(frame: &Frame, path: &str) -> bool {
    // A module's version stands in the path of its files, wherever they were built.
    let has_version = path.split('/').any(|part| {
        part.split_once("@v")
            .is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    let is_library = frame.module.is_empty()
        || has_version
        || has_prefix(&frame.module, GO, &['/'])
        || path.contains("/vendor/")
        || path.contains("/pkg/mod/")
        || path.contains("/go/src/runtime/");
    !is_library
}

fn is_ruby_ours(path: &str) -> bool {
    // Names in brackets: the interpreter's own code, and source that was evaluated.
    let is_library = path == "/"
        || path.starts_with("/<")
        || path.starts_with("/(")
        || ["/gems/", "/lib/ruby/", "/rubygems/", "/bundler/"]
            .iter()
            .any(|part| path.contains(part));
    !is_library
}

/// PHP's OpenTelemetry SDK writes names of files without their folders, so namespaces tell libraries too.
const PHP: &[&str] = &[
    "Amp",
    "Carbon",
    "Composer",
    "Doctrine",
    "GuzzleHttp",
    "Illuminate",
    "Laminas",
    "Laravel",
    "League",
    "Livewire",
    "Monolog",
    "Nette",
    "OpenTelemetry",
    "PHPUnit",
    "Phalcon",
    "Predis",
    "Psr",
    "Ramsey",
    "React",
    "Sentry",
    "Slim",
    "Symfony",
    "Twig",
    "Yiisoft",
    "yii",
];

fn is_php_ours(frame: &Frame, path: &str) -> bool {
    path != "/"
        && !path.contains("/vendor/")
        && !path.contains("/usr/share/php/")
        && !has_prefix(&frame.module, PHP, &['\\', '.'])
}
