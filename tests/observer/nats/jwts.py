"""Creates what `nsc` would: tokens of an operator, two accounts, and a user, each signed by the one above."""

import base64
import json
import os
from typing import Any

import nkeys

LIMITS = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf"), -1) | {"wildcards": True}
STREAMS = {"mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1}


def pair(prefix: int) -> nkeys.KeyPair:
    return nkeys.from_seed(nkeys.encode_seed(os.urandom(32), prefix))


def public(key: nkeys.KeyPair) -> str:
    return bytes(key.public_key).decode()


def token(signer: nkeys.KeyPair, subject: nkeys.KeyPair, kind: str, **claims: Any) -> str:
    claims = {
        "jti": os.urandom(8).hex(), "iat": 1_700_000_000, "iss": public(signer), "sub": public(subject), "name": kind,
        "nats": {"type": kind, "version": 2, **claims},
    }  # fmt: skip
    parts = [{"typ": "JWT", "alg": "ed25519-nkey"}, claims]
    text = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    return (text + b"." + base64.urlsafe_b64encode(signer.sign(text)).rstrip(b"=")).decode()


def operated() -> tuple[str, str]:
    """Return the configuration of a server that believes an operator, and the credentials of a user there."""
    operator, system, account, user = (
        pair(prefix)
        for prefix in (
            nkeys.PREFIX_BYTE_OPERATOR,
            nkeys.PREFIX_BYTE_ACCOUNT,
            nkeys.PREFIX_BYTE_ACCOUNT,
            nkeys.PREFIX_BYTE_USER,
        )
    )
    accounts = {
        public(system): token(operator, system, "account", limits=LIMITS),
        public(account): token(operator, account, "account", limits=LIMITS | STREAMS),
    }
    preload = "\n".join(f"{name}: {text}" for name, text in accounts.items())
    config = (
        f"operator: {token(operator, operator, 'operator', system_account=public(system))}\n"
        f"system_account: {public(system)}\nresolver: MEMORY\nresolver_preload: {{\n{preload}\n}}"
    )
    words = token(account, user, "user", pub={}, sub={}, subs=-1, data=-1, payload=-1)
    seed = bytes(user.seed).decode()
    return config, (
        f"-----BEGIN NATS USER JWT-----\n{words}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )
