//! The walk through an export request, the same for all signals: resources, their scopes, the
//! scopes' items. Rejects and counts bad items.
//!
//! Invariants: fields may come in any order, so a resource and a scope are read before any of
//! their items, in a pass of its own; nothing is collected but what the columns take. A bad
//! resource or scope rejects all its items.

use arrow::array::RecordBatch;
use plimsoll_model::Table;
use plimsoll_model::batch::{FinishError, ResourceRow, ScopeRow};

use super::context::Context;
use super::fault::{Fault, Within};
use super::origin::{Origin, Resource, Scope};
use super::reader::{Known, Reader, len};

/// What differs between traces, logs and metrics.
pub(super) trait Signal {
    /// Name of the request message.
    const REQUEST: &'static str;
    /// Names of the repeated fields: resources, scopes, items.
    const FIELDS: [&'static str; 3];

    /// Columns with room for this many items.
    fn with_capacity(items: usize) -> Self;
    fn begin_resource(&mut self, resource: &ResourceRow<'_>);
    fn begin_scope(&mut self, scope: &ScopeRow<'_>);
    /// Decodes one item; on a fault nothing of it stays.
    fn push(&mut self, item: &[u8], origin: &Origin<'_>, cx: &mut Context<'_>)
    -> Result<(), Fault>;
    /// The items that follow belong to another resource.
    fn end_resource(&mut self, _resource: &Resource<'_>, _cx: &mut Context<'_>) {}
    /// How many are rejected if this item is.
    fn count(_item: &[u8]) -> Result<u64, Fault> {
        Ok(1)
    }
    fn finish(self) -> Result<Vec<(Table, RecordBatch)>, FinishError>;
}

/// `ResourceSpans`, `ResourceLogs`, `ResourceMetrics`, and `ScopeSpans`, … alike.
const OWNER: u32 = len(1);
const CHILDREN: u32 = len(2);
const SCHEMA_URL: u32 = len(3);
const GROUP: Known = Known::fields(&[1, 2, 3]);
const REQUEST: Known = Known::fields(&[1]);

/// Decodes a request into the columns of a signal.
pub(super) fn walk<S: Signal>(body: &[u8], cx: &mut Context<'_>) -> Result<S, Fault> {
    cx.fields = S::FIELDS;
    let mut signal = S::with_capacity(capacity(body));
    let mut texts = (Vec::new(), Vec::new());
    let mut request = Reader::new(body);
    let mut index = 0;
    while let Some(tag) = request.tag()? {
        if tag != len(1) {
            request.skip(tag, REQUEST)?;
            continue;
        }
        let group = request.bytes().within_element(S::FIELDS[0], index)?;
        cx.at[0] = index;
        walk_resource(&mut signal, group, &mut texts, cx).within_element(S::FIELDS[0], index)?;
        index += 1;
    }
    Ok(signal)
}

/// How many items to make room for: as many as there are, if they are of a sensible size.
fn capacity(body: &[u8]) -> usize {
    const ITEM_BYTES_USUAL: usize = 64;
    let mut items = 0;
    let mut request = Reader::new(body);
    while let Ok(Some(tag)) = request.tag() {
        let Ok(group) = request.bytes() else { break };
        if tag != len(1) {
            break;
        }
        items +=
            children(group).flatten().map(|scope| children(scope).flatten().count()).sum::<usize>();
    }
    items.min(body.len() / ITEM_BYTES_USUAL)
}

/// The elements of field 2, ending at the first fault.
fn children(message: &[u8]) -> impl Iterator<Item = Result<&[u8], Fault>> {
    let mut reader = Reader::new(message);
    let mut failed = false;
    std::iter::from_fn(move || {
        while !failed {
            let next = (|| {
                Ok(match reader.tag()? {
                    None => Some(None),
                    Some(CHILDREN) => Some(Some(reader.bytes()?)),
                    Some(OWNER | SCHEMA_URL) => reader.bytes().map(|_| None)?,
                    Some(tag) => reader.skip(tag, GROUP).map(|()| None)?,
                })
            })();
            match next {
                Ok(None) => {}
                Ok(Some(child)) => return child.map(Ok),
                Err(fault) => {
                    failed = true;
                    return Some(Err(fault));
                }
            }
        }
        None
    })
}

/// Field 1, in parts, and field 3 of a message.
fn owner_and_url<'a>(
    message: &'a [u8],
    owner: &'static str,
) -> Result<(Vec<&'a [u8]>, &'a [u8]), Fault> {
    let mut parts = Vec::new();
    let mut schema_url: &[u8] = b"";
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.tag()? {
        match tag {
            OWNER => parts.push(reader.bytes().within(owner)?),
            CHILDREN => drop(reader.bytes()?),
            SCHEMA_URL => schema_url = reader.bytes().within("schema_url")?,
            _ => reader.skip(tag, GROUP)?,
        }
    }
    Ok((parts, schema_url))
}

/// Bytes that a scope and its resource take in the columns however little they say.
const ORIGIN_BYTES: usize = 200;

/// Room for the JSON of a resource's and a scope's attributes, reused.
type Texts = (Vec<u8>, Vec<u8>);

fn walk_resource<S: Signal>(
    signal: &mut S,
    group: &[u8],
    texts: &mut Texts,
    cx: &mut Context<'_>,
) -> Result<(), Fault> {
    let (parts, schema_url) = owner_and_url(group, "resource")?;
    let resource = match Resource::decode(&parts, schema_url, &mut texts.0, cx) {
        Ok(resource) => resource,
        Err(fault) if fault.is_fatal() => return Err(fault),
        Err(fault) => {
            let mut lost = 0;
            for (index, scope) in children(group).enumerate() {
                let count = scope.and_then(count_items::<S>);
                lost += count.within_element(S::FIELDS[1], index)?;
            }
            cx.reject(1, lost, fault);
            return Ok(());
        }
    };
    let mut begun = false;
    for (index, scope) in children(group).enumerate() {
        cx.at[1] = index;
        scope
            .and_then(|scope| walk_scope(signal, scope, &resource, &mut begun, &mut texts.1, cx))
            .within_element(S::FIELDS[1], index)?;
    }
    if begun {
        signal.end_resource(&resource, cx);
    }
    Ok(())
}

fn count_items<S: Signal>(scope: &[u8]) -> Result<u64, Fault> {
    let mut count = 0;
    for (index, item) in children(scope).enumerate() {
        count += item.and_then(S::count).within_element(S::FIELDS[2], index)?;
    }
    Ok(count)
}

fn reject_scope<S: Signal>(
    message: &[u8],
    fault: Fault,
    cx: &mut Context<'_>,
) -> Result<(), Fault> {
    if fault.is_fatal() {
        return Err(fault);
    }
    let lost = count_items::<S>(message)?;
    cx.reject(2, lost, fault);
    Ok(())
}

fn walk_scope<S: Signal>(
    signal: &mut S,
    message: &[u8],
    resource: &Resource<'_>,
    resource_begun: &mut bool,
    text: &mut Vec<u8>,
    cx: &mut Context<'_>,
) -> Result<(), Fault> {
    let (parts, schema_url) = owner_and_url(message, "scope")?;
    let scope = match Scope::decode(&parts, schema_url, text, cx) {
        Ok(scope) => scope,
        Err(fault) => return reject_scope::<S>(message, fault, cx),
    };
    // What has no items takes no room.
    if children(message).next().is_none() {
        return Ok(());
    }
    if let Err(fault) = cx.expand(ORIGIN_BYTES) {
        return reject_scope::<S>(message, fault, cx);
    }
    if !std::mem::replace(resource_begun, true) {
        signal.begin_resource(&resource.row());
    }
    signal.begin_scope(&scope.row());
    let origin = Origin { resource, scope: &scope };
    for (index, item) in children(message).enumerate() {
        cx.at[2] = index;
        let item = item.within_element(S::FIELDS[2], index)?;
        match signal.push(item, &origin, cx) {
            Ok(()) => {}
            Err(fault) if fault.is_fatal() => {
                return Err(fault.within_element(S::FIELDS[2], index));
            }
            Err(fault) => {
                let lost = S::count(item).within_element(S::FIELDS[2], index)?;
                cx.reject(3, lost, fault);
            }
        }
    }
    Ok(())
}
