use std::fs;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use rustls_pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::*;
use crate::config::{Config, RawConfig};
use crate::fake::{Answer, Server};

const LONG: Duration = Duration::from_secs(30);

struct Rig {
    client: Client,
    budget: Arc<Budget>,
    connections: Connections,
}

fn try_rig(settings: &str, budget_bytes: usize) -> Result<Rig, String> {
    let text = format!("[[scrape_configs]]\njob_name = \"j\"\n{settings}");
    let raw: RawConfig = toml::from_str(&text).unwrap();
    let job = Config::new(&raw, Path::new("")).unwrap().jobs.remove(0);
    let budget = Budget::new(budget_bytes);
    let connections = Connections::new(CancellationToken::new());
    let client =
        Client::new(&job.fetching, job.reading.fallback, Arc::clone(&budget), &connections)?;
    Ok(Rig { client, budget, connections })
}

fn rig(settings: &str) -> Rig {
    try_rig(settings, 1 << 20).unwrap()
}

impl Rig {
    async fn fetch(&self, url: Url) -> Result<Fetched, String> {
        self.client.fetch(&url, LONG).await
    }

    async fn text(&self, url: Url) -> String {
        match self.fetch(url).await {
            Ok(fetched) => String::from_utf8(fetched.body.bytes().to_vec()).unwrap(),
            Err(problem) => format!("error: {problem}"),
        }
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn what_is_asked_and_answered() {
    let server = Server::start(|_| Answer::text("a 1\n")).await;
    let rig = rig("");
    let fetched = rig.fetch(server.url("/m?a=b")).await.unwrap();
    assert_eq!(fetched.body.bytes(), b"a 1\n");
    assert_eq!(fetched.format, Format::Text(TextFormat::Prometheus));
    let head = server.heads().remove(0).to_lowercase();
    assert!(head.starts_with("get /m?a=b http/1.1\r\n"), "{head}");
    for header in [
        "accept: application/openmetrics-text;version=1.0.0;",
        "accept-encoding: gzip\r\n",
        "user-agent: plimsoll/",
        "x-prometheus-scrape-timeout-seconds: 30\r\n",
    ] {
        assert!(head.contains(header), "{head}");
    }
    assert!(!head.contains("authorization"));
    drop(rig.client);
    rig.connections.wait().await;
}

#[test]
fn content_types() {
    const PROMETHEUS: Format = Format::Text(TextFormat::Prometheus);
    const OPEN: Format = Format::Text(TextFormat::OpenMetrics);
    const DELIMITED: &str = "application/vnd.google.protobuf; \
        proto=io.prometheus.client.MetricFamily; encoding=delimited";
    let of = |text: &str, fallback| {
        let value = HeaderValue::from_str(text).unwrap();
        format(Some(&value), fallback)
    };
    for text in
        ["text/plain", "text/plain; version=0.0.4", "Text/Plain;charset=utf-8", " text/plain "]
    {
        assert_eq!(of(text, None), Ok(PROMETHEUS), "{text}");
    }
    let open = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(of(open, Some(TextFormat::Prometheus)), Ok(OPEN));
    for text in ["", "text/html", "application/json", "text/plainly"] {
        let expected = format!(
            "the content type is {text:?}, expected text/plain or application/openmetrics-text, or \
             set fallback_scrape_protocol"
        );
        assert_eq!(of(text, None), Err(expected));
        assert_eq!(of(text, Some(TextFormat::Prometheus)), Ok(PROMETHEUS));
    }
    assert!(format(None, None).is_err());
    assert_eq!(format(None, Some(TextFormat::OpenMetrics)), Ok(OPEN));
    assert_eq!(of(DELIMITED, None), Ok(Format::Protobuf));
    assert!(of("application/vnd.google.protobuf", None).is_err());
    assert!(of(&DELIMITED.replace("delimited", "text"), None).is_err());
}

#[tokio::test]
async fn protobuf_is_asked_for_where_native_histograms_are_wanted() {
    let server = Server::start(|_| Answer::text("a 1\n")).await;
    rig("scrape_native_histograms = true").fetch(server.url("/")).await.unwrap();
    let head = server.heads().remove(0);
    let first = "accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
                 encoding=delimited;q=0.6,application/openmetrics-text;";
    assert!(head.contains(first), "{head}");
}

#[tokio::test]
async fn compressed_bodies() {
    let server = Server::start(|head| {
        let body = match head.split(' ').nth(1).unwrap() {
            "/one" => gzip(b"a 1\n"),
            "/two" => [gzip(b"a 1\n"), gzip(b"b 2\n")].concat(),
            "/cut" => gzip(b"a 1\n")[..20].to_vec(),
            _ => b"a 1\n".to_vec(),
        };
        Answer::with("200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip", body)
    })
    .await;
    let rig = rig("");
    assert_eq!(rig.text(server.url("/one")).await, "a 1\n");
    assert_eq!(rig.text(server.url("/two")).await, "a 1\nb 2\n");
    for path in ["/cut", "/plain"] {
        let found = rig.text(server.url(path)).await;
        assert!(found.starts_with("error: the body is no gzip: "), "{path} {found}");
    }
    let other = Server::start(|_| {
        Answer::with("200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: br", "x")
    })
    .await;
    let found = rig.text(other.url("/")).await;
    assert_eq!(found, "error: the body is encoded as \"br\", expected gzip or nothing");
}

#[tokio::test]
async fn bodies_that_are_too_large() {
    let server = Server::start(|head| match head.split(' ').nth(1).unwrap() {
        "/ten" => Answer::text(&"x".repeat(10)),
        "/eleven" => Answer::text(&"x".repeat(11)),
        _ => Answer::with(
            "200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip",
            gzip(&vec![b' '; 10 << 20]),
        ),
    })
    .await;
    let rig = rig("body_size_limit = 10");
    assert_eq!(rig.text(server.url("/ten")).await, "xxxxxxxxxx");
    let over = "error: body_size_limit: the body has more than 10 bytes";
    assert_eq!(rig.text(server.url("/eleven")).await, over);
    assert_eq!(rig.text(server.url("/bomb")).await, over);
    assert_eq!(rig.budget.left.load(Ordering::Acquire), 1 << 20);
}

#[tokio::test]
async fn bodies_share_a_budget() {
    let server = Server::start(|_| Answer::text(&"x".repeat(6000))).await;
    let rig = try_rig("", 10_000).unwrap();
    let first = rig.fetch(server.url("/")).await.unwrap();
    let second = rig.text(server.url("/")).await;
    assert!(second.starts_with("error: too many large scrapes at once"), "{second}");
    drop(first);
    assert_eq!(rig.text(server.url("/")).await.len(), 6000);
    assert_eq!(rig.budget.left.load(Ordering::Acquire), 10_000);
}

#[tokio::test]
async fn answers_that_do_not_come() {
    let server = Server::start(|_| Answer::Nothing).await;
    let timeout = Duration::from_millis(20);
    let problem = rig("").client.fetch(&server.url("/"), timeout).await.unwrap_err();
    assert_eq!(problem, "no answer within scrape_timeout of 20ms");
}

#[tokio::test]
async fn answers_that_are_broken() {
    let server = Server::start(|head| match head.split(' ').nth(1).unwrap() {
        "/short" => Answer::Bytes(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\na 1"
                .to_vec(),
        ),
        "/garbage" => Answer::Bytes(b"\x00\x01\x02\r\n\r\n".to_vec()),
        "/nothing" => Answer::Bytes(Vec::new()),
        "/500" => Answer::with("500 Internal Server Error", "a 1\n"),
        _ => Answer::with("204 No Content\r\nContent-Type: text/plain", ""),
    })
    .await;
    let rig = rig("");
    let found = rig.text(server.url("/short")).await;
    assert!(found.starts_with("error: the body broke off: "), "{found}");
    for path in ["/garbage", "/nothing"] {
        let found = rig.text(server.url(path)).await;
        assert!(found.starts_with("error: "), "{found}");
    }
    assert_eq!(
        rig.text(server.url("/500")).await,
        "error: server returned HTTP status 500 Internal Server Error"
    );
    assert_eq!(
        rig.text(server.url("/204")).await,
        "error: server returned HTTP status 204 No Content"
    );
}

#[tokio::test]
async fn nobody_there() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let found = rig("").text(url.parse().unwrap()).await;
    assert!(found.contains("onnection refused"), "{found}");
}

#[tokio::test]
async fn redirects() {
    let other = Server::start(|_| Answer::text("other 1\n")).await;
    let elsewhere = format!("302 Found\r\nLocation: http://{}/o", other.address);
    let server = Server::start(move |head| match head.split(' ').nth(1).unwrap() {
        "/relative" => Answer::with("301 Moved\r\nLocation: end?x=y", ""),
        "/absolute" => Answer::with("308 Permanent Redirect\r\nLocation: /end", ""),
        "/elsewhere" => Answer::with(&elsewhere, ""),
        "/loop" => Answer::with("307 Temporary Redirect\r\nLocation: /loop", ""),
        "/ftp" => Answer::with("302 Found\r\nLocation: ftp://x/", ""),
        "/nowhere" => Answer::with("302 Found", ""),
        "/304" => Answer::with("304 Not Modified\r\nLocation: /end", ""),
        _ => Answer::text("end 1\n"),
    })
    .await;
    let following = rig("authorization = { credentials = \"tok\" }");
    assert_eq!(following.text(server.url("/relative")).await, "end 1\n");
    assert!(server.heads().last().unwrap().starts_with("GET /end?x=y "));
    assert_eq!(following.text(server.url("/absolute")).await, "end 1\n");
    assert!(server.heads().iter().all(|head| head.contains("authorization: Bearer tok\r\n")));
    // Credentials stay at home.
    assert_eq!(following.text(server.url("/elsewhere")).await, "other 1\n");
    assert!(!other.heads().remove(0).to_lowercase().contains("authorization"));
    assert_eq!(following.text(server.url("/loop")).await, "error: more than 10 redirects");
    assert_eq!(
        following.text(server.url("/ftp")).await,
        "error: a redirect leads to \"ftp://x/\", which is no URL of HTTP"
    );
    assert!(following.text(server.url("/nowhere")).await.contains("leads nowhere"));
    assert_eq!(
        following.text(server.url("/304")).await,
        "error: server returned HTTP status 304 Not Modified"
    );
    assert_eq!(
        rig("follow_redirects = false").text(server.url("/absolute")).await,
        "error: server returned HTTP status 308 Permanent Redirect"
    );
}

#[tokio::test]
async fn credentials() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    fs::write(&file, "from-file\n").unwrap();
    let file = file.display();
    let server = Server::start(|_| Answer::text("a 1\n")).await;
    for (settings, expected) in [
        ("basic_auth = { username = \"u\", password = \"p\" }".to_owned(), "Basic dTpw"),
        ("basic_auth = { username = \"u\" }".to_owned(), "Basic dTo="),
        ("authorization = { type = \"Token\", credentials = \"x\" }".to_owned(), "Token x"),
        (format!("authorization = {{ credentials_file = \"{file}\" }}"), "Bearer from-file"),
    ] {
        rig(&settings).fetch(server.url("/")).await.unwrap();
        let head = server.heads().pop().unwrap();
        assert!(head.contains(&format!("authorization: {expected}\r\n")), "{settings} {head}");
    }
    // A secret that changes is read anew; one that is gone is an error.
    let rig = rig(&format!("authorization = {{ credentials_file = \"{file}\" }}"));
    fs::write(folder.path().join("secret"), "changed").unwrap();
    rig.fetch(server.url("/")).await.unwrap();
    assert!(server.heads().pop().unwrap().contains("Bearer changed\r\n"));
    fs::remove_file(folder.path().join("secret")).unwrap();
    assert!(rig.text(server.url("/")).await.starts_with("error: "));
}

