//! Categories: a tree whose leaves carry a product.

use std::cell::RefCell;
use std::collections::HashMap;

pub struct Category {
    pub product: Option<&'static str>,
    pub child: Option<Box<Category>>,
}

impl Category {
    /// A chain of categories as deep as asked; the leaf has no product.
    pub fn chain(depth: i64) -> Category {
        let child = (depth > 0).then(|| Box::new(Category::chain(depth - 1)));
        Category { product: None, child }
    }

    pub fn first_product(&self) -> &'static str {
        match &self.child {
            Some(child) => child.first_product(),
            None => self.product.expect("a leaf has a product"),
        }
    }

    /// The depth, counted by two functions in turn.
    pub fn depth_even(&self, max: usize) -> usize {
        self.child.as_ref().map_or(0, |child| child.depth_odd(max) + 1)
    }

    fn depth_odd(&self, max: usize) -> usize {
        assert!(max > 0, "categories nest too deeply");
        self.child.as_ref().map_or(0, |child| child.depth_even(max - 1) + 1)
    }
}

type Listener = Box<dyn Fn(&Bus)>;

/// Listeners by topic. A listener may be called while the bus is in use.
#[derive(Default)]
pub struct Bus {
    listeners: RefCell<HashMap<String, Vec<Listener>>>,
}

impl Bus {
    pub fn on(&self, topic: &str, listener: Listener) {
        self.listeners.borrow_mut().entry(topic.to_owned()).or_default().push(listener);
    }

    pub fn emit(&self, topic: &str) {
        for listener in &self.listeners.borrow()[topic] {
            listener(self);
        }
    }
}
