//! `duet serve` with a critic of its own, as people start it: two model files that `duet train` made, asked over a socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::train::trained_pair;

/// Ends the server with the test, however that ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_search_has_an_actor_and_a_critic() {
    let folder = trained_pair();
    let mut command = Command::new(env!("CARGO_BIN_EXE_duet"));
    command.args(["serve", "--port", "0", "--threads", "1", "--context", "256"]);
    command.arg("--model").arg(format!("tiny={}", folder.join("player.gguf").display()));
    command.arg("--critic").arg(folder.join("judge.gguf")).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut server = Server(command.spawn().expect("starts"));
    let mut address = String::new();
    let stdout = server.0.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut address).expect("an address");
    let address = address.trim().strip_prefix("http://").expect("a URL").to_owned();

    let body = r#"{"problem": "Mia has 3 apples. Mia gets 4 apples. How many apples does Mia have now?",
        "max_tokens": 24, "search": {"k": 2, "mode": "parallel", "gate": "always"}}"#;
    let answer = ask(&address, body);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let event = |name: &str| -> Vec<serde_json::Value> {
        let mut lines = answer.lines();
        let mut found = Vec::new();
        while let Some(line) = lines.next() {
            if line == format!("event: {name}") {
                let data = lines.next().and_then(|line| line.strip_prefix("data: ")).expect("data");
                found.push(serde_json::from_str(data).expect("JSON"));
            }
        }
        found
    };
    let started = &event("started")[0];
    assert_eq!((&started["actor"], &started["critic"]), (&"tiny".into(), &"judge".into()), "{started}");
    let mut reviewed: Vec<u64> =
        event("review").iter().map(|review| review["chain"].as_u64().expect("a chain")).collect();
    reviewed.sort_unstable();
    assert_eq!(reviewed, [0, 1], "{answer}");
    assert_eq!(event("done").len(), 1, "{answer}");
    drop(server);
    std::fs::remove_dir_all(folder).expect("removable");
}

/// The whole answer; the models may still be loading at first.
fn ask(address: &str, body: &str) -> String {
    for _ in 0..200 {
        let mut stream = TcpStream::connect(address).expect("listens");
        let length = body.len();
        let head = format!(
            "POST /v1/duet/solve HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all((head + body).as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("text");
        if !answer.starts_with("HTTP/1.1 503") {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the models were not loaded within ten seconds");
}
