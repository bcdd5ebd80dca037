use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures::future::BoxFuture;
use plimsoll_model::{Clock, SystemClock, TimeWindow, UnixNano};
use plimsoll_wire::prometheus::{Admission, Built};
use tokio::sync::mpsc;

use super::*;
use crate::config::RawConfig;
use crate::fake::{Answer, Server, Taking};
use crate::status::Health;

/// Gives away what it is given.
struct Store {
    admission: Arc<Taking>,
    rows: mpsc::UnboundedSender<Vec<String>>,
    /// How many times rows are refused.
    refuse: AtomicUsize,
}

impl Sink for Store {
    fn admission(&self) -> Arc<dyn Admission + Send + Sync> {
        Arc::clone(&self.admission) as Arc<dyn Admission + Send + Sync>
    }

    fn append<'a>(&'a self, built: &'a Built) -> BoxFuture<'a, Result<(), String>> {
        let one_less = |left: usize| left.checked_sub(1);
        let refused = self.refuse.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less);
        Box::pin(async move {
            if refused.is_ok() {
                return Err("the disk is full".to_owned());
            }
            // A test that is over does not look any more.
            drop(self.rows.send(self.admission.rows(built)));
            Ok(())
        })
    }

    fn now(&self) -> UnixNano {
        SystemClock.now()
    }

    fn window(&self) -> TimeWindow {
        TimeWindow::unbounded(self.now())
    }
}

struct Rig {
    scraper: Scraper,
    store: Arc<Store>,
    rows: mpsc::UnboundedReceiver<Vec<String>>,
    cancellation: CancellationToken,
}

fn start(toml: &str, refuse: usize) -> Rig {
    let raw: RawConfig = toml::from_str(toml).unwrap();
    let config = Config::new(&raw, Path::new("")).unwrap();
    let (sender, rows) = mpsc::unbounded_channel();
    let refuse = AtomicUsize::new(refuse);
    let store = Arc::new(Store { admission: Taking::new(), rows: sender, refuse });
    let cancellation = CancellationToken::new();
    let sink = Arc::clone(&store) as Arc<dyn Sink>;
    let scraper = Scraper::start(config, sink, Options::default(), &cancellation).unwrap();
    Rig { scraper, store, rows, cancellation }
}

impl Rig {
    /// What the store was given next, without times.
    async fn next(&mut self) -> Vec<String> {
        let rows = self.rows.recv().await.expect("scraping goes on");
        let untimed = |row: String| row.rsplit_once(" @").expect("a time").0.to_owned();
        rows.into_iter().map(untimed).collect()
    }

    /// Waits for rows with this one among them.
    async fn find(&mut self, row: &str) -> Vec<String> {
        loop {
            let rows = self.next().await;
            if rows.iter().any(|found| found == row) {
                return rows;
            }
        }
    }

    /// Waits until so many targets are scraped.
    async fn active(&self, count: usize) {
        while self.scraper.targets("").active_targets.len() != count {
            tokio::task::yield_now().await;
        }
    }
}

