//! The worker against exporters that answer from a script, on a clock that is not the wall's.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::*;
use crate::answer::Again;
use crate::plan::tests::plan;

type Script = Arc<Mutex<VecDeque<Answer>>>;
type Attempts = Arc<Mutex<Vec<(Duration, Vec<u8>)>>>;

/// Answers as its script says, then accepts everything; notes when what was sent.
struct Scripted {
    script: Script,
    attempts: Attempts,
    started: Instant,
    service: Duration,
}

impl Exporter for Scripted {
    async fn connect(&mut self) -> Result<(), String> {
        Ok(())
    }

    async fn export(&mut self, _: Signal, frame: &Bytes) -> Answer {
        self.attempts.lock().unwrap().push((self.started.elapsed(), frame.to_vec()));
        tokio::time::sleep(self.service).await;
        let next = self.script.lock().unwrap().pop_front();
        next.unwrap_or_else(|| accepted(0))
    }

    fn disconnect(&mut self) {}
}

fn accepted(rejected: u64) -> Answer {
    Answer::Accepted { rejected, message: "too old".to_owned(), wire_bytes: 1 }
}

fn refused(delay_ms: Option<u64>) -> Answer {
    let delay = delay_ms.map(Duration::from_millis);
    let retry = Some(Again { delay });
    Answer::Refused { status: "HTTP 503".to_owned(), message: String::new(), retry }
}

struct Outcome {
    tally: Tally,
    attempts: Vec<(Duration, Vec<u8>)>,
    ledger: String,
}

/// Runs one worker; it is told to stop after `stop_after`.
async fn work(
    arguments: &[&str],
    script: Vec<Answer>,
    service: Duration,
    stop_after: Duration,
) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger");
    let text = path.to_str().unwrap();
    let mut all = vec!["--connections", "1", "--batch-size", "10", "--seed", "5", "--ledger", text];
    all.extend(arguments);
    let plan = plan(&all).unwrap();
    let pool = Pool::build(&plan, 0);
    let ledger = Some(Ledger::open(&path, &plan.run).unwrap());
    let started = Instant::now();
    let run = Arc::new(Run {
        plan,
        ledger,
        clock: || 1_700_000_000_000_000_000,
        started,
        started_unix_nano: 1_700_000_000_000_000_000,
        acknowledged_items: AtomicU64::new(0),
        refusals: AtomicU64::new(0),
    });
    let attempts = Attempts::default();
    let script = Arc::new(Mutex::new(VecDeque::from(script)));
    let exporter = Scripted { script, attempts: Arc::clone(&attempts), started, service };
    let (stop, stopped) = watch::channel(false);
    let worker = Worker::new(run, 0, exporter, stopped).work(pool);
    let stopper = async {
        tokio::time::sleep(stop_after).await;
        stop.send_replace(true);
    };
    let (tally, ()) = tokio::join!(worker, stopper);
    let attempts = attempts.lock().unwrap().clone();
    Outcome { tally: tally.unwrap(), attempts, ledger: std::fs::read_to_string(&path).unwrap() }
}

