//! The values of mappings' keys, and their types.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use plimsoll_promql::METRIC_NAME;

use super::Checker;
use crate::duration;
use crate::limits::{LABELS_BYTES_MAX, LABELS_MAX};
use crate::place::{Place, Style};
use crate::yaml::{Kind, Node};

/// A value, and where the key that it belongs to stands.
pub(super) struct Field {
    pub(super) key: Place,
    pub(super) value: Rc<Node>,
}

/// The values of a mapping's keys, without those that are nothing.
pub(super) type Fields = HashMap<&'static str, Field>;

impl Checker<'_> {
    /// The values of a mapping's keys. Unknown keys and keys that come twice are told of. `None`
    /// where it is no mapping, which is told of too.
    pub(super) fn fields(
        &mut self,
        node: &Node,
        what: &str,
        known: &[&'static str],
    ) -> Option<Fields> {
        let mut fields = Fields::new();
        for (key, value) in self.entries(node, what)? {
            let Some(name) = key.scalar().and_then(|key| known.iter().find(|name| **name == key))
            else {
                let name = key.scalar().map_or(key.name().to_owned(), |key| format!("{key:?}"));
                let known = known.join(", ");
                self.error(key.place, format!("{what} has no key {name}; it may have {known}"));
                continue;
            };
            if !matches!(value.kind, Kind::Null) {
                fields.insert(name, Field { key: key.place, value });
            }
        }
        Some(fields)
    }

    /// A mapping's keys and values, each key once: its own, and those that `<<` brings in. `None` where it is
    /// no mapping, which is told of.
    fn entries(&mut self, node: &Node, what: &str) -> Option<Vec<(Rc<Node>, Rc<Node>)>> {
        let Kind::Mapping(own) = &node.kind else {
            self.expected(&format!("{what}, which is a mapping"), node);
            return None;
        };
        let mut entries: Vec<(Rc<Node>, Rc<Node>)> = Vec::new();
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut merged = Vec::new();
        for (key, value) in own {
            match key.scalar() {
                Some("<<") => merged.push(value),
                Some(name) => match seen.get(name) {
                    Some(line) => {
                        let problem = format!("the key {name:?} comes twice; first in line {line}");
                        self.error(key.place, problem);
                    }
                    None => {
                        seen.insert(name.to_owned(), key.place.line);
                        entries.push((Rc::clone(key), Rc::clone(value)));
                    }
                },
                None => entries.push((Rc::clone(key), Rc::clone(value))),
            }
        }
        let sources = merged.into_iter().flat_map(|value| match &value.kind {
            Kind::Sequence(items) => items.as_slice(),
            _ => std::slice::from_ref(value),
        });
        for source in sources {
            for (key, value) in self.entries(source, what).unwrap_or_default() {
                let name = key.scalar().unwrap_or_default().to_owned();
                if let Entry::Vacant(vacant) = seen.entry(name) {
                    vacant.insert(key.place.line);
                    entries.push((key, value));
                }
            }
        }
        Some(entries)
    }

    /// The items of a list that are something.
    pub(super) fn list(&mut self, fields: &Fields, key: &str, expected: &str) -> Vec<Rc<Node>> {
        let Some(field) = fields.get(key) else { return Vec::new() };
        match &field.value.kind {
            Kind::Sequence(items) => {
                let is_null = |node: &Rc<Node>| matches!(node.kind, Kind::Null);
                for item in items.iter().filter(|item| is_null(item)) {
                    self.warn(item.place, format!("an item of `{key}` is empty and left out"));
                }
                items.iter().filter(|item| !is_null(item)).cloned().collect()
            }
            _ => {
                self.expected(expected, &field.value);
                Vec::new()
            }
        }
    }

    /// Tells of keys that must have a text and have a list or a mapping; whether there are any.
    pub(super) fn has_wrong_type(&mut self, fields: &Fields, keys: &[&str]) -> bool {
        let mut found = false;
        for key in keys {
            if let Some(field) = fields.get(key).filter(|field| field.value.scalar().is_none()) {
                self.expected(&format!("a text for `{key}`"), &field.value);
                found = true;
            }
        }
        found
    }

    pub(super) fn duration(&mut self, fields: &Fields, key: &str) -> Option<i64> {
        if self.has_wrong_type(fields, &[key]) {
            return None;
        }
        let text = text(fields, key)?;
        let parsed = duration::parse(&text);
        parsed.map_err(|problem| self.error(fields[key].value.place, problem)).ok()
    }

    pub(super) fn limit(&mut self, fields: &Fields) -> Option<usize> {
        let field = fields.get("limit")?;
        let place = field.value.place;
        let number = match &field.value.kind {
            Kind::Scalar { value, style: Style::Plain } => value.parse::<i64>().ok(),
            _ => None,
        };
        let Some(number) = number else {
            let found = field
                .value
                .scalar()
                .map_or(field.value.name().to_owned(), |text| format!("{text:?}"));
            self.error(place, format!("expected a whole number for `limit`, found {found}"));
            return None;
        };
        if number < 0 {
            self.warn(place, "a negative limit is none; leave it out, or give a positive one");
        }
        usize::try_from(number).ok().filter(|limit| *limit > 0)
    }

    /// Labels or annotations.
    pub(super) fn labels(&mut self, fields: &Fields, key: &str) -> BTreeMap<String, String> {
        let mut labels = BTreeMap::new();
        let Some(field) = fields.get(key) else { return labels };
        let mut bytes = 0;
        let entries = self.entries(&field.value, &format!("`{key}`"));
        for (name, value) in entries.unwrap_or_default() {
            if labels.len() == LABELS_MAX {
                let problem = format!("more than {LABELS_MAX} {key} in one place");
                self.error(name.place, problem);
                break;
            }
            bytes += name.scalar().map_or(0, str::len) + value.scalar().map_or(0, str::len);
            if key == "labels" && bytes > LABELS_BYTES_MAX {
                let problem = format!("more than {LABELS_BYTES_MAX} bytes of labels in one place");
                self.error(name.place, problem);
                break;
            }
            let text = match &value.kind {
                Kind::Null => "",
                Kind::Scalar { value, .. } => value,
                _ => {
                    self.expected("a text", &value);
                    continue;
                }
            };
            match name.scalar() {
                None | Some("") => {
                    self.error(name.place, "expected a name that is not empty");
                }
                Some(METRIC_NAME) if key == "labels" => {
                    let problem = "the label __name__ cannot be set; `record` names the metric";
                    self.error(name.place, problem);
                }
                Some(name) => {
                    labels.insert(name.to_owned(), text.to_owned());
                }
            }
        }
        labels
    }
}

pub(super) fn text(fields: &Fields, key: &str) -> Option<String> {
    fields.get(key)?.value.scalar().map(str::to_owned)
}

/// The first of a mapping's keys, or of what `<<` brings into it, that has a text.
pub(super) fn name_of(node: &Node, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| value_of(node, key).filter(|name| !name.is_empty()))
}

fn value_of(node: &Node, key: &str) -> Option<String> {
    let entries = match &node.kind {
        Kind::Mapping(entries) => entries,
        Kind::Sequence(merged) => return merged.iter().find_map(|node| value_of(node, key)),
        _ => return None,
    };
    let named = |name: &str| {
        entries.iter().find(|(key, _)| key.scalar() == Some(name)).map(|(_, value)| value)
    };
    match named(key) {
        Some(value) => value.scalar().map(str::to_owned),
        None => value_of(named("<<")?, key),
    }
}
