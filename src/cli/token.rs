//! `token create | list | revoke`: access tokens.

use anyhow::bail;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand, value_parser};
use serde::Serialize;

use super::output::{print, print_json, say, table, text};
use super::parts::{Database, Parts, terminal_user};
use super::{Exit, Given};
use crate::access::{Issuer, Lifetime};
use crate::domain::token::{Role, Standing, Token, TokenId, TokenName};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a token and show it, this once
    Create(Create),
    /// The tokens there are and were; never their secrets
    List(List),
    /// Refuse a token from now on
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// What its holder may do: reader, curator or operator
    #[arg(long, value_parser = parse_role)]
    role: Role,
    /// Whom or what it is for, as in "quoting tool"
    #[arg(long)]
    name: TokenName,
    /// Days for which it is good
    #[arg(long, value_name = "N", default_value_t = 180, value_parser = value_parser!(u32).range(1..=3660))]
    expires_days: u32,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Revoke {
    /// The token's id, as `token list` shows it
    id: TokenId,
}

fn parse_role(word: &str) -> Result<Role, String> {
    word.parse()
        .map_err(|error: crate::domain::fee::UnknownWord| error.to_string())
}

impl Command {
    pub(super) async fn run(self, given: Given) -> anyhow::Result<Exit> {
        let settings = given.settings(vec![])?;
        let database = match self {
            // An operator makes the first token before the first start.
            Command::Create(_) => Database::CreateIfMissing,
            Command::List(_) | Command::Revoke(_) => Database::MustExist,
        };
        Parts::with(settings, database, async |parts| match self {
            Command::Create(create) => create.run(parts).await,
            Command::List(list) => list.run(parts).await,
            Command::Revoke(revoke) => revoke.run(parts).await,
        })
        .await
    }
}

fn issuer(parts: &Parts) -> Issuer {
    Issuer::new(parts.store.clone(), parts.clock.clone(), terminal_user())
}

impl Create {
    async fn run(self, parts: &Parts) -> anyhow::Result<Exit> {
        let lifetime = Lifetime::of_days(self.expires_days).unwrap_or(Lifetime::DEFAULT);
        let issued = issuer(parts).issue(self.name, self.role, lifetime).await;
        let (secret, token) = issued?;
        let (id, name, role) = (&token.id, &token.name, token.role);
        let expires_at = moment(token.expires_at);
        say(&format!(
            "token {id} for \"{name}\", role {role}, good until {expires_at}; it is shown this once:"
        ));
        print(secret.expose())
    }
}

impl List {
    async fn run(self, parts: &Parts) -> anyhow::Result<Exit> {
        let tokens = parts.store.list_tokens().await?;
        let now = parts.clock.now();
        let views: Vec<TokenView> = tokens
            .iter()
            .map(|token| TokenView::of(token, now))
            .collect();
        match self.json {
            true => print_json(&views),
            false => print(&print_tokens(&views)),
        }
    }
}

impl Revoke {
    async fn run(self, parts: &Parts) -> anyhow::Result<Exit> {
        let Some(before) = issuer(parts).revoke(&self.id).await? else {
            bail!(
                "there is no token {}; `ptf-cache token list` shows those there are",
                self.id
            );
        };
        match before.revoked {
            None => say(&format!(
                "revoked: token {} of \"{}\"; every service on this database refuses it within 5 seconds",
                before.id, before.name
            )),
            Some(revocation) => say(&format!(
                "token {} was revoked already, on {} by {}",
                before.id,
                moment(revocation.at),
                revocation.by
            )),
        }
        Ok(Exit::Done)
    }
}

/// A token as `--json` prints it.
#[derive(Debug, Serialize)]
struct TokenView<'a> {
    id: &'a TokenId,
    name: &'a str,
    role: Role,
    standing: Standing,
    created_at: String,
    created_by: &'a str,
    expires_at: String,
    revoked_at: Option<String>,
    revoked_by: Option<&'a str>,
}

impl<'a> TokenView<'a> {
    fn of(token: &'a Token, now: DateTime<Utc>) -> TokenView<'a> {
        let revoked = token.revoked.as_ref();
        TokenView {
            id: &token.id,
            name: token.name.as_str(),
            role: token.role,
            standing: token.standing(now),
            created_at: moment(token.created_at),
            created_by: &token.created_by,
            expires_at: moment(token.expires_at),
            revoked_at: revoked.map(|revocation| moment(revocation.at)),
            revoked_by: revoked.map(|revocation| revocation.by.as_str()),
        }
    }
}

fn print_tokens(tokens: &[TokenView<'_>]) -> String {
    if tokens.is_empty() {
        return "there is no token yet; `ptf-cache token create` makes one".to_owned();
    }
    let mut rows = table(&["id", "name", "role", "standing", "created", "by", "expires"]);
    for token in tokens {
        rows.add_row([
            text(token.id),
            text(token.name),
            text(token.role),
            text(token.standing),
            text(&token.created_at),
            text(token.created_by),
            text(&token.expires_at),
        ]);
    }
    rows.to_string()
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
