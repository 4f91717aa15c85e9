//! What only sockets show.

use std::sync::Arc;
use std::time::{Duration, Instant};

use duet_server::{ServeLimits, app, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::scripted::Script;
use crate::world::{model, state};

const PATIENCE: Duration = Duration::from_secs(10);

struct Running {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

async fn start(limits: ServeLimits) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let state = Arc::new(state(vec![model("scripted", Script::Endless)]));
    let (stop, stopped) = oneshot::channel();
    let router = app(Arc::clone(&state));
    let ended = tokio::spawn(serve(listener, router, state, limits, async { drop(stopped.await) }));
    Running { address, stop, ended }
}

fn short() -> ServeLimits {
    let header_timeout = Duration::from_millis(200);
    ServeLimits { connections: 8, header_timeout, drain: Duration::from_millis(200) }
}

/// Sends and reads until the server closes.
async fn exchange(address: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset is a way to close as well.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the server closes the connection");
    String::from_utf8_lossy(&answer).into_owned()
}

const HEALTH: &str = "GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

fn chat() -> String {
    let body = r#"{"messages": [{"role": "user", "content": "hello"}], "stream": true}"#;
    let length = body.len();
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn slow_headers_end_the_connection() {
    let server = start(short()).await;
    for start in ["", "GET /health HT", "GET /health HTTP/1.1\r\nhost: a\r\nx-slow: "] {
        let begin = Instant::now();
        let answer = exchange(server.address, start).await;
        assert!(!answer.contains("200 OK"), "{answer}");
        assert!(begin.elapsed() >= Duration::from_millis(150), "{start:?} was closed early: {:?}", begin.elapsed());
    }
    assert!(exchange(server.address, HEALTH).await.contains("200 OK"));
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_free_one() {
    let server = start(ServeLimits { connections: 1, ..short() }).await;
    let idle = TcpStream::connect(server.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begin = Instant::now();
    // Answered once the idle connection has run into its timeout.
    assert!(exchange(server.address, HEALTH).await.contains("200 OK"));
    assert!(begin.elapsed() >= Duration::from_millis(100), "{:?}", begin.elapsed());
    drop(idle);
}

#[tokio::test]
async fn a_closed_socket_stops_the_engine() {
    let server = start(short()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(chat().as_bytes()).await.unwrap();
    let mut some = [0; 512];
    assert!(stream.read(&mut some).await.unwrap() > 0);
    assert!(exchange(server.address, HEALTH).await.contains("\"running\":1"));
    drop(stream);
    let begin = Instant::now();
    while !exchange(server.address, HEALTH).await.contains("\"running\":0") {
        assert!(begin.elapsed() < PATIENCE, "the engine still runs");
    }
}

#[tokio::test]
async fn a_stop_drains_then_tells_the_streams() {
    let server = start(short()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(chat().as_bytes()).await.unwrap();
    let mut first = [0; 64];
    assert!(stream.read(&mut first).await.unwrap() > 0);
    server.stop.send(()).unwrap();
    let mut rest = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("an end").unwrap();
    assert!(String::from_utf8_lossy(&rest).contains("the server is stopping"));
    timeout(PATIENCE, server.ended).await.expect("the server ends").unwrap();
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens any more");
}
