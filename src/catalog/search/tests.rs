use super::*;
use crate::domain::board::{BoardFacts, BoardId, ChannelFees, Eligibility, Paperwork};

fn board(id: &str, name: &str, abbreviation: &str, states: &str) -> Board {
    Board {
        facts: BoardFacts {
            id: BoardId::parse(id).unwrap(),
            name: name.to_owned(),
            abbreviation: (!abbreviation.is_empty()).then(|| abbreviation.to_owned()),
            states: states
                .split(';')
                .filter(|state| !state.is_empty())
                .map(|state| Code::parse(state).unwrap())
                .collect(),
            country: Code::US,
            eligibility: Eligibility::Unknown,
            paperwork: Paperwork::Unknown,
            coverage_url: None,
        }
        .into(),
        active: true,
        held: vec![],
        pass_through: ChannelFees::NOTHING_RECORDED.into(),
        direct: ChannelFees::NOTHING_RECORDED.into(),
    }
}

fn boards() -> Vec<Board> {
    vec![
        board("141", "Midwest Real Estate Data", "MRED", "IL;WI"),
        board("148", "Northern Nevada Regional MLS", "NNRMLS", "NV"),
        board(
            "150",
            "Greater Las Vegas Association of REALTORS®",
            "GLVAR",
            "NV",
        ),
        board("165", "OneKey MLS", "OneKey MLS", "NY"),
        board("20", "Bright MLS", "BRIGHT", "MD;PA;VA;WV;DE;NJ;DC"),
        board("300", "Chambre immobilière de Québec", "CIQ", "QC"),
        board("301", "Santa Fe Association of REALTORS", "SFAR", "NM"),
        board("302", "San Francisco Association of REALTORS", "SFAR", "CA"),
        board("303", "Cork Board", "CB", "IA"),
        board("304", "Coeur d'Alene MLS", "CDA", "ID"),
        board("305", "Charleston Trident", "CTAR", "SC"),
        board(
            "306",
            "MLS Property Information Network",
            "MLS PIN",
            "MA;RI;NH",
        ),
        board("307", "West Penn Multi-List", "WPML", "WV;PA"),
        board("12", "SFARM Country MLS", "", "TX"),
    ]
}

fn ranked(query: &str) -> Vec<(String, u32)> {
    let boards = boards();
    let hits = SearchIndex::build(boards.iter()).search(query);
    let id = |position: u32| boards[position as usize].facts.id.to_string();
    hits.into_iter()
        .map(|(position, rank)| (id(position), rank))
        .collect()
}

/// The ids of the boards found, in order.
fn found(query: &str) -> Vec<String> {
    ranked(query).into_iter().map(|(id, _)| id).collect()
}

#[test]
fn a_blank_query_finds_every_board_in_order() {
    for blank in ["", "  "] {
        let all: Vec<(String, u32)> = boards()
            .iter()
            .map(|board| (board.facts.id.to_string(), 0))
            .collect();
        assert_eq!(ranked(blank), all);
    }
}

#[test]
fn an_abbreviation_finds_all_boards_that_share_it_before_names_that_begin_with_it() {
    assert_eq!(
        ranked("sfar"),
        [("301".into(), 1), ("302".into(), 1), ("12".into(), 4)]
    );
}

#[test]
fn a_board_is_found_by_its_id() {
    assert_eq!(ranked("12"), [("12".into(), 0)]);
    assert_eq!(found(" 165 "), ["165"]);
}

#[test]
fn case_accents_marks_and_spaces_do_not_count() {
    for query in ["CHAMBRE IMMOBILIERE", "immobilière", "de quebec", "Québec"] {
        assert_eq!(found(query), ["300"], "{query}");
    }
    assert_eq!(found("coeur dalene"), ["304"]);
    assert_eq!(found("one key"), ["165"]);
    assert_eq!(found("mlspin"), ["306"]);
    assert_eq!(found("las vegas association of realtors"), ["150"]);
}

#[test]
fn words_may_be_cut_short_and_stand_in_any_order() {
    assert_eq!(found("nev reg"), ["148"]);
    assert_eq!(found("vegas great"), ["150"]);
    assert_eq!(found("assoc real"), ["150", "301", "302"]);
}

#[test]
fn every_word_must_fit() {
    assert!(found("vegas immobiliere").is_empty());
    assert!(found("zzz").is_empty());
    assert!(found("®").is_empty());
}

#[test]
fn initials_find_the_name() {
    assert_eq!(ranked("mred"), [("141".into(), 1)]);
    assert_eq!(ranked("glvaor"), [("150".into(), 6)]);
    assert_eq!(ranked("mpi"), [("306".into(), 6)]);
}

#[test]
fn a_state_is_said_by_its_code_or_its_name() {
    for query in ["nv", "NEVADA", "nevad"] {
        assert_eq!(found(query), ["148", "150"], "{query}");
    }
    assert_eq!(found("illinois"), ["141"]);
    assert_eq!(found("new mexico realtors"), ["301"]);
    assert_eq!(found("realtors new mex"), ["301"]);
    assert_eq!(found("mls pa"), ["20"]);
    assert_eq!(found("multi pennsylvania"), ["307"]);
}

#[test]
fn a_state_is_not_another_whose_name_ends_the_same() {
    assert_eq!(found("virginia"), ["20"]);
    assert_eq!(found("west virginia"), ["20", "307"]);
    assert!(found("mexico").is_empty());
}

#[test]
fn a_typo_is_forgiven() {
    for query in ["brigth", "brght", "brightt", "rbight mls"] {
        assert_eq!(found(query), ["20"], "{query}");
    }
    assert!(found("brgiht nevada").is_empty());
    assert_eq!(ranked("charlseton"), [("305".into(), 7)]);
    assert_eq!(found("chralestno"), ["305"]);
    assert_eq!(found("nothern nev"), ["148"]);
    assert_eq!(found("calfornia"), ["302"]);
    assert_eq!(found("immobilere quebec"), ["300"]);
}

#[test]
fn short_words_must_be_right() {
    assert!(found("nvx").is_empty());
    assert!(found("mlz").is_empty());
}

#[test]
fn typos_are_not_looked_for_where_something_fits_as_written() {
    let boards = [
        board("1", "Cork Board", "", "IA"),
        board("2", "York Board", "", "IA"),
    ];
    let index = SearchIndex::build(boards.iter());
    assert_eq!(index.search("york"), [(1, Fit::NamePrefix as u32)]);
    assert_eq!(index.search("bork"), [(0, 7), (1, 7)]);
}

#[test]
fn nothing_is_found_among_no_boards() {
    let index = SearchIndex::build([].into_iter());
    assert!(index.search("").is_empty());
    assert!(index.search("nevada").is_empty());
}

#[test]
fn any_text_can_be_searched_for() {
    let boards = boards();
    let index = SearchIndex::build(boards.iter());
    for query in [
        "日本 nevada",
        "İstanbul",
        "a̐éö̲",
        "ß",
        "ｎｅｖａｄａ",
        "\u{0}",
        &"x".repeat(1000),
        &"nev ".repeat(200),
    ] {
        index.search(query);
    }
    assert_eq!(found("ｎｅｖａｄａ"), ["148", "150"]);
}
