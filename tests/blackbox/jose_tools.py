"""Tokens and key sets as an outside issuer makes them, and a web server that publishes the keys."""
import base64
import hashlib
import hmac
import http.server
import json
import threading
import time

from jwcrypto import jwk, jwt

AUDIENCE = "chat.example"
_KEYS = {"RS256": {"kty": "RSA", "size": 2048}, "ES256": {"kty": "EC", "crv": "P-256"},
         "EdDSA": {"kty": "OKP", "crv": "Ed25519"}}


def new_key(algorithm, kid="key-1"):
    return jwk.JWK.generate(**_KEYS[algorithm], alg=algorithm, use="sig", kid=kid)


def key_set(*keys):
    return json.dumps({"keys": [json.loads(key.export_public()) for key in keys]})


def claims(issuer="https://issuer.example", **changes):
    """The claims of a good token; a change of None leaves a claim out."""
    now = int(time.time())
    body = {"iss": issuer, "aud": AUDIENCE, "sub": "u-4711", "name": "Grace Hopper",
            "iat": now, "exp": now + 600}
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


def sign(algorithm, key, body, **header):
    """A token of a JOSE library that nobody here wrote."""
    fields = {"alg": algorithm, "typ": "JWT", "kid": key.get("kid"), **header}
    token = jwt.JWT(header={k: v for k, v in fields.items() if v is not None}, claims=body)
    token.make_signed_token(key)
    return token.serialize()


def base64url(data):
    if isinstance(data, str):
        data = data.encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def hs256(secret, body, header=None):
    """An HS256 token made by hand, so that header and payload may be anything."""
    if not isinstance(header, str):
        header = json.dumps({"alg": "HS256", "typ": "JWT"} if header is None else header)
    payload = body if isinstance(body, str) else json.dumps(body)
    signed = f"{base64url(header)}.{base64url(payload)}"
    digest = hmac.new(secret.encode() if isinstance(secret, str) else secret, signed.encode(),
                      hashlib.sha256).digest()
    return f"{signed}.{base64url(digest)}"


class KeyServer:
    """Publishes a key set over HTTP; counts who asks."""

    def __init__(self, *keys):
        self.body = key_set(*keys)
        self.status = 200
        self.requests = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append(self.path)
                body = outer.body.encode()
                self.send_response(outer.status)
                self.send_header("Content-Type", "application/jwk-set+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/jwks.json"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._http.server_close()
