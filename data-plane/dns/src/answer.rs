use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, PTR, SOA, SRV, TXT};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};

use crate::{Value, Zone};

/// For how long an answer may be kept, in seconds: endpoints move.
const TTL: u32 = 5;

/// What becomes of a query.
#[derive(Debug)]
pub enum Answer {
    /// This is the answer.
    Here(Message),
    /// The name is somebody else's.
    Forward,
    /// The name is another name for somebody else's: the answer so far, which the other name's addresses complete.
    Alias(Message, Name),
}

/// Answers a query from the zone. `turn` chooses which of several addresses goes first.
#[must_use]
pub fn answer(zone: &Zone, query: &Message, turn: usize) -> Answer {
    let (id, op_code) = (query.metadata.id, query.metadata.op_code);
    if op_code != OpCode::Query {
        return Answer::Here(Message::error_msg(id, op_code, ResponseCode::NotImp));
    }
    let [question] = &query.queries[..] else {
        return Answer::Here(Message::error_msg(id, op_code, ResponseCode::FormErr));
    };
    let text = question.name().to_lowercase().to_ascii();
    let text = text.trim_end_matches('.');
    if question.query_class() != DNSClass::IN || !zone.owns(text) {
        return Answer::Forward;
    }
    let mut response = Message::new(id, MessageType::Response, op_code);
    response.metadata.recursion_desired = query.metadata.recursion_desired;
    response.metadata.recursion_available = true;
    response.metadata.authoritative = true;
    response.add_query(question.clone());
    response.edns.clone_from(&query.edns);

    let Some(mut values) = zone.look_up(text) else {
        response.metadata.response_code = ResponseCode::NXDomain;
        response.authorities.extend(authority(zone));
        return Answer::Here(response);
    };
    if !values.is_empty() {
        let middle = turn % values.len();
        values.rotate_left(middle);
    }
    let mut alias = None;
    for value in values {
        let Some((data, target)) = data(&value) else { continue };
        let asked = [data.record_type(), RecordType::ANY].contains(&question.query_type());
        if asked || matches!(value, Value::Alias(_)) {
            response.add_answer(Record::from_rdata(question.name().clone(), TTL, data));
        }
        if asked && matches!(value, Value::Service { .. }) {
            add_target(zone, target.as_ref(), &mut response);
        }
        if matches!(value, Value::Alias(_)) && question.query_type() != RecordType::CNAME {
            alias = target;
        }
    }
    if let Some(target) = alias {
        return Answer::Alias(response, target);
    }
    if response.answers.is_empty() {
        response.authorities.extend(authority(zone));
    }
    Answer::Here(response)
}

/// A value as DNS writes it, and the name that it leads to.
fn data(value: &Value) -> Option<(RData, Option<Name>)> {
    let name = |text: &str| Name::from_ascii(format!("{text}.")).ok();
    Some(match value {
        Value::Address(std::net::IpAddr::V4(address)) => (RData::A(A(*address)), None),
        Value::Address(std::net::IpAddr::V6(address)) => (RData::AAAA(AAAA(*address)), None),
        Value::Service { port, target } => {
            let target = name(target)?;
            (RData::SRV(SRV::new(0, 100, *port, target.clone())), Some(target))
        }
        Value::Alias(target) => {
            let target = name(target)?;
            (RData::CNAME(CNAME(target.clone())), Some(target))
        }
        Value::Pointer(target) => (RData::PTR(PTR(name(target)?)), None),
        Value::Text(text) => (RData::TXT(TXT::new(vec![text.clone()])), None),
    })
}

/// Adds the addresses of a port's target, so that the asker need not ask again.
fn add_target(zone: &Zone, target: Option<&Name>, response: &mut Message) {
    let Some(target) = target else { return };
    for value in zone.look_up(target.to_ascii().trim_end_matches('.')).into_iter().flatten() {
        if let (Value::Address(_), Some((data, _))) = (&value, data(&value)) {
            let record = Record::from_rdata(target.clone(), TTL, data);
            if !response.additionals.contains(&record) {
                response.add_additional(record);
            }
        }
    }
}

/// The record that says who answers for the zone, which goes with every "there is none" and bounds how long that is kept (RFC 2308).
fn authority(zone: &Zone) -> Option<Record> {
    let name = |text: String| Name::from_ascii(text).ok();
    let domain = zone.domain();
    let (server, contact) = (name(format!("ns.dns.{domain}."))?, name(format!("hostmaster.{domain}."))?);
    let soa = SOA::new(server, contact, 1, 7200, 1800, 86_400, TTL);
    Some(Record::from_rdata(name(format!("{domain}."))?, TTL, RData::SOA(soa)))
}