const LONG: Duration = Duration::from_secs(86_400);
const FAST: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn a_refused_batch_comes_again_not_sooner_than_asked() {
    let script = vec![refused(Some(700)), refused(Some(1_500)), refused(None), accepted(0)];
    let outcome = work(&["--count", "20"], script, FAST, LONG).await;
    let times: Vec<_> = outcome.attempts.iter().map(|(time, _)| *time).collect();
    assert_eq!(times.len(), 5);
    assert!(times[1] - times[0] >= Duration::from_millis(700));
    assert!(times[2] - times[1] >= Duration::from_millis(1_500));
    assert!(times[2] - times[1] < Duration::from_millis(1_700));
    for (_, frame) in &outcome.attempts[1..4] {
        assert_eq!(frame, &outcome.attempts[0].1, "the same batch again");
    }
    assert_ne!(outcome.attempts[4].1, outcome.attempts[0].1);
    assert_eq!(outcome.tally.acknowledged_items[&Signal::Traces], 20);
    assert_eq!(outcome.tally.refusals["HTTP 503"].requests, 3);
    assert_eq!(outcome.tally.dropped_items, 0);
    assert_eq!(outcome.tally.latency_us.max(), 1_000, "waiting for a retry is no latency");
    assert_eq!(outcome.ledger.lines().count(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_retry_a_refused_batch_is_dropped() {
    let script = vec![refused(Some(700)), accepted(4)];
    let outcome = work(&["--count", "30", "--no-retry"], script, FAST, LONG).await;
    assert_eq!(outcome.attempts.len(), 3);
    assert_eq!(outcome.tally.dropped_items, 10);
    assert_eq!(outcome.tally.rejected_items, 4);
    assert_eq!(outcome.tally.acknowledged_items[&Signal::Traces], 16);
    assert_eq!(outcome.tally.rejected_message, "too old");
}

#[tokio::test(start_paused = true)]
async fn retries_end_with_their_budget() {
    let script = vec![refused(None); 1_000];
    let outcome = work(&["--count", "10", "--retry-for", "20s"], script, FAST, LONG).await;
    assert_eq!(outcome.tally.dropped_items, 10);
    let (last, _) = outcome.attempts.last().unwrap();
    assert!(*last >= Duration::from_secs(20) && *last < Duration::from_secs(26), "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_noted_and_never_sent_again() {
    let broke = Answer::Unknown { reason: "connection broke".to_owned() };
    let outcome = work(&["--count", "30"], vec![accepted(0), broke], FAST, LONG).await;
    assert_eq!(outcome.attempts.len(), 3);
    assert_eq!((outcome.tally.unknown_items, outcome.tally.unknown_requests), (10, 1));
    let lines: Vec<serde_json::Value> =
        outcome.ledger.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcomes: Vec<_> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["acknowledged", "unknown", "acknowledged"]);
    assert_eq!(lines[1]["batch"], 268_435_457);
    assert_eq!(lines[1]["items"], 10);
    assert_eq!(lines[0]["run"], lines[1]["run"]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_server_is_looked_for_and_the_batch_kept() {
    let lost = Answer::NotSent { reason: "connection refused".to_owned() };
    let mut script = vec![lost; 6];
    script.push(accepted(0));
    let outcome = work(&["--count", "10"], script.clone(), FAST, LONG).await;
    assert_eq!(outcome.tally.acknowledged_items[&Signal::Traces], 10);
    assert_eq!(outcome.tally.errors["connection refused"], 6);
    let outcome =
        work(&["--count", "20", "--retry-for", "1s"], vec![script[0].clone(); 99], FAST, LONG)
            .await;
    assert_eq!(outcome.tally.dropped_items, 10, "gives up, and begins nothing more");
}

#[tokio::test(start_paused = true)]
async fn silence_is_an_unknown_outcome() {
    let outcome = work(&["--count", "10", "--timeout", "3s"], vec![], LONG, LONG).await;
    assert_eq!(outcome.tally.unknown_items, 10);
    assert_eq!(outcome.tally.errors["no answer within 3.0 s"], 1);
}

#[tokio::test(start_paused = true)]
async fn the_stop_ends_waiting_and_grants_a_grace() {
    let started = Instant::now();
    let stop = Duration::from_secs(10);
    let outcome = work(&["--retry-for", "1h"], vec![refused(Some(50_000))], FAST, stop).await;
    assert_eq!(started.elapsed(), stop);
    assert_eq!(outcome.tally.dropped_items, 10);

    let started = Instant::now();
    let outcome = work(&["--timeout", "1h"], vec![], LONG, stop).await;
    assert_eq!(started.elapsed(), stop + STOP_GRACE);
    assert_eq!(outcome.tally.unknown_items, 10);
}

#[tokio::test(start_paused = true)]
async fn the_rate_is_kept_while_the_server_keeps_up() {
    let stop = Duration::from_millis(99_900);
    let outcome = work(&["--rate", "50"], vec![], Duration::from_millis(30), stop).await;
    assert_eq!(outcome.tally.acknowledged_items[&Signal::Traces], 5_000);
    assert_eq!(outcome.tally.skipped, Duration::ZERO);
    let gaps = outcome.attempts.windows(2).map(|pair| pair[1].0 - pair[0].0);
    for gap in gaps {
        assert!(gap.abs_diff(Duration::from_millis(200)) <= Duration::from_millis(2), "{gap:?}");
    }
}
