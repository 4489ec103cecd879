//! States and provinces, and which of them border on each other.

use super::random::Random;

/// The states, the district, and as many entries for a state as it should have weight.
const STATES: &[&str] = &[
    "AK", "AL", "AR", "AZ", "CA", "CA", "CA", "CO", "CO", "CT", "DC", "DE", "FL", "FL", "FL", "GA",
    "HI", "IA", "ID", "IL", "IL", "IN", "IN", "KS", "KY", "LA", "MA", "MD", "ME", "MI", "MI", "MN",
    "MO", "MS", "MT", "NC", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "NY", "OH", "OH", "OK",
    "OR", "PA", "PA", "RI", "SC", "SD", "TN", "TX", "TX", "TX", "UT", "VA", "VA", "VT", "WA", "WI",
    "WV", "WY",
];

/// The provinces other than Quebec.
const PROVINCES: &[&str] = &["AB", "BC", "MB", "NB", "NL", "NS", "ON", "ON", "PE", "SK"];

/// Chains of states: whoever stand beside each other border on each other.
const STATE_CHAINS: &[&[&str]] = &[
    &[
        "WA", "OR", "CA", "NV", "UT", "CO", "KS", "MO", "IL", "IN", "OH", "PA", "NJ",
    ],
    &["ID", "MT", "ND", "MN", "WI", "MI"],
    &["ME", "NH", "VT", "MA", "RI", "CT", "NY"],
    &[
        "DE", "MD", "DC", "VA", "NC", "SC", "GA", "FL", "AL", "MS", "LA", "TX", "OK", "AR", "TN",
        "KY", "WV",
    ],
    &["AZ", "NM", "TX"],
    &["IA", "NE", "SD", "WY"],
    &["IA", "IL", "WI"],
];

/// A chain of provinces, in the same way.
const PROVINCE_CHAINS: &[&[&str]] = &[&["BC", "AB", "SK", "MB", "ON"], &["PE", "NS", "NB"]];

/// One state.
pub(super) fn state(random: &mut Random) -> String {
    random.pick(STATES).to_owned()
}

/// One province other than Quebec.
pub(super) fn province(random: &mut Random) -> String {
    random.pick(PROVINCES).to_owned()
}

/// Two or three neighbouring states, as `IA;IL`.
pub(super) fn states(random: &mut Random) -> String {
    neighbours(random, STATE_CHAINS)
}

/// Two or three neighbouring provinces, as `AB;SK`.
pub(super) fn provinces(random: &mut Random) -> String {
    neighbours(random, PROVINCE_CHAINS)
}

fn neighbours(random: &mut Random, chains: &[&[&str]]) -> String {
    let chain = random.pick(chains);
    let count = if random.chance(25) { 3 } else { 2 };
    let first = random.index(chain.len() - count + 1);
    chain[first..first + count].join(";")
}
