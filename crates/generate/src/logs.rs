//! Builds batches of log records, most of them written inside a span.
//!
//! Invariant: records of one trace carry the ids of the spans they were written in.

use crate::attributes::{self, Audit};
use crate::plan::Shape;
use crate::protobuf::{Change, Message};
use crate::random::Random;
use crate::vocabulary::{self, FAULTS, LOG_BODIES, SCHEMA_URL};

/// Records written inside a span, and how many of them share a trace.
const IN_SPAN_SHARE: f64 = 0.8;
const RECORDS_PER_TRACE: usize = 6;
/// Records wait up to this long in their exporters.
const EXPORT_DELAY_NANO_MAX: u64 = 1_000_000_000;
/// From writing a record to its being observed.
const OBSERVED_DELAY_NANO: u64 = 40_000;

const INFO: u64 = 9;
const SEVERITIES: &[(u64, &str)] =
    &[(5, "DEBUG"), (INFO, "INFO"), (INFO, "INFO"), (INFO, "INFO"), (INFO, "INFO"), (13, "WARN")];
const ERROR: (u64, &str) = (17, "ERROR");

/// One request message with `items` log records.
pub(crate) fn build(
    shape: &Shape,
    audit: Option<&Audit>,
    items: usize,
    random: &mut Random,
) -> Message {
    let mut services: Vec<Message> = vec![Message::default(); shape.services];
    for sequence in 0..items {
        let service = random.skewed_below(shape.services as u64) as usize;
        let record = encode_record(shape, audit, service, sequence, random);
        services[service].message(2, &record);
    }
    let mut request = Message::default();
    for (index, records) in services.iter().enumerate().filter(|(_, all)| !all.bytes.is_empty()) {
        let name = vocabulary::service_name(index);
        let mut scope_logs = Message::default();
        scope_logs.message(1, &vocabulary::scope(&format!("shop.{name}")));
        scope_logs.append(records).text(3, SCHEMA_URL);
        let mut resource_logs = Message::default();
        resource_logs.message(1, &vocabulary::resource(index, shape.seed));
        resource_logs.message(2, &scope_logs).text(3, SCHEMA_URL);
        request.message(1, &resource_logs);
    }
    request
}

fn encode_record(
    shape: &Shape,
    audit: Option<&Audit>,
    service: usize,
    sequence: usize,
    random: &mut Random,
) -> Message {
    let failed = random.chance(shape.error_rate);
    let (severity, severity_text) = if failed { ERROR } else { *random.choose(SEVERITIES) };
    let before = random.below(EXPORT_DELAY_NANO_MAX) + OBSERVED_DELAY_NANO;
    let mut body = Message::default();
    let mut record = Message::default();
    record.patched(1, Change::Time { before_nano: before });
    record.varint(2, severity).text(3, severity_text);
    if failed {
        let (fault, message) = *random.choose(FAULTS);
        body.text(1, message);
        record.message(5, &body);
        let name = vocabulary::service_name(service).replace('-', "_");
        attributes::text(&mut record, 6, "exception.type", fault);
        let trace = vocabulary::stack_trace(fault, message, &name);
        attributes::text(&mut record, 6, "exception.stacktrace", &trace);
    } else {
        let number = 1_000_000 + random.skewed_below(shape.cardinality);
        body.text(1, &random.choose(LOG_BODIES).replace("{}", &number.to_string()));
        record.message(5, &body);
    }
    attributes::write_common(&mut record, 6, shape.log_attributes, shape.cardinality, random);
    if let Some(audit) = audit {
        audit.write(&mut record, 6, sequence);
    }
    record.fixed32(8, 1);
    if random.chance(IN_SPAN_SHARE) {
        record.trace_id(9, (sequence / RECORDS_PER_TRACE) as u32);
        record.span_id(10, sequence as u32);
    }
    record.patched(11, Change::Time { before_nano: before - OBSERVED_DELAY_NANO });
    record
}
