"""Certificates as an operator gets them, and TLS clients with an opinion.

Everything is made when it is needed, so that nothing in the repository can expire.
"""
import datetime
import ipaddress
import os
import ssl
import warnings

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

NAMES = ("localhost", "127.0.0.1", "::1")
DAY = datetime.timedelta(days=1)


def _alternative_names(names):
    def one(name):
        try:
            return x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            return x509.DNSName(name)
    return x509.SubjectAlternativeName([one(name) for name in names])


class Authority:
    """A certificate with its key; signs others. Without an issuer it signs itself."""

    def __init__(self, name="Test Root", issuer=None, ca=True, names=NAMES, key=None,
                 valid_from=-DAY, valid_for=30 * DAY):
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.issuer = issuer
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signer = issuer or self
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder()
                   .subject_name(subject)
                   .issuer_name(issuer.certificate.subject if issuer else subject)
                   .public_key(self.key.public_key())
                   .serial_number(x509.random_serial_number())
                   .not_valid_before(now + valid_from)
                   .not_valid_after(now + valid_from + valid_for)
                   .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True))
        if not ca:
            builder = builder.add_extension(_alternative_names(names), critical=False)
        self.certificate = builder.sign(signer.key, hashes.SHA256())

    def certificate_pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self, password=None):
        how = (serialization.BestAvailableEncryption(password) if password
               else serialization.NoEncryption())
        return self.key.private_bytes(serialization.Encoding.PEM,
                                      serialization.PrivateFormat.PKCS8, how)

    def leaf(self, **options):
        """A server's certificate, signed by this one."""
        return Authority("Test Server", self, ca=False, **options)


def self_signed(**options):
    return Authority("localhost", ca=False, **options)


def rsa_key(bits=2048):
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def replace_file(path, content):
    """As an operator should: the new file is there at once and whole, and not for everybody."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    fresh.chmod(0o600)
    os.replace(fresh, path)


class Pair:
    """The two files that a listener is given, in a directory of the test."""

    def __init__(self, directory, server=None, name="server"):
        self.certificate_file = directory / f"{name}.crt"
        self.key_file = directory / f"{name}.key"
        self.server = None
        self.write(server or self_signed())

    def write(self, server):
        """Replaces both. The chain: from the server's certificate up to, but without, its root."""
        self.server = server
        chain, link = b"", server
        while True:
            chain += link.certificate_pem()
            if link.issuer is None or link.issuer.issuer is None:
                break
            link = link.issuer
        replace_file(self.key_file, server.key_pem())
        replace_file(self.certificate_file, chain)
        return self

    @property
    def root(self):
        link = self.server
        while link.issuer is not None:
            link = link.issuer
        return link

    def client(self, alpn=None):
        """A client's TLS settings: trusts the root of this pair and nobody else, checks names."""
        context = ssl.create_default_context(cadata=self.root.certificate_pem().decode())
        if alpn:
            context.set_alpn_protocols(alpn)
        return context

    def client_of_version(self, version):
        """One that speaks this version only, with a security level that still knows old ones."""
        context = self.client()
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = version
            context.maximum_version = version
        return context


def client_hello(host="localhost"):
    """The first bytes of a client that knows TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = context.wrap_bio(incoming, outgoing, server_hostname=host)
    try:
        connection.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def serial_of(socket):
    """Which certificate the server shows on this connection."""
    return x509.load_der_x509_certificate(socket.getpeercert(binary_form=True)).serial_number
