//! How amounts and times are written.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::money::{Currency, MinorUnits, Money};

/// An amount of money as a decimal string with its currency's digits: `20.00`. Never a JSON number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Amount(String);

impl Amount {
    /// `amount` with the digits of `currency`.
    pub fn of(amount: MinorUnits, currency: Currency) -> Amount {
        Amount(currency.format(amount))
    }
}

impl From<Money> for Amount {
    fn from(money: Money) -> Amount {
        Amount(money.to_decimal_string())
    }
}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "An exact amount of money as a decimal string with the digits of the currency beside it.",
            ))
            .pattern(Some(r"^[0-9]+(\.[0-9]{1,4})?$"))
            .examples(["20.00"])
            .into()
    }
}

impl ToSchema for Amount {
    fn name() -> Cow<'static, str> {
        "Amount".into()
    }
}

/// A moment in RFC 3339, in UTC, to the second: `2026-11-23T06:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time(pub DateTime<Utc>);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A moment in RFC 3339, in UTC, to the second."))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples(["2026-11-23T06:00:00Z"])
            .into()
    }
}

impl ToSchema for Time {
    fn name() -> Cow<'static, str> {
        "Time".into()
    }
}

/// Schema: a state, territory or province.
#[derive(Debug)]
pub(crate) struct PlaceCode;

impl PartialSchema for PlaceCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Two letters for a state, territory or province."))
            .pattern(Some("^[A-Z]{2}$"))
            .examples(["CA"])
            .into()
    }
}

impl ToSchema for PlaceCode {}
