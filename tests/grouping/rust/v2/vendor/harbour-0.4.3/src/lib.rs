//! A small framework for services: a worker for each, a queue of jobs, retries and an executor.

use std::collections::HashMap;
use std::future::Future;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::pin::pin;
use std::sync::mpsc::{channel, Sender};
use std::task::{Context, Poll, Waker};
use std::thread;

/// A request: the name of an endpoint and its parameters.
pub struct Request {
    pub endpoint: String,
    pub values: HashMap<String, String>,
}

impl Request {
    pub fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    pub fn list(&self, name: &str) -> Vec<&str> {
        self.get(name).split(',').filter(|text| !text.is_empty()).collect()
    }

    pub fn number(&self, name: &str) -> i64 {
        self.get(name).parse().unwrap_or(0)
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// A thread that runs what it is given, one after another, and survives what panics.
pub struct Worker {
    jobs: Sender<Job>,
}

impl Worker {
    pub fn start(name: &str) -> Worker {
        let (jobs, received) = channel::<Job>();
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                for job in received {
                    let _ = catch_unwind(AssertUnwindSafe(job));
                }
            })
            .expect("a thread starts");
        Worker { jobs }
    }

    pub fn submit(&self, job: impl FnOnce() + Send + 'static) {
        self.jobs.send(Box::new(job)).expect("the worker lives as long as the program");
    }

    /// Returns when all that was submitted has run.
    pub fn drain(&self) {
        let (done, waiting) = channel();
        self.submit(move || done.send(()).unwrap_or(()));
        waiting.recv().expect("the worker answers");
    }
}

type Handler<E> = Box<dyn Fn(&Request) -> Result<(), E> + Send + Sync>;

/// The endpoints of a service.
pub struct Router<E> {
    routes: HashMap<&'static str, Handler<E>>,
}

impl<E> Default for Router<E> {
    fn default() -> Self {
        Router { routes: HashMap::new() }
    }
}

impl<E> Router<E> {
    pub fn route<F>(mut self, endpoint: &'static str, handler: F) -> Self
    where
        F: Fn(&Request) -> Result<(), E> + Send + Sync + 'static,
    {
        self.routes.insert(endpoint, Box::new(handler));
        self
    }

    pub fn dispatch(&self, request: &Request) -> Result<(), E> {
        match self.routes.get(request.endpoint.as_str()) {
            Some(handler) => self.observe(handler, request),
            None => panic!("no endpoint {}", request.endpoint),
        }
    }
}

impl<E> Router<E> {
    fn observe(&self, handler: &Handler<E>, request: &Request) -> Result<(), E> {
        handler(request)
    }
}

pub fn retry<T, E>(attempts: usize, mut call: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    for _ in 1..attempts {
        if let Ok(value) = call() {
            return Ok(value);
        }
    }
    call()
}

/// Runs a future to its end on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