fn job(address: &str, more: &str) -> String {
    format!(
        "scrape_interval = \"20ms\"\n[[scrape_configs]]\njob_name = \"j\"\n{more}\n\
         static_configs = [{{ targets = [{address}], labels = {{ instance = \"i\" }} }}]\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn scrapes_again_and_again_and_stops_without_marks() {
    let server = Server::start(|_| Answer::text("a 1\n")).await;
    let mut rig = start(&job(&format!("\"{}\"", server.address), ""), 0);
    for _ in 0..3 {
        let rows = rig.find("up{instance=i,job=j} 1").await;
        assert!(rows.contains(&"a{instance=i,job=j} 1".to_owned()), "{rows:?}");
    }
    rig.scraper.stop().await;
    drop(rig.store);
    while let Some(rows) = rig.rows.recv().await {
        assert!(!rows.iter().any(|row| row.contains("stale")), "{rows:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stops_with_the_cancellation_even_while_it_waits_for_an_answer() {
    let server = Server::start(|_| Answer::Nothing).await;
    let more = "scrape_interval = \"1h\"\nscrape_timeout = \"1h\"";
    let rig = start(&job(&format!("\"{}\"", server.address), more), 0);
    rig.active(1).await;
    rig.cancellation.cancel();
    rig.scraper.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_are_told_in_prometheus_words() {
    let server = Server::start(|head| match head.contains(" /bad ") {
        true => Answer::with("500 Internal Server Error", ""),
        false => Answer::text("a 1\n"),
    })
    .await;
    let toml = format!(
        "scrape_interval = \"1s\"\n[[scrape_configs]]\njob_name = \"j\"\n\
         static_configs = [{{ targets = [\"{0}\"] }}, \
         {{ targets = [\"{0}\"], labels = {{ __metrics_path__ = \"/bad\" }} }}, \
         {{ targets = [\"x:1\"], labels = {{ env = \"off\" }} }}]\n\
         relabel_configs = [{{ source_labels = [\"env\"], regex = \"off\", action = \"drop\" }}]\n",
        server.address
    );
    let rig = start(&toml, 0);
    let targets = loop {
        let targets = rig.scraper.targets("box");
        let known = |target: &crate::ActiveTarget| target.health != Health::Unknown;
        if targets.active_targets.len() == 2 && targets.active_targets.iter().all(known) {
            break targets;
        }
        tokio::task::yield_now().await;
    };
    let [bad, good] = &targets.active_targets[..] else { panic!("{targets:?}") };
    assert_eq!((bad.health, good.health), (Health::Down, Health::Up));
    assert_eq!(bad.last_error, "server returned HTTP status 500 Internal Server Error");
    let json = serde_json::to_value(&targets).unwrap();
    let shown = &json["activeTargets"][1];
    let port = server.address.port();
    assert_eq!(shown["scrapeUrl"], format!("http://127.0.0.1:{port}/metrics"));
    assert_eq!(shown["globalUrl"], format!("http://box:{port}/metrics"));
    assert_eq!(shown["labels"]["job"], "j");
    assert_eq!(shown["discoveredLabels"]["__scheme__"], "http");
    assert_eq!((&shown["health"], &shown["lastError"]), (&"up".into(), &"".into()));
    assert_eq!(shown["scrapePool"], "j");
    assert_eq!((&shown["scrapeInterval"], &shown["scrapeTimeout"]), (&"1s".into(), &"1s".into()));
    assert!(shown["lastScrapeDuration"].as_f64().unwrap() > 0.0);
    assert!(shown["lastScrape"].as_str().unwrap().ends_with('Z'));
    assert_eq!(json["droppedTargets"][0]["discoveredLabels"]["env"], "off");
    assert_eq!(json["droppedTargetCounts"]["j"], 1);
    rig.scraper.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_fails_is_down_and_its_series_end() {
    let broken = Arc::new(AtomicBool::new(false));
    let breaks = Arc::clone(&broken);
    let server = Server::start(move |_| match breaks.load(Ordering::Acquire) {
        true => Answer::Bytes(Vec::new()),
        false => Answer::text("a 1\n"),
    })
    .await;
    let mut rig = start(&job(&format!("\"{}\"", server.address), ""), 0);
    rig.find("up{instance=i,job=j} 1").await;
    broken.store(true, Ordering::Release);
    let rows = rig.find("up{instance=i,job=j} 0").await;
    assert!(rows.contains(&"a{instance=i,job=j} stale".to_owned()), "{rows:?}");
    broken.store(false, Ordering::Release);
    let rows = rig.find("up{instance=i,job=j} 1").await;
    assert!(rows.contains(&"a{instance=i,job=j} 1".to_owned()), "{rows:?}");
    rig.scraper.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_slow_is_down() {
    let server = Server::start(|_| Answer::Nothing).await;
    let mut rig = start(&job(&format!("\"{}\"", server.address), "scrape_timeout = \"15ms\""), 0);
    rig.find("up{instance=i,job=j} 0").await;
    rig.find("up{instance=i,job=j} 0").await;
    let targets = rig.scraper.targets("");
    assert_eq!(targets.active_targets[0].last_error, "no answer within scrape_timeout of 15ms");
    rig.scraper.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_refused_are_offered_again() {
    let server = Server::start(|_| Answer::text("a 1\n")).await;
    let mut rig = start(&job(&format!("\"{}\"", server.address), "scrape_interval = \"1s\""), 1);
    let rows = rig.next().await;
    // Of the first scrape: a second one would know the series.
    assert!(rows.contains(&"scrape_series_added{instance=i,job=j} 1".to_owned()), "{rows:?}");
    assert_eq!(rig.scraper.losses().refused, 0);
    rig.scraper.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_refused_twice_are_lost_and_counted() {
    let server = Server::start(|_| Answer::text("a 1\n")).await;
    let mut rig = start(&job(&format!("\"{}\"", server.address), ""), 2);
    rig.find("up{instance=i,job=j} 1").await;
    // What tells of the scrape, and where it was in time what it brought.
    assert!(rig.scraper.losses().refused >= 5);
    rig.scraper.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_targets_are_all_down() {
    let server = Server::start(|_| Answer::text("a 1\n")).await;
    let toml = format!(
        "scrape_interval = \"20ms\"\n[[scrape_configs]]\njob_name = \"j\"\ntarget_limit = 1\n\
         static_configs = [{{ targets = [\"{}\", \"127.0.0.1:1\"] }}]\n",
        server.address
    );
    let mut rig = start(&toml, 0);
    rig.find(&format!("up{{instance={},job=j}} 0", server.address)).await;
    rig.find("up{instance=127.0.0.1:1,job=j} 0").await;
    assert!(server.heads().is_empty());
    rig.active(2).await;
    rig.find("up{instance=127.0.0.1:1,job=j} 0").await;
    for target in rig.scraper.targets("").active_targets {
        assert_eq!(target.last_error, "target_limit: the job has 2 targets, at most 1");
    }
    rig.scraper.stop().await;
}

/// A job whose targets are in a file.
fn file_job(folder: &Path, interval: &str) -> String {
    format!(
        "[[scrape_configs]]\njob_name = \"j\"\nscrape_interval = \"{interval}\"\n\
         file_sd_configs = [{{ files = [\"{}/*.yml\"], refresh_interval = \"10ms\" }}]\n",
        folder.display()
    )
}

fn write(folder: &Path, text: &str) {
    // As a whole, as whoever writes such files should.
    let new = folder.join("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, folder.join("targets.yml")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_gone_ends_with_its_report() {
    let server = Server::start(|_| Answer::text("a 1\n")).await;
    let folder = tempfile::tempdir().unwrap();
    let mut rig = start(&file_job(folder.path(), "200ms"), 0);
    write(folder.path(), &format!("- targets: ['{}']\n  labels: {{instance: i}}", server.address));
    rig.find("up{instance=i,job=j} 1").await;
    let path = folder.path().join("targets.yml").display().to_string();
    let discovered = rig.scraper.targets("").active_targets[0].discovered_labels.clone();
    assert_eq!(discovered.get("__meta_filepath"), path);
    write(folder.path(), "[]");
    let rows = rig.find("up{instance=i,job=j} stale").await;
    assert_eq!(rows.len(), 6);
    assert!(rows.iter().all(|row| row.ends_with(" stale")), "{rows:?}");
    assert!(rig.scraper.targets("").active_targets.is_empty());
    // And it may come back.
    write(folder.path(), &format!("- targets: ['{}']\n  labels: {{instance: i}}", server.address));
    rig.find("up{instance=i,job=j} 1").await;
    rig.scraper.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_comes_back_soon_goes_on() {
    let server = Server::start(|_| Answer::text("a 1\n")).await;
    let folder = tempfile::tempdir().unwrap();
    let mut rig = start(&file_job(folder.path(), "400ms"), 0);
    let targets = format!("- targets: ['{}']\n  labels: {{instance: i}}", server.address);
    write(folder.path(), &targets);
    rig.find("up{instance=i,job=j} 1").await;
    write(folder.path(), "[]");
    rig.active(0).await;
    write(folder.path(), &targets);
    rig.active(1).await;
    for _ in 0..3 {
        let rows = rig.next().await;
        assert!(rows.contains(&"up{instance=i,job=j} 1".to_owned()), "{rows:?}");
        // The same worker: it knows the series from before.
        assert!(rows.contains(&"scrape_series_added{instance=i,job=j} 0".to_owned()), "{rows:?}");
    }
    rig.scraper.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_whose_address_changes_does_not_end() {
    let old = Server::start(|_| Answer::text("a 1\n")).await;
    let new = Server::start(|_| Answer::text("a 2\n")).await;
    let folder = tempfile::tempdir().unwrap();
    let mut rig = start(&file_job(folder.path(), "20ms"), 0);
    write(folder.path(), &format!("- targets: ['{}']\n  labels: {{instance: i}}", old.address));
    rig.find("a{instance=i,job=j} 1").await;
    write(folder.path(), &format!("- targets: ['{}']\n  labels: {{instance: i}}", new.address));
    rig.find("a{instance=i,job=j} 2").await;
    // The old one would have marked the end two intervals later.
    for _ in 0..20 {
        let rows = rig.next().await;
        assert!(!rows.contains(&"up{instance=i,job=j} stale".to_owned()), "{rows:?}");
    }
    rig.scraper.stop().await;
}

#[tokio::test]
async fn what_cannot_start() {
    let toml = "[[scrape_configs]]\njob_name = \"j\"\ntls_config = { ca_file = \"/no/such\" }";
    let raw: RawConfig = toml::from_str(toml).unwrap();
    let config = Config::new(&raw, Path::new("")).unwrap();
    let (rows, _) = mpsc::unbounded_channel();
    let sink = Store { admission: Taking::new(), rows, refuse: AtomicUsize::new(0) };
    let cancellation = CancellationToken::new();
    let error = Scraper::start(config, Arc::new(sink), Options::default(), &cancellation).err();
    let text = error.unwrap().to_string();
    assert!(text.starts_with("scrape job \"j\": tls_config: /no/such: "), "{text}");
}
