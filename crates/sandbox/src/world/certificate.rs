//! The signing keys once more, as self-signed X.509 certificates: `/oauth2/v1/certs`, the form that Google's Python client
//! asks for by default. Only as much DER as that takes.

use super::keys::Key;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_ID: u8 = 0x06;
const UTF8: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
/// `[0]`, constructed: the version.
const VERSION: u8 = 0xa0;

/// `sha256WithRSAEncryption`, with its NULL parameters.
const SHA256_RSA: [u8; 13] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00];
/// `commonName`.
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
const NAME: &str = "federated-signon.system.gserviceaccount.com";

/// Tag, length, content.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let bytes = content.len().to_be_bytes();
    let short = &bytes[bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1)..];
    if content.len() < 0x80 {
        out.extend_from_slice(short);
    } else {
        out.push(0x80 | u8::try_from(short.len()).unwrap_or(0));
        out.extend_from_slice(short);
    }
    out.extend_from_slice(content);
    out
}

fn name() -> Vec<u8> {
    let pair = tlv(SEQUENCE, &[tlv(OBJECT_ID, &COMMON_NAME), tlv(UTF8, NAME.as_bytes())].concat());
    tlv(SEQUENCE, &tlv(SET, &pair))
}

/// The certificate as PEM. Its times are wide, since nobody's trust hangs on them.
pub(super) fn pem(key: &Key) -> String {
    let algorithm = tlv(SEQUENCE, &SHA256_RSA);
    let validity =
        tlv(SEQUENCE, &[tlv(UTC_TIME, b"200101000000Z"), tlv(UTC_TIME, b"491231235959Z")].concat());
    let parts = [
        tlv(VERSION, &tlv(INTEGER, &[2])),
        tlv(INTEGER, &[1]),
        algorithm.clone(),
        name(),
        validity,
        name(),
        key.public_der(),
    ];
    let body = tlv(SEQUENCE, &parts.concat());
    let mut signature = vec![0];
    signature.extend(key.sign_bytes(&body));
    let whole = tlv(SEQUENCE, &[body, algorithm, tlv(BIT_STRING, &signature)].concat());
    armour(&whole)
}

fn armour(der: &[u8]) -> String {
    use base64::Engine as _;

    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
