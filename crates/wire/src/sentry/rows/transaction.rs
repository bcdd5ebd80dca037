//! Transactions: a root span with its request and user, and the spans below it.

use std::borrow::Cow;

use super::super::event::{ShapeError, User};
use super::super::header::Sdk;
use super::super::reader::Reader;
use super::super::time;
use super::Outcome;
use super::attribute::Value;
use super::origin::Key;
use super::span::{Fields, Inherited, Spans};

impl Spans<'_> {
    /// Adds the spans of an item of type `transaction`, the root first.
    ///
    /// # Errors
    ///
    /// The payload is no JSON object.
    pub fn push_transaction(&mut self, json: &str) -> Result<Outcome, ShapeError> {
        let mut reader = ShapeError::check("a transaction", json)?;
        let mut outcome = Outcome::default();
        self.begin(&Inherited::default());
        let mut fields = Fields::default();
        // They need what the members after them may say.
        let mut spans = "";
        reader.object(|key, reader| match key {
            "spans" => spans = reader.raw(),
            _ => self.root_member(key, reader, &mut fields),
        });
        let inherited = Inherited { trace_id: fields.trace_id, stated: self.row.stated.clone() };
        outcome.add(self.commit(&fields), || "transaction".to_owned());
        let mut at = 0;
        if !spans.is_empty() {
            Reader::new(spans).array(|reader| {
                outcome.add(self.push_older(reader, &inherited), || format!("spans[{at}]"));
                at += 1;
            });
        }
        Ok(outcome)
    }

    fn root_member<'a>(&mut self, key: &str, reader: &mut Reader<'a>, fields: &mut Fields<'a>) {
        let property = match key {
            "release" => Some(Key::Release),
            "environment" => Some(Key::Environment),
            "server_name" => Some(Key::ServerName),
            "dist" => Some(Key::Dist),
            "platform" => Some(Key::Platform),
            _ => None,
        };
        if let Some(property) = property {
            self.row.stated.set(property, &reader.text().unwrap_or_default());
            return;
        }
        match key {
            "transaction" => fields.name = reader.text().unwrap_or_default(),
            "start_timestamp" => fields.start = reader.parsed(time::unix_nano),
            "timestamp" => fields.end = reader.parsed(time::unix_nano),
            "contexts" => reader.object(|key, reader| self.context(key, reader, fields)),
            "tags" => self.push_tags(reader, fields),
            "measurements" => self.push_measurements(reader),
            "request" => self.push_request(reader),
            "user" => self.push_user(&User::read(reader)),
            "transaction_info" => reader.object(|key, reader| {
                if key == "source" {
                    self.push_text("sentry.span.source", reader);
                }
            }),
            "sdk" => {
                let sdk = Sdk::read(reader);
                self.row.stated.set(Key::SdkName, &sdk.name);
                self.row.stated.set(Key::SdkVersion, &sdk.version);
            }
            _ => {}
        }
    }

    fn context<'a>(&mut self, key: &str, reader: &mut Reader<'a>, fields: &mut Fields<'a>) {
        match key {
            "trace" => reader.object(|key, reader| self.common_member(key, reader, fields)),
            "response" => reader.object(|key, reader| {
                if key == "status_code"
                    && let Some(code) = reader.integer()
                    && !self.row.is_taken("http.response.status_code")
                {
                    let columns = &mut self.columns.attributes;
                    self.row.push(columns, "http.response.status_code", Value::Int(code));
                }
            }),
            "otel" => reader.object(|key, reader| {
                if key == "resource" {
                    reader.object(|key, reader| {
                        if key == "service.name" {
                            let name = reader.text().unwrap_or_default();
                            self.row.stated.set(Key::Service, &name);
                        }
                    });
                }
            }),
            "runtime" => reader.object(|key, reader| match key {
                "name" => self.push_text("process.runtime.name", reader),
                "version" => self.push_text("process.runtime.version", reader),
                _ => {}
            }),
            "os" => reader.object(|key, reader| match key {
                "name" => self.push_text("os.name", reader),
                "version" => self.push_text("os.version", reader),
                _ => {}
            }),
            _ => {}
        }
    }

    fn push_text(&mut self, key: &str, reader: &mut Reader<'_>) {
        let text = reader.text().unwrap_or_default();
        self.row.push_missing(&mut self.columns.attributes, key, text.trim_end());
    }

    fn push_request(&mut self, reader: &mut Reader<'_>) {
        reader.object(|key, reader| match key {
            "url" => self.push_text("url.full", reader),
            "method" => self.push_text("http.request.method", reader),
            "query_string" => {
                let query = reader.text_or_json().unwrap_or_default();
                let columns = &mut self.columns.attributes;
                self.row.push_missing(columns, "url.query", &query);
            }
            "headers" => reader.object(|key, reader| {
                if key.eq_ignore_ascii_case("user-agent") {
                    self.push_text("user_agent.original", reader);
                }
            }),
            _ => {}
        });
    }

    fn push_user(&mut self, user: &User) {
        for (key, value) in [
            ("user.id", &user.id),
            ("user.email", &user.email),
            ("user.name", &user.username),
            ("client.address", &user.ip_address),
        ] {
            if !value.starts_with("{{") && !value.is_empty() {
                let value = Value::Text(Cow::Borrowed(value));
                self.row.push(&mut self.columns.attributes, key, value);
            }
        }
    }
}
