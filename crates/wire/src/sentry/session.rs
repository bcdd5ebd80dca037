//! Sessions: how often a release was used, and how often that ended badly.
//!
//! Invariant: a session without a release or a start says nothing and is none.

use plimsoll_model::UnixNano;

use super::event::ShapeError;
use super::reader::{Kind, Reader};
use super::{id, time};

/// How a session went so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SessionStatus {
    /// It goes on.
    #[default]
    Ok,
    /// It ended.
    Exited,
    /// It ended in a crash.
    Crashed,
    /// It ended without a word.
    Abnormal,
    /// It ended, and had errors.
    Errored,
    /// It had an error that nobody caught, and went on.
    Unhandled,
}

impl SessionStatus {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "ok" | "init" => Self::Ok,
            "exited" => Self::Exited,
            "crashed" => Self::Crashed,
            "abnormal" => Self::Abnormal,
            "errored" | "degraded" => Self::Errored,
            "unhandled" => Self::Unhandled,
            _ => return None,
        })
    }
}

/// What holds for all sessions of a payload. Empty texts stand for absent ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionAttributes {
    /// The release; never empty.
    pub release: String,
    /// The environment.
    pub environment: String,
    /// The address of the user.
    pub ip_address: String,
    /// The user's browser.
    pub user_agent: String,
}

impl SessionAttributes {
    fn read(reader: &mut Reader<'_>) -> Self {
        let mut attributes = Self::default();
        reader.object(|key, reader| match key {
            "release" => attributes.release = reader.string(),
            "environment" => attributes.environment = reader.string(),
            "ip_address" => attributes.ip_address = reader.string(),
            "user_agent" => attributes.user_agent = reader.string(),
            _ => {}
        });
        attributes
    }
}

/// One session, as it stands when it is sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// Its id.
    pub id: Option<[u8; 16]>,
    /// Who has it: a user or a device. Empty where it is not said.
    pub distinct_id: String,
    /// Counts up with each update, where it is said.
    pub sequence: Option<u64>,
    /// Whether this is the first that is sent of it.
    pub init: bool,
    /// When it was sent.
    pub time_unix_nano: Option<UnixNano>,
    /// When it started.
    pub started_unix_nano: UnixNano,
    /// How long it lasts so far, in seconds.
    pub duration_s: Option<f64>,
    /// How it goes.
    pub status: SessionStatus,
    /// How many errors it had.
    pub errors: u64,
    /// Why it ended without a word: `anr_foreground`.
    pub abnormal_mechanism: String,
    /// Release and environment.
    pub attributes: SessionAttributes,
}

/// Sessions that started in one minute, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionCounts {
    /// The minute they started in.
    pub started_unix_nano: UnixNano,
    /// Who had them; empty where it is not said.
    pub distinct_id: String,
    /// Those that ended well.
    pub exited: u64,
    /// Those that had errors, without those below.
    pub errored: u64,
    /// Those that ended without a word.
    pub abnormal: u64,
    /// Those that had an error that nobody caught.
    pub unhandled: u64,
    /// Those that crashed.
    pub crashed: u64,
}

/// Counted sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    /// A minute each, at most [`Sessions::COUNTS_MAX`].
    pub counts: Vec<SessionCounts>,
    /// Minutes without a start, or beyond the bound.
    pub omitted: u32,
    /// Release and environment.
    pub attributes: SessionAttributes,
}

/// Why a payload is no session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// It is no object.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// Something without which it says nothing is missing.
    #[error("cannot read a session: expected {0}, found none")]
    Missing(&'static str),
}

impl Session {
    /// Reads the payload of an item of type `session`.
    ///
    /// # Errors
    ///
    /// It is no object, or has no release or no start.
    pub fn read(json: &str) -> Result<Self, SessionError> {
        let mut session = Self::default();
        let mut started = None;
        ShapeError::check("a session", json)?.object(|key, reader| match key {
            "sid" => session.id = reader.parsed(id::uuid),
            "did" => session.distinct_id = reader.string(),
            "seq" => session.sequence = reader.count(),
            "init" => session.init = reader.boolean().unwrap_or_default(),
            "timestamp" => session.time_unix_nano = reader.parsed(time::unix_nano),
            "started" => started = reader.parsed(time::unix_nano),
            "duration" => session.duration_s = reader.number(),
            "status" => session.status = reader.parsed(SessionStatus::of).unwrap_or_default(),
            "errors" => session.errors = reader.count().unwrap_or_default(),
            "abnormal_mechanism" => session.abnormal_mechanism = reader.string(),
            "attrs" => session.attributes = SessionAttributes::read(reader),
            _ => {}
        });
        session.started_unix_nano = started.ok_or(SessionError::Missing("a start"))?;
        check_release(&session.attributes)?;
        Ok(session)
    }
}

