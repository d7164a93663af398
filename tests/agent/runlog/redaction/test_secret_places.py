"""Passwords of words, and secrets that only their place tells: in protocols, calls, outputs of commands and sentences.

Tests agent.runlog.redaction.setting_secrets, agent.runlog.redaction.command_secrets,
agent.runlog.redaction.prose_secrets and agent.runlog.redaction.secret_values.
"""

import pytest

from agent.runlog.redaction.redact import Redactor

REDACTOR = Redactor({})

SECRETS = [
    ("  password: Flint-gauge-27\n", "Flint-gauge-27"),
    ("MINIO_ROOT_PASSWORD=Cedar_store_31\n", "Cedar_store_31"),
    ("  password: Bootstrap-Plum\n", "Bootstrap-Plum"),
    ("profile::db::root_password: kW9-Thistle\n", "kW9-Thistle"),
    ("export RESTIC_PASSWORD='attic trunk Hinge 4'", "attic trunk Hinge 4"),
    ("gpg --batch --passphrase 'winter orchard 93' -d a.gpg", "winter orchard 93"),
    ("grant_type=password&password=Kes%C3%A4kuu2030%21", "Kes%C3%A4kuu2030%21"),
    ("Пароль: Bereza_1986x\n", "Bereza_1986x"),
    ("密码\uff1avQ5-yingy-8", "vQ5-yingy-8"),
    ("La password è nJ6-falco-1", "nJ6-falco-1"),
    ("La contraseña del wifi de la oficina es torreon-Azul-19 y", "torreon-Azul-19"),
    ("The password for the postgres user is now `oR8-hobby-5`.", "oR8-hobby-5"),
    ("put back the hardcoded pw (gutter-Moon-8) until then", "gutter-Moon-8"),
    ("Credentials for the demo: demo@example.org / gT5-starling", "gT5-starling"),
    ("I tried login admin / nG6-jackdaw and it works", "nG6-jackdaw"),
    ("Your verification code is 192714.", "192714"),
    ("<key>MailPassword</key>\n<string>Rorbu-lys-31</string>", "Rorbu-lys-31"),
    ("DefaultPassword    REG_SZ    kiosk-Tern-40\n", "kiosk-Tern-40"),
    ('"user" * "Rb5uT-0woods" *\n', "Rb5uT-0woods"),
    ("password\nV 12\nSk0gsbr4nn-7\nK 8\n", "Sk0gsbr4nn-7"),
    ("334 UGFzc3dvcmQ6\r\na0g0LXNoZWFyd2F0ZXI=\r\n", "a0g0LXNoZWFyd2F0ZXI="),
    ("331 need password\nPASS fC9-kittiwake\n", "fC9-kittiwake"),
    ('form-data; name="password"\r\n\r\ndC8-hoopoe-1\r\n', "dC8-hoopoe-1"),
    ('<wsse:Password Type="x#PasswordText">hX6-hobby-3</wsse:Password>', "hX6-hobby-3"),
    ("<auth-user-pass>\nvpnuser\nt9K-pelican-44\n</auth-user-pass>", "t9K-pelican-44"),
    ('{"Type": "SecureString", "Value": "vF3-sandpiper"}', "vF3-sandpiper"),
    ("$ pass show mail/ops\nsR8-fieldfare-W\n", "sR8-fieldfare-W"),
    ("kubectl get secret db -o jsonpath='{.data.x}' | base64 -d\nhK7-bunting-q\n", "hK7-bunting-q"),
    ("A temporary password is generated for root@localhost: lK9;sWq>x2Rt\n", "lK9;sWq>x2Rt"),
    ('ds.setPassword("bR9-quelea");', "bR9-quelea"),
    ("new PDO('mysql:host=db;dbname=blog', 'blog', 'dreh-Tor!31');", "dreh-Tor!31"),
    ("jwt.sign({ sub: user.id }, 'keyboard-Walrus-2207', {", "keyboard-Walrus-2207"),
    ("ENV GRAFANA_PASS fT9-dunnoCk\n", "fT9-dunnoCk"),
    ("stats auth admin:aJ5-bunting\n", "aJ5-bunting"),
    ("ssh-keygen -t ed25519 -N 'vT3-harrier' -f id", "vT3-harrier"),
    ("snmpwalk -v3 -u mon -A jT8-authpw -X wG2-privpw host", "wG2-privpw"),
    ("psexec.py corp/ops:'aL3-buteog'@host", "aL3-buteog"),
    ("gh secret set DEPLOY --body sJ9-polemae", "sJ9-polemae"),
    ('"md5e19b44e9c71a3349cba79666b245d698"', "e19b44e9c71a3349cba79666b245d698"),
    ('{"kty":"oct","k":"XkO7yafXHhg6vbSWZfpQusahnFNspBa0zu7A3G2U1lY"}', "XkO7yafXHhg6vbSWZfpQusahnFNspBa0zu7A3G2U1lY"),
    ("188308-720677-889836-143219-443030-543002-444255-072685", "720677-889836"),
    (
        "AWS Secret Access Key [None]: MQPobUqD9FNbmJbLAmFL02g9ilm6dirWKCUA3gSV",
        "MQPobUqD9FNbmJbLAmFL02g9ilm6dirWKCUA3gSV",
    ),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS, ids=[text[:24].strip() for text, _ in SECRETS])
def test_a_secret_in_its_place_is_redacted(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in REDACTOR.redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "password: PasswordField2",
        "password = get_password_2()",
        'pass:"Element does not have a tabindex greater than 0"',
        'PASSWORD_HELP="Enter your password here"',
        '--password "must have 8 characters"',
        "the password hash is sha256",
        '/* a list of names\n * "git am" mishandled a patch */',
        "cc -c -E -v - </dev/null",
        "connect to the port using TCP4",
        "for key, value in items:\n    print(key)",
    ],
)
def test_code_and_remarks_stay(text: str) -> None:
    assert REDACTOR.redact(text) == text
