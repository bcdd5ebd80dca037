//! A small HTTP client for the commands that ask a server.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use plimsoll_server::Addresses;

use crate::commands::ServerArgs;
use crate::exit::Usage;

/// Longer than any query may take.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Larger answers are not for a terminal.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// A server to ask.
pub(crate) struct Client {
    base: Uri,
    token: Option<String>,
}

impl Client {
    pub(crate) fn new(args: &ServerArgs) -> Result<Self> {
        let base = match &args.url {
            Some(url) => url.clone(),
            None => Addresses::read(&args.data)
                .with_context(|| {
                    let data = args.data.display();
                    format!("no server runs on {data}; start one, or name one with --url")
                })?
                .base_url(),
        };
        let base: Uri =
            base.parse().ok().filter(|uri: &Uri| uri.authority().is_some()).ok_or_else(|| {
                Usage(format!("--url is {base:?}, expected http://127.0.0.1:7070"))
            })?;
        if base.scheme_str() != Some("http") {
            let text = "this command speaks plain HTTP only; ask from the server's own machine, or \
                        through a proxy that ends TLS";
            return Err(Usage(text.to_owned()).into());
        }
        Ok(Self { base, token: args.token.clone() })
    }

    /// Posts JSON; answers status and body, whatever they are.
    pub(crate) async fn post(
        &self,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<(StatusCode, Bytes)> {
        self.send(path, "application/json", body.to_string()).await
    }

    /// Posts a form; answers status and body, whatever they are.
    pub(crate) async fn post_form(
        &self,
        path: &str,
        pairs: &[(&str, String)],
    ) -> Result<(StatusCode, Bytes)> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(pairs);
        self.send(path, "application/x-www-form-urlencoded", form.finish()).await
    }

    async fn send(
        &self,
        path: &str,
        kind: &'static str,
        body: String,
    ) -> Result<(StatusCode, Bytes)> {
        let exchange = self.exchange(path, kind, body);
        match tokio::time::timeout(TIMEOUT, exchange).await {
            Ok(answer) => answer,
            Err(_) => bail!("{} did not answer within {} s", self.base, TIMEOUT.as_secs()),
        }
    }

    async fn exchange(
        &self,
        path: &str,
        kind: &'static str,
        body: String,
    ) -> Result<(StatusCode, Bytes)> {
        let authority = self.base.authority().context("the address has no host")?;
        let host = authority.host().trim_matches(['[', ']']);
        let port = authority.port_u16().unwrap_or(80);
        let stream = tokio::net::TcpStream::connect((host, port)).await.with_context(|| {
            format!("cannot connect to {}; start the server, or name another with --url", self.base)
        })?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let mut request = Request::post(path)
            .header(header::HOST, authority.as_str())
            .header(header::CONTENT_TYPE, kind);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Full::new(Bytes::from(body)))?;
        let answer = async {
            let response =
                sender.send_request(request).await.context("the server did not answer")?;
            let status = response.status();
            let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
            let body = body.map_err(|error| anyhow::anyhow!("the answer broke off: {error}"))?;
            Ok((status, body.to_bytes()))
        };
        tokio::pin!(answer, connection);
        tokio::select! {
            answer = &mut answer => answer,
            ended = &mut connection => {
                ended.context("the connection broke")?;
                answer.await
            }
        }
    }
}
