//! What users say, in the newer form (an event with a context of its own) and the older.

use plimsoll_model::UnixNano;

use super::event::ShapeError;
use super::{id, time};

/// What a user says. Empty texts stand for absent ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feedback {
    /// Its own id as the payload has it; the envelope's has precedence.
    pub id: Option<[u8; 16]>,
    /// The event that it is about.
    pub event_id: Option<[u8; 16]>,
    /// When, by the sender's clock.
    pub time_unix_nano: Option<UnixNano>,
    /// What.
    pub message: String,
    /// Who.
    pub name: String,
    /// Who can be answered there.
    pub email: String,
    /// The page it was said on.
    pub url: String,
    /// The release.
    pub release: String,
    /// The environment.
    pub environment: String,
}

impl Feedback {
    /// Reads the payload of an item of type `feedback`.
    ///
    /// # Errors
    ///
    /// It is no object.
    pub fn read(json: &str) -> Result<Self, ShapeError> {
        let mut feedback = Self::default();
        ShapeError::check("feedback", json)?.object(|key, reader| match key {
            "event_id" => feedback.id = reader.parsed(id::uuid),
            "timestamp" => feedback.time_unix_nano = reader.parsed(time::unix_nano),
            "release" => feedback.release = reader.string(),
            "environment" => feedback.environment = reader.string(),
            "contexts" => reader.object(|key, reader| {
                if key != "feedback" {
                    return;
                }
                reader.object(|key, reader| match key {
                    "message" => feedback.message = reader.string(),
                    "name" => feedback.name = reader.string(),
                    "contact_email" => feedback.email = reader.string(),
                    "url" => feedback.url = reader.string(),
                    "associated_event_id" => feedback.event_id = reader.parsed(id::uuid),
                    _ => {}
                });
            }),
            _ => {}
        });
        Ok(feedback)
    }

    /// Reads the payload of an item of type `user_report`.
    ///
    /// # Errors
    ///
    /// It is no object.
    pub fn read_user_report(json: &str) -> Result<Self, ShapeError> {
        let mut feedback = Self::default();
        ShapeError::check("a user report", json)?.object(|key, reader| match key {
            "event_id" => feedback.event_id = reader.parsed(id::uuid),
            "comments" => feedback.message = reader.string(),
            "name" => feedback.name = reader.string(),
            "email" => feedback.email = reader.string(),
            _ => {}
        });
        Ok(feedback)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let newer = Feedback::read(
            r#"{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","release":"shop@1","contexts":{"feedback":
               {"contact_email":"ada@example.org","name":"Ada","message":"it broke","url":"https://a/b",
               "associated_event_id":"32fd1995636d446385016e2747623e11"},"trace":{"message":"no"}}}"#,
        )
        .unwrap();
        assert_eq!(
            (&*newer.message, &*newer.name, &*newer.url),
            ("it broke", "Ada", "https://a/b")
        );
        assert!(newer.id.is_some() && newer.event_id.is_some() && newer.id != newer.event_id);
        let older = Feedback::read_user_report(
            r#"{"event_id":"32fd1995636d446385016e2747623e11","email":"ada@example.org","name":"Ada",
               "comments":"it broke"}"#,
        )
        .unwrap();
        let expected = Feedback {
            event_id: newer.event_id,
            message: newer.message,
            name: newer.name,
            email: newer.email,
            ..Feedback::default()
        };
        assert_eq!(older, expected);
    }
}
