//! Starting, stopping and starting again; TLS; the server's own telemetry.

use std::sync::Arc;

use plimsoll_model::SystemClock;
use plimsoll_server::{ADDRESSES_FILE, Addresses, Server};

use crate::harness::{Bench, PROTOBUF, config, request, send};

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let bench = Bench::start(&[]).await;
    let data = bench.folder.path().join("data");
    let addresses = Addresses::read(&data).unwrap();
    assert_eq!(&addresses, bench.server.addresses());
    assert_ne!(addresses.listen.port(), 0);
    assert_eq!(bench.export(PROTOBUF, request(50)).await.status, 200);
    let Bench { server, folder } = bench;
    server.stop().await.unwrap();
    assert!(!data.join(ADDRESSES_FILE).exists());
    assert!(tokio::net::TcpStream::connect(addresses.listen).await.is_err());

    let config = config(&folder, &[]);
    let server = Server::start(config, Arc::new(SystemClock), None).await.unwrap();
    let bench = Bench { server, folder };
    bench.assert_sound(50).await;
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_or_port_says_what_to_do() {
    let bench = Bench::start(&[]).await;
    let same_folder = config(&bench.folder, &[]);
    let error = Server::start(same_folder, Arc::new(SystemClock), None).await.err().unwrap();
    assert!(error.to_string().contains("--data"), "{error}");
    let other = tempfile::tempdir().unwrap();
    let taken = bench.main().to_string();
    let same_port = config(&other, &[("listen", &taken)]);
    let error = Server::start(same_port, Arc::new(SystemClock), None).await.err().unwrap();
    assert!(error.to_string().contains("--listen"), "{error}");
    bench.assert_sound(0).await;
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_a_stop() {
    let bench = Bench::start(&[]).await;
    let _silent = tokio::net::TcpStream::connect(bench.main()).await.unwrap();
    let answer = send(bench.main(), "GET", "/readyz", &[], Vec::new().into()).await;
    assert_eq!(answer.status, 200);
    bench.server.stop().await.unwrap();
}

#[tokio::test]
async fn own_telemetry_is_kept_and_does_not_feed_itself() {
    use tracing_subscriber::layer::SubscriberExt as _;
    let (layer, observed) = plimsoll_server::observe();
    // Where there is one subscriber only, whether a span is wanted is asked of the thread that first meets it, which
    // may be another test's, and remembered for all.
    let _another = tracing::Dispatch::new(tracing_subscriber::registry());
    // This thread's: the test's runtime has only this one, the store's threads are not observed.
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    let folder = tempfile::tempdir().unwrap();
    let observing = config(&folder, &[("self_observe", "true")]);
    let server = Server::start(observing, Arc::new(SystemClock), Some(observed)).await.unwrap();
    let bench = Bench { server, folder };
    for _ in 0..3 {
        assert_eq!(bench.get("/api/v1/monitoring/services").await.status, 200);
    }
    for _ in 0..5 {
        assert_eq!(bench.export(PROTOBUF, request(2)).await.status, 200);
    }
    let Bench { server, folder } = bench;
    server.stop().await.unwrap();

    let server = Server::start(config(&folder, &[]), Arc::new(SystemClock), None).await.unwrap();
    let bench = Bench { server, folder };
    let own = bench.get("/api/v1/monitoring/traces?service=plimsoll&limit=1000").await.json();
    let own = own["traces"].as_array().unwrap();
    assert_eq!(own.len(), 3, "one trace a request of the API, none of ingest: {own:#?}");
    assert_eq!(own[0]["root_name"], "GET /api/v1/monitoring/services");
    assert_eq!(own[0]["spans"], 2, "the request and its query: {own:#?}");
    let metrics = bench.get("/api/v1/monitoring/metrics").await.json();
    let names = metrics["metrics"].as_array().unwrap().iter().map(|metric| &metric["name"]);
    assert!(names.into_iter().any(|name| name == "process_resident_memory_bytes"), "{metrics}");
}

#[tokio::test]
async fn with_a_certificate_every_port_speaks_tls() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

    let files = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (files.path().join("cert.pem"), files.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let (cert, key) = (cert.display().to_string(), key.display().to_string());
    let bench = Bench::start(&[("tls.cert", &cert), ("tls.key", &key)]).await;
    assert!(bench.server.page_url().starts_with("https://"));

    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
    for address in [bench.main(), bench.http(), bench.grpc()] {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let name = "localhost".try_into().unwrap();
        let mut stream = connector.connect(name, stream).await.unwrap();
        let head = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let mut answer = Vec::new();
        // Some servers close without a TLS goodbye; what was answered counts.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("strict-transport-security"), "{answer}");
    }

    let wrong = config(&files, &[("tls.cert", &key), ("tls.key", &key)]);
    let error = Server::start(wrong, Arc::new(SystemClock), None).await.err().unwrap();
    assert!(error.to_string().contains("tls.c"), "{error}");
}
