"""Passwords in a line of a protocol, in a call, in settings of programs and routers, and in what programs print."""

import re

from agent.runlog.redaction.command_secrets import (
    BREAK,
    LAST,
    LINE,
    NEXT,
    OPTIONS,
    SECRET,
    SPACE,
    START,
    CommandShape,
    is_given,
    is_mixed,
)
from agent.runlog.redaction.secret_values import is_placeholder, is_random, is_scrambled, is_strong

_PRINTS = (
    r"(?:[ ]pass[ ]show|lpass[ ]show|bw[ ]get|op[ ]read|secrets[ ]versions[ ]access|initial-password|kv[ ]get[ ]-field"
    r"|find-generic-password|secret-tool[ ]lookup|secrets[ ]get|base64[ ](?:-d|-D|--decode)"
    r"|cat[ ][\w./~-]{0,60}?(?:auth\.txt|vault_pass|passwd|password|secret|token|\.key|\.psk))"
)
"""Commands whose first line of output is a secret."""
_ONE_TIME = (
    r"(?:(?i:verification code|security code|one-time (?:pass)?code)|\bPIN(?:[ ]code)?)(?:[ ]for[ ][\w ]{1,30}?)?"
)
_LOGIN = (
    r"(?i:creds|credentials|login|user(?:name)?/pass(?:word)?)(?:[ ](?:for|to)[ ][\w ]{1,30}?)?"
    r"(?:[ ]?::?[ ]?|=|[ ](?:is|are)[ ])"
)
_TYPE_7 = re.compile(r"[01]\d(?:[0-9A-F]{2}){3,}", re.ASCII)
_CALL = (
    r"(?:login|basic_auth|NetworkCredential|PasswordAuthentication|Client|[aA]uth|authenticate|Credentials?"
    r"|usernamePassword|WiFi\.begin)"
)
_CONNECT = r"(?:FTP|jwt\.sign)"
_ROUTER = r"(?:enable|username|neighbor|isakmp|-server|authentication|ospf)[ ]"


def _is_encrypted_or_mixed(value: str) -> bool:
    return bool(_TYPE_7.fullmatch(value)) or value.startswith("$") or is_mixed(value)


def _is_mixed_or_scrambled(value: str) -> bool:
    return is_mixed(value) or is_scrambled(value)


def is_mixed_or_strong(value: str) -> bool:
    """Return whether `value`, which stands behind a user, looks like a password."""
    return is_mixed(value) or (is_strong(value) and any(map(str.isupper, value)))


