//! `plimsoll token`: administers access in a data folder, whether or not its server runs.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use plimsoll_model::{Clock as _, SystemClock};
use plimsoll_server::Addresses;
use plimsoll_server::access::sign_in_link;
use plimsoll_server::config::parse_duration;
use plimsoll_state::{Actor, NewToken, Scope, Scopes, State, TokenInfo};

use super::print;
use crate::exit::Usage;

#[derive(Args)]
#[command(after_help = "\
Examples:
  plimsoll token create ci --scope ingest --expires-in 90d
  plimsoll token list
  plimsoll token revoke 3f9c1d2e4b5a6978
  plimsoll token sign-in-link")]
pub(crate) struct TokenCommand {
    /// Data folder; its server may be running
    #[arg(
        long,
        env = "PLIMSOLL_DATA",
        value_name = "DIR",
        default_value = "./data",
        global = true
    )]
    data: PathBuf,
    #[command(subcommand)]
    command: TokenSubcommand,
}

#[derive(Subcommand)]
enum TokenSubcommand {
    /// Make a token; it is printed this once
    Create(CreateArgs),
    /// List tokens
    List,
    /// Revoke a token and end the sessions begun with it
    Revoke {
        /// Its id, as `list` prints it
        id: String,
    },
    /// Make a link that signs a browser in as admin, once
    SignInLink,
}

#[derive(Args)]
struct CreateArgs {
    /// What to call it
    name: String,
    /// What it may be used for; may be repeated
    #[arg(long = "scope", value_enum, required = true)]
    scopes: Vec<ScopeArg>,
    /// How long it lives, like 90d [default: until it is revoked]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expires_in: Option<Duration>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ScopeArg {
    /// Send telemetry
    Ingest,
    /// Read what a viewer may read
    Read,
    /// Everything
    Admin,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "expected a duration like 12h or 90d".to_owned())
}

pub(super) async fn run(args: TokenCommand) -> Result<ExitCode> {
    if !args.data.is_dir() {
        let text = format!(
            "{} is no data folder; name the server's with --data, or start it once",
            args.data.display()
        );
        return Err(Usage(text).into());
    }
    let state = State::open(&args.data, Arc::new(SystemClock)).await?;
    let actor = Actor::command_line();
    let result = match args.command {
        TokenSubcommand::Create(new) => create(&state, new, &actor).await,
        TokenSubcommand::List => list(&state).await,
        TokenSubcommand::Revoke { id } => revoke(&state, &id, &actor).await,
        TokenSubcommand::SignInLink => link(&state, &args.data, &actor).await,
    };
    state.close().await;
    result.map(|()| ExitCode::SUCCESS)
}

async fn create(state: &State, args: CreateArgs, actor: &Actor) -> Result<()> {
    let scopes: Scopes = args
        .scopes
        .iter()
        .map(|scope| match scope {
            ScopeArg::Ingest => Scope::Ingest,
            ScopeArg::Read => Scope::Read,
            ScopeArg::Admin => Scope::Admin,
        })
        .collect();
    let new = NewToken { name: args.name, scopes, lifetime: args.expires_in };
    let created = state.create_token(new, actor).await?;
    eprintln!("token {} was made; it is shown this once:", created.info.id);
    print(&format!("{}\n", created.secret.expose()));
    Ok(())
}

async fn list(state: &State) -> Result<()> {
    let tokens = state.list_tokens().await?;
    let now = SystemClock.now();
    let mut text = format!("{:<18}{:<24}{:<22}{}\n", "ID", "NAME", "SCOPES", "STATE");
    for token in tokens {
        let scopes: Vec<_> = token.scopes.iter().map(Scope::name).collect();
        let scopes = scopes.join(",");
        text.push_str(&format!(
            "{:<18}{:<24}{scopes:<22}{}\n",
            token.id,
            token.name,
            standing(&token, now)
        ));
    }
    print(&text);
    Ok(())
}

fn standing(token: &TokenInfo, now: i64) -> String {
    const HOUR_NANO: i64 = 3_600_000_000_000;
    match (token.revoked, token.expires) {
        (Some(_), _) => "revoked".to_owned(),
        (None, Some(expires)) if expires <= now => "expired".to_owned(),
        (None, Some(expires)) => match (expires - now) / HOUR_NANO {
            hours if hours >= 48 => format!("expires in {} days", hours / 24),
            hours => format!("expires in {hours} hours"),
        },
        (None, None) => "live".to_owned(),
    }
}

async fn revoke(state: &State, id: &str, actor: &Actor) -> Result<()> {
    state.revoke_token(id, actor).await?;
    eprintln!("token {id} is revoked; a running server refuses it within seconds");
    Ok(())
}

async fn link(state: &State, data: &std::path::Path, actor: &Actor) -> Result<()> {
    let addresses = Addresses::read(data).with_context(|| {
        format!(
            "no server runs on {}; start it first, its address is part of the link",
            data.display()
        )
    })?;
    print(&format!("{}\n", sign_in_link(state, &addresses.base_url(), actor).await?));
    Ok(())
}
