//! Logs there and back.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use plimsoll_model::Table;
use plimsoll_model::batch::Batch;
use plimsoll_model::schema::LOG_PROMOTED;

use super::columns::{Rows, body};
use super::expected::{
    Outcome, Rules, none_if_zero, normalize_attributes, normalize_value, optional_id, origin,
    service, small_enum, sort_by_column,
};

/// The time that places a record: its own, else when it was observed, else when it was received.
fn placed(log: &LogRecord, rules: &Rules<'_>) -> Option<u64> {
    let time =
        [log.time_unix_nano, log.observed_time_unix_nano].into_iter().find(|time| *time != 0);
    time.or(u64::try_from(rules.window.received).ok())
}

fn is_good(log: &LogRecord, rules: &Rules<'_>) -> bool {
    placed(log, rules).is_some_and(|time| rules.item_time(time))
        && rules.time(log.observed_time_unix_nano)
        && optional_id(&log.trace_id, 16)
        && optional_id(&log.span_id, 8)
        && small_enum(log.severity_number)
        && rules.text(&log.severity_text)
        && rules.text(&log.event_name)
        && log.body.as_ref().is_none_or(|body| rules.value(body, 0))
        && rules.attributes(&log.attributes)
}

fn normalize(mut log: LogRecord, rules: &Rules<'_>) -> LogRecord {
    log.time_unix_nano = placed(&log, rules).expect("a good record has a time");
    none_if_zero(&mut log.trace_id);
    none_if_zero(&mut log.span_id);
    log.body.iter_mut().for_each(normalize_value);
    log.body = log.body.filter(|body| body.value.is_some());
    normalize_attributes(&mut log.attributes);
    log.attributes = sort_by_column(log.attributes, LOG_PROMOTED);
    log
}

pub(crate) fn expect(request: &ExportLogsServiceRequest, rules: &Rules<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    for group in &request.resource_logs {
        for scope_logs in &group.scope_logs {
            let origin = origin(
                &group.resource,
                &group.schema_url,
                &scope_logs.scope,
                &scope_logs.schema_url,
            );
            let good_origin =
                rules.resource(&origin.0, &origin.1) && rules.scope(&origin.2, &origin.3);
            for log in &scope_logs.log_records {
                if good_origin && is_good(log, rules) {
                    let log = normalize(log.clone(), rules);
                    outcome.items.push(format!("{:?}", (service(&origin.0), &origin, log)));
                } else {
                    outcome.rejected += 1;
                }
            }
        }
    }
    outcome
}

pub(crate) fn read_back(batch: &Batch) -> Vec<String> {
    let Some((_, logs)) = batch.tables.iter().find(|(table, _)| *table == Table::Logs) else {
        assert!(batch.is_empty());
        return Vec::new();
    };
    let rows = Rows(logs);
    let describe = |row| format!("{:?}", (rows.service(row), rows.origin(row), log(&rows, row)));
    (0..logs.num_rows()).map(describe).collect()
}

fn log(rows: &Rows<'_>, row: usize) -> LogRecord {
    let text = |name| rows.text(name, row).unwrap_or_default();
    LogRecord {
        time_unix_nano: rows.int64("time_unix_nano", row).expect("a time") as u64,
        observed_time_unix_nano: rows.int64("observed_time_unix_nano", row).unwrap_or(0) as u64,
        severity_number: rows.int8("severity_number", row).into(),
        severity_text: text("severity_text"),
        body: body(rows.text("body", row), rows.int8("body_type", row)),
        attributes: rows.attributes(row, LOG_PROMOTED),
        dropped_attributes_count: rows.count("dropped_attributes_count", row),
        flags: rows.count("flags", row),
        trace_id: rows.binary("trace_id", row).unwrap_or_default(),
        span_id: rows.binary("span_id", row).unwrap_or_default(),
        event_name: text("event_name"),
    }
}
