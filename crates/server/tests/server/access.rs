//! Who gets in: tokens, and the link that signs in.

use serde_json::json;

use crate::harness::{Bench, PROTOBUF, request, send};

#[tokio::test]
async fn a_sign_in_link_works_once() {
    let bench = Bench::start(&[]).await;
    let link = bench.server.sign_in_link().await.unwrap();
    let path = link.strip_prefix(&bench.server.page_url()).unwrap();
    let answer = send(bench.main(), "GET", path, &[], Vec::new().into()).await;
    assert!(answer.status.is_redirection(), "{}", answer.status);
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    let session = |cookie: String| async move {
        let headers = [("cookie", cookie.as_str())];
        send(bench.main(), "GET", "/api/v1/auth/session", &headers, Vec::new().into()).await
    };
    let who = session(cookie).await;
    assert_eq!((who.status.as_u16(), &who.json()["role"]), (200, &json!("admin")));
}

#[tokio::test]
async fn ingest_refusals_for_credentials_speak_otlp() {
    let bench = Bench::start(&[("otlp.require_token", "true")]).await;
    let answer = bench.export(PROTOBUF, request(1)).await;
    assert_eq!(answer.status, 401);
    let (code, message) = answer.status_message();
    assert_eq!(code, 16, "{message}");
    let bearer = format!("Bearer {}", crate::harness::TOKEN);
    let headers = [PROTOBUF[0], ("authorization", &bearer)];
    assert_eq!(bench.export(&headers, request(1)).await.status, 200);
    assert_eq!(bench.spans().await, 1);
}
