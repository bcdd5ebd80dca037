//! A server of named endpoints, a pool beside it, retries and an executor.

use std::collections::HashMap;
use std::future::Future;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::pin::pin;
use std::sync::mpsc::{channel, Sender};
use std::task::{Context, Poll, Waker};
use std::thread;

/// The parameters of a request.
pub struct Params(HashMap<String, String>);

impl Params {
    /// Pairs of the form `name=value`, parted by `& `.
    pub fn parse(text: &str) -> Params {
        let pairs = text.split("& ").filter_map(|pair| pair.split_once('='));
        Params(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub fn list(&self, name: &str) -> Vec<&str> {
        self.text(name).split(',').filter(|part| !part.is_empty()).collect()
    }

    pub fn number(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or(0)
    }

    pub fn numbers(&self, name: &str) -> Vec<u64> {
        self.list(name).iter().filter_map(|part| part.parse().ok()).collect()
    }
}

type Handler<E> = Box<dyn Fn(&Params) -> Result<(), E> + Send>;

/// The endpoints of a service, and what is done with an error of one.
pub struct Routes<E> {
    handlers: HashMap<&'static str, Handler<E>>,
    on_error: fn(E),
}

impl<E: 'static> Routes<E> {
    pub fn new(on_error: fn(E)) -> Routes<E> {
        Routes { handlers: HashMap::new(), on_error }
    }

    /// An endpoint that may fail.
    pub fn at<F, T>(mut self, endpoint: &'static str, handler: F) -> Routes<E>
    where
        F: Fn(&Params) -> Result<T, E> + Send + 'static,
    {
        self.handlers.insert(endpoint, Box::new(move |params| handler(params).map(|_| ())));
        self
    }

    /// An endpoint that cannot fail.
    pub fn run<F, T>(mut self, endpoint: &'static str, handler: F) -> Routes<E>
    where
        F: Fn(&Params) -> T + Send + 'static,
    {
        let handler = move |params: &Params| {
            handler(params);
            Ok(())
        };
        self.handlers.insert(endpoint, Box::new(handler));
        self
    }

    fn dispatch(&self, endpoint: &str, params: &Params) {
        let Some(handler) = self.handlers.get(endpoint) else { return };
        if let Err(error) = handler(params) {
            (self.on_error)(error);
        }
    }
}

type Request = (String, Params, Sender<()>);

/// A service on a thread of its own, which survives what panics.
pub struct Server {
    requests: Sender<Request>,
}

impl Server {
    pub fn start<E: 'static>(
        name: &str,
        routes: impl FnOnce() -> Routes<E> + Send + 'static,
    ) -> Server {
        let (requests, received) = channel::<Request>();
        let work = move || {
            let routes = routes();
            for (endpoint, params, _done) in received {
                let _ = catch_unwind(AssertUnwindSafe(|| routes.dispatch(&endpoint, &params)));
            }
        };
        thread::Builder::new().name(name.to_owned()).spawn(work).expect("a thread starts");
        Server { requests }
    }

    /// Returns when the request has been answered, or has panicked.
    pub fn handle(&self, endpoint: &str, params: Params) {
        let (done, answered) = channel();
        let request = (endpoint.to_owned(), params, done);
        self.requests.send(request).expect("a server lives as long as the program");
        let _ = answered.recv();
    }
}

/// Runs work on a thread of a pool and waits for it; a panic stays there.
pub fn in_pool<T: Send>(work: impl FnOnce() -> T + Send) {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("trestle-pool".to_owned());
        let _ = thread.spawn_scoped(scope, work).expect("a thread starts").join();
    });
}

/// Tries again, at once; the error is that of the last attempt.
pub fn retry<T, E>(attempts: u32, mut call: impl FnMut() -> Result<T, E>) -> Result<T, E> {
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
