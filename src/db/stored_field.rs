//! A value on its way into a row.

use std::borrow::Cow;

use rusqlite::types::ToSql;

/// A value to store.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum StoredField<'a> {
    /// NULL.
    #[default]
    Null,
    /// A whole number.
    Whole(i64),
    /// A number with a fraction.
    Real(f64),
    /// A text.
    Text(Cow<'a, str>),
}

impl From<u64> for StoredField<'_> {
    fn from(whole: u64) -> Self {
        Self::Whole(i64::try_from(whole).unwrap_or(i64::MAX))
    }
}

impl From<bool> for StoredField<'_> {
    fn from(flag: bool) -> Self {
        Self::Whole(flag.into())
    }
}

impl From<f64> for StoredField<'_> {
    fn from(real: f64) -> Self {
        Self::Real(real)
    }
}

impl From<String> for StoredField<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<&'a str> for StoredField<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<Cow<'a, str>> for StoredField<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for StoredField<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl ToSql for StoredField<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => rusqlite::types::Null.into(),
            Self::Whole(whole) => (*whole).into(),
            Self::Real(real) => (*real).into(),
            Self::Text(text) => text.as_ref().into(),
        })
    }
}
