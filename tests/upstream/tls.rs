//! TLS with real certificates: who is trusted, and that nobody else gets a request.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType,
    date_time_ymd,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::*;

/// The host that the client asks.
const HOST: &str = "127.0.0.1";

/// An authority of the test's own, which no machine trusts unless it is told to.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Authority {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Authority(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    /// A server with a certificate of this authority.
    fn server(&self, params: CertificateParams) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        acceptor(certificate.der().clone(), &key)
    }

    fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }
}

fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    TlsAcceptor::from(std::sync::Arc::new(config.unwrap()))
}

fn params(host: &str) -> CertificateParams {
    CertificateParams::new([host.to_owned()]).unwrap()
}

/// A vendor behind TLS whose list has three boards.
async fn vendor(tls: TlsAcceptor) -> Vendor {
    Vendor::start_tls(tls, |request, _| page(&boards(3), request)).await
}

fn tls_settings(vendor: &Vendor, ca_pem: Option<Vec<u8>>) -> UpstreamSettings {
    UpstreamSettings {
        base_url: format!("https://{}/v1", vendor.address).parse().unwrap(),
        ca_pem,
        ..settings(vendor)
    }
}

/// The text of a fetch that trusts the vendor not; it made one connection, and sent nothing over it.
async fn distrust(vendor: &Vendor, ca_pem: Option<Vec<u8>>) -> String {
    let (class, text) = failure_with(tls_settings(vendor, ca_pem)).await;
    assert_eq!(class, FailureClass::Tls, "{text}");
    assert_eq!((vendor.connections(), vendor.requests().len()), (1, 0));
    text
}

#[tokio::test]
async fn a_vendor_of_an_authority_from_the_ca_file_is_trusted() {
    let authority = Authority::new("Known");
    let vendor = vendor(authority.server(params(HOST))).await;
    let settings = tls_settings(&vendor, Some(authority.pem()));
    assert_eq!(fetch_with(settings).await.unwrap().boards.len(), 3);
    let head = vendor.requests().remove(0).head;
    assert!(head.contains("Basic cmVzZWxsZXI6czNjcmV0"), "{head}");
}

#[tokio::test]
async fn a_vendor_of_an_unknown_authority_gets_no_request() {
    let vendor = vendor(Authority::new("Unknown").server(params(HOST))).await;
    let other = Authority::new("Known").pem();
    let text = distrust(&vendor, Some(other)).await;
    assert!(text.contains("UnknownIssuer"), "{text}");
}

#[tokio::test]
async fn a_self_signed_vendor_gets_no_request() {
    let key = KeyPair::generate().unwrap();
    let certificate = params(HOST).self_signed(&key).unwrap();
    let vendor = vendor(acceptor(certificate.der().clone(), &key)).await;
    let text = distrust(&vendor, None).await;
    assert!(text.contains("this machine's CA certificates"), "{text}");
}

#[tokio::test]
async fn a_vendor_whose_certificate_expired_gets_no_request() {
    let authority = Authority::new("Known");
    let mut expired = params(HOST);
    expired.not_before = date_time_ymd(2019, 1, 1);
    expired.not_after = date_time_ymd(2020, 1, 1);
    let vendor = vendor(authority.server(expired)).await;
    let text = distrust(&vendor, Some(authority.pem())).await;
    assert!(text.contains("expired"), "{text}");
}

#[tokio::test]
async fn a_vendor_whose_certificate_is_not_valid_yet_gets_no_request() {
    let authority = Authority::new("Known");
    let mut early = params(HOST);
    early.not_before = date_time_ymd(2090, 1, 1);
    early.not_after = date_time_ymd(2091, 1, 1);
    let vendor = vendor(authority.server(early)).await;
    let text = distrust(&vendor, Some(authority.pem())).await;
    assert!(text.contains("not valid yet"), "{text}");
}

#[tokio::test]
async fn a_vendor_with_the_certificate_of_another_host_gets_no_request() {
    let authority = Authority::new("Known");
    let mut other = params("vendor.example");
    other
        .subject_alt_names
        .push(SanType::IpAddress([127, 0, 0, 2].into()));
    let vendor = vendor(authority.server(other)).await;
    let text = distrust(&vendor, Some(authority.pem())).await;
    assert!(text.contains("not valid for name"), "{text}");
}

#[tokio::test]
async fn a_failed_handshake_is_told_from_a_failed_connection_and_not_tried_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let mut connections = 0;
        while let Ok(Ok((stream, _))) =
            tokio::time::timeout(Duration::from_millis(500), listener.accept()).await
        {
            connections += 1;
            stream.writable().await.unwrap();
            stream
                .try_write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                .unwrap();
        }
        connections
    });
    let vendor = Vendor::start(|_, _| Reply::status(200)).await;
    let mut settings = settings(&vendor);
    settings.base_url = format!("https://{address}").parse().unwrap();
    let (class, text) = failure_with(settings).await;
    assert_eq!(class, FailureClass::Tls, "{text}");
    assert_eq!(server.await.unwrap(), 1);
}
