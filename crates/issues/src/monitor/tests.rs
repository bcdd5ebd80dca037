//! What is told of jobs: schedules where clocks change, runs, and random histories beside a simple judge.

mod history;

use chrono::{DateTime, Utc};

use super::*;

fn time(text: &str) -> i64 {
    let time: DateTime<Utc> = text.parse().expect("a time");
    time.timestamp_nanos_opt().expect("of this age")
}

fn show(nano: i64) -> String {
    format!("{:?}", DateTime::from_timestamp_nanos(nano))
}

fn crontab(value: &str, timezone: &str) -> Config {
    let schedule = Some(Schedule::Crontab { value: value.to_owned() });
    let config = Config { schedule, timezone: timezone.to_owned(), ..Config::default() };
    assert_eq!(config.check(), Ok(()), "{value}");
    config
}

fn interval(value: u32, unit: Unit, timezone: &str) -> Config {
    let schedule = Some(Schedule::Interval { value, unit });
    let config = Config { schedule, timezone: timezone.to_owned(), ..Config::default() };
    assert_eq!(config.check(), Ok(()));
    config
}

/// The times that are expected after one, each after the one before.
#[track_caller]
fn check_crontab(value: &str, timezone: &str, after: &str, expected: &[&str]) {
    let config = crontab(value, timezone);
    let mut at = time(after);
    for expected in expected {
        at = config.next_after(at, None).expect("it occurs");
        assert_eq!(show(at), *expected, "{value} {timezone}");
    }
}

#[track_caller]
fn check_interval(config: &Config, last: &str, after: &str, expected: &str) {
    let next = config.next_after(time(after), Some(time(last)));
    assert_eq!(next.map(show).as_deref(), Some(expected), "{}", config.describe());
}

#[test]
fn crontabs_follow_the_clock_on_the_wall() {
    check_crontab(
        "0 3 * * *",
        "UTC",
        "2026-01-01T03:00:00Z",
        &["2026-01-02T03:00:00Z", "2026-01-03T03:00:00Z"],
    );
    check_crontab("@daily", "America/New_York", "2026-01-01T00:00:00Z", &["2026-01-01T05:00:00Z"]);
    check_crontab("@midnight", "UTC", "2026-01-01T00:00:00.5Z", &["2026-01-02T00:00:00Z"]);
    check_crontab("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", &["2104-02-29T00:00:00Z"]);
    check_crontab("0 9 * * mon-fri", "UTC", "2026-01-02T09:00:00Z", &["2026-01-05T09:00:00Z"]);
    check_crontab(
        "0 0 13 * 5",
        "UTC",
        "2026-02-09T00:00:00Z",
        &["2026-02-13T00:00:00Z", "2026-02-20T00:00:00Z"],
    );
}

/// Berlin: 29 March 2026 has no 02:00 to 03:00, 25 October has it twice.
#[test]
fn what_the_clocks_skip_is_not_expected() {
    check_crontab(
        "30 2 * * *",
        "Europe/Berlin",
        "2026-03-27T12:00:00Z",
        &["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"],
    );
    check_crontab(
        "0,30 2 * * *",
        "Europe/Berlin",
        "2026-03-28T01:00:00Z",
        &["2026-03-28T01:30:00Z", "2026-03-30T00:00:00Z"],
    );
    check_crontab(
        "0 * * * *",
        "Europe/Berlin",
        "2026-03-28T23:30:00Z",
        &["2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"],
    );
}

#[test]
fn what_the_clocks_repeat_is_expected_once() {
    let after = "2026-10-24T12:00:00Z";
    check_crontab(
        "30 2 * * *",
        "Europe/Berlin",
        after,
        &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    );
    check_crontab(
        "0,30 2 * * *",
        "Europe/Berlin",
        after,
        &["2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:00:00Z"],
    );
    check_crontab(
        "0,30 * * * *",
        "Europe/Berlin",
        "2026-10-24T23:59:00Z",
        &["2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z"],
    );
    check_crontab(
        "* 2 * * *",
        "Europe/Berlin",
        "2026-10-25T00:58:30Z",
        &["2026-10-25T00:59:00Z", "2026-10-26T01:00:00Z"],
    );
}

