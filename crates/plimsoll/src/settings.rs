//! The settings of a server on the command line: one flag for every key there is, made from the
//! one list of keys, and the file and the environment behind them.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use plimsoll_server::config::{Config, KEYS, Key, RawConfig};

use crate::exit::Usage;

/// The file that is read where none is named.
const FILE: &str = "plimsoll.toml";

/// What the command line says of the settings.
#[derive(Clone, Debug, Default)]
pub(crate) struct SettingsArgs {
    file: Option<PathBuf>,
    flags: Vec<(&'static Key, String)>,
}

fn flagged() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(|key| !key.secret)
}

fn help(key: &Key) -> String {
    match key.default {
        "" => format!("{} [env: {}]", capitalised(key.help), key.variable()),
        default => {
            format!("{} [default: {default}] [env: {}]", capitalised(key.help), key.variable())
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

impl Args for SettingsArgs {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .env("PLIMSOLL_CONFIG")
            .hide_env_values(true)
            .value_parser(clap::value_parser!(PathBuf))
            .help("Settings file [default: ./plimsoll.toml, if there]");
        flagged().fold(command.arg(file), |command, key| {
            let arg = Arg::new(key.name)
                // Some thirty flags, made once, for a parser that keeps them as long as it runs.
                .long(&*key.flag().leak())
                .value_name(key.value)
                .help(help(key))
                .action(ArgAction::Set);
            command.arg(match key.is_switch() {
                true => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
                false => arg,
            })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingsArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let flag = |key: &'static Key| {
            matches.get_one::<String>(key.name).map(|value| (key, value.clone()))
        };
        Ok(Self {
            file: matches.get_one::<PathBuf>("config").cloned(),
            flags: flagged().filter_map(flag).collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl SettingsArgs {
    /// Resolves flags over environment over file over `defaults`.
    pub(crate) fn resolve(self, defaults: &[(&'static str, String)]) -> Result<Config> {
        let mut raw = RawConfig::default();
        for (name, value) in defaults {
            raw.set_default(name, value.clone());
        }
        let (path, required) = match &self.file {
            Some(path) => (path.clone(), true),
            None => (PathBuf::from(FILE), false),
        };
        let usage = |error: plimsoll_server::config::ConfigError| Usage(error.to_string());
        raw.add_file(&path, required).map_err(usage)?;
        for stranger in raw.add_environment(std::env::vars()) {
            eprintln!("warning: {stranger} is set in the environment, but is no setting");
        }
        for (key, value) in self.flags {
            raw.add_flag(key, value);
        }
        Ok(Config::resolve(raw).map_err(usage)?)
    }
}
