//! Words by which functions, and what they belong to, are recognised as serving whoever calls them.
//!
//! Invariants: a word says what it is in every language or it is not here; nouns of a business
//! (`order`, `user`, `message`, `item`) are in none of these lists, since they name the one who is
//! served.

/// What a word of a function's name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// It raises on behalf of its caller: `require`, `fail`.
    Raise,
    /// It checks something, by itself a duty of whoever it belongs to: `validate`.
    Check,
    /// It does on behalf of its caller: `query`, `post`.
    Run,
    /// It stands around a call: `retry`, `wrapper`.
    Wrap,
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
        | "unexpected" | "assume" => Verb::Raise,
        "check" | "checks" | "checked" | "validate" | "validates" | "validated" | "verify"
        | "verifies" => Verb::Check,
        "query" | "execute" | "exec" | "run" | "call" | "request" | "fetch" | "send" | "get"
        | "post" | "put" | "patch" | "delete" | "head" | "invoke" | "dispatch" | "handle"
        | "perform" | "submit" | "publish" | "do" | "process" | "read" | "write" | "load"
        | "save" | "store" | "find" | "lookup" | "resolve" | "select" | "insert" | "update"
        | "upsert" | "list" | "commit" | "try" | "attempt" | "download" | "upload" => Verb::Run,
        "retry" | "retries" | "retrying" | "retryable" | "wrap" | "wraps" | "wrapper"
        | "wrapped" | "inner" | "outer" | "decorate" | "decorator" | "decorated" | "around"
        | "proceed" | "intercept" | "interceptor" | "middleware" | "next" | "catch" | "safe"
        | "safely" | "timed" | "trace" | "traced" | "instrument" | "instrumented" | "async"
        | "sync" | "await" | "then" | "callback" | "cb" | "hook" | "proxy" | "delegate"
        | "forward" | "memoize" | "memoized" | "cached" | "synchronized" | "locked"
        | "transactional" | "transaction" | "lambda" | "closure" | "anonymous" | "bound"
        | "partial" | "compose" | "with" | "backoff" => Verb::Wrap,
        "or" | "and" | "if" | "else" | "unless" | "not" | "non" | "no" | "is" | "are" | "has"
        | "to" | "from" | "for" | "by" | "of" | "on" | "in" | "into" | "at" | "as" | "a" | "an"
        | "the" | "all" | "any" | "some" | "none" | "null" | "nil" | "undefined" | "empty"
        | "blank" | "positive" | "negative" | "zero" | "true" | "false" | "equal" | "equals"
        | "eq" | "ne" | "gt" | "lt" | "ge" | "le" | "between" | "range" | "bounds" | "valid"
        | "invalid" | "type" | "types" | "kind" | "state" | "argument" | "arguments" | "arg"
        | "args" | "param" | "params" | "parameter" | "parameters" | "value" | "values" | "val"
        | "condition" | "cond" | "that" | "this" | "it" | "exists" | "exist" | "found"
        | "missing" | "present" | "absent" | "defined" | "set" | "unset" | "ok" | "okay"
        | "success" | "successful" | "result" | "results" | "response" | "responses" | "status"
        | "code" | "json" | "xml" | "body" | "data" | "payload" | "sql" | "statement" | "stmt"
        | "url" | "uri" | "http" | "https" | "html" | "db" | "database" | "row" | "rows"
        | "record" | "records" | "entity" | "one" | "many" | "first" | "last" | "single"
        | "raw" | "rpc" | "grpc" | "api" | "client" | "server" | "conn" | "connection"
        | "cursor" | "session" | "tx" | "func" | "fn" | "function" | "method" | "block" | "op"
        | "operation" | "text" | "string" | "str" | "number" | "int" | "integer" | "float"
        | "bool" | "array" | "object" | "obj" | "instance" | "class" | "key" | "keys" | "index"
        | "length" | "size" | "max" | "min" | "limit" | "exactly" | "only" | "once" | "again"
        | "times" | "timeout" | "internal" | "impl" | "default" | "base" | "common" | "generic"
        | "simple" | "new" | "build" | "create" | "make" | "id" | "ids" | "thread" | "fmt"
        | "display" | "rust" | "begin" | "end" | "bad" | "well" | "formed" | "open" | "close"
        | "http2" => Verb::Plain,
        _ => Verb::Own,
    }
}