/// A server with a certificate for `name`, and the file of its authority.
async fn secure(name: &str, folder: &Path) -> (Server, String) {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let file = folder.join("ca.pem");
    fs::write(&file, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = Server::start_with(|_| Answer::text("a 1\n"), Some(acceptor)).await;
    (server, file.display().to_string())
}

#[tokio::test]
async fn certificates() {
    let folder = tempfile::tempdir().unwrap();
    let (server, file) = secure("localhost", folder.path()).await;
    let port = server.address.port();
    let at = |host: &str| -> Url { format!("https://{host}:{port}/").parse().unwrap() };
    let trusting = rig(&format!("tls_config = {{ ca_file = \"{file}\" }}"));
    assert_eq!(trusting.text(at("localhost")).await, "a 1\n");
    // The name is another, unless the settings say which.
    assert!(trusting.text(at("127.0.0.1")).await.contains("certificate"));
    let named =
        rig(&format!("tls_config = {{ ca_file = \"{file}\", server_name = \"localhost\" }}"));
    assert_eq!(named.text(at("127.0.0.1")).await, "a 1\n");
    // Nobody trusts it but who says so.
    assert!(rig("").text(at("localhost")).await.contains("certificate"));
    let any = rig("tls_config = { insecure_skip_verify = true }");
    assert_eq!(any.text(at("127.0.0.1")).await, "a 1\n");
}

#[test]
fn files_of_certificates_that_are_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.pem");
    fs::write(&file, "nothing").unwrap();
    let wrong = |settings: &str| try_rig(settings, 1).map(|_| ()).unwrap_err();
    let shown = file.display();
    assert_eq!(
        wrong(&format!("tls_config = {{ ca_file = \"{shown}\" }}")),
        format!("tls_config: {shown}: no certificate, expected PEM")
    );
    assert!(wrong("tls_config = { ca_file = \"/no/such\" }").starts_with("tls_config: /no/such: "));
    let found = wrong("tls_config = { server_name = \"a b\" }");
    assert_eq!(found, "tls_config: server_name: \"a b\" is no name of a host");
}
