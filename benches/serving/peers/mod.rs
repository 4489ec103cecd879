//! What else answers such questions: the ways that lie nearest, each on the same data and the same core.

mod per_request;

use std::path::Path;

use crate::Options;
use crate::Spread;
use crate::load::{Sample, wrk};
use crate::servers::{self, Server};
use crate::workload::Workload;

pub(crate) use per_request::{COMMAND, serve};

/// The application for FastAPI, beside this file.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/serving/peers");
/// What Datasette is asked for: a board with its fees, as a quote needs them.
const BOARD_WITH_FEES: &str = "SELECT board_id,name,pass_through_status,fee_key,label,amount,currency,cadence,basis \
    FROM vendor_boards LEFT JOIN vendor_fees ON parent_row=row_id \
    WHERE board_id=:board AND to_version IS NULL";

/// Something else that answers what a workload asks for.
struct Peer {
    name: &'static str,
    /// The workload, by name.
    workload: &'static str,
    server: Server,
    target: String,
}

/// Prints by how much the service is faster than each, in rounds that take turns. Those in Python need `python`, an
/// interpreter with `fastapi`, `uvicorn` and `datasette`; without it they are left out, which is said.
pub(crate) fn compare(
    folder: &Path,
    options: &Options,
    workloads: &[Workload],
    python: Option<&str>,
) {
    let service = servers::start_service(folder, options.boards, &[]);
    let database = servers::database_file(folder);
    let database = database.to_str().unwrap();
    let mut peers = vec![a_query_per_request(database)];
    match python {
        Some(python) => peers.extend([fastapi(python, database), datasette(python, database)]),
        None => println!(
            "FastAPI and Datasette are left out: name an interpreter that has them with --python\n"
        ),
    }
    println!("| workload | peer | its requests/s | the service is faster by | by CPU |");
    println!("| --- | --- | ---: | ---: | ---: |");
    for peer in peers {
        let workload = workloads.iter().find(|known| known.name == peer.workload);
        let workload = workload.unwrap();
        let (url, peer_url) = (service.url(&workload.target), peer.server.url(&peer.target));
        let rounds: Vec<_> = (0..options.rounds)
            .map(|_| {
                let ours = wrk(&url, service.id, workload, options);
                (ours, wrk(&peer_url, peer.server.id, workload, options))
            })
            .collect();
        let ratios =
            |of: fn(&Sample, &Sample) -> f64| Spread::of(rounds.iter().map(|(a, b)| of(a, b)));
        println!(
            "| {} | {} | {:.0} | {} | {} |",
            peer.workload,
            peer.name,
            Spread::of(rounds.iter().map(|(_, peers)| peers.per_second)).middle,
            ratios(|ours, peers| ours.per_second / peers.per_second),
            // Where the load generator holds the service up, this says more.
            ratios(|ours, peers| peers.cpu_micros / ours.cpu_micros),
        );
    }
}

fn a_query_per_request(database: &str) -> Peer {
    let here = std::env::current_exe().unwrap();
    let address = servers::free_address();
    let server = Server::start(&here, &[COMMAND, &address, database], &[], &address);
    Peer {
        name: "axum, a query of SQLite for each request",
        workload: "drop-down",
        server,
        target: "/options".to_owned(),
    }
}

fn fastapi(python: &str, database: &str) -> Peer {
    let address = servers::free_address();
    let (_, port) = address.rsplit_once(':').unwrap();
    let arguments = [
        "-m",
        "uvicorn",
        "quotes:app",
        "--app-dir",
        FOLDER,
        "--port",
        port,
        "--log-level",
        "error",
        "--no-access-log",
    ];
    let settings = [("DATABASE", database), ("PYTHONDONTWRITEBYTECODE", "1")];
    Peer {
        name: "FastAPI on uvicorn, computed from memory",
        workload: "quote of one board",
        server: Server::start(Path::new(python), &arguments, &settings, &address),
        target: "/quote?board=1001&agents=5".to_owned(),
    }
}

fn datasette(python: &str, database: &str) -> Peer {
    let address = servers::free_address();
    let (_, port) = address.rsplit_once(':').unwrap();
    let arguments = ["-m", "datasette", "serve", database, "--port", port];
    let sql: String = form_urlencoded::byte_serialize(BOARD_WITH_FEES.as_bytes()).collect();
    Peer {
        name: "Datasette, the rows of the board",
        workload: "quote of one board",
        server: Server::start(Path::new(python), &arguments, &[], &address),
        target: format!("/bench.json?sql={sql}&board=1001&_shape=array"),
    }
}
