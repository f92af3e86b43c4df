//! What names stand for, as a table of cases, and a server that is really asked.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use arc_swap::ArcSwap;
use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use reks_dns::{Answer, Zone, answer, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

fn service(name: &str, spec: Value) -> Service {
    serde_json::from_value(json!({ "metadata": { "namespace": "shop", "name": name }, "spec": spec })).unwrap()
}

fn zone() -> Zone {
    let ports = json!([{ "name": "http", "port": 80, "protocol": "TCP" }]);
    let services = [
        service("web", json!({ "clusterIP": "10.100.0.5", "clusterIPs": ["10.100.0.5", "fd00::5"], "ports": ports })),
        service("db", json!({ "clusterIP": "None", "ports": ports })),
        service("out", json!({ "type": "ExternalName", "externalName": "Example.com" })),
        service("in", json!({ "type": "ExternalName", "externalName": "web.shop.svc.cluster.local" })),
    ];
    let slice: EndpointSlice = serde_json::from_value(json!({
        "metadata": { "namespace": "shop", "name": "db-1", "labels": { "kubernetes.io/service-name": "db" } },
        "addressType": "IPv4",
        "endpoints": [
            { "addresses": ["10.0.1.17"], "hostname": "db-0" },
            { "addresses": ["10.0.1.18"], "conditions": { "ready": true } },
            { "addresses": ["10.0.1.19"], "conditions": { "ready": false } },
        ],
        "ports": [{ "name": "http", "port": 5432, "protocol": "TCP" }],
    }))
    .unwrap();
    Zone::new("cluster.local", &services, [&slice])
}

fn query(name: &str, kind: RecordType) -> Message {
    let mut message = Message::query();
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    message
}

#[test]
fn names() {
    let zone = zone();
    let check = |name: &str, kind: RecordType, expected: &str| {
        let got = match answer(&zone, &query(name, kind), 0) {
            Answer::Forward => "forward".to_owned(),
            Answer::Alias(_, target) => format!("alias {target}"),
            Answer::Here(message) => {
                let code = message.metadata.response_code;
                let mut data: Vec<_> = message.answers.iter().map(|record| record.data.to_string()).collect();
                data.sort();
                match (code, data.as_slice()) {
                    (ResponseCode::NoError, []) => format!("nothing, {} authority", message.authorities.len()),
                    (ResponseCode::NoError, data) => data.join(" & "),
                    _ => format!("{code:?}, {} authority", message.authorities.len()),
                }
            }
        };
        assert_eq!(got, expected, "{name} {kind}");
    };
    use RecordType::{A, AAAA, CNAME, PTR, SRV, TXT};
    check("web.shop.svc.cluster.local.", A, "10.100.0.5");
    check("WEB.shop.svc.Cluster.Local.", A, "10.100.0.5");
    check("web.shop.svc.cluster.local.", AAAA, "fd00::5");
    check("web.shop.svc.cluster.local.", TXT, "nothing, 1 authority");
    check("_http._tcp.web.shop.svc.cluster.local.", SRV, "0 100 80 web.shop.svc.cluster.local.");
    check("_tcp.web.shop.svc.cluster.local.", SRV, "nothing, 1 authority");
    check("shop.svc.cluster.local.", A, "nothing, 1 authority");
    check("cluster.local.", A, "nothing, 1 authority");
    check("nobody.shop.svc.cluster.local.", A, "NXDomain, 1 authority");
    check("web.shop.svc.cluster.local.shop.svc.cluster.local.", A, "NXDomain, 1 authority");
    check("db.shop.svc.cluster.local.", A, "10.0.1.17 & 10.0.1.18");
    check("db-0.db.shop.svc.cluster.local.", A, "10.0.1.17");
    check("10-0-1-18.db.shop.svc.cluster.local.", A, "10.0.1.18");
    check(
        "_http._tcp.db.shop.svc.cluster.local.",
        SRV,
        "0 100 5432 10-0-1-18.db.shop.svc.cluster.local. & 0 100 5432 db-0.db.shop.svc.cluster.local.",
    );
    check("out.shop.svc.cluster.local.", A, "alias example.com.");
    check("out.shop.svc.cluster.local.", CNAME, "example.com.");
    check("10-0-1-77.shop.pod.cluster.local.", A, "10.0.1.77");
    check("5.0.100.10.in-addr.arpa.", PTR, "web.shop.svc.cluster.local.");
    check("17.1.0.10.in-addr.arpa.", PTR, "db-0.db.shop.svc.cluster.local.");
    check("9.9.9.9.in-addr.arpa.", PTR, "forward");
    check("dns-version.cluster.local.", TXT, "1.1.0");
    check("example.com.", A, "forward");
    check("notcluster.local.", A, "forward");
}

/// A resolver that knows one name of another domain.
async fn resolver() -> std::net::SocketAddr {
    let services = [service("web", json!({ "clusterIP": "192.0.2.1", "clusterIPs": ["192.0.2.1"] }))];
    let zone = Zone::new("test", &services, []);
    start(zone, vec![]).await
}

async fn start(zone: Zone, upstreams: Vec<std::net::SocketAddr>) -> std::net::SocketAddr {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let udp = UdpSocket::bind(address).await.unwrap();
    tokio::spawn(serve(udp, tcp, Arc::new(ArcSwap::from_pointee(zone)), upstreams));
    address
}

async fn ask(server: std::net::SocketAddr, name: &str, tcp: bool) -> Message {
    let bytes = query(name, RecordType::A).to_vec().unwrap();
    let mut buffer = vec![0; 65_535];
    if tcp {
        let mut stream = TcpStream::connect(server).await.unwrap();
        stream.write_u16(bytes.len() as u16).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
        let length = usize::from(stream.read_u16().await.unwrap());
        stream.read_exact(&mut buffer[..length]).await.unwrap();
        return Message::from_vec(&buffer[..length]).unwrap();
    }
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(&bytes, server).await.unwrap();
    let length = socket.recv(&mut buffer).await.unwrap();
    Message::from_vec(&buffer[..length]).unwrap()
}

#[tokio::test]
async fn a_server_answers_forwards_completes_and_truncates() {
    let endpoints: Vec<_> = (0..200).map(|at| json!({ "addresses": [format!("10.0.2.{at}")] })).collect();
    let slice: EndpointSlice = serde_json::from_value(json!({
        "metadata": { "namespace": "shop", "name": "db-1", "labels": { "kubernetes.io/service-name": "db" } },
        "addressType": "IPv4", "endpoints": endpoints, "ports": [],
    }))
    .unwrap();
    let services = [
        service("db", json!({ "clusterIP": "None" })),
        service("out", json!({ "type": "ExternalName", "externalName": "web.shop.svc.test" })),
    ];
    let resolver = resolver().await;
    let server = start(Zone::new("cluster.local", &services, [&slice]), vec![resolver]).await;
    for tcp in [false, true] {
        let there = ask(server, "web.shop.svc.test.", tcp).await;
        assert_eq!(there.answers[0].data.to_string(), "192.0.2.1", "forwarded");
        let alias = ask(server, "out.shop.svc.cluster.local.", tcp).await;
        assert_eq!(alias.answers.len(), 2, "{alias:?}");
        let many = ask(server, "db.shop.svc.cluster.local.", tcp).await;
        assert_eq!((many.metadata.truncation, many.answers.len()), if tcp { (false, 200) } else { (true, 0) });
    }
    let alone = start(zone(), vec![]).await;
    assert_eq!(ask(alone, "example.com.", false).await.metadata.response_code, ResponseCode::ServFail);
}
