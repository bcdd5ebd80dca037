//! OTLP protobuf of the server's own items. Field numbers are OTLP's, given beside each.

use tracing::Level;

use super::layer::{LogItem, SpanItem, Value};

/// A protobuf message being written.
#[derive(Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn key(&mut self, field: u64, wire_type: u64) {
        self.varint(field << 3 | wire_type);
    }

    pub(super) fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.key(field, 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn text(&mut self, field: u64, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    pub(super) fn integer(&mut self, field: u64, value: u64) {
        self.key(field, 0);
        self.varint(value);
    }

    pub(super) fn fixed64(&mut self, field: u64, value: u64) {
        self.key(field, 1);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn message(&mut self, field: u64, write: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        write(&mut inner);
        self.bytes(field, &inner.0);
    }

    pub(super) fn attribute(&mut self, field: u64, key: &str, value: &Value) {
        self.message(field, |attribute| {
            attribute.text(1, key); // key
            attribute.message(2, |any| match value {
                Value::Text(text) => any.text(1, text), // string_value
                Value::Bool(flag) => any.integer(2, u64::from(*flag)), // bool_value
                Value::Int(int) => any.integer(3, int.cast_unsigned()), // int_value
                Value::Double(double) => any.fixed64(4, double.to_bits()), // double_value
            });
        });
    }
}

/// A request: one resource (ours) with one scope, whose items `write` adds.
pub(super) fn request(write: impl FnOnce(&mut Message)) -> Vec<u8> {
    let mut request = Message::default();
    // resource_spans, resource_logs, resource_metrics
    request.message(1, |resource_items| {
        // resource
        resource_items.message(1, |resource| {
            for (key, value) in [
                ("service.name", Value::Text("plimsoll".to_owned())),
                ("service.version", Value::Text(env!("CARGO_PKG_VERSION").to_owned())),
                ("process.pid", Value::Int(i64::from(std::process::id()))),
            ] {
                resource.attribute(1, key, &value); // attributes
            }
        });
        // scope_spans, scope_logs, scope_metrics
        resource_items.message(2, |scope_items| {
            scope_items.message(1, |scope| scope.text(1, "plimsoll")); // scope, name
            write(scope_items);
        });
    });
    request.into_bytes()
}

/// An `ExportTraceServiceRequest`.
pub(super) fn traces(spans: &[SpanItem]) -> Vec<u8> {
    request(|scope| {
        for item in spans {
            scope.message(2, |span| write_span(span, item)); // spans
        }
    })
}

fn write_span(span: &mut Message, item: &SpanItem) {
    span.bytes(1, &item.trace_id.0); // trace_id
    span.bytes(2, &item.span_id.0); // span_id
    if let Some(parent) = item.parent {
        span.bytes(4, &parent.0); // parent_span_id
    }
    span.text(5, &item.name); // name
    span.integer(6, if item.is_server { 2 } else { 1 }); // kind: server, internal
    span.fixed64(7, item.start.cast_unsigned()); // start_time_unix_nano
    span.fixed64(8, item.end.cast_unsigned()); // end_time_unix_nano
    for (key, value) in &item.attributes {
        span.attribute(9, key, value); // attributes
    }
    if item.failed {
        span.message(15, |status| status.integer(3, 2)); // status, code: error
    }
}

/// An `ExportLogsServiceRequest`.
pub(super) fn logs(logs: &[LogItem]) -> Vec<u8> {
    request(|scope| {
        for item in logs {
            scope.message(2, |log| write_log(log, item)); // log_records
        }
    })
}

fn write_log(log: &mut Message, item: &LogItem) {
    let (number, text) = match item.level {
        Level::ERROR => (17, "ERROR"),
        Level::WARN => (13, "WARN"),
        Level::INFO => (9, "INFO"),
        Level::DEBUG => (5, "DEBUG"),
        Level::TRACE => (1, "TRACE"),
    };
    log.fixed64(1, item.time.cast_unsigned()); // time_unix_nano
    log.integer(2, number); // severity_number
    log.text(3, text); // severity_text
    log.message(5, |body| body.text(1, &item.body)); // body, string_value
    log.attribute(6, "code.namespace", &Value::Text(item.target.to_owned())); // attributes
    for (key, value) in &item.attributes {
        log.attribute(6, key, value);
    }
    if let Some((trace_id, span_id)) = item.span {
        log.bytes(9, &trace_id.0); // trace_id
        log.bytes(10, &span_id.0); // span_id
    }
    log.fixed64(11, item.time.cast_unsigned()); // observed_time_unix_nano
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use plimsoll_model::{SpanId, TraceId};
    use prost::Message as _;

    use super::*;

    #[test]
    fn what_is_written_is_otlp() {
        let span = SpanItem {
            trace_id: TraceId([7; 16]),
            span_id: SpanId([8; 8]),
            parent: Some(SpanId([9; 8])),
            name: "request".into(),
            is_server: true,
            failed: true,
            start: 1_000,
            end: 3_000,
            attributes: vec![("a", Value::Int(-1)), ("b", Value::Double(0.5))],
        };
        let decoded = ExportTraceServiceRequest::decode(&traces(&[span])[..]).unwrap();
        let resource = &decoded.resource_spans[0];
        assert_eq!(resource.resource.as_ref().unwrap().attributes[0].key, "service.name");
        let span = &resource.scope_spans[0].spans[0];
        assert_eq!((span.name.as_str(), span.kind), ("request", 2));
        assert_eq!((span.start_time_unix_nano, span.end_time_unix_nano), (1_000, 3_000));
        assert_eq!((&span.trace_id[..], &span.parent_span_id[..]), (&[7; 16][..], &[9; 8][..]));
        assert_eq!(span.status.as_ref().unwrap().code, 2);
        assert_eq!(span.attributes.len(), 2);

        let log = LogItem {
            time: 5_000,
            level: Level::WARN,
            target: "plimsoll_store",
            body: "slow".to_owned(),
            span: Some((TraceId([7; 16]), SpanId([8; 8]))),
            attributes: vec![("ok", Value::Bool(true))],
        };
        let decoded = ExportLogsServiceRequest::decode(&logs(&[log])[..]).unwrap();
        let record = &decoded.resource_logs[0].scope_logs[0].log_records[0];
        assert_eq!((record.severity_number, record.time_unix_nano), (13, 5_000));
        assert_eq!(record.span_id, [8; 8]);
        assert_eq!(record.attributes.len(), 2);
    }
}
