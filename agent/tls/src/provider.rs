//! What `embedded-tls` asks for during a handshake: randomness, a judgement of the host, and the
//! board's client certificate, which it gets only once the host is known.

use embedded_tls::{
    Aes128GcmSha256, Certificate, CertificateEntryRef, CertificateRef, CertificateVerifyRef,
    CryptoProvider, CryptoRngCore, SignatureScheme, TlsError, TlsVerifier,
};
use p256::ecdsa::{DerSignature, Signature, SigningKey};
use rand_chacha::ChaCha20Rng;
use sha2::{Digest, Sha256};
use signature::{Signer, SignerMut, Verifier};

use crate::verdict::Verdict;
use crate::{Error, HostKey, Pins};

/// A client certificate that a factory gave to the board, with its key.
#[derive(Clone, Copy)]
pub struct ClientIdentity<'a> {
    /// The certificate in DER. It is sent alone, without a chain.
    pub certificate: &'a [u8],
    /// Its private key.
    pub key: &'a SigningKey,
}

pub(crate) struct Provider<'a> {
    pub(crate) rng: &'a mut ChaCha20Rng,
    pub(crate) verifier: PinVerifier<'a>,
    pub(crate) identity: Option<&'a ClientIdentity<'a>>,
}

impl CryptoProvider for Provider<'_> {
    type CipherSuite = Aes128GcmSha256;
    type Signature = DerSignature;

    fn rng(&mut self) -> impl CryptoRngCore {
        &mut *self.rng
    }

    fn verifier(&mut self) -> Result<&mut impl TlsVerifier<Aes128GcmSha256>, TlsError> {
        Ok(&mut self.verifier)
    }

    fn signer(&mut self) -> Result<(impl SignerMut<DerSignature>, SignatureScheme), TlsError> {
        let identity = self.identity_for_known_host();
        let key = identity.ok_or(TlsError::InvalidPrivateKey)?.key;
        Ok((BorrowedKey(key), SignatureScheme::EcdsaSecp256r1Sha256))
    }

    fn client_cert(&mut self) -> Option<Certificate<impl AsRef<[u8]>>> {
        self.identity_for_known_host()
            .map(|identity| Certificate::X509(identity.certificate))
    }
}

impl<'a> Provider<'a> {
    fn identity_for_known_host(&self) -> Option<&'a ClientIdentity<'a>> {
        self.identity
            .filter(|_| self.verifier.verdict.host_is_checked())
    }
}

/// Signs by reference, so that the private key is not copied.
struct BorrowedKey<'a>(&'a SigningKey);

impl Signer<DerSignature> for BorrowedKey<'_> {
    fn try_sign(&self, message: &[u8]) -> Result<DerSignature, signature::Error> {
        self.0.try_sign(message)
    }
}

/// Where the proof of the host's key stands.
enum Proof {
    Nothing,
    /// A pinned key was shown; the transcript up to and with that Certificate is what the host must
    /// have signed.
    Shown {
        key: HostKey,
        transcript: Sha256,
    },
    Done,
}

/// Takes exactly one Certificate with a pinned key, then exactly one CertificateVerify made by it.
pub(crate) struct PinVerifier<'a> {
    pins: &'a Pins,
    verdict: &'a Verdict,
    proof: Proof,
}

impl<'a> PinVerifier<'a> {
    pub(crate) fn new(pins: &'a Pins, verdict: &'a Verdict) -> Self {
        Self {
            pins,
            verdict,
            proof: Proof::Nothing,
        }
    }

    fn check_certificate(
        &mut self,
        transcript: &Sha256,
        chain: &CertificateRef,
    ) -> Result<(), Error> {
        if !matches!(self.proof, Proof::Nothing) {
            return Err(Error::HostNotAuthenticated);
        }
        // Only the first entry is the host's own (RFC 8446 §4.4.2); the rest would be a chain.
        let key = match chain.entries.first() {
            Some(CertificateEntryRef::X509(der)) => HostKey::from_certificate_der(der)?,
            Some(CertificateEntryRef::RawPublicKey(_)) => return Err(Error::MalformedKey),
            None => return Err(Error::HostNotAuthenticated),
        };
        if !self.pins.contains(&key) {
            return Err(Error::HostKeyNotPinned);
        }
        self.proof = Proof::Shown {
            key,
            transcript: transcript.clone(),
        };
        Ok(())
    }

    fn check_signature(&mut self, verify: &CertificateVerifyRef) -> Result<(), Error> {
        let proof = core::mem::replace(&mut self.proof, Proof::Done);
        let Proof::Shown { key, transcript } = proof else {
            return Err(Error::HostNotAuthenticated);
        };
        if verify.signature_scheme != SignatureScheme::EcdsaSecp256r1Sha256 {
            return Err(Error::BadSignature);
        }
        let signature = Signature::from_der(verify.signature).map_err(|_| Error::BadSignature)?;
        key.verifying_key()
            .verify(&signed_content(transcript), &signature)
            .map_err(|_| Error::BadSignature)?;
        self.verdict.host_checked();
        Ok(())
    }

    fn note(&self, result: Result<(), Error>, as_tls: TlsError) -> Result<(), TlsError> {
        result.map_err(|reason| {
            self.verdict.refuse(reason);
            as_tls
        })
    }
}

impl TlsVerifier<Aes128GcmSha256> for PinVerifier<'_> {
    /// Never called: no server name is configured, since the key says who the host is.
    fn set_hostname_verification(&mut self, _hostname: &str) -> Result<(), TlsError> {
        Ok(())
    }

    fn verify_certificate(
        &mut self,
        transcript: &Sha256,
        cert: CertificateRef,
    ) -> Result<(), TlsError> {
        let result = self.check_certificate(transcript, &cert);
        self.note(result, TlsError::InvalidCertificate)
    }

    fn verify_signature(&mut self, verify: CertificateVerifyRef) -> Result<(), TlsError> {
        let result = self.check_signature(&verify);
        self.note(result, TlsError::InvalidSignature)
    }
}

/// What the host signs (RFC 8446 §4.4.3): 64 spaces, a context string, a zero byte, the transcript's hash.
fn signed_content(transcript: Sha256) -> [u8; 130] {
    const CONTEXT: &[u8; 34] = b"TLS 1.3, server CertificateVerify\0";
    let mut content = [0x20; 130];
    let (_, after_spaces) = content.split_at_mut(64);
    let (context, hash) = after_spaces.split_at_mut(CONTEXT.len());
    context.copy_from_slice(CONTEXT);
    hash.copy_from_slice(&transcript.finalize());
    content
}
