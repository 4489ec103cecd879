use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::catalog::MergedBoards;
use crate::catalog::tests::{changes, head, said};
use crate::domain::rows::SourceRows;
use crate::domain::version::CatalogVersion;

/// What is prepared, by target: tag, headers and body as it is, headers for who has it.
fn told(prepared: &Prepared) -> BTreeMap<String, (HeaderValue, HeaderMap, Bytes, HeaderMap)> {
    let answers = prepared.iter();
    let told = answers.map(|(target, answer)| {
        let told = (
            answer.etag.clone(),
            answer.heads.identity.clone(),
            answer.identity.clone(),
            answer.heads.not_modified.clone(),
        );
        (target.to_owned(), told)
    });
    told.collect()
}

/// Checks that every compressed body is the one that would be made of the plain one.
fn check_compressed(prepared: &Prepared) {
    for (target, answer) in prepared.iter() {
        for coding in Coding::ALL {
            let Some(body) = answer.ask(coding) else {
                continue;
            };
            let made = compress(coding, &answer.identity);
            assert_eq!(*body, made, "{target}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What is prepared of a catalog that follows another, with all that was prepared of that one at hand, is what is
    /// prepared of it alone.
    #[test]
    fn answers_that_follow_others_are_as_if_rendered_anew(
        first in prop::collection::vec(said(), 1..12),
        steps in prop::collection::vec((prop::collection::vec(said(), 0..4), 0..3_u8), 1..5),
    ) {
        let mut rows = SourceRows::default().with(&changes(&first));
        let mut merged = MergedBoards::of(&rows);
        let mut catalog = Catalog::build(head(0, merged.content_hash()), rows.merge_all());
        let mut prepared = prepare(&catalog, None);
        for (said, as_of) in steps {
            let changes = changes(&said);
            rows = rows.with(&changes);
            let ids = changes.board_ids();
            merged.update(&rows, &ids);
            let mut head = head(as_of, merged.content_hash());
            head.version = CatalogVersion::after(Some(catalog.head().version));
            catalog = catalog.follow(head.clone(), &merged, &ids);
            prepared = prepare(&catalog, Some(&prepared));
            let anew = Catalog::build(head, rows.merge_all());
            prop_assert_eq!(told(&prepared), told(&prepare(&anew, None)));
            let all = prepared.get(DROP_DOWN).map(|answer| answer.identity.clone());
            prop_assert_eq!(all.unwrap(), options::render(&anew, &Audience::default()));
            check_compressed(&prepared);
        }
    }

    /// The parts of quotes that are kept are those of the boards that stay.
    #[test]
    fn parts_of_quotes_stay_with_their_boards(changed in prop::collection::btree_set(0..6_u32, 0..6)) {
        let forms = BoardForms::of(6);
        let form = |text: &str| {
            let prices = crate::catalog::Form::new(text, Vec::new());
            Some(crate::catalog::BoardForm { prices, warnings: None })
        };
        for position in 0..5 {
            forms.get_or_make(position, || form("old"));
        }
        let changed: Vec<u32> = changed.into_iter().collect();
        let followers = forms.follow(&changed);
        for position in 0..6 {
            let is_kept = position < 5 && !changed.contains(&position);
            let expected = form(if is_kept { "old" } else { "new" });
            prop_assert_eq!(followers.get_or_make(position as usize, || form("new")), expected.as_ref());
        }
    }
}
