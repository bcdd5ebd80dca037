//! The languages whose stacks are read.

use plimsoll_model::Exception;
use serde::{Deserialize, Serialize};

use super::lines::Lines;
use super::{dotnet, go, java, javascript, php, python, ruby, rust};

/// A language whose stacks can be read. Kotlin and Scala are Java here: one runtime writes their stacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// CPython and PyPy.
    Python,
    /// The Java virtual machine.
    Java,
    /// Node and browsers.
    JavaScript,
    /// Go.
    Go,
    /// .NET and Mono.
    DotNet,
    /// Ruby.
    Ruby,
    /// PHP.
    Php,
    /// Rust.
    Rust,
}

impl Language {
    /// All of them, in the order in which they are preferred where a text could be two's.
    pub const ALL: [Self; 8] = [
        Self::Python,
        Self::Java,
        Self::JavaScript,
        Self::Go,
        Self::DotNet,
        Self::Ruby,
        Self::Php,
        Self::Rust,
    ];

    /// The language of `telemetry.sdk.language`, or of a platform's name as other sources spell it.
    pub fn from_sdk(name: &str) -> Option<Self> {
        Some(match name {
            "python" => Self::Python,
            "java" | "kotlin" | "scala" | "android" => Self::Java,
            "nodejs" | "webjs" | "javascript" | "node" | "browser" => Self::JavaScript,
            "go" => Self::Go,
            "dotnet" | "csharp" => Self::DotNet,
            "ruby" => Self::Ruby,
            "php" => Self::Php,
            "rust" => Self::Rust,
            _ => return None,
        })
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Java => "java",
            Self::JavaScript => "javascript",
            Self::Go => "go",
            Self::DotNet => "dotnet",
            Self::Ruby => "ruby",
            Self::Php => "php",
            Self::Rust => "rust",
        }
    }

    /// How much a line looks like one of this language's stacks.
    pub(super) fn weight(self, line: &str) -> u32 {
        match self {
            Self::Python => python::weight(line),
            Self::Java => java::weight(line),
            Self::JavaScript => javascript::weight(line),
            Self::Go => go::weight(line),
            Self::DotNet => dotnet::weight(line),
            Self::Ruby => ruby::weight(line),
            Self::Php => php::weight(line),
            Self::Rust => rust::weight(line),
        }
    }

    /// Reads a whole text as this language's.
    pub(super) fn read(self, lines: &mut Lines<'_>) -> Vec<Exception> {
        match self {
            Self::Python => python::read(lines),
            Self::Java => java::read(lines),
            Self::JavaScript => javascript::read(lines),
            Self::Go => go::read(lines),
            Self::DotNet => dotnet::read(lines),
            Self::Ruby => ruby::read(lines),
            Self::Php => php::read(lines),
            Self::Rust => rust::read(lines),
        }
    }
}
