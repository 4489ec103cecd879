//! Every fault there is: its word, where it acts, and what it does in one line.

use std::time::Duration;

use super::Act::{Answer, Boards, Document, Paging, Wire};
use super::When::{EveryOther, First as FirstRequest, LaterPages, TwoOfThree};
use super::answer::Answer::{
    Blank, Failure, NoContent, Page, PlainText, RateLimit, Redirect, Unauthorized, VendorError,
};
use super::answer::RetryAfter;
use super::boards::Boards::{Again, Edit, Keep};
use super::boards::Which::{All, One};
use super::boards::{Place, edits};
use super::document::Document::{
    BadByte, Crowd, Deep, Every, First, Half, IdsAsNumbers, Lead, Twice, WithField,
};
use super::paging::Paging::{Endless, FirstPageOnly, ShortPage, TotalGrows, TotalOff, Whole};
use super::wire::Wire::{
    CutOff, Drip, Flood, Garbage, GzipFlood, HangUp, Huge, Late, Reset, Stall, Trickle,
};
use super::{Act, When};

/// Faults of one kind, as a client sees them.
#[derive(Debug)]
pub(super) struct Line {
    /// Its number, for short.
    pub(super) id: &'static str,
    /// What the faults have in common.
    pub(super) title: &'static str,
    /// The faults.
    pub(super) faults: &'static [Row],
}

/// One fault.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) word: &'static str,
    pub(super) summary: &'static str,
    pub(super) when: When,
    pub(super) act: Act,
}

const fn row(word: &'static str, act: Act, summary: &'static str) -> Row {
    Row {
        word,
        summary,
        when: When::Always,
        act,
    }
}

impl Row {
    /// The same fault for some requests alone.
    const fn when(mut self, when: When) -> Row {
        self.when = when;
        self
    }
}

const fn line(id: &'static str, title: &'static str, faults: &'static [Row]) -> Line {
    Line { id, title, faults }
}

/// Longer than any client should wait for an answer.
const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
/// Fast enough that no pause is long, and slow enough to come to nothing.
const MOMENT: Duration = Duration::from_millis(50);
/// More than a client should take in.
const GIGABYTE: u64 = 1 << 30;
/// How deep lists are nested: far beyond what any reader's stack holds.
const DEEP: usize = 10_000;
/// How many values fit into thirty megabytes: each takes ten times as much once it is read.
const CROWD: usize = 10_000_000;

