import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier, AttributeTypeAndValue, AttributeValue, BasicConstraints, Certificate, Extension, Extensions, id_ce_basicConstraints,
  id_ce_keyUsage, KeyUsage, KeyUsageFlags, Name, RelativeDistinguishedName, SubjectPublicKeyInfo, TBSCertificate, Validity, Version,
} from '@peculiar/asn1-x509';

/** A private key and the certificate of its public key. */
export interface Identity {
  readonly key: KeyObject;
  readonly certificate: X509Certificate;
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const DAY = 86_400_000;
/** Whoever checks a certificate may have a clock that is behind ours by this much. Milliseconds. */
const SKEW = 3_600_000;

/** An authority that signs itself (ECDSA on P-256) and may sign other certificates, but none that sign further ones. */
export function createAuthority(name: string, days: number): Identity {
  return createIdentity({ name, days });
}

/** A key with a certificate by an authority, that can sign anything but certificates. */
export function createLeaf(authority: Identity, name: string, days: number): Identity {
  return createIdentity({ name, days, authority });
}

/** Node reads certificates and signs, but does not write them: only that is done by the ASN.1 library. */
function createIdentity({ name, days, authority }: { name: string; days: number; authority?: Identity }): Identity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signatureAlgorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const subject = encodeName(name);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: newSerial(),
    signature: signatureAlgorithm,
    issuer: authority ? AsnConvert.parse(authority.certificate.raw, Certificate).tbsCertificate.subject : subject,
    validity: new Validity({ notBefore: new Date(Date.now() - SKEW), notAfter: new Date(Date.now() + days * DAY) }),
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(publicKey.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo),
    extensions: encodeExtensions(authority === undefined),
  });
  const signatureValue = toArrayBuffer(sign('sha256', Buffer.from(AsnConvert.serialize(tbsCertificate)), authority?.key ?? privateKey));
  const der = AsnConvert.serialize(new Certificate({ tbsCertificate, signatureAlgorithm, signatureValue }));
  return { key: privateKey, certificate: new X509Certificate(Buffer.from(der)) };
}

/** Twenty octets at most, positive, no zeros ahead. */
function newSerial(): ArrayBuffer {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return toArrayBuffer(bytes);
}

function encodeName(name: string): Name {
  const value = new AttributeValue({ utf8String: name });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: COMMON_NAME, value })])]);
}

function encodeExtensions(isAuthority: boolean): Extensions {
  const constraints = new BasicConstraints(isAuthority ? { cA: true, pathLenConstraint: 0 } : {});
  const usage = new KeyUsage(isAuthority ? KeyUsageFlags.keyCertSign : KeyUsageFlags.digitalSignature);
  return new Extensions([encodeExtension(id_ce_basicConstraints, constraints), encodeExtension(id_ce_keyUsage, usage)]);
}

function encodeExtension(extnID: string, value: object): Extension {
  return new Extension({ extnID, critical: true, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

/** Key and certificate as one PEM text. */
export function writeIdentity({ key, certificate }: Identity): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString() + certificate.toString();
}

/**
 * What `writeIdentity` wrote.
 * @throws Error where it is something else, or the key is not that of the certificate
 */
export function readIdentity(pem: string): Identity {
  const identity = { key: createPrivateKey(pem), certificate: new X509Certificate(pem) };
  if (!createPublicKey(identity.key).equals(identity.certificate.publicKey)) throw new Error('the key is not that of the certificate');
  return identity;
}

/** When a certificate ends, in milliseconds since the epoch. */
export function readEnd(certificate: X509Certificate): number {
  return Date.parse(certificate.validTo);
}
