//! Words by which functions are recognised as serving whoever calls them, and types as saying
//! little.
//!
//! Invariants: a word says what it is in every language or it is not here; nouns of a business
//! (`order`, `user`, `message`, `item`) are in none of these lists, since they name the one who is
//! served.

/// What a word of a function's name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// It checks and raises on behalf of its caller: `require`, `validate`, `fail`.
    Raise,
    /// It does on behalf of its caller: `query`, `post`.
    Run,
    /// It stands around a call: `retry`, `wrapper`.
    Wrap,
    /// It names what it does something with, which callers bring: `statement`, `url`.
    Tool,
    /// It says how something has to be: `positive`.
    Condition,
    /// It says nothing of a business: `value`, `or`.
    Plain,
    /// Anything else.
    Own,
}

pub(super) fn verb(word: &str) -> Verb {
    match word {
        "require" | "requires" | "required" | "ensure" | "ensures" | "assert" | "asserts"
        | "fail" | "fails" | "failed" | "failure" | "abort" | "raise" | "raises" | "throw"
        | "throws" | "thrower" | "must" | "expect" | "expects" | "invariant" | "invariants"
        | "guard" | "precondition" | "postcondition" | "panic" | "panicking" | "unwind"
        | "gopanic" | "die" | "bail" | "reject" | "refuse" | "deny" | "demand" | "enforce"
        | "error" | "errors" | "err" | "exception" | "exc" | "unreachable" | "unwrap"
        | "unexpected" | "assume" | "check" | "checks" | "checked" | "validate" | "validates"
        | "validated" | "verify" | "verifies" | "insist" | "insists" | "insisted" | "demands"
        | "mandate" | "prohibit" | "forbid" | "disallow" | "disallowed" | "complain"
        | "complains" | "crash" | "explode" | "oops" | "halt" | "violate" | "violated"
        | "impossible" => Verb::Raise,
        "query" | "execute" | "exec" | "run" | "call" | "request" | "fetch" | "send" | "get"
        | "post" | "put" | "patch" | "delete" | "head" | "invoke" | "dispatch" | "handle"
        | "perform" | "submit" | "publish" | "do" | "process" | "read" | "write" | "load"
        | "save" | "store" | "find" | "lookup" | "resolve" | "select" | "insert" | "update"
        | "upsert" | "list" | "commit" | "try" | "attempt" | "download" | "upload" | "exchange"
        | "transmit" | "connect" | "receive" | "ask" | "push" | "pull" | "poll" => Verb::Run,
        "retry" | "retries" | "retrying" | "retryable" | "wrap" | "wraps" | "wrapper"
        | "wrapped" | "inner" | "outer" | "decorate" | "decorator" | "decorated" | "around"
        | "proceed" | "intercept" | "interceptor" | "middleware" | "next" | "catch" | "safe"
        | "safely" | "timed" | "trace" | "traced" | "instrument" | "instrumented" | "async"
        | "sync" | "await" | "then" | "callback" | "cb" | "hook" | "proxy" | "delegate"
        | "forward" | "memoize" | "memoized" | "cached" | "synchronized" | "locked"
        | "transactional" | "transaction" | "lambda" | "closure" | "anonymous" | "bound"
        | "partial" | "compose" | "with" | "backoff" | "guarded" | "protect" | "protected"
        | "shield" | "shielded" | "measure" | "measured" | "measuring" | "timing" | "timer"
        | "stopwatch" | "span" | "swallow" | "suppress" | "circuit" | "breaker" | "lock"
        | "log" | "logged" | "logging" | "profile" | "profiled" | "throttle" | "throttled"
        | "debounce" | "debounced" | "fallback" | "recover" | "attempts" | "tries" | "trying"
        | "scoped" | "observe" | "observed" => Verb::Wrap,
        "response" | "responses" | "json" | "xml" | "body" | "payload" | "sql" | "statement"
        | "stmt" | "url" | "uri" | "http" | "https" | "html" | "db" | "database" | "row"
        | "rows" | "raw" | "rpc" | "grpc" | "api" | "client" | "server" | "conn" | "connection"
        | "cursor" | "session" | "tx" | "func" | "fn" | "function" | "method" | "block" | "op"
        | "operation" | "http2" => Verb::Tool,
        "not" | "non" | "null" | "nil" | "none" | "undefined" | "empty" | "blank" | "positive"
        | "negative" | "zero" | "equal" | "equals" | "eq" | "ne" | "gt" | "lt" | "ge" | "le"
        | "between" | "valid" | "invalid" | "exists" | "exist" | "missing" | "present"
        | "absent" | "defined" => Verb::Condition,
        "or" | "and" | "if" | "else" | "unless" | "no" | "is" | "are" | "has" | "to" | "from"
        | "for" | "by" | "of" | "on" | "in" | "into" | "at" | "as" | "a" | "an" | "the" | "all"
        | "any" | "some" | "true" | "false" | "range" | "bounds" | "type" | "types" | "kind"
        | "state" | "argument" | "arguments" | "arg" | "args" | "param" | "params"
        | "parameter" | "parameters" | "value" | "values" | "val" | "condition" | "cond"
        | "that" | "this" | "it" | "found" | "set" | "unset" | "ok" | "okay" | "success"
        | "successful" | "result" | "results" | "status" | "code" | "data" | "record"
        | "records" | "entity" | "one" | "many" | "first" | "last" | "single" | "text"
        | "string" | "str" | "number" | "int" | "integer" | "float" | "bool" | "array"
        | "object" | "obj" | "instance" | "class" | "key" | "keys" | "index" | "length"
        | "size" | "max" | "min" | "limit" | "exactly" | "only" | "once" | "again" | "times"
        | "timeout" | "internal" | "impl" | "default" | "base" | "common" | "generic"
        | "simple" | "new" | "build" | "create" | "make" | "id" | "ids" | "thread" | "fmt"
        | "display" | "rust" | "begin" | "end" | "bad" | "well" | "formed" | "open" | "close"
        | "be" | "been" | "when" | "against" | "than" | "least" | "most" | "field" | "fields"
        | "property" | "properties" | "header" | "headers" | "column" | "columns" | "attribute"
        | "attributes" | "entry" | "option" | "options" | "setting" | "settings" | "env"
        | "variable" | "input" | "inputs" | "output" => Verb::Plain,
        _ => Verb::Own,
    }
}

