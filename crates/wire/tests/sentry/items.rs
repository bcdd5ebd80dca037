//! Sessions, check-ins, reports, feedback and files as real SDKs send them.

use plimsoll_wire::sentry::{
    Attachment, CheckIn, CheckInStatus, ClientReport, Discarded, Feedback, IntervalUnit, ItemType,
    Limits, MonitorConfig, Schedule, Session, SessionStatus, Sessions,
};

use crate::captures::{open, payload};

#[test]
fn sessions() {
    let session = Session::read(&payload("node-11.12.0-session", ItemType::Session)).unwrap();
    assert!(session.init && session.id.is_some());
    assert_eq!(
        (session.status, session.errors, &*session.distinct_id),
        (SessionStatus::Ok, 0, "17")
    );
    assert_eq!(session.attributes.release, "shop@1.4.2");
    let session = Session::read(&payload("rust-0.49.5-panic", ItemType::Session)).unwrap();
    assert_eq!((session.status, session.errors, session.init), (SessionStatus::Crashed, 2, false));
    assert_eq!(session.started_unix_nano, 1_795_524_631_163_953_360);
    let sessions = Sessions::read(&payload("python-2.75.0-sessions", ItemType::Sessions)).unwrap();
    let counts = &sessions.counts[0];
    assert_eq!((counts.crashed, counts.exited, counts.total()), (1, 0, 1));
    assert_eq!(counts.started_unix_nano % 60_000_000_000, 0);
}

#[test]
fn check_ins() {
    let check_in = CheckIn::read(&payload("python-2.75.0-check-in", ItemType::CheckIn)).unwrap();
    assert_eq!((&*check_in.monitor_slug, check_in.status), ("nightly", CheckInStatus::InProgress));
    assert_eq!((check_in.duration_s, &*check_in.environment), (None, "production"));
    assert!(check_in.id.is_some() && check_in.trace_id.is_some());
    let expected = MonitorConfig {
        schedule: Some(Schedule::Crontab("0 3 * * *".to_owned())),
        checkin_margin_min: Some(5),
        max_runtime_min: Some(30),
        timezone: "Europe/Berlin".to_owned(),
        failure_issue_threshold: Some(2),
        recovery_threshold: Some(1),
        owner: String::new(),
    };
    assert_eq!(check_in.config, Some(expected));
    let check_in = CheckIn::read(&payload("node-11.12.0-check-in", ItemType::CheckIn)).unwrap();
    let schedule = check_in.config.unwrap().schedule;
    assert_eq!(schedule, Some(Schedule::Interval { value: 2, unit: IntervalUnit::Hour }));
}

#[test]
fn client_reports() {
    let json = payload("python-2.75.0-client-report", ItemType::ClientReport);
    let report = ClientReport::read(&json).unwrap();
    let discarded = |reason: &str, category: &str| Discarded {
        reason: reason.to_owned(),
        category: category.to_owned(),
        quantity: 1,
    };
    let expected = [discarded("event_processor", "error"), discarded("buffer_overflow", "span")];
    assert_eq!((&report.discarded[..], report.omitted), (&expected[..], 0));
}

#[test]
fn feedback() {
    let feedback = Feedback::read(&payload("node-11.12.0-feedback", ItemType::Feedback)).unwrap();
    assert_eq!((&*feedback.message, &*feedback.name), ("it broke", "Ada"));
    assert_eq!((&*feedback.email, &*feedback.environment), ("ada@example.org", "production"));
    assert_eq!(feedback.event_id, None);
}

#[test]
fn attachments() {
    let envelope = open("python-2.75.0-attachment");
    let [event, file] = &envelope.items[..] else { panic!("{:?}", envelope.items) };
    assert_eq!(*event.item_type(), ItemType::Event);
    let attachment = Attachment::of(file, &Limits::default());
    assert_eq!((&*attachment.filename, &*attachment.content_type), ("notes.txt", "text/plain"));
    assert_eq!(attachment.attachment_type, "event.attachment");
    assert_eq!(attachment.payload, b"line 1\nline 2\n");
}
