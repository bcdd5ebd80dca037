//! Keys of secrets, and keys that look like them.

use plimsoll_wire::scrub::{Privacy, Scrubber};

use super::scrubber;

#[track_caller]
fn check(keys: &str, expected: bool) {
    let scrubber = scrubber();
    for key in keys.split_whitespace() {
        assert_eq!(scrubber.is_secret_key(key), expected, "{key}");
    }
}

#[test]
fn secrets_are_told_by_their_words() {
    check(
        "password Password PASSWORD passwd pwd pass secret api_key apikey apiKey API-KEY \
         ApiKey X-Api-Key access_key accessKey auth authorization Authorization \
         proxy-authorization bearer credentials credential private_key privateKey token csrf \
         xsrf session sessionid session_id sessionId session.id cookie cookies Set-Cookie \
         set_cookie jwt ssn card_number cardNumber cvv pin",
        true,
    );
    check(
        "db_pass dbpassword userPassword password_hash password2 new_password1 old-password \
         passwordConfirmation client_secret clientSecret clientsecret secrets \
         aws_secret_access_key aws_access_key_id AWSSecretKey access_token refreshToken \
         id_token accessTokens csrfmiddlewaretoken _csrf X-XSRF-TOKEN x-csrf-token PHPSESSID \
         JSESSIONID php_auth_pw http.request.header.authorization http.request.header.cookie \
         http.response.header.set-cookie encryption_key signingKey ssh_key account_key \
         Ocp-Apim-Subscription-Key x-amz-security-token X-Amz-Signature x-amz-credential \
         user[password] credit_card creditCard ccNumber cvc card_pin otp otp_code passphrase \
         seed_phrase basic_auth x-auth-token auth_header DB_PASSWORD $password ünï_password \
         social_security_number APIKeys",
        true,
    );
}

#[test]
fn what_looks_like_a_secret_is_kept() {
    check(
        "passport_number token_count max_tokens author authority keyboard monkey key keys \
         primary_key foreignKey public_key cache_key message.key passed passenger compass \
         bypass pass_rate pass_count tokens input_tokens gen_ai.usage.output_tokens \
         prompt_tokens total_tokens tokenizer token_type token_limit expires_in \
         next_page_token nextPageToken page_token session_count sessions session_duration_ms \
         secretary secret_name k8s.secret.name aws.secretsmanager.secret.arn cookie_consent \
         cookie_policy password_length password_policy password_updated_at passwordless \
         has_password is_secret auth_method auth_type author_id authored_at authorization_url \
         user_id enduser.id spinner ping pinned opinion spin shipping trace_id span_id \
         release sha http.route thread.name service.name db.query.text url.full \
         exception.message card cards discard_number phone_number order_number cvs csv \
         cookiecutter authentication_method x-request-id hotpath signal design",
        false,
    );
    check("", false);
    check("- . _ é 1", false);
}

#[test]
fn people_add_and_keep_keys() {
    let scrubber = Scrubber::new(&Privacy {
        keys: ["iban", "birth date", "Größe", "-"].map(str::to_owned).to_vec(),
        keep_keys: vec!["session.id".to_owned()],
        ..Privacy::default()
    });
    for key in
        ["iban", "IBAN", "customer_iban", "customerIban", "birth_date", "birthDate", "birthdate"]
    {
        assert!(scrubber.is_secret_key(key), "{key}");
    }
    for key in ["ibanez", "birth", "date", "session.id", "session_id", "sessionId", "-"] {
        assert!(!scrubber.is_secret_key(key), "{key}");
    }
    assert!(scrubber.is_secret_key("my_session_id"));
    assert_eq!(scrubber.text("iban=DE12 x").as_deref(), Some("iban=[scrubbed] x"));
    assert_eq!(scrubber.text("session.id=12 x"), None);
    let off = Scrubber::new(&Privacy { secret_keys: false, ..Privacy::default() });
    assert!(!off.is_secret_key("password"));
    assert_eq!(off.text("password=12"), None);
}

#[test]
fn keys_of_any_length_are_judged_by_their_end() {
    let long = "x_".repeat(100_000);
    assert!(scrubber().is_secret_key(&format!("{long}password")));
    assert!(!scrubber().is_secret_key(&format!("{long}x")));
    assert!(scrubber().is_secret_key(&format!("{}password", "x".repeat(100_000))));
}
