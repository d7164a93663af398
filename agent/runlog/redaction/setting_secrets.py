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
from agent.runlog.redaction.secret_values import is_placeholder, is_random, is_scrambled

_TYPE_7 = re.compile(r"[01]\d(?:[0-9A-F]{2}){3,}", re.ASCII)
_CALL = r"(?:login|[aA]uth|authenticate|Credentials?|usernamePassword|WiFi\.begin)"
_CONNECT = r"(?:PDO|mysqli(?:_connect)?|getConnection|DBI->connect|FTP|jwt\.sign)"
_ROUTER = r"(?:enable|username|neighbor|isakmp|-server|authentication|ospf)[ ]"


def _is_encrypted_or_mixed(value: str) -> bool:
    return bool(_TYPE_7.fullmatch(value)) or value.startswith("$") or is_mixed(value)


def _is_mixed_or_scrambled(value: str) -> bool:
    return is_mixed(value) or is_scrambled(value)


SETTING_SHAPES = (
    # protocols
    CommandShape(r"AUTH[ ]+[^\s]{4}", rf"AUTH{SPACE}(?:[\w.@-]+{SPACE})?{SECRET}", START),
    CommandShape(r"SETUSER[ ]", rf"SETUSER{NEXT}[^\n>]{{0,120}}>{SECRET}", accepts=is_given),
    CommandShape(r"PASS[ ]+[^\s]{4}", rf"PASS{LAST}", r"USER[ ]+[^\n]{1,80}(?:\n|\\+n)[^\n]{0,12}"),
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
        rf"(?:key|secret|token|passw(?:or)?d|\.txt){BREAK}[\w+/=-]{{16}}",
        rf"\w+{BREAK}(?P<secret>[\w+/=-]{{16,200}})(?=\s|\\+[nr]|\Z)",
        rf"cat[ ]{LINE}(?:key|secret|token|passw)?{LINE}",
        is_random,
    ),
    CommandShape(r":[ ]?(?:PSK|XAUTH|EAP)[ ]+\\*\"", rf":[ ]?(?:PSK|XAUTH|EAP)[ ]+(?=\\*\"){SECRET}", accepts=is_given),
    CommandShape(r"[ ]ENC[ ]+[A-Za-z0-9]", rf"[ ]ENC{LAST}", r"set[ ][\w-]+"),
    CommandShape(
        r"(?i:creds|credentials|login)(?:[:=][ ]?|[ ](?:is|are)[ ])[\w.@-]{2,30}[ :/]",
        rf"(?i:creds|credentials|login)(?:[:=][ ]?|[ ](?:is|are)[ ])[\w.@-]{{2,60}}(?:[:/]|[ ]/)[ ]?(?![/ ]){SECRET}",
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
    CommandShape(r"(?<=\")(?:[ \t]|\\t)\*(?:[ \t]|\\+t)+\\*\"", rf"[ \t]\*[ \t]+(?=\\*\"){SECRET}", r"\\*\"[ \t]*"),
    CommandShape(r"@tcp\(", "", r":(?P<secret>[^\s:@\"'/]{4,64})", is_given),
    CommandShape(r"d-i[ ]passwd/", rf"d-i[ ]passwd/\S+[ ]password{LAST}"),
    CommandShape(r"rootpw[ ]+--", rf"rootpw{OPTIONS}{LAST}"),
    # routers, switches and SNMP
    CommandShape(
        r"(?:(?:ro|rw)community6?|snmp-server community|com2sec6?)[ \t]",
        rf"(?:(?:ro|rw)community6?|snmp-server community|com2sec6?{NEXT}{NEXT}){LAST}",
        accepts=is_given,
    ),
    CommandShape(
        r"snmp[a-z]+[ ]+-",
        rf"snmp[a-z]+[ ]{LINE}(?<=[ ])-[cAX]{LAST}",
        accepts=lambda value: is_given(value) and value not in {"public", "private"},
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
