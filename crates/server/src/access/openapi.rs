//! This module's part of the OpenAPI document, and how callers prove who they are.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{admin, cookie, sign_in};

/// The paths of this module; merge it into the server's document.
#[derive(OpenApi)]
#[openapi(
    paths(
        sign_in::sign_in,
        sign_in::sign_out,
        sign_in::session,
        sign_in::follow_link,
        admin::list_tokens,
        admin::create_token,
        admin::revoke_token,
        admin::audit,
    ),
    modifiers(&Credentials)
)]
pub struct AccessApi;

/// Names the two kinds of credentials: `token` and `session`.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API token; scopes: ingest, read, admin"))
            .build();
        let session = ApiKeyValue::with_description(
            cookie::NAME,
            "A browser's session. Requests that change something also need the header \
             `X-Plimsoll-CSRF: 1`.",
        );
        components.add_security_scheme("token", SecurityScheme::Http(token));
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    }
}