#[test]
fn intervals_count_from_the_last_run() {
    let (zone, last) = ("Europe/Berlin", "2026-01-31T10:00:10Z");
    check_interval(&interval(5, Unit::Minute, zone), last, last, "2026-01-31T10:05:10Z");
    let after = "2026-01-31T11:05:10Z";
    check_interval(&interval(5, Unit::Minute, zone), last, after, "2026-01-31T11:10:10Z");
    check_interval(&interval(1, Unit::Month, zone), last, last, "2026-02-28T10:00:10Z");
    let after = "2026-02-28T10:00:10Z";
    check_interval(&interval(1, Unit::Month, zone), last, after, "2026-03-31T09:00:10Z");
    check_interval(&interval(1, Unit::Year, zone), last, "2060-06-01T00:00:00Z", {
        "2061-01-31T10:00:10Z"
    });
    // A day is as long as the clocks make it, and not shorter than 24 hours.
    let day = interval(1, Unit::Day, zone);
    check_interval(&day, "2026-03-28T11:00:00Z", "2026-03-28T11:00:00Z", "2026-03-29T11:00:00Z");
    check_interval(&day, "2026-10-24T10:00:00Z", "2026-10-24T10:00:00Z", "2026-10-25T11:00:00Z");
    check_interval(&day, "2026-03-28T01:30:00Z", "2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z");
    assert_eq!(day.next_after(0, None), None, "it never ran");
    let longest = interval(limits::INTERVAL, Unit::Year, zone);
    assert_eq!(longest.next_after(0, Some(0)), None, "past the end of time");
}

#[test]
fn configurations_are_checked() {
    let fails = |config: Config, says: &str| {
        let error = config.check().expect_err(says).to_string();
        assert!(error.contains(says), "{error}");
        assert_eq!(config.next_after(0, None), None, "{says}");
    };
    let of = |value: &str| Config {
        schedule: Some(Schedule::Crontab { value: value.to_owned() }),
        ..Config::default()
    };
    for (value, says) in [
        ("", "it has 0 fields"),
        ("* * * *", "it has 4 fields"),
        ("0 * * * * *", "it has 6 fields"),
        ("@reboot", "it has 1 fields"),
        ("60 * * * *", "crontab"),
        ("a b c d e", "crontab"),
        ("0 0 30 2 *", "never occurs"),
        ("ä * * * *", "characters"),
    ] {
        fails(of(value), says);
    }
    fails(of(&"0".repeat(1 << 20)), "too long");
    fails(Config { timezone: "Mars/Olympus".to_owned(), ..of("* * * * *") }, "is not known");
    let of = |value| Config {
        schedule: Some(Schedule::Interval { value, unit: Unit::Day }),
        ..Config::default()
    };
    fails(of(0), "schedule.value is 0");
    fails(of(limits::INTERVAL + 1), "expected 1 to 1000");
    for (field, config) in [
        ("margin_min", Config { margin_min: limits::MINUTES + 1, ..Config::default() }),
        ("max_runtime_min", Config { max_runtime_min: 0, ..Config::default() }),
        ("failure_threshold", Config { failure_threshold: 0, ..Config::default() }),
        ("recovery_threshold", Config { recovery_threshold: 721, ..Config::default() }),
    ] {
        fails(config, field);
    }
}

#[test]
fn configurations_are_read_as_they_are_written() {
    let check = |text: &str, config: Config, words: &str| {
        assert_eq!(serde_json::from_str::<Config>(text).unwrap(), config);
        let again = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<Config>(&again).unwrap(), config);
        assert_eq!(config.describe(), words);
    };
    check("{}", Config::default(), "no schedule");
    check(
        r#"{"schedule":{"type":"crontab","value":"0 3 * * *"},"timezone":"Europe/Berlin"}"#,
        crontab("0 3 * * *", "Europe/Berlin"),
        "0 3 * * *",
    );
    let hours = r#"{"schedule":{"type":"interval","value":2,"unit":"hour"}}"#;
    check(hours, interval(2, Unit::Hour, "UTC"), "every 2 hours");
    check(
        r#"{"schedule":{"type":"interval","value":1,"unit":"day"},"margin_min":5}"#,
        Config { margin_min: 5, ..interval(1, Unit::Day, "UTC") },
        "every day",
    );
}

