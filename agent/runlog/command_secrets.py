r"""Passwords that are an argument or the input of a command, or in a line of a protocol or of a router's settings.

Each shape says which words come before its group `secret`. As in `token_shapes`, a clue is in the syntax of RE2, and
begins where the shape does.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from agent.runlog.secret_values import is_example_password, is_password, is_placeholder, is_random, is_scrambled

_SPACE = r"[ \t]+"
_ARGUMENT = r"\\*[\"']?[^\s\"'|;&<>]+\\*[\"']?"
_NEXT = rf"{_SPACE}{_ARGUMENT}"
_OPTIONS = rf"(?:{_SPACE}--?[\w-]+(?:=\S+)?)*"
_OPEN = r"\\*[\"']?"
_SECRET = rf"{_OPEN}(?P<secret>[^\s\"'\\$<>{{}}|/-][^\s\"'\\]{{3,}})"
_LAST = _SPACE + _SECRET
_START = r"(?:(?<![\w-])|(?<=\\[nrt]))"
_READER = (
    r"(?:sudo[ ][^\n|]{0,40}-\w*S|chpasswd|passwd|kinit|cryptsetup|smbpasswd|vault[ ]login|su[ ]"
    r"|[^\n|]{0,80}(?:--password-stdin|--with-token|--passphrase-fd|-pass\w*[ ]stdin|password-file[= ]-))"
)


def is_mixed(value: str) -> bool:
    """Return whether `value` looks like a password or generated."""
    return not is_placeholder(value) and (is_random(value) or is_password(value))


def is_given(value: str) -> bool:
    """Return whether `value` is more than a word of an example, where nothing but a password can stand."""
    return not is_placeholder(value) and not is_example_password(value)


def _is_encrypted_or_mixed(value: str) -> bool:
    return bool(_TYPE_7.fullmatch(value)) or value.startswith("$") or is_mixed(value)


_TYPE_7 = re.compile(r"[01]\d(?:[0-9A-F]{2}){3,}", re.ASCII)


class CommandShape(NamedTuple):
    """What RE2 looks for, the expression that decides with its group `secret`, and whether a value is a password."""

    clue: str
    source: str
    accepts: Callable[[str], bool] = is_mixed


COMMAND_SHAPES = (
    CommandShape(
        r"(?:curl|etcdctl|https?|xh)(?:[ \t][^|\n]{0,400})?[ \t](?:-u|--user|--proxy-user|-a|--auth)[ \t=]",
        r"(?:curl|etcdctl|https?|xh)(?=[ \t])[^\n|]{0,400}?[ \t]"
        r"(?:-u|--user|--proxy-user|-a|--auth)(?:[ \t]+|=)\\*[\"']?[^\s:\"'$]+:(?P<secret>[^\s\"'\\$:]{3,})",
        lambda value: not is_placeholder(value),
    ),
    CommandShape(
        r"(?:sshpass|mongosh?|mysql\w*|mariadb\w*|docker|podman|helm|skopeo|redis-cli|ldap\w+|sqlcmd|bcp|7z\w?|unrar"
        r"|unzip|zip|(?i:psexec)|az|oc|ipmitool|mosquitto_\w+|cqlsh|plink|pscp)[ \t]",
        r"(?:(?:sshpass|mongosh?|mysql\w*|mariadb\w*|sqlcmd|bcp|7z\w?|unrar|unzip|zip|(?i:psexec)|az|oc|ipmitool|mosquitto_\w+|cqlsh)"
        r"[ \t][^\n|]{0,200}?(?<=[ \t])-[pP][ ]?"
        r"|(?:docker|podman|helm|skopeo|redis-cli|ldap\w+)[ \t][^\n|]{0,200}?[ \t]-[apw][ \t]+"
        r"|(?:plink|pscp)[ \t][^\n|]{0,200}?[ \t]-pw[ \t]+)"
        r"\\*[\"']?(?P<secret>[^\s\"'\\$-][^\s\"'\\]{4,})",
    ),
    CommandShape(
        r"(?:requirepass|masterauth|bindpw|rootpw)[ \t]",
        r"(?:requirepass|masterauth|bindpw|rootpw)[ \t]+(?P<secret>[^\s\"'\\$]{6,})",
    ),
    CommandShape(
        r"ConvertTo-SecureString[ \t]",
        r"ConvertTo-SecureString[ \t]+(?:-String[ \t]+)?\\*[\"'](?P<secret>[^\"'\n$]{4,200}?)\\*[\"']",
    ),
    CommandShape(
        r"(?i:net)[ ]+(?i:use)[ ][^\n]{0,40}\\\\",
        rf"(?i:net)[ ]+(?i:use)[ ]+(?:[A-Za-z*]:?[ ]+)?{_OPEN}\\\S+(?:[ ]+/\S+)*{_LAST}",
        is_given,
    ),
    CommandShape(r"(?i:net)[ ]+(?i:user)[ ]", rf"(?i:net)[ ]+(?i:user){_NEXT}{_LAST}"),
    CommandShape(
        r"rabbitmqctl[^\n|]{0,60}[ ](?:add_user|change_password|authenticate_user)[ ]",
        rf"rabbitmqctl[^\n|]{{0,60}}?[ ](?:add_user|change_password|authenticate_user){_OPTIONS}{_NEXT}{_LAST}",
        is_given,
    ),
    CommandShape(
        r"mc[ ]+(?:alias[ ]+set|config[ ]+host[ ]+add)[ ]",
        rf"mc[ ]+(?:alias[ ]+set|config[ ]+host[ ]+add){_OPTIONS}(?:{_NEXT}){{3}}{_LAST}",
        is_given,
    ),
    CommandShape(r"poetry[ ]+config[ ]", rf"poetry[ ]+config{_OPTIONS}[ ]+http-basic\.\S+{_NEXT}{_LAST}", is_given),
    CommandShape(r"poetry[ ]+config[ ]", rf"poetry[ ]+config{_OPTIONS}[ ]+pypi-token\.\S+{_LAST}", is_given),
    CommandShape(
        r"htpasswd[ ]+-",
        rf"htpasswd[ ]+(?:-\w*n\w*{_NEXT}|(?:-\w+[ ]+)+{_ARGUMENT}{_NEXT}){_LAST}",
    ),
    CommandShape(r"mysqladmin[^\n|]{1,120}[ ]password[ ]", rf"mysqladmin[^\n|]{{1,120}}?[ ]password{_LAST}", is_given),
    CommandShape(r"nmcli[^\n|]{1,160}[ ]password[ ]", rf"nmcli[^\n|]{{1,160}}?[ ]password{_LAST}", is_given),
    CommandShape(r"wpa_passphrase[ ]", rf"wpa_passphrase{_NEXT}{_LAST}", is_given),
    CommandShape(
        r"(?:smb\w+|rpcclient|winexe|wmic|net)[ ][^\n|]{0,160}-U[ ]*[^\s%]{1,60}%",
        rf"(?:smb\w+|rpcclient|winexe|wmic|net)[ ][^\n|]{{0,160}}?-U[ ]*{_OPEN}[^\s%]{{1,60}}%{_SECRET}",
        is_given,
    ),
    CommandShape(
        r"lftp[ ][^\n|]{0,160}-u[ ]*[^\s,]{1,60},",
        rf"lftp[ ][^\n|]{{0,160}}?-u[ ]*{_OPEN}[^\s,]{{1,60}},{_SECRET}",
        is_given,
    ),
    CommandShape(r"freerdp\w*[ ][^\n|]{0,200}/p:", rf"freerdp\w*[ ][^\n|]{{0,200}}?[ ]/p:{_SECRET}", is_given),
    CommandShape(
        r"(?:echo|printf)[ ][^\n|]{4,200}\|",
        rf"(?:echo|printf)[ ]+(?:-[neE]+[ ]+)*(?:\\*[\"']%s(?:\\+n)?\\*[\"'][ ]+)?{_OPEN}(?:[\w.-]+:)?"
        r"(?P<secret>[^\s\"'\\$|<][^\n\"'|\\]{3,80}?)(?:\\+n)?\\*[\"']?[ ]*\|[ ]*"
        rf"(?:sudo[ ]+)?{_READER}",
        is_given,
    ),
    CommandShape(
        r"(?:sudo|chpasswd|passwd|kinit|cryptsetup|stdin|with-token)[^\n<]{0,80}<<<",
        r"(?:sudo|chpasswd|passwd|kinit|cryptsetup|stdin|with-token)[^\n<]{0,80}<<<"
        rf"[ ]*{_OPEN}(?:[\w.-]+:)?{_SECRET}",
        is_given,
    ),
    CommandShape(
        r"assword[^\n]{0,60}(?:(?:\n|\\+n)[^\n]{0,60})?send",
        r"assword[^\n]{0,60}?(?:(?:\n|\\+n)[^\n]{0,60}?)?send"
        rf"(?:line\([bu]?\\*[\"'](?=[^\n]{{4,80}}?\))|[ ]+(?:--[ ]+)?\\*[\"'](?=\S{{4,80}}?\\+[rn])){_SECRET}",
        is_given,
    ),
    CommandShape(r"AUTH[ ]+[^\s]{4}", rf"{_START}AUTH{_SPACE}(?:[\w.@-]+{_SPACE})?{_SECRET}"),
    CommandShape(r"SETUSER[ ][^\n]{1,120}>", rf"SETUSER{_NEXT}[^\n>]{{0,120}}>{_SECRET}", is_given),
    CommandShape(
        r"USER[ ]+[^\n]{1,80}(?:\n|\\+n)[^\n]{0,12}PASS[ ]",
        rf"USER[ ]+[^\n]{{1,80}}?(?:\n|\\+n)[^\n]{{0,12}}?PASS{_LAST}",
    ),
    CommandShape(r"LOGIN[ ]+[^\s]{1,80}[ ]", rf"{_START}LOGIN{_NEXT}{_LAST}"),
    CommandShape(
        r"(?i:nickserv)[ :]+(?i:identify|register)[ ]",
        rf"(?i:nickserv)[ :]+(?i:identify|register)(?:{_SPACE}[\w-]+(?=[ ]+[^\s@]+(?:\s|\Z)))?{_LAST}",
        is_given,
    ),
    CommandShape(
        r"digest[ :]\w[\w.-]*:",
        rf"digest[ :](?!sha|md5)\w[\w.-]*:{_SECRET}",
    ),
    CommandShape(r"schtasks[ ][^\n]{1,300}/rp[ ]", rf"schtasks[ ][^\n]{{1,300}}?/rp{_LAST}", is_given),
    CommandShape(r"cmdkey[ ][^\n]{1,200}/pass:", rf"cmdkey[ ][^\n]{{1,200}}?/pass:{_SECRET}", is_given),
    CommandShape(
        r"(?:login|[aA]uth|authenticate|Credentials?)(?:\(|=\()[bu]?\\*[\"'][^\"'\n]{1,80}\\*[\"'],[ ]?\\*[\"']",
        r"(?:login|[aA]uth|authenticate|Credentials?)(?:\(|=\()[bu]?\\*[\"'][^\"'\n]{1,80}?\\*[\"'],[ ]?(?=\\*[\"'])"
        rf"{_SECRET}",
        lambda value: is_mixed(value) or is_scrambled(value),
    ),
    CommandShape(
        r"(?i:app(?:lication)?[ _-]?(?:specific[ _-])?passw)[^\n]{2,12}[a-z]{4}[ -][a-z]{4}[ -]",
        r"(?i:app(?:lication)?[ _-]?(?:specific[ _-])?passw(?:or)?d)[^\n\w]{1,8}"
        r"(?P<secret>[a-z]{4}(?:[ -][a-z]{4}){3})\b",
        is_given,
    ),
    CommandShape(
        r"--password[ =][a-z]{4}-[a-z]{4}-", r"--password[ =](?P<secret>[a-z]{4}(?:-[a-z]{4}){3})\b", is_given
    ),
    CommandShape(
        r"(?i:password|passphrase|secret|token)>\{[\w+/]{16}",
        r"(?i:password|passphrase|secret|token)>\{(?P<secret>[\w+/]{16,999}={0,2})\}<",
        is_given,
    ),
    CommandShape(
        r"<Key>Password</Key>",
        r"<Key>Password</Key>(?:\s|\\+[nrt])*<Value[^>\n]{0,60}>(?P<secret>[^<\n]{4,200})",
        is_given,
    ),
    CommandShape(
        r"assword[^\n:]{0,80}[:.](?:\s|\\+[nr]|New value:)+[^\s]{16}",
        r"assword[^\n:]{0,80}[:.](?:\s|\\+[nr])+(?:New value:[ ])?(?P<secret>[\w*+=-]{16,99})(?=\s|\\+[nr]|\Z)",
        is_random,
    ),
    CommandShape(
        r"cat[ ][^\n]{0,80}(?:key|secret|token|passw)[^\n]{0,20}(?:\n|\\+n)[^\s]{16}",
        r"cat[ ][^\n]{0,80}?(?:key|secret|token|passw)[^\n\\]{0,20}(?:\n|\\+n)"
        r"(?P<secret>[\w+/=-]{16,200})(?=\s|\\+[nr]|\Z)",
        is_random,
    ),
    CommandShape(r":[ ]*(?:PSK|XAUTH|EAP)[ ]+\\*\"", rf":[ ]*(?:PSK|XAUTH|EAP)[ ]+(?=\\*\"){_SECRET}", is_given),
    CommandShape(r"set[ ]\w+[ ]ENC[ ]", rf"set[ ]\w+[ ]ENC{_LAST}"),
    CommandShape(
        r"(?i:creds|credentials|login)(?::[ ]?|[ ]is[ ])[\w.@-]{2,60}(?:[:/]|[ ]/)",
        rf"(?i:creds|credentials|login)(?::[ ]?|[ ]is[ ])[\w.@-]{{2,60}}(?:[:/]|[ ]/)[ ]?(?![/ ]){_SECRET}",
    ),
    CommandShape(
        r":[^:\n]{1,60}:[0-9a-f]{32}(?:\n|\\+n|\\*[\"']|\z)",
        r"(?<=[\w-]):[ \w.@-]*[A-Za-z][ \w.@-]*:(?P<secret>[0-9a-f]{32})(?=\n|\\+n|\\*[\"']|\Z)",
    ),
    CommandShape(
        r"WIFI:[^\n]{0,120}P:",
        r"WIFI:(?:[A-OQ-Z]:[^;\n]{0,80};){0,6}P:(?P<secret>(?:[^;\\\n\"]|\\.){4,130}?)(?=;)",
        is_given,
    ),
    CommandShape(
        r"(?:(?:ro|rw)community6?|snmp-server community|com2sec6?)[ \t]",
        rf"(?:(?:ro|rw)community6?|snmp-server community|com2sec6?{_NEXT}{_NEXT}){_LAST}",
        is_given,
    ),
    CommandShape(
        r"snmp[a-z]+[ ][^\n|]{0,160}-[cAX][ ]",
        rf"snmp[a-z]+[ ][^\n|]{{0,160}}?[ ]-[cAX]{_LAST}",
        lambda value: is_given(value) and value not in {"public", "private"},
    ),
    CommandShape(
        r"(?:auth|priv)[ ](?:sha|md5|aes|des|3des)\S{0,4}[ ]",
        rf"(?:auth|priv)[ ](?:sha|md5|aes|des|3des)\S{{0,4}}(?:[ ](?:128|192|256))?{_LAST}",
    ),
    CommandShape(r"createUser[ ]", rf"createUser{_NEXT}[ ]+(?:SHA|MD5)\S*{_LAST}", is_given),
    CommandShape(
        r"(?:password|secret|key|key-string|md5|community)[ ]\d[ ]",
        r"(?:password|secret|key|key-string|md5|community)[ ]\d[ ]+\\*\"?(?P<secret>[^\s\"'\\]{4,})",
        _is_encrypted_or_mixed,
    ),
    CommandShape(
        r"(?:enable|username|neighbor|isakmp|-server|authentication|ospf|line)[ ][^\n]{0,80}"
        r"(?:password|secret|key|md5)[ ]",
        r"(?:enable|username|neighbor|isakmp|-server|authentication|ospf|line)[ ](?:[\w.-]+[ ]){0,5}?"
        rf"(?:password|secret|\w*-?key|md5){_LAST}",
    ),
)
COMMANDS = (
    r"curl|etcdctl|https?|xh|zip|(?i:psexec)|schtasks|cmdkey|cat|ConvertTo-SecureString|sshpass|mongosh?|mysql\w*|mariadb|redis-cli|ldap\w+|az|oc|ipmitool|cqlsh"
    r"|mosquitto_\w+|plink|pscp|(?:docker|podman|helm|skopeo) login|(?i:net)|rabbitmqctl|mc|poetry|htpasswd|nmcli"
    r"|wpa_passphrase|smb\w+|rpcclient|winexe|wmic|lftp|\w*freerdp\w*|echo|printf|sudo|chpasswd|passwd|kinit|cryptsetup"
    r"|AUTH|SETUSER|LOGIN|(?i:nickserv)|digest|rocommunity6?|rwcommunity6?|snmp\S*|com2sec6?|auth|priv|createUser"
    r"|enable|username|neighbor|isakmp|\w+-server|authentication|ospf|line|community|md5|key-string"
)
"""Words with which a shape begins, before a space."""