fn check_release(attributes: &SessionAttributes) -> Result<(), SessionError> {
    let missing = attributes.release.is_empty();
    if missing { Err(SessionError::Missing("a release in attrs")) } else { Ok(()) }
}

impl Sessions {
    /// Minutes that are taken of one payload.
    pub const COUNTS_MAX: usize = 1_000;

    /// Reads the payload of an item of type `sessions`.
    ///
    /// # Errors
    ///
    /// It is no object, or has no release.
    pub fn read(json: &str) -> Result<Self, SessionError> {
        let mut sessions = Self::default();
        ShapeError::check("sessions", json)?.object(|key, reader| match key {
            "attrs" => sessions.attributes = SessionAttributes::read(reader),
            "aggregates" if reader.kind() == Kind::Array => {
                reader.array(|reader| match SessionCounts::read(reader) {
                    Some(counts) if sessions.counts.len() < Self::COUNTS_MAX => {
                        sessions.counts.push(counts);
                    }
                    _ => sessions.omitted = sessions.omitted.saturating_add(1),
                });
            }
            _ => {}
        });
        check_release(&sessions.attributes)?;
        Ok(sessions)
    }
}

impl SessionCounts {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut counts = Self::default();
        let mut started = None;
        reader.object(|key, reader| {
            let mut count = || reader.count().unwrap_or_default();
            match key {
                "exited" => counts.exited = count(),
                "errored" => counts.errored = count(),
                "abnormal" => counts.abnormal = count(),
                "unhandled" => counts.unhandled = count(),
                "crashed" => counts.crashed = count(),
                "did" => counts.distinct_id = reader.string(),
                "started" => started = reader.parsed(time::unix_nano),
                _ => {}
            }
        });
        counts.started_unix_nano = started?;
        Some(counts)
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        [self.exited, self.errored, self.abnormal, self.unhandled, self.crashed]
            .into_iter()
            .fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session() {
        let session = Session::read(
            r#"{"sid":"7c7b6585-f901-4351-bf8d-02711b721929","did":17,"init":true,"seq":3,
               "started":"2020-02-07T14:16:00Z","timestamp":1581084960,"duration":60.5,
               "status":"crashed","errors":"2","abnormal_mechanism":null,
               "attrs":{"release":"shop@1.0.0","environment":"production","user_agent":7}}"#,
        )
        .unwrap();
        let attributes = SessionAttributes {
            release: "shop@1.0.0".to_owned(),
            environment: "production".to_owned(),
            user_agent: "7".to_owned(),
            ..SessionAttributes::default()
        };
        let expected = Session {
            id: uuid_of("7c7b6585f9014351bf8d02711b721929"),
            distinct_id: "17".to_owned(),
            sequence: Some(3),
            init: true,
            time_unix_nano: Some(1_581_084_960_000_000_000),
            started_unix_nano: 1_581_084_960_000_000_000,
            duration_s: Some(60.5),
            status: SessionStatus::Crashed,
            errors: 2,
            abnormal_mechanism: String::new(),
            attributes,
        };
        assert_eq!(session, expected);
    }

    fn uuid_of(text: &str) -> Option<[u8; 16]> {
        assert!(id::uuid(text).is_some());
        id::uuid(text)
    }

    #[test]
    fn counted_sessions() {
        let sessions = Sessions::read(
            r#"{"aggregates":[{"started":"2026-11-24T12:28:00Z","exited":3,"errored":"1","crashed":-1},
               {"exited":2},7],"attrs":{"release":"r"}}"#,
        )
        .unwrap();
        assert_eq!(sessions.omitted, 2);
        let [counts] = &sessions.counts[..] else { panic!("{sessions:?}") };
        assert_eq!((counts.exited, counts.errored, counts.crashed, counts.total()), (3, 1, 0, 4));
    }

    #[test]
    fn what_says_nothing_is_refused() {
        let check = |json: &str, expected: &str| {
            assert_eq!(Session::read(json).unwrap_err().to_string(), expected);
        };
        check("[]", "cannot read a session: expected a JSON object, found \"[]\"");
        check(
            r#"{"attrs":{"release":"r"}}"#,
            "cannot read a session: expected a start, found none",
        );
        check(
            r#"{"started":0,"attrs":{"release":""}}"#,
            "cannot read a session: expected a release in attrs, found none",
        );
        assert!(Sessions::read(r#"{"aggregates":{}}"#).is_err());
    }
}