fn report(id: u8, status: Reported, at: i64) -> Report {
    Report { id: (id != NAMELESS).then_some([id; 16]), status, duration_ms: None, at }
}

const NAMELESS: u8 = 255;

use Reported::{Error as Failed, InProgress as Begun, Ok as Done};

/// What is told, a line each: `ok 2 at expected`, in minutes.
fn tell(events: &[Event]) -> Vec<String> {
    let minutes = |nano: i64| nano as f64 / MINUTE_NANO as f64;
    let line = |event: &Event| match event {
        Event::CheckIn(check_in) => {
            let CheckIn { id, status, at, expected_at, more_missed, .. } = check_in;
            let mut line = format!("{} {}", status.name(), minutes(*at));
            if let Some(id) = id {
                line += &format!(" #{}", id[0]);
            }
            if let Some(expected) = expected_at {
                line += &format!(" of {}", minutes(*expected));
            }
            if *more_missed > 0 {
                line += &format!(" and {more_missed}");
            }
            line
        }
        Event::Failed { at, status, failures } => {
            format!("failed {} {} {failures}", minutes(*at), status.name())
        }
        Event::Recovered { at } => format!("recovered {}", minutes(*at)),
    };
    events.iter().map(line).collect()
}

/// A history in minutes: of a check-in its run and what it says, of a tick nothing; and what is told.
type Step<'a> = (i64, Option<(u8, Reported)>, &'a [&'a str]);

#[track_caller]
fn check(config: &Config, steps: &[Step<'_>]) -> Monitor {
    let mut monitor = Monitor::default();
    for (minute, said, told) in steps {
        let at = minute * MINUTE_NANO;
        let events = match *said {
            Some((id, status)) => monitor.report(config, &report(id, status, at)),
            None => monitor.tick(config, at),
        };
        assert_eq!(tell(&events), *told, "at {minute}: {monitor:?}");
        let text = serde_json::to_string(&monitor).unwrap();
        assert_eq!(serde_json::from_str::<Monitor>(&text).unwrap(), monitor);
    }
    monitor
}

#[test]
fn a_run_begins_and_ends() {
    let config = crontab("0 * * * *", "UTC");
    check(
        &config,
        &[
            (59, None, &[]),
            (60, Some((1, Begun)), &["in_progress 60 #1"]),
            (61, Some((1, Begun)), &[]),
            (65, Some((1, Done)), &["ok 65 #1"]),
            (66, Some((1, Done)), &[]),
            (67, Some((1, Failed)), &[]),
            (68, Some((1, Begun)), &[]),
            (121, Some((2, Failed)), &["error 121 #2 of 120", "failed 121 error 1"]),
            (122, None, &[]),
            (180, Some((3, Begun)), &["in_progress 180 #3 of 180"]),
            (182, Some((3, Done)), &["ok 182 #3 of 180", "recovered 182"]),
        ],
    );
}

#[test]
fn what_does_not_begin_is_missed_after_the_margin() {
    let config = Config { margin_min: 5, failure_threshold: 2, ..crontab("0 * * * *", "UTC") };
    let monitor = check(
        &config,
        &[
            (60, Some((1, Done)), &["ok 60 #1"]),
            (120, None, &[]),
            (125, None, &[]),
            (126, None, &["missed 125 of 120"]),
            (127, None, &[]),
            (186, None, &["missed 185 of 180", "failed 185 missed 2"]),
            (245, Some((2, Done)), &["ok 245 #2 of 240", "recovered 245"]),
            (306, Some((3, Done)), &["missed 305 of 300", "ok 306 #3"]),
        ],
    );
    assert_eq!(monitor.next_expected(), Some(360 * MINUTE_NANO));
    assert_eq!(monitor.next_tick(&config), Some(365 * MINUTE_NANO + 1));
}

#[test]
fn what_does_not_end_times_out_once() {
    let config = Config { max_runtime_min: 10, ..crontab("0 * * * *", "UTC") };
    check(
        &config,
        &[
            (60, Some((1, Begun)), &["in_progress 60 #1"]),
            (61, Some((2, Begun)), &["in_progress 61 #2"]),
            (65, Some((2, Begun)), &[]),
            (71, None, &["timeout 70 #1", "failed 70 timeout 1"]),
            (74, Some((2, Done)), &["ok 74 #2", "recovered 74"]),
            (75, Some((1, Failed)), &["error 75 #1", "failed 75 error 1"]),
            (76, None, &[]),
        ],
    );
}

#[test]
fn zeros_are_the_latest_run() {
    let config = Config::default();
    check(
        &config,
        &[
            (1, Some((1, Begun)), &["in_progress 1 #1"]),
            (2, Some((2, Begun)), &["in_progress 2 #2"]),
            (3, Some((0, Begun)), &[]),
            (4, Some((0, Done)), &["ok 4 #2"]),
            (5, Some((0, Failed)), &["error 5 #1", "failed 5 error 1"]),
            (6, Some((0, Done)), &["ok 6", "recovered 6"]),
            (7, Some((NAMELESS, Begun)), &["in_progress 7"]),
            (8, Some((3, Begun)), &["in_progress 8 #3"]),
            (9, Some((NAMELESS, Done)), &["ok 9"]),
            (10, Some((NAMELESS, Done)), &["ok 10"]),
            (11, Some((0, Done)), &["ok 11 #3"]),
        ],
    );
}

#[test]
fn without_a_schedule_nothing_is_missed() {
    let year = 365 * 24 * 60;
    let monitor = check(
        &Config::default(),
        &[
            (1, Some((1, Done)), &["ok 1 #1"]),
            (year, None, &[]),
            (year + 1, Some((2, Begun)), &["in_progress 525601 #2"]),
            (2 * year, None, &["timeout 525631 #2", "failed 525631 timeout 1"]),
        ],
    );
    assert_eq!(monitor.next_tick(&Config::default()), None);
    let mut monitor = Monitor::default();
    let config = crontab("* * * * *", "UTC");
    assert_eq!(monitor.tick(&config, time("2026-01-01T00:00:00Z")), [], "it never reported");
    assert_eq!(monitor.status(&config, 0), Status::Waiting);
}

#[test]
fn a_little_early_is_in_time() {
    let config = crontab("0 * * * *", "UTC");
    check(
        &config,
        &[
            (60, Some((1, Done)), &["ok 60 #1"]),
            (119, Some((2, Done)), &["ok 119 #2 of 120"]),
            (122, None, &[]),
            (178, Some((3, Done)), &["ok 178 #3"]),
            (182, None, &["missed 181 of 180", "failed 181 missed 1"]),
        ],
    );
}

#[test]
fn check_ins_out_of_order_change_nothing_newer() {
    let config = crontab("0 * * * *", "UTC");
    let monitor = check(
        &config,
        &[
            (60, Some((1, Done)), &["ok 60 #1"]),
            (120, Some((3, Done)), &["ok 120 #3 of 120"]),
            (80, Some((2, Failed)), &["error 80 #2"]),
            (121, None, &[]),
        ],
    );
    assert_eq!(monitor.last().map(|last| last.status), Some(Status::Ok));
    assert_eq!(monitor.next_expected(), Some(180 * MINUTE_NANO));
}

#[test]
fn clocks_that_jump_make_no_storm() {
    let config = crontab("* * * * *", "UTC");
    let year = 365 * 24 * 60;
    check(
        &config,
        &[
            (year, Some((1, Done)), &["ok 525600 #1"]),
            (4 * year, None, &["missed 525602 of 525601 and 999", "failed 525602 missed 1"]),
            (4 * year + 1, None, &["missed 2102400 of 2102399"]),
            // Back again: it is expected within a minute, not in three years.
            (year + 3, None, &[]),
            (year + 4, Some((2, Done)), &["ok 525604 #2 of 525604", "recovered 525604"]),
            (year + 7, None, &["missed 525606 of 525605", "failed 525606 missed 1"]),
        ],
    );
    let config = crontab("0 * * * *", "UTC");
    check(
        &config,
        &[
            (60, Some((1, Done)), &["ok 60 #1"]),
            (360, None, &["missed 121 of 120 and 3", "failed 121 missed 1"]),
            (362, None, &["missed 361 of 360"]),
        ],
    );
}

#[test]
fn what_fell_due_while_nobody_listened_is_not_told() {
    let config = crontab("0 * * * *", "UTC");
    let mut monitor = check(
        &config,
        &[(60, Some((1, Done)), &["ok 60 #1"]), (100, Some((2, Begun)), &["in_progress 100 #2"])],
    );
    monitor.resume(&config, 300 * MINUTE_NANO);
    assert_eq!(tell(&monitor.tick(&config, 301 * MINUTE_NANO)), [""; 0]);
    assert_eq!(monitor.next_expected(), Some(360 * MINUTE_NANO));
    let events = monitor.tick(&config, 331 * MINUTE_NANO);
    assert_eq!(tell(&events), ["timeout 330 #2", "failed 330 timeout 1"]);
}

#[test]
fn another_schedule_counts_from_now() {
    let (hourly, daily) = (crontab("0 * * * *", "UTC"), crontab("0 0 * * *", "UTC"));
    let mut monitor = check(&hourly, &[(60, Some((1, Done)), &["ok 60 #1"])]);
    assert_eq!(tell(&monitor.tick(&daily, 200 * MINUTE_NANO)), [""; 0]);
    assert_eq!(monitor.next_expected(), Some(1440 * MINUTE_NANO));
    assert_eq!(tell(&monitor.tick(&hourly, 210 * MINUTE_NANO)), [""; 0]);
    assert_eq!(monitor.next_expected(), Some(240 * MINUTE_NANO));
    assert_eq!(tell(&monitor.tick(&Config::default(), 900 * MINUTE_NANO)), [""; 0]);
    assert_eq!(monitor.next_expected(), None);
}

#[test]
fn the_status_is_known_between_ticks() {
    let config = Config { margin_min: 5, ..crontab("0 * * * *", "UTC") };
    let mut monitor = check(&config, &[(60, Some((1, Begun)), &["in_progress 60 #1"])]);
    let is = |monitor: &Monitor, minute| monitor.status(&config, minute * MINUTE_NANO);
    assert_eq!(is(&monitor, 90), Status::InProgress);
    assert_eq!(is(&monitor, 91), Status::Timeout);
    monitor.report(&config, &report(1, Done, 70 * MINUTE_NANO));
    assert_eq!([is(&monitor, 120), is(&monitor, 121)], [Status::Ok, Status::Late]);
    assert_eq!([is(&monitor, 125), is(&monitor, 126)], [Status::Late, Status::Missed]);
    monitor.tick(&config, 130 * MINUTE_NANO);
    assert_eq!(is(&monitor, 131), Status::Missed);
}

#[test]
fn durations_are_told_or_measured() {
    let mut monitor = Monitor::default();
    let mut of = |id, status, duration_ms, seconds: i64| {
        let report = Report { duration_ms, ..report(id, status, seconds * SECOND_NANO) };
        match monitor.report(&Config::default(), &report)[..] {
            [Event::CheckIn(check_in), ..] => check_in.duration_ms,
            _ => panic!("a check-in"),
        }
    };
    assert_eq!(of(1, Begun, Some(7), 10), None);
    assert_eq!(of(1, Done, None, 12), Some(2_000));
    assert_eq!(of(2, Done, None, 13), None);
    assert_eq!(of(3, Begun, None, 14), None);
    assert_eq!(of(3, Done, Some(7), 15), Some(7));
}

#[test]
fn runs_are_bounded() {
    let config = Config::default();
    let mut monitor = Monitor::default();
    for number in 0..10_000_u128 {
        let id = Some((number + 1).to_be_bytes());
        let report = Report { id, status: Begun, duration_ms: None, at: 0 };
        assert_eq!(monitor.report(&config, &report).len(), 1);
    }
    let events = monitor.tick(&config, i64::MAX);
    assert_eq!(events.len(), RUNS_MAX + 1, "each times out, and the failure is told once");
}
