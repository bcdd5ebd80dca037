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
