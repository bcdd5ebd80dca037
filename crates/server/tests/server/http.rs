//! OTLP/HTTP as the specification has it, and the API's answers.

use serde_json::json;

use crate::harness::{Bench, PROTOBUF, gzip, request, send, spans, zstd};

#[tokio::test]
async fn every_encoding_and_format_is_kept_exactly_once() {
    let bench = Bench::start(&[]).await;
    let body = request(3);
    for (encoding, body) in [
        ("identity", body.clone()),
        ("gzip", gzip(&body)),
        ("zstd", zstd(&body)),
        ("GZIP", gzip(&body)),
    ] {
        let headers = [PROTOBUF[0], ("content-encoding", encoding)];
        let answer = bench.export(&headers, body).await;
        assert_eq!(answer.status, 200, "{encoding}: {:?}", answer.body);
        assert_eq!(answer.header("content-type"), "application/x-protobuf");
        assert!(answer.body.is_empty(), "nothing to report is an empty message");
    }
    assert_eq!(bench.spans().await, 12);

    let now = format!(
        "{}",
        u128::from(spans(1).resource_spans[0].scope_spans[0].spans[0].end_time_unix_nano)
    );
    let json = json!({"resourceSpans": [{"scopeSpans": [{"spans": [{
        "traceId": "5f1c92ab7d0e4c6b5f1c92ab7d0e4c6b", "spanId": "5f1c92ab7d0e4c6b",
        "name": "of JSON", "kind": 2, "startTimeUnixNano": now, "endTimeUnixNano": now,
    }]}]}]});
    let headers = [("content-type", "application/json; charset=utf-8")];
    let answer = bench.export(&headers, json.to_string()).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({})));
    assert_eq!(answer.header("content-type"), "application/json");

    let trace = bench.get("/api/v1/monitoring/traces/5f1c92ab7d0e4c6b5f1c92ab7d0e4c6b").await;
    assert_eq!(trace.json()["spans"][0]["name"], "of JSON");
    assert_eq!(bench.spans().await, 13);
}

#[tokio::test]
async fn every_signal_has_its_path_on_both_ports() {
    let bench = Bench::start(&[]).await;
    for address in [bench.main(), bench.http(), bench.grpc()] {
        for path in ["/v1/traces", "/v1/metrics", "/v1/logs"] {
            let answer = send(address, "POST", path, PROTOBUF, Vec::new().into()).await;
            assert_eq!(answer.status, 200, "{path}");
        }
    }
}

#[tokio::test]
async fn bad_items_are_rejected_and_the_good_ones_kept() {
    let bench = Bench::start(&[]).await;
    let mut sent = spans(3);
    sent.resource_spans[0].scope_spans[0].spans[1].trace_id = vec![1, 2, 3];
    let body = prost::Message::encode_to_vec(&sent);
    let answer = bench.export(PROTOBUF, body).await;
    assert_eq!(answer.status, 200);
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
    let response: ExportTraceServiceResponse = prost::Message::decode(answer.body).unwrap();
    let partial = response.partial_success.unwrap();
    assert_eq!(partial.rejected_spans, 1);
    assert!(!partial.error_message.is_empty());
    bench.assert_sound(2).await;
}

#[tokio::test]
async fn problems_name_what_where_and_what_next() {
    let bench = Bench::start(&[]).await;
    for (path, status, code, part) in [
        ("/api/v1/monitoring/traces?limit=0", 400, "invalid_argument", "limit"),
        ("/api/v1/monitoring/traces?from=soon", 400, "invalid_argument", "soon"),
        ("/api/v1/monitoring/traces?sevice=a", 400, "invalid_argument", "sevice"),
        ("/api/v1/monitoring/traces?cursor=xyz", 400, "invalid_argument", "cursor"),
        ("/api/v1/monitoring/logs?severity=bad", 400, "invalid_argument", "severity"),
        ("/api/v1/monitoring/traces/zz", 400, "invalid_argument", "32 hex"),
        ("/api/v1/monitoring/traces/5f1c92ab7d0e4c6b5f1c92ab7d0e4c6b", 404, "not_found", ""),
        ("/api/v1/nothing", 404, "not_found", ""),
        ("/api/v1/query/sql", 405, "method_not_allowed", ""),
    ] {
        let answer = bench.get(path).await;
        let problem = answer.json();
        assert_eq!(answer.status.as_u16(), status, "{path}: {problem}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        assert_eq!(problem["code"], code, "{path}");
        assert_eq!(problem["status"], status, "{path}");
        assert!(problem["detail"].as_str().unwrap().contains(part), "{path}: {problem}");
        assert_eq!(problem["trace_id"].as_str().unwrap().len(), 32, "{path}");
    }
}

#[tokio::test]
async fn every_document_answers_on_an_empty_store() {
    let bench = Bench::start(&[]).await;
    for path in [
        "/api/v1/monitoring/metrics",
        "/api/v1/monitoring/dashboard",
        "/api/v1/monitoring/services",
        "/api/v1/monitoring/traces",
        "/api/v1/monitoring/logs",
        "/api/v1/monitoring/logs/volume",
        "/api/v1/monitoring/alerts",
        "/api/openapi.json",
    ] {
        let answer = bench.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {:?}", answer.body);
        assert!(answer.json().is_object(), "{path}");
        let etag = answer.header("etag").to_owned();
        assert!(!etag.is_empty(), "{path}");
    }
    let document = bench.get("/api/openapi.json").await;
    let again = [("if-none-match", document.header("etag")), ("accept-encoding", "gzip")];
    let answer = send(bench.main(), "GET", "/api/openapi.json", &again, Vec::new().into()).await;
    assert_eq!(answer.status, 304);
    let answer =
        send(bench.main(), "GET", "/api/openapi.json", &again[1..], Vec::new().into()).await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert!(answer.body.len() * 3 < document.body.len());
}

#[tokio::test]
async fn the_page_and_probes_are_for_everybody_and_carry_their_headers() {
    let bench = Bench::start(&[]).await;
    for (path, part) in
        [("/", "<html"), ("/services/cart", "<html"), ("/api/docs", "<html"), ("/readyz", "ready")]
    {
        let answer = send(bench.main(), "GET", path, &[], Vec::new().into()).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(String::from_utf8_lossy(&answer.body).contains(part), "{path}");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
    let metrics = bench.get("/metrics").await;
    let text = String::from_utf8_lossy(&metrics.body);
    assert!(text.contains("plimsoll_ready 1"), "{text}");
    assert!(text.contains("plimsoll_ingest_items_total{signal=\"traces\"} 0"), "{text}");
}
