//! Which boards a list shows.

use utoipa::IntoParams;

use super::params::{Params, shown};
use super::views::words;
use crate::catalog::Catalog;
use crate::domain::board::{Board, Channel, Code, Eligibility, FeeStatus};
use crate::domain::fee::word_enum;

/// The most characters of a search.
pub(crate) const MAX_QUERY_CHARS: usize = 100;

word_enum! {
    /// For whom boards are listed.
    EligibilityFilter {
        /// For an agent: all but those that serve brokers only.
        Agents = "agents",
        /// Those known to serve agents and brokers.
        AgentsAndBrokers = "agents_and_brokers",
        /// Those known to serve brokers only.
        BrokersOnly = "brokers_only",
        /// Those of which nobody has said.
        Unknown = "unknown",
    }
}

impl EligibilityFilter {
    fn admits(self, eligibility: Eligibility) -> bool {
        match self {
            EligibilityFilter::Agents => eligibility != Eligibility::BrokersOnly,
            EligibilityFilter::AgentsAndBrokers => eligibility == Eligibility::AgentsAndBrokers,
            EligibilityFilter::BrokersOnly => eligibility == Eligibility::BrokersOnly,
            EligibilityFilter::Unknown => eligibility == Eligibility::Unknown,
        }
    }
}

/// Where a board is and whom it serves: the filters that every list of boards has.
#[derive(Debug, Clone, Default, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Audience {
    /// Boards with listings in this state, territory or province; two letters in any case.
    #[param(value_type = String, required = false, pattern = "^[A-Za-z]{2}$", example = "IA")]
    state: Option<Code>,
    /// `agents` leaves out boards that serve brokers only; the other words list exactly the boards of that kind.
    #[param(inline, value_type = words::EligibilityFilter, required = false, example = "agents")]
    eligibility: Option<EligibilityFilter>,
}

impl Audience {
    /// Reads the filter.
    pub(crate) fn read(params: &mut Params) -> Audience {
        Audience {
            state: params.read("state", read_state),
            eligibility: params.word("eligibility"),
        }
    }

    /// Those whose boards are in `state`.
    pub(crate) fn in_state(state: Code) -> Audience {
        Audience {
            state: Some(state),
            eligibility: None,
        }
    }

    /// Agents, wherever they are.
    pub(crate) fn agents() -> Audience {
        Audience {
            state: None,
            eligibility: Some(EligibilityFilter::Agents),
        }
    }

    /// Whether `board` belongs in the list.
    pub(crate) fn admits(&self, board: &Board) -> bool {
        let facts = &board.facts;
        self.state.is_none_or(|state| facts.states.contains(&state))
            && self
                .eligibility
                .is_none_or(|filter| filter.admits(facts.eligibility))
    }
}

fn read_state(text: &str) -> Result<Code, String> {
    let code = Code::parse(text).ok().filter(|_| text.len() == 2);
    code.ok_or_else(|| {
        let shown = shown(text);
        format!("\"{shown}\" is not a two-letter code; write it like CA or NV")
    })
}

/// What is looked for among the boards.
#[derive(Debug, Clone, Default, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BoardFilter {
    /// Words of the name, the abbreviation or the id; best matches come first. Blank is as if not given.
    #[param(
        required = false,
        nullable = false,
        max_length = 100,
        pattern = r"^[^\x00\ufffd]*$",
        example = "cedar"
    )]
    q: Option<String>,
    /// Boards whose answer in `channel` (`pass_through` unless given) is this one today.
    #[param(inline, value_type = words::FeeStatus, required = false, example = "charged")]
    status: Option<FeeStatus>,
    /// The channel that `status` speaks of; without `status`, boards with amounts recorded in this channel, as if
    /// `status` were `charged`.
    #[param(inline, value_type = words::Channel, required = false, example = "pass_through")]
    channel: Option<Channel>,
    /// Whether boards that the vendor no longer lists are included.
    #[param(value_type = bool, required = false, default = false, example = false)]
    inactive: bool,
}

impl BoardFilter {
    /// Reads the filter.
    pub(crate) fn read(params: &mut Params) -> BoardFilter {
        BoardFilter {
            q: params.read("q", read_query).flatten(),
            status: params.word("status"),
            channel: params.word("channel"),
            inactive: params.flag("inactive").unwrap_or(false),
        }
    }

    /// Every board that matches the search, the filters aside: rank and position in the catalog, in order of the list.
    pub(crate) fn hits(&self, catalog: &Catalog) -> Vec<(u32, u32)> {
        match &self.q {
            None => (0..catalog.boards().len())
                .map(|position| (0, position as u32))
                .collect(),
            Some(query) => {
                let found = catalog.search(query).into_iter();
                let mut hits: Vec<(u32, u32)> =
                    found.map(|(position, rank)| (rank, position)).collect();
                hits.sort_unstable();
                hits
            }
        }
    }

    /// Whether `board`, as it is in `catalog`, belongs in the list, the search aside.
    pub(crate) fn admits(&self, board: &Board, catalog: &Catalog) -> bool {
        let answer = |channel| board.channel(channel).status_on(catalog.as_of());
        let answers = match (self.status, self.channel) {
            (None, None) => true,
            (Some(status), channel) => answer(channel.unwrap_or(Channel::PassThrough)) == status,
            (None, Some(channel)) => answer(channel) == FeeStatus::Charged,
        };
        answers && (board.active || self.inactive)
    }
}

/// The search; `None` when it is blank, as an empty field of a form is.
fn read_query(text: &str) -> Result<Option<String>, String> {
    let chars = text.chars().count();
    if chars > MAX_QUERY_CHARS {
        return Err(format!(
            "has {chars} characters; at most {MAX_QUERY_CHARS} are accepted"
        ));
    }
    Ok((!text.trim().is_empty()).then(|| text.to_owned()))
}
