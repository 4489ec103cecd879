//! Counting instructions, which are the same from run to run.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::servers::{self, Server};
use crate::workload::Workload;

/// Requests of the shorter and of the longer run: what they differ by is the cost of requests alone.
const REQUESTS: [u64; 2] = [300, 1_300];

/// Prints what a request of each workload costs.
pub(crate) async fn count(folder: &Path, boards: u32, workloads: &[Workload]) {
    let found = Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    assert!(found.is_ok(), "valgrind is missing: install the package");
    println!("| workload | instructions a request |\n| --- | ---: |");
    for workload in workloads {
        let [short, long] = REQUESTS;
        let more = run(folder, boards, workload.clone(), long).await;
        let less = run(folder, boards, workload.clone(), short).await;
        println!("| {} | {} |", workload.name, (more - less) / (long - short));
    }
}

/// Instructions of a service that lives for so many requests.
async fn run(folder: &Path, boards: u32, mut workload: Workload, requests: u64) -> u64 {
    let folder = tempfile::tempdir_in(folder).unwrap();
    let counts = folder.path().join("counts");
    let to_file = format!("--callgrind-out-file={}", counts.display());
    let watcher = ["valgrind", "--quiet", "--tool=callgrind", &to_file];
    let service = servers::start_service(folder.path(), boards, &watcher);
    // Once by the way, for the tag, and until what is compressed on demand is there.
    servers::fetch(&service, &mut workload).await;
    ask(&service, &workload, requests);
    service.stop();
    let counts = fs::read_to_string(&counts).unwrap();
    let total = counts.lines().rev().find_map(|line| {
        let total = line.strip_prefix("totals: ");
        total.or_else(|| line.strip_prefix("summary: "))
    });
    total.unwrap().trim().parse().unwrap()
}

/// Asks again and again on one connection, each time when the answer before has come.
fn ask(service: &Server, workload: &Workload, requests: u64) {
    let mut stream = TcpStream::connect(service.address()).unwrap();
    let header = workload.header.as_ref();
    let header = header.map(|(name, value)| format!("{name}: {value}\r\n"));
    let request = format!(
        "GET {} HTTP/1.1\r\nhost: {}\r\n{}\r\n",
        workload.target,
        service.address(),
        header.unwrap_or_default()
    );
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    for _ in 0..requests {
        stream.write_all(request.as_bytes()).unwrap();
        skip_answer(&mut answers);
    }
}

fn skip_answer(answers: &mut impl BufRead) {
    let (mut line, mut length, mut has_body) = (String::new(), 0, true);
    while line != "\r\n" {
        line.clear();
        assert!(
            answers.read_line(&mut line).unwrap() > 0,
            "the service is gone"
        );
        let lower = line.to_ascii_lowercase();
        if lower.starts_with("http/1.1 304") {
            has_body = false;
        }
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    if has_body {
        answers.read_exact(&mut vec![0; length]).unwrap();
    }
}