SETTING_SHAPES = (
    # protocols
    CommandShape(r"AUTH[ ]+[^\s]{4}", rf"AUTH{SPACE}(?:[\w.@-]+{SPACE})?{SECRET}", START),
    CommandShape(r"SETUSER[ ]", rf"SETUSER{NEXT}[^\n>]{{0,120}}>{SECRET}", accepts=is_given),
    CommandShape(
        r"PASS[ ]+[^\s]{4}",
        rf"PASS{LAST}",
        r"(?:USER[ ]+|331|\+OK)[^\n\\]{0,80}(?:\n|\\+n)[^\n]{0,12}",
        is_mixed_or_strong,
    ),
    CommandShape(
        rf"334[ ]UGFzc3dvcmQ6(?:\r|\\+r)?{BREAK}",
        rf"334[ ]UGFzc3dvcmQ6(?:\r|\\+r)?{BREAK}[^\n]{{0,4}}?(?P<secret>[\w+/]{{6,}}=*)",
        accepts=bool,
    ),
    CommandShape(r"response=\\*\"?[0-9a-f]{32}", r"response=\\*\"?(?P<secret>[0-9a-f]{32})", accepts=bool),
    CommandShape(
        r"(?i:name=\\*\"?(?:password|passwd|pass|secret|token)\\*\"?)(?:\\+r)?(?:\r?\n|\\+n)",
        rf"(?i:name=\\*\"?\w+\\*\"?)(?:\r?{BREAK}|\\+r\\+n){{2}}(?P<secret>[^\s\\]{{4,200}})",
        accepts=is_given,
    ),
    CommandShape(
        r"(?i:password)[ ]Type=",
        r"(?i:password)[ ]Type=[^>\n]{0,99}>(?P<secret>[^<\n]{4,200})(?=<)",
        accepts=is_given,
    ),
    CommandShape(r"LOGIN[ ]+[^\s]", rf"LOGIN{NEXT}{LAST}", START),
    CommandShape(
        r"(?i:nickserv)[ :]",
        rf"(?i:nickserv)[ :]+(?i:identify|register)(?:{SPACE}[\w-]+(?=[ ]+[^\s@]+(?:\s|\Z)))?{LAST}",
        accepts=is_given,
    ),
    CommandShape(r"digest[ :][\w.-]{1,30}:", rf"digest[ :](?!sha|md5)\w[\w.-]*:{SECRET}"),
    CommandShape(
        rf"{_CALL}=?\([bu]?\\*[\"']|{_CONNECT}\(",
        rf"(?:{_CALL}=?|{_CONNECT})\((?:[^()\n]{{0,160}}?,[ ]?)??"
        r"(?:[bu]?\\*[\"'][^\"'\n]{1,80}?\\*[\"']|payload),[ ]?"
        rf"(?=\\*[\"']){SECRET}",
        accepts=_is_mixed_or_scrambled,
    ),
    CommandShape(
        r"(?:[pP]ass(?:word|wd|phrase)|SecretKeySpec|[sS]etSecret|:auth)\([bu]?\\*[\"']",
        rf"\S+?\([bu]?(?=\\*[\"']){SECRET}(?=\\*[\"'][).])",
        accepts=is_mixed_or_strong,
    ),
    CommandShape(
        r"(?:ENV|ARG)[ ]+\w*(?:PASS|PWD|SECRET|TOKEN)\w*[ ]", rf"(?:ENV|ARG)[ ]+\w+{LAST}", START, is_mixed_or_strong
    ),
    CommandShape(
        r"\"kty\\*\":",
        r"\"kty\\*\":[^{}]{0,2000}?\"(?:d|k)\\*\":[ ]?\\*\"(?P<secret>[\w-]{22,2000})",
        accepts=is_random,
    ),
    CommandShape(
        r"(?i:log[ ]?in|sign[ ]?in|account)[ ](?:as[ ])?[\w.@-]{2,60}[ ]/[ ]",
        rf"(?i:log[ ]?in|sign[ ]?in|account)[ ](?:as[ ])?[\w.@-]{{2,60}}[ ]/[ ]{SECRET}",
        accepts=is_mixed_or_strong,
    ),
    CommandShape(
        r"(?:PDO|connect|getConnection|mysqli(?:_connect)?|database|Open)"
        r"\(?[ ]?\\*[\"'][^\"'\n]{1,120}?\\*[\"'],[ ]?\\*[\"']",
        r"\w+\(?(?:[ ]?\\*[\"'][^\"'\n]{1,120}?\\*[\"'],){2}[ ]?\\*[\"'](?P<secret>[^\s\"'\\]{4,99})(?=\\*[\"'])",
        accepts=is_mixed_or_strong,
    ),
    CommandShape(
        r"jwt\.sign\(",
        r"jwt\.sign\([^\n]{0,160}?\},[ ]?\\*[\"'](?P<secret>[^\s\"'\\]{6,200})(?=\\*[\"'])",
        accepts=is_strong,
    ),
    CommandShape(
        r"(?i:pragma)[ ](?:hex)?(?:re)?key[ ]*=",
        r"(?i:pragma)[ ]\w+[ ]*=[ ]*(?:\\*[\"']x?){1,3}(?P<secret>[^\"'\n\\]{4,200})(?=\\*[\"'])",
        accepts=is_given,
    ),
    CommandShape(
        r"password(?:\n|\\+n)V[ ]\d", rf"password{BREAK}V[ ]\d+{BREAK}(?P<secret>[^\s\\]{{4,200}})", accepts=is_given
    ),
    CommandShape(r"REG_SZ[ ]", rf"REG_SZ{LAST}", r"(?i:password|passwd|secret)[ ]+", is_strong),
    CommandShape(
        r"task\.setvariable[ ]", r"task\.setvariable[ ][^\]\n]{1,200}\](?P<secret>[^\s\"\\]{6,400})", accepts=is_strong
    ),
    CommandShape(r"message-digest-key[ ]\d", rf"message-digest-key[ ]\d+[ ]md5(?:[ ]\d)?{LAST}", accepts=is_given),
    CommandShape(r"option[ ]+key[ ]", rf"option[ ]+key{LAST}", accepts=is_mixed_or_strong),
    CommandShape(
        r"(?:MSCHAPV2|PEAP|TTLS|GTC)(?:[ \t]|\\+t)+\\*\"",
        rf"(?:MSCHAPV2|PEAP|TTLS|GTC)(?:[ \t]|\\+t)+(?=\\*\"){SECRET}",
        accepts=is_given,
    ),
    CommandShape(
        r"accounts\\*\"?:[ ]?\[[ ]?\\*[\"']0x",
        r"accounts\\*\"?:[ ]?\[[ ]?\\*[\"'](?P<secret>0x[0-9a-fA-F]{64})",
        accepts=bool,
    ),
    CommandShape(r"PASSWORD\(\\*'", rf"PASSWORD\((?=\\*'){SECRET}"),
    CommandShape(
        r":[0-9a-f]{32}(?:\n|\\+n|\\*[\"']|\Z)",
        r":(?P<secret>[0-9a-f]{32})(?=\n|\\+n|\\*[\"']|\Z)",
        r"[\w-]:[ \w.@-]*[A-Za-z][ \w.@-]*",
        lambda value: not value.isdigit(),
    ),
    # what other programs print or keep
    CommandShape(
        r"(?i:app(?:lication)?[ _-]?(?:specific[ _-])?passw)",
        r"(?i:app(?:lication)?[ _-]?(?:specific[ _-])?passw(?:or)?d)[^\n\w]{1,8}"
        r"(?P<secret>[a-z]{4}(?:[ -][a-z]{4}){3})\b",
        accepts=is_given,
    ),
    CommandShape(
        r"--password[ =][a-z]{4}-[a-z]{4}-",
        r"--password[ =](?P<secret>[a-z]{4}(?:-[a-z]{4}){3})\b",
        accepts=is_given,
    ),
    CommandShape(
        r"(?i:password|passphrase|secret|token)>\{[\w+/]{16}",
        r"(?i:password|passphrase|secret|token)>\{(?P<secret>[\w+/]{16,999}={0,2})\}<",
        accepts=is_given,
    ),
    CommandShape(
        r"<Key>Password</Key>",
        r"<Key>Password</Key>(?:\s|\\+[nrt])*<Value[^>\n]{0,60}>(?P<secret>[^<\n]{4,200})",
        accepts=is_given,
    ),
    CommandShape(
        r"New value:[ ]|password to proceed:",
        r"(?:New value:|password to proceed:)(?:\s|\\+[nr])+(?P<secret>[\w*+=-]{16,99})(?=\s|\\+[nr]|\Z)",
        accepts=is_random,
    ),
    CommandShape(
        r"(?i:password)[ ](?i:is|was|has|for|to|of)[^\n:\\]{2,60}:(?:[ ]|\n|\\+n)",
        r"(?i:password)[ ][^\n:\\]{4,64}:(?:\s|\\+[nr]){1,4}(?P<secret>[!-~]{8,64})(?=\s|\\+[nr]|\Z)",
        accepts=is_strong,
    ),
    CommandShape(
        _PRINTS,
        rf"{_PRINTS}[^\n\\]{{0,120}}{BREAK}(?P<secret>[!-~]{{6,200}})(?=\s|\\+[nr]|\Z)",
        accepts=is_strong,
    ),
    CommandShape(
        rf"{_ONE_TIME}(?:[ ]is|:)",
        rf"{_ONE_TIME}(?:[ ]is|:)[ ]?(?P<secret>\d{{4,8}})\b",
        accepts=lambda value: len(set(value)) > 1,
    ),
    CommandShape(
        r"<auth-user-pass>",
        rf"<auth-user-pass>{BREAK}[^\n\\]{{1,60}}{BREAK}(?P<secret>[^\s<\\]{{4,99}})",
        accepts=is_given,
    ),
    CommandShape(
        r"SecureString\\*\",",
        r"SecureString\\*\",\s*\\*\"Value\\*\":\s*\\*\"(?P<secret>[^\"\n]{4,999}?)(?=\\*\")",
        accepts=is_given,
    ),
    CommandShape(r"SecretID:[ ]", r"SecretID:[ ]+(?P<secret>[0-9a-f]{8}-[0-9a-f-]{27})", accepts=bool),
    CommandShape(r"[?&]code=[\w%-]{40}", r"[?&]code=(?P<secret>[\w%-]{40,200}={1,2})", accepts=bool),
    CommandShape(
        rf"(?:key|secret|token|passw(?:or)?d|\.txt){BREAK}[\w+/=-]{{16}}",
        rf"\w+{BREAK}(?P<secret>[\w+/=-]{{16,200}})(?=\s|\\+[nr]|\Z)",
        rf"cat[ ]{LINE}(?:key|secret|token|passw)?{LINE}",
        is_random,
    ),
    CommandShape(r":[ ]?(?:PSK|XAUTH|EAP)[ ]+\\*\"", rf":[ ]?(?:PSK|XAUTH|EAP)[ ]+(?=\\*\"){SECRET}", accepts=is_given),
    CommandShape(r"[ ]ENC[ ]+[A-Za-z0-9]", rf"[ ]ENC{LAST}", r"set[ ][\w-]+"),
    CommandShape(
        rf"{_LOGIN}[\w.@-]{{2,30}}[ :/]",
        rf"{_LOGIN}[\w.@-]{{2,60}}(?:[:/]|[ ]/)[ ]?(?![/ ]){SECRET}",
        accepts=is_mixed_or_strong,
    ),
    CommandShape(
        r"WIFI:[A-Z]:",
        r"WIFI:(?:[A-OQ-Z]:[^;\n]{0,80};){0,6}P:(?P<secret>(?:[^;\\\n\"]|\\.){4,130}?)(?=;)",
        accepts=is_given,
    ),
    CommandShape(
        r"SECRET_KEY\\*[\"']?[ ]*[:=][ ]*\\*[\"'][^\s\"'\\]{40}",
        r"SECRET_KEY\\*[\"']?[ ]*[:=][ ]*\\*[\"'](?P<secret>[^\s\"'\\]{40,100})(?=\\*[\"'])",
        accepts=lambda value: not is_placeholder(value) and any(map(str.isdigit, value)),
    ),
    CommandShape(r"\]:(?:587|465|25)[ \t]", rf"\]:\d+[ \t]+[^\s:]{{1,80}}:{SECRET}", accepts=is_given),
    CommandShape(
        r"(?:socks[45]|http)[ \t]+\d+\.\d+\.", rf"(?:socks[45]|http)[ \t]+[\d.]+[ \t]+\d+[ \t]+[\w.@-]+{LAST}"
    ),
    CommandShape(r"SecureString[ ]+--value", rf"SecureString[ ]+--value{LAST}", accepts=is_given),
    CommandShape(r"operator[ ]unseal[ ]", rf"operator[ ]unseal{LAST}", accepts=is_random),
    CommandShape(r"A[KS]IA[A-Z0-9]{16}:", rf"A[KS]IA[A-Z0-9]{{16}}:{SECRET}", accepts=is_random),
    CommandShape(r"\.login=", rf"\.login={SECRET}", accepts=is_random),
    CommandShape(r"\{PLAIN\}", r"\{PLAIN\}(?P<secret>[^\s:\"'\\]{4,200})", accepts=is_given),
    CommandShape(r"OBF:[a-z0-9]{16}", r"(?P<secret>OBF:[a-z0-9]{16,400})", accepts=lambda _value: True),
    CommandShape(
        r"(?:(?<=\")[ ]|\\?\t|\\t)\*(?:[ \t]|\\+t)+\\*\"", rf"[ \t]\*[ \t]+(?=\\*\"){SECRET}", r"[\w\"][ \t]*"
    ),
    CommandShape(r"@tcp\(", "", r":(?P<secret>[^\s:@\"'/]{4,64})", is_given),
    CommandShape(r"d-i[ ]passwd/", rf"d-i[ ]passwd/\S+[ ]password{LAST}"),
    CommandShape(r"rootpw[ ]+--", rf"rootpw{OPTIONS}{LAST}"),
    # routers, switches and SNMP
    CommandShape(
        r"(?:(?:ro|rw)community6?|snmp-server community|com2sec6?)[ \t]",
        rf"(?:(?:ro|rw)community6?|snmp-server community|com2sec6?{NEXT}{NEXT}){LAST}",
        accepts=is_given,
    ),
    *(
        CommandShape(
            r"snmp[a-z]+[ ]+-",
            rf"snmp[a-z]+[ ]{LINE}(?<=[ ])-{option}{LAST}",
            accepts=lambda value: is_given(value) and value not in {"public", "private"},
        )
        for option in "cAX"
    ),
    CommandShape(
        r"(?:auth|priv)[ ](?:sha|md5|aes|des|3des)",
        rf"(?:auth|priv)[ ](?:sha|md5|aes|des|3des)\S{{0,4}}(?:[ ](?:128|192|256))?{LAST}",
    ),
    CommandShape(r"createUser[ ]", rf"createUser{NEXT}[ ]+(?:SHA|MD5)\S*{LAST}", accepts=is_given),
    CommandShape(
        r"(?:password|secret|key|key-string|md5|community)[ ]\d[ ]",
        r"(?:password|secret|key|key-string|md5|community)[ ]\d[ ]+\\*\"?(?P<secret>[^\s\"'\\]{4,999})",
        accepts=_is_encrypted_or_mixed,
    ),
    CommandShape(
        r"(?:requirepass|masterauth|bindpw|rootpw)[ \t]",
        r"(?:requirepass|masterauth|bindpw|rootpw)[ \t]+(?P<secret>[^\s\"'\\$]{6,})",
    ),
    CommandShape(
        rf"{_ROUTER}(?:[\w.-]+[ ]){{0,4}}(?:password|secret|key|md5)[ ]",
        rf"{_ROUTER}(?:[\w.-]+[ ]){{0,5}}?(?:password|secret|\w*-?key|md5){LAST}",
    ),
)