/// Whether a module or class whose name ends with this does what its callers say: `PaymentClient`.
pub(super) fn serves(word: &str) -> bool {
    let one = word.strip_suffix('s').unwrap_or(word);
    matches!(
        one,
        "adapter"
            | "api"
            | "cache"
            | "client"
            | "connection"
            | "connector"
            | "database"
            | "db"
            | "driver"
            | "executor"
            | "gateway"
            | "helper"
            | "http"
            | "pool"
            | "query"
            | "registry"
            | "request"
            | "rpc"
            | "runner"
            | "session"
            | "sql"
            | "transport"
            | "upstream"
            | "util"
    )
}

/// Whether a word of a type says nothing of what happened: `ValueError`, `RuleViolation`.
pub(super) fn is_general(word: &str) -> bool {
    matches!(
        word,
        "value"
            | "error"
            | "errors"
            | "exception"
            | "runtime"
            | "illegal"
            | "argument"
            | "state"
            | "invalid"
            | "operation"
            | "assertion"
            | "assert"
            | "panic"
            | "app"
            | "application"
            | "base"
            | "service"
            | "internal"
            | "server"
            | "http"
            | "https"
            | "api"
            | "domain"
            | "business"
            | "custom"
            | "generic"
            | "validation"
            | "bad"
            | "request"
            | "client"
            | "fatal"
            | "std"
            | "standard"
            | "logic"
            | "my"
            | "system"
            | "fault"
            | "failure"
            | "failed"
            | "type"
            | "range"
            | "string"
            | "wrap"
            | "sql"
            | "psql"
            | "pg"
            | "db"
            | "database"
            | "data"
            | "programming"
            | "operational"
            | "query"
            | "access"
            | "general"
            | "unknown"
            | "uncaught"
            | "unhandled"
            | "user"
            | "core"
            | "common"
            | "root"
            | "err"
            | "abort"
            | "plain"
            | "fundamental"
            | "with"
            | "stack"
            | "message"
            | "throwable"
            | "status"
            | "rpc"
            | "grpc"
            | "response"
            | "processing"
            | "process"
            | "execution"
            | "command"
            | "input"
            | "parameter"
            | "precondition"
            | "rule"
            | "violation"
            | "violated"
            | "constraint"
            | "policy"
            | "problem"
            | "check"
            | "not"
            | "found"
            | "missing"
            | "conflict"
            | "forbidden"
            | "denied"
            | "permission"
            | "rejected"
            | "refused"
            | "unexpected"
            | "unprocessable"
            | "entity"
            | "upstream"
            | "remote"
            | "gateway"
            | "integrity"
            | "format"
            | "config"
            | "configuration"
            | "already"
            | "exists"
            | "no"
            | "such"
            | "element"
            | "key"
            | "lookup"
            | "out"
            | "of"
            | "limit"
            | "exceeded"
            | "reference"
            | "attribute"
    )
}

/// Whether a word of a type says that what failed is outside: a connection, a server, a statement.
pub(super) fn is_of_outside(word: &str) -> bool {
    matches!(
        word,
        "timeout"
            | "timed"
            | "connection"
            | "connect"
            | "http"
            | "https"
            | "network"
            | "socket"
            | "ssl"
            | "tls"
            | "dns"
            | "request"
            | "response"
            | "sql"
            | "psql"
            | "db"
            | "database"
            | "operational"
            | "integrity"
            | "programming"
            | "query"
            | "io"
            | "os"
            | "grpc"
            | "rpc"
            | "status"
            | "axios"
            | "fetch"
            | "unavailable"
            | "api"
            | "redis"
            | "mongo"
            | "reqwest"
            | "url"
            | "client"
            | "server"
    )
}