/// The table.
#[rustfmt::skip]
pub(super) const LINES: &[Line] = &[
    line("U1", "No connection", &[
        row("down", Wire(HangUp), "Connections are accepted and closed unanswered."),
        row("down-later", Wire(HangUp), "Connections are closed unanswered from the second page on.").when(LaterPages),
        row("reset", Wire(Reset), "The connection is reset in the middle of an answer."),
        row("cut-off", Wire(CutOff), "The connection ends in the middle of an answer."),
        row("not-http", Wire(Garbage), "The answer is no HTTP at all."),
    ]),
    line("U2", "Answers that take too long", &[
        row("slow", Wire(Late(MINUTE)), "Every answer takes a minute."),
        row("slow-later", Wire(Late(MINUTE)), "Every page but the first takes a minute.").when(LaterPages),
        row("stall", Wire(Stall(MINUTE)), "Every answer stops half-way for a minute."),
        row("drip", Wire(Drip(SECOND)), "Answers come at a byte a second."),
        row("trickle", Wire(Trickle(MOMENT)), "Answers come slowly and never end."),
    ]),
    line("U3", "Too many requests", &[
        row("rate-limited", Answer(RateLimit(RetryAfter::Seconds("1"))), "Every answer is 429 with a Retry-After of one second."),
        row("rate-limited-once", Answer(RateLimit(RetryAfter::Seconds("1"))), "The first answer is 429 with a Retry-After of one second.").when(FirstRequest),
        row("rate-limited-date", Answer(RateLimit(RetryAfter::DateInTwoSeconds)), "The first answer is 429 with a Retry-After that is a date, two seconds later.").when(FirstRequest),
        row("rate-limited-hour", Answer(RateLimit(RetryAfter::Seconds("3600"))), "Every answer is 429 with a Retry-After of an hour."),
        row("rate-limited-absurd", Answer(RateLimit(RetryAfter::Seconds("999999999999999999999"))), "Every answer is 429 with a Retry-After beyond all times."),
        row("rate-limited-silent", Answer(RateLimit(RetryAfter::Missing)), "Every answer is 429 without a Retry-After."),
    ]),
    line("U4", "Trouble of the vendor's own", &[
        row("unavailable", Answer(Failure(503)), "Every answer is 503."),
        row("unavailable-later", Answer(Failure(503)), "Every page but the first is 503.").when(LaterPages),
        row("internal-error", Answer(Failure(500)), "Every answer is 500."),
        row("bad-gateway", Answer(Page(502)), "Every answer is 502 with an HTML page."),
        row("flaky", Answer(Failure(500)), "Every other answer is 500.").when(EveryOther),
        row("flakier", Answer(Failure(500)), "Two of three answers are 500.").when(TwoOfThree),
    ]),
    line("U5", "Credentials refused", &[
        row("auth", Answer(Unauthorized), "Every answer is 401, whatever the password."),
        row("auth-later", Answer(Unauthorized), "Every page but the first is 401.").when(LaterPages),
        row("auth-page", Answer(Page(401)), "Every answer is 401 with an HTML log-in page."),
        row("forbidden", Answer(Failure(403)), "Every answer is 403."),
        row("forbidden-page", Answer(Page(403)), "Every answer is 403 with an HTML log-in page."),
    ]),
    line("U6", "JSON that is none", &[
        row("truncated", Document(Half), "The JSON ends half-way."),
        row("two-documents", Document(Twice), "The JSON comes twice in one answer."),
        row("byte-order-mark", Document(Lead("\u{feff}")), "A byte order mark stands before the JSON."),
        row("not-a-number", Document(WithField("\"average\":NaN")), "A number is NaN."),
        row("wild-number", Document(WithField("\"average\":1e999")), "A number is 1e999."),
        row("deep", Document(Deep(DEEP)), "Lists are nested 10,000 deep."),
        row("duplicate-key", Document(WithField("\"total\":1")), "The page says its total twice."),
        row("duplicate-fee", Document(First("\"passThroughFee\":", "\"passThroughFee\":\"0.00\",\"passThroughFee\":")), "A board says its fee twice."),
    ]),
    line("U7", "Something else than the list", &[
        row("html", Answer(Page(200)), "Every answer is an HTML log-in page with status 200."),
        row("wrong-type", Answer(PlainText), "Every answer is plain text with status 200."),
        row("blank", Answer(Blank), "Every answer is blank with status 200."),
        row("no-content", Answer(NoContent), "Every answer is 204."),
        row("vendor-error", Answer(VendorError), "Every answer is a list of errors with status 200."),
        row("vendor-error-beside", Document(WithField("\"errors\":[{\"code\":7002,\"message\":\"Some boards could not be read\"}]")), "Every page has a list of errors beside its boards."),
    ]),
    line("U8", "Pages that do not add up", &[
        row("total-too-big", Paging(TotalOff(100)), "The total is larger than the number of boards that can be read."),
        row("total-too-small", Paging(TotalOff(-10)), "The total is smaller than the number of boards that can be read."),
        row("total-changing", Paging(TotalGrows), "Every page claims another total."),
        row("page-repeated", Paging(FirstPageOnly), "Every page is the first one."),
        row("short-page", Paging(ShortPage), "Every page but the first lacks a board."),
        row("limit-ignored", Paging(Whole), "Every page is the whole list."),
        row("endless-pages", Paging(Endless), "There is always another page of new boards."),
    ]),
    line("U9", "Ids", &[
        row("duplicate-board", Boards(Again(Place::Next, edits::nothing)), "A board comes twice, the same both times."),
        row("board-on-two-pages", Boards(Again(Place::Last, edits::nothing)), "The first board comes again at the end."),
        row("conflicting-board", Boards(Again(Place::Next, edits::jump)), "A board comes twice, with two fees."),
        row("id-reused", Boards(Edit(One, edits::become_another)), "An id is given to another board."),
        row("ids-as-numbers", Document(IdsAsNumbers), "Ids are numbers instead of texts."),
        row("ids-changing-type", Document(IdsAsNumbers), "Ids are numbers in every other answer.").when(EveryOther),
    ]),
    line("U10", "Boards that vanish", &[
        row("drop-one", Boards(Keep(|position, _| position > 0)), "The first board is gone."),
        row("drop-few", Boards(Keep(|position, _| position % 20 != 19)), "Five boards in a hundred are gone."),
        row("drop-some", Boards(Keep(|position, _| position % 10 != 9)), "Ten boards in a hundred are gone."),
        row("drop-half", Boards(Keep(|position, _| position % 2 == 0)), "Every other board is gone."),
        row("drop-most", Boards(Keep(|position, _| position % 5 < 2)), "Sixty boards in a hundred are gone."),
        row("drop-all-but-one", Boards(Keep(|position, _| position == 0)), "There is one board left."),
        row("empty", Boards(Keep(|_, _| false)), "There is no board."),
    ]),
    line("U11", "Fees that jump", &[
        row("zero-fee", Boards(Edit(One, edits::zero)), "A board that charges has amounts of 0."),
        row("zero-fees", Boards(Edit(All, edits::zero)), "Every amount is 0."),
        row("fee-jump", Boards(Edit(One, edits::jump)), "A board charges a hundred times as much."),
        row("fees-jump", Boards(Edit(All, edits::jump)), "Every board charges a hundred times as much."),
        row("currency-changed", Boards(Edit(One, edits::other_currency)), "A board charges in another currency."),
        row("currencies-changed", Boards(Edit(All, edits::other_currency)), "Every board charges in another currency."),
        row("frequency-changed", Boards(Edit(One, edits::other_frequency)), "A board charges for another period."),
        row("frequencies-changed", Boards(Edit(All, edits::other_frequency)), "Every board charges for another period."),
    ]),
    line("U12", "Amounts that are none", &[
        row("negative-fee", Boards(Edit(One, |board| edits::charge(board, "-20.00"))), "A fee is negative."),
        row("three-decimals", Boards(Edit(One, |board| edits::charge(board, "20.005"))), "A fee has three decimals."),
        row("comma-fee", Boards(Edit(One, |board| edits::charge(board, "25,00"))), "A fee is written with a comma."),
        row("fee-too-large", Boards(Edit(One, |board| edits::charge(board, "99999999999.00"))), "A fee is beyond every limit."),
        row("fee-2-63", Boards(Edit(One, |board| edits::charge(board, "9223372036854775808"))), "A fee is 2 to the power of 63."),
        row("negative-fees", Boards(Edit(All, |board| edits::charge(board, "-20.00"))), "Every fee is negative."),
    ]),
    line("U13", "Strange text", &[
        row("not-utf8", Document(BadByte("\"name\":\"")), "A name is not UTF-8."),
        row("nul-in-name", Boards(Edit(One, |board| board.name.push('\0'))), "A name holds a NUL."),
        row("turned-name", Boards(Edit(One, |board| board.name.insert(0, '\u{202e}'))), "A name holds a mark that turns the direction of text."),
        row("long-name", Boards(Edit(One, |board| board.name = "x".repeat(1_000_000))), "A name has a million characters."),
        row("script-in-name", Boards(Edit(One, |board| board.name.push_str("<script>alert(1)</script>"))), "A name holds a script."),
        row("formula-in-name", Boards(Edit(One, |board| board.name.insert_str(0, "=cmd()|"))), "A name is a spreadsheet's formula."),
    ]),
    line("U14", "Answers of any size", &[
        row("huge", Wire(Huge(GIGABYTE)), "Every answer is a gigabyte, and says so."),
        row("flood", Wire(Flood), "Answers come fast and never end."),
        row("flood-later", Wire(Flood), "Every page but the first never ends.").when(LaterPages),
        row("gzip-bomb", Wire(GzipFlood), "Answers are small, and never end once they are unpacked."),
        row("gzip-bomb-later", Wire(GzipFlood), "Every page but the first never ends once it is unpacked.").when(LaterPages),
        row("crowded-page", Document(Crowd("\"results\":", CROWD)), "A page has ten million empty lists beside its boards."),
        row("crowded-board", Document(Crowd("\"name\":", CROWD)), "A board has ten million empty lists."),
    ]),
    line("U15", "Redirects", &[
        row("redirect", Answer(Redirect(302, "http://elsewhere.invalid/boards.json")), "Every answer is a redirect to another host."),
        row("redirect-for-good", Answer(Redirect(301, "https://elsewhere.invalid/boards.json")), "Every answer is a redirect to another host, for good."),
        row("redirect-to-http", Answer(Redirect(307, "http://sandbox.invalid/boards.json")), "Every answer is a redirect to plain HTTP."),
        row("redirect-to-file", Answer(Redirect(302, "file:///etc/passwd")), "Every answer is a redirect to a file."),
        row("redirect-to-link-local", Answer(Redirect(308, "http://169.254.169.254/latest/meta-data/")), "Every answer is a redirect to a link-local address."),
        row("redirect-later", Answer(Redirect(302, "http://elsewhere.invalid/boards.json")), "Every page but the first is a redirect to another host.").when(LaterPages),
    ]),
    line("U16", "Another shape", &[
        row("id-renamed", Document(Every("\"id\":", "\"boardId\":")), "The id is called otherwise."),
        row("name-renamed", Document(Every("\"name\":", "\"title\":")), "The name is called otherwise."),
        row("results-renamed", Document(Every("\"results\":", "\"boards\":")), "The list is called otherwise."),
        row("fee-renamed", Document(Every("\"passThroughFee\":", "\"ptf\":")), "The fee is called otherwise."),
        row("new-field", Document(Every("\"id\":", "\"region\":\"Midwest\",\"id\":")), "Every board has a field more."),
        row("new-word", Boards(Edit(One, |board| board.pass_through_fee_frequency = Some("WEEKLY".to_owned()))), "A board charges for a period that is new."),
        row("new-words", Boards(Edit(All, |board| board.paperwork = Some("NOTARIZED".to_owned()))), "Every board's paperwork is of a kind that is new."),
    ]),
];
