//! The cache that is none: a query of SQLite for each request, and JSON by serde.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Row, SqlitePool};
use tokio::net::TcpListener;

/// The word by which this benchmark is told to be this server.
pub(crate) const COMMAND: &str = "--as-query-per-request";

/// Boards that hold now by name, with their first fee.
const OPTIONS: &str = "SELECT board_id, name, abbreviation, states, eligibility, pass_through_status, amount, currency, cadence
    FROM vendor_boards
    LEFT JOIN vendor_fees ON parent_row = row_id AND channel = 'pass_through' AND position = 0
    WHERE to_version IS NULL AND active = 1
    ORDER BY name";

#[derive(Serialize)]
struct Choice {
    value: String,
    label: String,
    fee_label: String,
    fee_status: String,
    states: Vec<String>,
    eligibility: String,
}

/// Serves the drop-down from `database` on `address`.
pub(crate) fn serve(address: &str, database: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let file = SqliteConnectOptions::new()
            .filename(database)
            .read_only(true);
        let pool = SqlitePoolOptions::new().connect_with(file).await.unwrap();
        let routes = Router::new().route("/options", get(options));
        let listener = TcpListener::bind(address).await.unwrap();
        let service = TowerToHyperService::new(routes.with_state(Arc::new(pool)));
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let stream = TokioIo::new(stream);
            let connection = http1::Builder::new().serve_connection(stream, service.clone());
            tokio::spawn(async move {
                // A client that leaves is none of its business.
                let _ = connection.await;
            });
        }
    });
}

async fn options(State(pool): State<Arc<SqlitePool>>) -> Json<Vec<Choice>> {
    let rows = sqlx::query(OPTIONS).fetch_all(&*pool).await.unwrap();
    let choices = rows.iter().map(|row| {
        let name: String = row.get("name");
        let (status, amount): (String, Option<String>) =
            (row.get("pass_through_status"), row.get("amount"));
        let abbreviation: Option<String> = row.get("abbreviation");
        let states: String = row.get("states");
        let fee_label = match amount {
            Some(amount) => {
                let (currency, cadence): (String, String) =
                    (row.get("currency"), row.get("cadence"));
                format!("{amount} {currency} {cadence}")
            }
            None => status.clone(),
        };
        Choice {
            value: row.get("board_id"),
            label: abbreviation.map_or_else(|| name.clone(), |short| format!("{name} ({short})")),
            fee_label,
            fee_status: status,
            states: states.split(';').map(str::to_owned).collect(),
            eligibility: row.get("eligibility"),
        }
    });
    Json(choices.collect())
}