/// What a module, file or class is, by its last name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It serves everything above it: `db`, `HttpClient`, `utils`.
    Infrastructure,
    /// Requests and jobs come in here: `views`, `CheckoutHandler`.
    Entry,
    /// A part of the business: `orders`, `Cart`.
    Business,
}

/// Whether a word names what serves, wherever it stands in a name.
pub(super) fn serves(word: &str) -> bool {
    matches!(
        word,
        "http"
            | "https"
            | "client"
            | "clients"
            | "db"
            | "database"
            | "databases"
            | "sql"
            | "util"
            | "utils"
            | "utility"
            | "utilities"
            | "helper"
            | "helpers"
            | "common"
            | "shared"
            | "assert"
            | "asserts"
            | "assertion"
            | "assertions"
            | "precondition"
            | "preconditions"
            | "check"
            | "checks"
            | "guard"
            | "guards"
            | "retry"
            | "retries"
            | "decorator"
            | "decorators"
            | "middleware"
            | "middlewares"
            | "wrapper"
            | "wrappers"
            | "api"
            | "lib"
            | "core"
            | "base"
            | "support"
            | "error"
            | "errors"
            | "exception"
            | "exceptions"
            | "validation"
            | "validators"
            | "result"
            | "optional"
            | "connection"
            | "connections"
            | "conn"
            | "session"
            | "pool"
            | "transport"
            | "rpc"
            | "grpc"
            | "query"
            | "queries"
            | "executor"
            | "exec"
            | "runner"
            | "invoker"
            | "dispatcher"
            | "proxy"
            | "interceptor"
            | "adapter"
            | "connector"
            | "driver"
            | "request"
            | "requests"
            | "fetch"
            | "fetcher"
            | "net"
            | "network"
            | "io"
            | "infra"
            | "infrastructure"
            | "platform"
            | "internal"
            | "tools"
            | "generic"
            | "abstract"
            | "rest"
            | "web"
            | "gateway"
            | "dal"
            | "persistence"
            | "storage"
            | "registry"
            | "cache"
            | "config"
            | "configuration"
            | "settings"
            | "container"
            | "locator"
            | "async"
    )
}

/// Whether a name that ends with this serves, whatever it begins with: `PaymentClient`.
pub(super) fn serves_at_end(word: &str) -> bool {
    matches!(
        word,
        "client"
            | "api"
            | "http"
            | "gateway"
            | "transport"
            | "connection"
            | "connector"
            | "driver"
            | "adapter"
            | "db"
            | "database"
            | "executor"
            | "runner"
            | "utils"
            | "util"
            | "helper"
            | "helpers"
            | "session"
            | "pool"
            | "assertions"
            | "preconditions"
            | "guards"
            | "sql"
            | "rpc"
    )
}

/// Whether requests or jobs come in at what ends with this.
pub(super) fn enters(word: &str) -> bool {
    matches!(
        word,
        "view"
            | "views"
            | "viewset"
            | "controller"
            | "controllers"
            | "handler"
            | "handlers"
            | "route"
            | "routes"
            | "router"
            | "endpoint"
            | "endpoints"
            | "resource"
            | "resources"
            | "page"
            | "pages"
            | "job"
            | "jobs"
            | "worker"
            | "workers"
            | "task"
            | "tasks"
            | "command"
            | "commands"
            | "consumer"
            | "consumers"
            | "listener"
            | "listeners"
            | "cron"
            | "cli"
            | "script"
            | "scripts"
            | "action"
            | "actions"
            | "resolver"
            | "resolvers"
            | "main"
            | "usecase"
            | "app"
            | "server"
    )
}
