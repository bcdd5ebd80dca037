//! Random histories, beside a judge that looks at each second.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const PERIOD: i64 = 300;
/// A tenth of the period.
const EARLY: i64 = 30;

/// What a job with runs of distinct ids is told by, one second after another.
#[derive(Default)]
struct Judge {
    open: Vec<(u8, i64)>,
    timed_out: Vec<u8>,
    ended: Vec<u8>,
    expected: Option<i64>,
    failures: u32,
    successes: u32,
    is_failing: bool,
    told: Vec<(String, i64)>,
}

impl Judge {
    fn tell(&mut self, what: impl Into<String>, at: i64) {
        self.told.push((what.into(), at));
    }

    fn pass(&mut self, config: &Config, second: i64) {
        if let Some(expected) = self.expected {
            let due = expected + i64::from(config.margin_min) * 60;
            if second > due {
                self.tell("missed", due);
                self.expected = Some(expected + PERIOD);
                self.fail(config, due);
            }
        }
        let limit = i64::from(config.max_runtime_min) * 60;
        let (over, open) = self.open.iter().partition(|(_, heard)| second > heard + limit);
        self.open = open;
        for (id, heard) in over {
            self.tell(format!("timeout {id}"), heard + limit);
            self.timed_out.push(id);
            self.fail(config, heard + limit);
        }
    }

    fn hear(&mut self, config: &Config, id: u8, status: Reported, second: i64) {
        if self.ended.contains(&id) || (status == Begun && self.timed_out.contains(&id)) {
            return;
        }
        if let Some(run) = self.open.iter_mut().find(|run| run.0 == id && status == Begun) {
            run.1 = second;
            return;
        }
        if !self.open.iter().any(|run| run.0 == id) && !self.timed_out.contains(&id) {
            let next = second - second % PERIOD + PERIOD;
            self.expected = Some(if next - second <= EARLY { next + PERIOD } else { next });
        }
        self.tell(format!("{} {id}", Status::from(status).name()), second);
        if status == Begun {
            self.open.push((id, second));
            return;
        }
        self.open.retain(|run| run.0 != id);
        self.timed_out.retain(|other| *other != id);
        self.ended.push(id);
        if status == Failed {
            self.fail(config, second);
            return;
        }
        self.failures = 0;
        self.successes += 1;
        if self.is_failing && self.successes >= config.recovery_threshold {
            self.is_failing = false;
            self.tell("recovered", second);
        }
    }

    fn fail(&mut self, config: &Config, at: i64) {
        self.successes = 0;
        self.failures += 1;
        if !self.is_failing && self.failures >= config.failure_threshold {
            self.is_failing = true;
            self.tell(format!("failed {}", self.failures), at);
        }
    }
}

/// Events as the judge tells them; missed ones apart, for how many a tick tells at once is its own.
fn note(events: &[Event], told: &mut Vec<(String, i64)>, missed: &mut u32) {
    for event in events {
        let (what, at) = match event {
            Event::CheckIn(CheckIn { status: Status::Missed, more_missed, .. }) => {
                *missed += 1 + more_missed;
                continue;
            }
            Event::CheckIn(check_in) => {
                let id = check_in.id.expect("each has an id")[0];
                (format!("{} {id}", check_in.status.name()), check_in.at)
            }
            Event::Failed { at, failures, .. } => (format!("failed {failures}"), *at),
            Event::Recovered { at } => ("recovered".to_owned(), *at),
        };
        told.push((what, at / SECOND_NANO));
    }
}

fn statuses() -> impl Strategy<Value = Reported> {
    prop_oneof![Just(Begun), Just(Done), Just(Failed)]
}

