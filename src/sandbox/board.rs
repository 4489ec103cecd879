//! A board as the sandbox vendor keeps it and sends it.

use serde::{Serialize, Serializer};
use serde_json::{Map, Number, Value};

/// One board in the vendor's own words; `None` is a field that is not sent at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SandboxBoard {
    /// The vendor's id, digits from `1001` up, sent as a string.
    pub id: String,
    /// The full name; no two boards share one.
    pub name: String,
    /// The abbreviation; a few boards share one.
    pub abbreviation: String,
    /// A state or province, or several as `IA;IL`.
    pub state: String,
    /// `US` or `CA`.
    pub country: String,
    /// Whether agents are kept out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brokers_only: Option<bool>,
    /// `MANUAL`, `AUTO` or `NONE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paperwork: Option<String>,
    /// The page that describes the board's coverage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage_url: Option<String>,
    /// `NONE` or `MANUAL`; not sent where an amount speaks for itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pass_through_fee_type: Option<String>,
    /// The recurring fee, for one unit of the basis.
    #[serde(skip_serializing_if = "Amount::is_absent")]
    pub pass_through_fee: Amount,
    /// `USD` or `CAD`; where it is not sent, the country decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// `MONTHLY`, `QUARTERLY` or `ANNUAL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pass_through_fee_frequency: Option<String>,
    /// `ACCOUNT`, `AGENT` or `OFFICE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pass_through_fee_basis: Option<String>,
    /// Anything the vendor's staff wrote beside the fee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pass_through_fee_note: Option<String>,
    /// What is charged once, at the start.
    #[serde(skip_serializing_if = "Amount::is_absent")]
    pub setup_fee: Amount,
}

/// An amount in one of the ways in which a vendor writes, or does not write, amounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amount {
    /// The field is not sent.
    Absent,
    /// The field is sent as `null`.
    Null,
    /// A JSON string: `"20.00"`, or words such as `"Varies"`.
    Text(String),
    /// A JSON number, kept as its text: `25` or `7.5`.
    Number(Number),
}

impl Amount {
    /// Whether the field is not sent.
    pub fn is_absent(&self) -> bool {
        *self == Amount::Absent
    }

    /// Whether this is some text or number, whatever it says.
    pub fn is_said(&self) -> bool {
        matches!(self, Amount::Text(_) | Amount::Number(_))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Amount::Absent | Amount::Null => serializer.serialize_none(),
            Amount::Text(text) => serializer.serialize_str(text),
            Amount::Number(number) => number.serialize(serializer),
        }
    }
}

impl SandboxBoard {
    /// The board as the vendor sends it, every field that it has; the links are the server's to add.
    pub fn to_json(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            _ => unreachable!("a struct of texts, flags and amounts is a JSON object"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn board() -> SandboxBoard {
        SandboxBoard {
            id: "1001".into(),
            name: "Cedar Valley MLS".into(),
            abbreviation: "CVMLS".into(),
            state: "IA;IL".into(),
            country: "US".into(),
            brokers_only: Some(false),
            paperwork: None,
            coverage_url: None,
            pass_through_fee_type: None,
            pass_through_fee: Amount::Text("20.00".into()),
            currency: Some("USD".into()),
            pass_through_fee_frequency: Some("MONTHLY".into()),
            pass_through_fee_basis: Some("ACCOUNT".into()),
            pass_through_fee_note: None,
            setup_fee: Amount::Null,
        }
    }

    #[test]
    fn a_board_is_sent_in_the_vendors_words_without_what_it_lacks() {
        let sent = Value::Object(board().to_json());
        let expected = json!({
            "id": "1001", "name": "Cedar Valley MLS", "abbreviation": "CVMLS", "state": "IA;IL", "country": "US",
            "brokersOnly": false, "passThroughFee": "20.00", "currency": "USD",
            "passThroughFeeFrequency": "MONTHLY", "passThroughFeeBasis": "ACCOUNT", "setupFee": null,
        });
        assert_eq!(sent, expected);
    }

    #[test]
    fn a_number_keeps_its_text() {
        let amount = Amount::Number("7.50".parse().unwrap());
        let board = SandboxBoard {
            pass_through_fee: amount,
            setup_fee: Amount::Absent,
            ..board()
        };
        let text = serde_json::to_string(&board).unwrap();
        assert!(text.contains(r#""passThroughFee":7.50"#), "{text}");
        assert!(!text.contains("setupFee"), "{text}");
    }
}
