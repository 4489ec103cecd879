//! What is asked for.

/// A question that is asked again and again.
#[derive(Debug, Clone)]
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    /// Path and query.
    pub(crate) target: String,
    /// The same for the floor, which looks at nothing else: as long, and another for each workload.
    pub(crate) floor_target: String,
    /// A header besides those that every request has; `{etag}` stands for the tag of the answer until that is known.
    pub(crate) header: Option<(&'static str, String)>,
    /// Bytes of the answer's body, as sent.
    pub(crate) length: usize,
}

impl Workload {
    /// Whether it asks only for what has another tag than the answer.
    pub(crate) fn is_conditional(&self) -> bool {
        matches!(self.header, Some(("if-none-match", _)))
    }
}

pub(crate) fn all() -> Vec<Workload> {
    let drop_down = "/v1/boards/options";
    let ten: Vec<String> = (1001..1011).map(|id| id.to_string()).collect();
    let ten = format!("/v1/quote?board={}&agents=5", ten.join(","));
    let asked = [
        ("drop-down", drop_down, None),
        (
            "drop-down, gzip",
            drop_down,
            Some(("accept-encoding", "gzip")),
        ),
        (
            "drop-down, brotli",
            drop_down,
            Some(("accept-encoding", "br")),
        ),
        (
            "drop-down, 304",
            drop_down,
            Some(("if-none-match", "{etag}")),
        ),
        ("one board", "/v1/boards/1001", None),
        ("quote of one board", "/v1/quote?board=1001&agents=5", None),
        ("quote of ten boards", &ten, None),
    ];
    let workloads = (0..)
        .zip(asked)
        .map(|(number, (name, target, header))| Workload {
            name,
            target: target.to_owned(),
            floor_target: target.replacen('v', &number.to_string(), 1),
            header: header.map(|(name, value)| (name, value.to_owned())),
            length: 0,
        });
    workloads.collect()
}