fn configs() -> impl Strategy<Value = Config> {
    (0..8_u32, 1..20_u32, 1..4_u32, 1..4_u32).prop_map(|(margin, runtime, failure, recovery)| {
        Config {
            margin_min: margin,
            max_runtime_min: runtime,
            failure_threshold: failure,
            recovery_threshold: recovery,
            ..crontab("*/5 * * * *", "UTC")
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// However often it is ticked, the same is told as by the judge.
    #[test]
    fn ticks_at_any_times_tell_the_same(
        config in configs(),
        mut reports in vec((0..7_200_i64, 1..9_u8, statuses()), 0..24),
        mut ticks in vec(0..7_200_i64, 0..40),
    ) {
        reports.sort_by_key(|report| report.0);
        ticks.sort_unstable();
        let (mut judge, mut monitor) = (Judge::default(), Monitor::default());
        let (mut told, mut missed) = (Vec::new(), 0);
        let (mut reports, mut ticks) = (reports.iter().peekable(), ticks.iter().peekable());
        for second in 0..=7_200_i64 {
            judge.pass(&config, second);
            if ticks.next_if(|tick| **tick == second).is_some() || second == 7_200 {
                let events = monitor.tick(&config, second * SECOND_NANO);
                let is_missed = |event: &&Event| {
                    matches!(event, Event::CheckIn(CheckIn { status: Status::Missed, .. }))
                };
                prop_assert!(events.iter().filter(is_missed).count() <= 1);
                note(&events, &mut told, &mut missed);
                let expected = judge.expected.map(|expected| expected * SECOND_NANO);
                prop_assert_eq!(monitor.next_expected(), expected);
                prop_assert_eq!(monitor.is_failing(), judge.is_failing);
                prop_assert_eq!(monitor.failures(), judge.failures);
            }
            while let Some((_, id, status)) = reports.next_if(|report| report.0 == second) {
                judge.hear(&config, *id, *status, second);
                let report = report(*id, *status, second * SECOND_NANO);
                note(&monitor.report(&config, &report), &mut told, &mut missed);
            }
        }
        let is_missed = |told: &&(String, i64)| told.0 == "missed";
        prop_assert_eq!(judge.told.iter().filter(is_missed).count(), missed as usize);
        judge.told.retain(|told| told.0 != "missed");
        prop_assert_eq!(told, judge.told);
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A tick when one is said to be due is as good as one each second.
    #[test]
    fn the_next_tick_is_when_something_is_due(
        config in configs(),
        reports in vec((1..600_i64, 1..9_u8, statuses()), 1..8),
    ) {
        let (mut often, mut due) = (Monitor::default(), Monitor::default());
        let (mut often_told, mut due_told) = (Vec::new(), Vec::new());
        let mut second = 0;
        for (wait, id, status) in reports {
            for second in second..=second + wait {
                often_told.extend(often.tick(&config, second * SECOND_NANO + 1));
            }
            second += wait;
            let at = second * SECOND_NANO + 1;
            while let Some(tick) = due.next_tick(&config).filter(|tick| *tick <= at) {
                let events = due.tick(&config, tick);
                prop_assert!(!events.is_empty(), "due at {tick}");
                due_told.extend(events);
            }
            due.tick(&config, at);
            let report = report(id, status, at);
            often_told.extend(often.report(&config, &report));
            due_told.extend(due.report(&config, &report));
            prop_assert_eq!(&often, &due);
        }
        prop_assert_eq!(often_told, due_told);
    }

    /// Whatever is said, at whatever time: little is told at once, and what is stored is read again.
    #[test]
    fn any_times_are_borne(
        config in (configs(), any::<bool>(), 0..4_u8).prop_map(|(config, zone, kind)| {
            let timezone = if zone { "UTC" } else { "America/Sao_Paulo" }.to_owned();
            let schedule = match kind {
                0 => None,
                1 => Some(Schedule::Interval { value: 1, unit: Unit::Month }),
                2 => Some(Schedule::Interval { value: 1_000, unit: Unit::Year }),
                _ => config.schedule,
            };
            Config { schedule, timezone, ..config }
        }),
        steps in vec((any::<i64>(), -10_000_000_000..10_000_000_000_i64, any::<bool>(), 0..5_u8, statuses()), 1..12),
    ) {
        let mut monitor = Monitor::default();
        let mut at = 0_i64;
        for (jump, step, is_jump, id, status) in steps {
            at = if is_jump { jump } else { at.saturating_add(step.saturating_mul(1_000)) };
            let mut events = monitor.report(&config, &report(id, status, at));
            prop_assert!(events.len() <= RUNS_MAX + 6);
            events = monitor.tick(&config, at.saturating_add(step));
            prop_assert!(events.len() <= RUNS_MAX + 6);
            let due = monitor.next_tick(&config);
            prop_assert!(due.is_none() || monitor.status(&config, at) != Status::Waiting);
            let text = serde_json::to_string(&monitor).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Monitor>(&text).unwrap(), &monitor);
        }
    }
}
