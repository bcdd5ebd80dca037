//! Ids as text: 32 hexadecimal digits, for what is stored is read by people too.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

use super::Id;

pub(super) fn serialize<S: Serializer>(id: &Option<Id>, to: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => to.collect_str(&format_args!("{:032x}", u128::from_be_bytes(*id))),
        None => to.serialize_none(),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Id>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
    if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(D::Error::custom("an id has 32 hexadecimal digits"));
    }
    let number = u128::from_str_radix(&text, 16).map_err(D::Error::custom)?;
    Ok(Some(number.to_be_bytes()))
}
